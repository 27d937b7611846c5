/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/findings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "kernels/version.h"
#include "model/vmflags.h"

/* --- checking untrusted findings -------------------------------------------------- */

static void clean(char *s, size_t size)
{
	s[size - 1] = '\0';
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}
#define CLEAN(array) clean((array), sizeof(array))

static void clean_run(struct trial *run)
{
	CLEAN(run->what);
}

static bool input_ok(struct finding_input input)
{
	return input.side <= 1 && input.bit < INPUTS_PER_SIDE;
}

bool findings_check(struct findings *f)
{
	if (f->function_count > FUNCTIONS_MAX || f->inlined_count > RANGES_MAX ||
	    f->clause_count > CLAUSES_MAX || f->odd_count > RUN_PAIR_MAX ||
	    f->also_read_count > ALSO_READ_MAX || f->bits_from >= BITS_SOURCES)
		return false;
	CLEAN(f->banner);
	CLEAN(f->machine);
	CLEAN(f->error);
	CLEAN(f->hint);
	CLEAN(f->build_id);
	CLEAN(f->debuglink);
	CLEAN(f->inlined_call.file);
	clean_run(&f->baseline);
	for (size_t i = 0; i < ARRAY_SIZE(f->bit_names); i++)
		CLEAN(f->bit_names[i]);
	for (size_t i = 0; i < FUNCTIONS_MAX; i++) {
		CLEAN(f->functions[i].name);
		CLEAN(f->functions[i].place.file);
	}
	for (size_t i = 0; i < ALSO_READ_MAX; i++)
		CLEAN(f->also_read[i]);
	for (size_t i = 0; i < f->clause_count; i++) {
		struct found_clause *c = &f->clauses[i];

		if (c->side > 1 || !input_ok(c->proof_input) || c->anon_vma != !c->bits)
			return false;
		CLEAN(c->function);
		CLEAN(c->innermost_function);
		CLEAN(c->place.file);
		CLEAN(c->innermost.file);
		clean_run(&c->proof);
	}
	for (size_t i = 0; i < f->odd_count; i++)
		if (!input_ok(f->odd[i].a) || !input_ok(f->odd[i].b))
			return false;
	return true;
}

/* --- reading them ----------------------------------------------------------------- */

void findings_version(const struct findings *f, char *version, size_t size)
{
	static const char linux_version[] = "Linux version ", debian[] = " Debian ";
	const char *found = strstr(f->banner, debian);
	struct version scanned;

	/* Debian's release has the version of its interface; the version follows. */
	if (found && isdigit((unsigned char)found[strlen(debian)]))
		found += strlen(debian);
	else if (!strncmp(f->banner, linux_version, strlen(linux_version)))
		found = f->banner + strlen(linux_version);
	else
		found = "";
	snprintf(version, size, "%.*s", (int)version_scan(found, &scanned), found);
	for (char *s = version; *s; s++)
		if (*s == '~')
			*s = '-';
}

const char *input_name(const struct findings *f, struct finding_input input)
{
	static char names[4][NAME_SIZE];
	static size_t next;

	if (input.bit == ANON_VMA)
		return "anon_vma";
	if (f->bit_names[input.bit][0])
		return f->bit_names[input.bit];
	next = (next + 1) % ARRAY_SIZE(names);
	snprintf(names[next], NAME_SIZE, "bit %u", input.bit);
	return names[next];
}

bool clause_flags(const struct findings *f, const struct found_clause *clause, uint64_t *flags,
		  unsigned *unknown_bit)
{
	*flags = 0;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t flag;

		if (!(clause->bits >> bit & 1))
			continue;
		flag = vm_flag_by_name(f->bit_names[bit]);
		if (!flag) {
			*unknown_bit = bit;
			return false;
		}
		*flags |= flag;
	}
	return true;
}
