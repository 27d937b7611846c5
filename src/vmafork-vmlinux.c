/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmafork-vmlinux: reads fork's decision out of a kernel image. This file reads
 * the command line; the work is done in vmlinux/:
 *
 *   reader     opens the files, and asks a child that is shut in (sandbox)
 *   read       that child: all there is to know, from
 *     image      the file      debuginfo  where things are
 *     execute    running it    predicate  from runs to clauses
 *   findings   what it hands back
 *   answer     the same as a profile, and as evidence
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/options.h"
#include "base/output.h"
#include "kernels/kernel_diff.h"
#include "kernels/witness.h"
#include "vmlinux/answer.h"
#include "vmlinux/findings_json.h"
#include "vmlinux/reader.h"

#ifndef VMAFORK_VERSION
#define VMAFORK_VERSION "unknown"
#endif

enum { EXIT_ALIKE = 0, EXIT_DIFFER = 1 }; /* and EXIT_ERROR */

enum form { FORM_PROFILE, FORM_EVIDENCE, FORM_LINES, FORM_JSON, FORM_COMPARE };

struct options {
	struct command_line line; /* its mode is an enum form, its words are images */
	const char *scenario;
	struct reader_options reader;
};

static const struct option_row option_rows[] = {
	{.words = "IMAGE", .help = "prints the kernel's profile"},
	{"--evidence", .words = "IMAGE", .help = "why: instructions, lines, runs",
	 .mode = FORM_EVIDENCE},
	{"--lines", .words = "IMAGE", .help = "where fork's functions are in the source",
	 .mode = FORM_LINES},
	{"--json", .words = "IMAGE", .help = "all of it for programs", .mode = FORM_JSON},
	{"--compare", .words = "OLD NEW", .help = "when do the two decide differently?",
	 .mode = FORM_COMPARE},
	{"--scenario", .value = "FILE",
	 .help = "with --compare: writes the scenario that shows it to FILE",
	 .modes = OPTION_MODE(FORM_COMPARE), OPTION_TEXT(struct options, scenario)},
	{"--debug-file", .value = "FILE",
	 .help = "where one image's debug info is, when it is not there",
	 .modes = ~OPTION_MODE(FORM_COMPARE), OPTION_TEXT(struct options, reader.debug_file)},
	{"--debug-dir", .value = "DIR",
	 .help = "where it is looked for then; /usr/lib/debug unless given",
	 OPTION_TEXT(struct options, reader.debug_dir)},
};

static const struct program program = {
	.name = "vmafork-vmlinux",
	.version = VMAFORK_VERSION,
	.rows = option_rows,
	.row_count = ARRAY_SIZE(option_rows),
	.about = "IMAGE is a kernel image with debug info (vmlinux), for x86-64 or arm64.\n",
	.status = "exit status: 0 done, or alike; 1 the two differ; 2 an error\n",
};

static int print_error(const struct vf_error *error)
{
	return output_error(program.name, error);
}

/* --- one image -------------------------------------------------------------------- */

static void set_file(struct vf_error *error, const char *path)
{
	snprintf(error->file, sizeof(error->file), "%s", path);
}

static int show_image(const struct options *options, const struct profiles *profiles,
		      const char *path)
{
	static struct findings findings;
	struct reader_cost cost = {0};
	struct image_answer answer = {0};
	struct vf_error error = {0};
	struct buf out = {0};
	bool said;
	char *json;

	if (!reader_ask(path, &options->reader, &findings, &cost, &error))
		return print_error(&error);
	said = image_answer_create(&answer, &findings, profiles, &error);
	set_file(&error, path);
	switch (options->line.mode) {
	case FORM_LINES:
		image_answer_lines(&findings, &out);
		break;
	case FORM_EVIDENCE:
		image_answer_evidence(&findings, path, &out);
		break;
	case FORM_JSON:
		json = findings_json(&findings, said ? &answer : NULL, &cost, path);
		buf_printf(&out, "%s\n", json);
		free(json);
		output_raw(&out);
		break;
	default:
		if (said)
			image_answer_profile(&answer, &findings, path, &out);
	}
	image_answer_deinit(&answer);
	output_text(&out);
	return said || options->line.mode == FORM_LINES ? EXIT_ALIKE : print_error(&error);
}

/* --- two images ------------------------------------------------------------------- */

struct side {
	const char *path;
	struct findings findings;
	struct image_answer answer;
	char *spec; /* what a scenario calls it */
	char *file; /* the profile to write for that; NULL: none */
};

