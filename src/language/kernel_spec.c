/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language/kernel_spec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

static char *relative_path(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	struct buf full = {0};

	if (path[0] != '/' && slash)
		buf_add(&full, file, (size_t)(slash - file) + 1);
	buf_puts(&full, path);
	return buf_take(&full);
}

char *command_path(const struct command *c, unsigned word)
{
	return relative_path(c->file, command_word(c, word));
}

char *lasting_path(char *path)
{
	char *real = realpath(path, NULL);

	if (!real)
		return path;
	free(path);
	return real;
}

bool spec_is_live(const struct command *c, unsigned word)
{
	return !strcmp(command_word(c, word), "live");
}

static const char image_prefix[] = "vmlinux:";

const char *spec_image(const char *spec)
{
	size_t n = strlen(image_prefix);

	return strncmp(spec, image_prefix, n) ? NULL : spec + n;
}

char *spec_without_machine(const char *spec, enum arch *arch)
{
	const char *slash = strchr(spec, '/');

	*arch = slash ? arch_by_name(slash + 1) : ARCHES;
	return *arch == ARCHES ? xstrdup(spec) : xstrndup(spec, (size_t)(slash - spec));
}

bool spec_is_version(const char *spec)
{
	return isdigit((unsigned char)spec[*spec == 'v']);
}

void spec_hint_machines(const char *spec, struct vf_error *error)
{
	if (!error->hint[0] && spec_is_version(spec))
		vf_error_hint(error, "the machines are %s, %s and %s: v7.3/aarch64", arch_names[0],
			      arch_names[1], arch_names[2]);
}

bool spec_is_file(const char *spec)
{
	static const char ending[] = ".kernel";
	size_t n = strlen(spec), end = sizeof(ending) - 1;
	const char *slash = strchr(spec, '/');

	if (slash && arch_by_name(slash + 1) != ARCHES)
		return false;
	return slash || (n > end && !strcmp(spec + n - end, ending));
}

static char *image_spec(char *path)
{
	struct buf spec = {0};

	buf_printf(&spec, "%s%s", image_prefix, path);
	free(path);
	return buf_take(&spec);
}

char *spec_path(const struct command *c, unsigned word)
{
	const char *spec = command_word(c, word), *image = spec_image(spec);

	if (image)
		return image_spec(relative_path(c->file, image));
	return spec_is_file(spec) ? command_path(c, word) : xstrdup(spec);
}

void spec_on_machine(const char *spec, enum arch arch, struct buf *out)
{
	buf_puts(out, spec);
	if (arch != ARCHES && arch != ARCH_X86_64)
		buf_printf(out, "/%s", arch_names[arch]);
}

char *spec_lasting(const struct command *c, unsigned word, const struct kernel *kernel)
{
	const char *spec = command_word(c, word), *image = spec_image(spec);
	struct buf live = {0};

	if (spec_is_live(c, word)) {
		spec_on_machine(kernel->profile, kernel->arch, &live);
		return buf_take(&live);
	}
	if (image)
		return image_spec(lasting_path(relative_path(c->file, image)));
	return spec_is_file(spec) ? lasting_path(command_path(c, word)) : xstrdup(spec);
}

void spec_clauses(const struct command *c, unsigned first_clause, unsigned clauses, struct buf *out)
{
	for (unsigned i = 0; i < clauses; i++) {
		buf_puts(out, i ? " " : " with ");
		command_print_quoted(command_word(c, first_clause + i), out);
	}
}

char *spec_words(const struct command *c, unsigned word, const struct kernel *kernel,
		 unsigned first_clause, unsigned clauses)
{
	char *spec = spec_lasting(c, word, kernel);
	struct buf out = {0};

	if (strpbrk(spec, " \t#\"\\"))
		command_print_quoted(spec, &out);
	else
		buf_puts(&out, spec);
	spec_clauses(c, first_clause, clauses, &out);
	free(spec);
	return buf_take(&out);
}
