/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmafork-vmlinux: reads fork's decision out of a kernel image. This file reads
 * the command line and dispatches to vmlinux/image_run.h.
 */
#include "base/alloc.h"
#include "base/options.h"
#include "base/output.h"
#include "vmlinux/image_run.h"

struct options {
	struct command_line line; /* its mode is an enum image_form, its words are images */
	struct image_options image;
};

static const struct option_row option_rows[] = {
	{.words = "IMAGE", .help = "prints the kernel's profile"},
	{"--evidence", .words = "IMAGE", .help = "prints the evidence: instructions, lines, runs",
	 .mode = FORM_EVIDENCE},
	{"--lines", .words = "IMAGE", .help = "prints where fork's functions are in the source",
	 .mode = FORM_LINES},
	{"--json", .words = "IMAGE", .help = "prints all of it as JSON", .mode = FORM_JSON},
	{"--compare", .words = "OLD NEW", .help = "prints when the two decide differently",
	 .mode = FORM_COMPARE},
	{"--scenario", .value = "FILE",
	 .help = "with --compare: writes the scenario that shows it to FILE",
	 .modes = OPTION_MODE(FORM_COMPARE), OPTION_TEXT(struct options, image.scenario)},
	{"--running", .help = "instead of IMAGE: that of the kernel that runs here",
	 .modes = ~OPTION_MODE(FORM_COMPARE), OPTION_FLAG(struct options, image.running)},
	{"--root", .value = "DIR", .help = "with --running: the folder with its /boot, /proc and /sys",
	 .modes = ~OPTION_MODE(FORM_COMPARE), OPTION_TEXT(struct options, image.root)},
	{"--debug-file", .value = "FILE",
	 .help = "the debug info of an image that has none",
	 .modes = ~OPTION_MODE(FORM_COMPARE), OPTION_TEXT(struct options, image.reader.debug_file)},
	{"--debug-dir", .value = "DIR",
	 .help = "where to look for it; /usr/lib/debug by default",
	 OPTION_TEXT(struct options, image.reader.debug_dir)},
};

static const struct program program = {
	.name = "vmafork-vmlinux",
	.version = VMAFORK_VERSION,
	.rows = option_rows,
	.row_count = ARRAY_SIZE(option_rows),
	.about = "IMAGE is a kernel image: vmlinuz as it is in /boot, vmlinux, or mm/memory.o.\n",
	.status = "exit status: 0 done, or alike; 1 the two differ; 2 an error\n",
};

static int run(const struct options *options)
{
	bool compare = options->line.mode == FORM_COMPARE;
	int wanted = compare ? 2 : options->image.running ? 0 : 1;
	const struct profiles *profiles;
	int status;

	if (options->line.count != wanted)
		return options_complain(&program, compare  ? "--compare takes two images: OLD NEW"
						  : wanted ? "expected one image"
							   : "--running takes no image");
	profiles = profiles_all();
	status = compare ? image_compare(&options->image, profiles, options->line.words)
			     : image_show(&options->image, profiles, (enum image_form)options->line.mode,
					  wanted ? options->line.words[0] : NULL);
	profiles_show_broken(program.name); /* last: errors come first */
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.image = {.program = program.name, .root = "", .reader = {.debug_dir = "/usr/lib/debug"}}};
	struct vf_error error;
	int status;

	(void)argc;
	if (!options_read(&program, argv, &options, &options.line, &error))
		return output_error(program.name, &error);
	if (options_answer(&program, &options.line, &status))
		return status;
	return output_finish(program.name, run(&options));
}
