/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/output.h"
#include "kernels/kernel_diff.h"
#include "kernels/witness.h"
#include "language/kernel_spec.h"
#include "vmlinux/answer.h"
#include "vmlinux/image_run.h"

struct image_side {
	const char *path;
	struct findings findings;
	struct image_answer answer;
	char *spec; /* what a scenario calls it */
	char *file; /* the profile to write for that; NULL: none */
};

static bool ask_side(struct image_side *side, const char *path, const struct image_options *options,
		     const struct profiles *profiles, struct vf_error *error)
{
	side->path = path;
	if (!reader_ask(path, &options->reader, &side->findings, NULL, error))
		return false;
	if (image_answer_create(&side->answer, &side->findings, profiles, error))
		return true;
	snprintf(error->file, sizeof(error->file), "%s", path);
	return false;
}

/* By its version if that has the same decision, else by a profile beside the scenario, or the image. */
static void name_side(struct image_side *side, const char *scenario, const char *suffix)
{
	struct buf spec = {0}, file = {0};
	const char *name = scenario ? strrchr(scenario, '/') : NULL;
	size_t folder = name ? (size_t)(name - scenario) + 1 : 0, n;

	if (side->answer.as_known && side->answer.version[0]) {
		spec_on_machine(side->answer.version, side->answer.kernel->arch, &spec);
	} else if (scenario) {
		name = scenario + folder;
		n = strlen(name);
		if (n > 4 && !strcmp(name + n - 4, ".vma"))
			n -= 4;
		buf_printf(&spec, "./%.*s-%s.kernel", (int)n, name, suffix);
		buf_printf(&file, "%.*s%s", (int)folder, scenario, buf_str(&spec) + 2);
		side->file = buf_take(&file);
	} else {
		char *real = realpath(side->path, NULL);

		buf_printf(&spec, "vmlinux:%s", real ? real : side->path);
		free(real);
	}
	side->spec = buf_take(&spec);
}

static void print_side(const struct image_side *side, const char *what, struct buf *out)
{
	buf_printf(out, "%s  %s\n", what, side->path);
	buf_printf(out, "     %s\n",
		   side->findings.banner[0] ? side->findings.banner : "no banner");
	for (size_t i = 0; i < side->findings.clause_count; i++) {
		buf_puts(out, "     ");
		clause_words(&side->findings, &side->findings.clauses[i], out);
		if (side->findings.clauses[i].place.line)
			buf_printf(out, "  %s:%u", side->findings.clauses[i].place.file,
				   side->findings.clauses[i].place.line);
		buf_putc(out, '\n');
	}
	if (*findings_caveat(&side->findings))
		buf_printf(out, "     %s\n", findings_caveat(&side->findings));
}

static bool write_profile(const struct image_side *side, struct vf_error *error)
{
	struct buf text = {0};
	bool ok;

	if (!side->file)
		return true;
	image_answer_profile(&side->answer, &side->findings, image_title(side->path), &text);
	ok = write_file(side->file, buf_str(&text), text.len, error);
	buf_deinit(&text);
	return ok;
}

static bool write_scenario(const struct image_side sides[2], const char *path, const struct buf *text,
			   struct buf *out, struct vf_error *error)
{
	for (int i = 0; i < 2; i++)
		if (!write_profile(&sides[i], error))
			return false;
	if (!write_file(path, buf_str(text), text->len, error))
		return false;
	buf_printf(out, "\nsaved as %s", path);
	for (int i = 0; i < 2; i++)
		if (sides[i].file)
			buf_printf(out, ", with %s", sides[i].file);
	buf_putc(out, '\n');
	return true;
}

/* Adds the differences of the pair to `out`; false and an error when something cannot be done. */
static bool compare_sides(struct image_side sides[2], const struct image_options *options,
			  struct buf *out, bool *differ, struct vf_error *error)
{
	struct budget budget = budget_of(budget_default);
	struct kernel_diff *diff;
	const char *spec[2];
	struct buf text = {0};
	bool ok = true;

	diff = kernel_diff_create(sides[0].answer.kernel, sides[1].answer.kernel, &budget, error);
	if (!diff)
		return false;
	kernel_diff_print(diff, out);
	*differ = diff->case_count;
	if (*differ) {
		for (int i = 0; i < 2; i++) {
			name_side(&sides[i], options->scenario, i ? "new" : "old");
			spec[i] = sides[i].spec;
			if (options->scenario && sides[i].file)
				ok = ok && file_is_new(sides[i].file, error);
		}
		ok = ok && (!options->scenario || file_is_new(options->scenario, error)) &&
		     witness_write(diff, spec, SIZE_MAX, &budget, &text, error);
		if (ok && options->scenario)
			ok = write_scenario(sides, options->scenario, &text, out, error);
		else if (ok)
			buf_printf(out, "\na scenario that shows it:\n\n%s", buf_str(&text));
	}
	buf_deinit(&text);
	kernel_diff_free(diff);
	return ok;
}

int image_compare(const struct image_options *options, const struct profiles *profiles,
		  char *const paths[2])
{
	static struct image_side sides[2];
	struct vf_error error = {0};
	struct buf out = {0};
	bool differ = false, ok = true;

	for (int i = 0; i < 2 && ok; i++)
		ok = ask_side(&sides[i], paths[i], options, profiles, &error);
	if (ok) {
		print_side(&sides[0], "old", &out);
		print_side(&sides[1], "new", &out);
		buf_putc(&out, '\n');
		ok = compare_sides(sides, options, &out, &differ, &error);
	}
	output_text(&out);
	for (int i = 0; i < 2; i++) {
		image_answer_deinit(&sides[i].answer);
		free(sides[i].spec);
		free(sides[i].file);
	}
	if (!ok)
		return output_error(options->program, &error);
	return differ ? EXIT_DIFFER : EXIT_ALIKE;
}