static bool ask_side(struct side *side, const char *path, const struct options *options,
		     const struct profiles *profiles, struct vf_error *error)
{
	side->path = path;
	if (!reader_ask(path, &options->reader, &side->findings, NULL, error))
		return false;
	if (image_answer_create(&side->answer, &side->findings, profiles, error))
		return true;
	set_file(error, path);
	return false;
}

/* By its version where that says it all, else by a profile beside the scenario, or the image. */
static void name_side(struct side *side, const char *scenario, const char *suffix)
{
	struct buf spec = {0}, file = {0};
	const char *name = scenario ? strrchr(scenario, '/') : NULL;
	size_t folder = name ? (size_t)(name - scenario) + 1 : 0, n;

	if (side->answer.as_known && side->answer.version[0]) {
		buf_puts(&spec, side->answer.version);
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

static void print_side(const struct side *side, const char *what, struct buf *out)
{
	buf_printf(out, "%s  %s\n", what, side->path);
	buf_printf(out, "     %s\n",
		   side->findings.banner[0] ? side->findings.banner : "no banner");
	for (size_t i = 0; i < side->findings.clause_count; i++) {
		buf_puts(out, "     ");
		clause_words(&side->findings, &side->findings.clauses[i], out);
		buf_printf(out, "  %s:%u\n", side->findings.clauses[i].place.file,
			   side->findings.clauses[i].place.line);
	}
}

static bool write_profile(const struct side *side, struct vf_error *error)
{
	struct buf text = {0};
	bool ok;

	if (!side->file)
		return true;
	image_answer_profile(&side->answer, &side->findings, side->path, &text);
	ok = write_file(side->file, buf_str(&text), text.len, error);
	buf_deinit(&text);
	return ok;
}

static bool write_scenario(const struct side sides[2], const char *path, const struct buf *text,
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

/* What is said about the pair; false and an error when something cannot be done. */
static bool compare(struct side sides[2], const struct options *options, struct buf *out,
		    bool *differ, struct vf_error *error)
{
	struct kernel_diff *diff;
	const char *spec[2];
	struct buf text = {0};
	bool ok = true;

	diff = kernel_diff_create(sides[0].answer.kernel, sides[1].answer.kernel, error);
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
		     witness_write(diff, spec, SIZE_MAX, &text, error);
		if (ok && options->scenario)
			ok = write_scenario(sides, options->scenario, &text, out, error);
		else if (ok)
			buf_printf(out, "\na scenario that shows it:\n\n%s", buf_str(&text));
	}
	buf_deinit(&text);
	kernel_diff_free(diff);
	return ok;
}

static int compare_images(const struct options *options, const struct profiles *profiles,
			  char *const paths[2])
{
	static struct side sides[2];
	struct vf_error error = {0};
	struct buf out = {0};
	bool differ = false, ok = true;

	for (int i = 0; i < 2 && ok; i++)
		ok = ask_side(&sides[i], paths[i], options, profiles, &error);
	if (ok) {
		print_side(&sides[0], "old", &out);
		print_side(&sides[1], "new", &out);
		buf_putc(&out, '\n');
		ok = compare(sides, options, &out, &differ, &error);
	}
	output_text(&out);
	for (int i = 0; i < 2; i++) {
		image_answer_deinit(&sides[i].answer);
		free(sides[i].spec);
		free(sides[i].file);
	}
	if (!ok)
		return print_error(&error);
	return differ ? EXIT_DIFFER : EXIT_ALIKE;
}

/* --- the command line ------------------------------------------------------------- */

static int run(const struct options *options)
{
	int wanted = options->line.mode == FORM_COMPARE ? 2 : 1;
	int status;

	if (options->line.count != wanted)
		return options_complain(&program, wanted == 2 ? "--compare takes two images"
							      : "one image is wanted");
	status = wanted == 2 ? compare_images(options, profiles_all(), options->line.words)
			     : show_image(options, profiles_all(), options->line.words[0]);
	profiles_show_broken(program.name); /* last: what goes wrong comes first */
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.reader = {.debug_dir = "/usr/lib/debug"}};
	struct vf_error error;
	int status;

	(void)argc;
	if (!options_read(&program, argv, &options, &options.line, &error))
		return print_error(&error);
	if (options_answer(&program, &options.line, &status))
		return status;
	return output_finish(program.name, run(&options));
}
