/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set source [SIDE] DIR|off */
#include <stdlib.h>
#include <sys/stat.h>

#include "session/session_private.h"

/* The file that defines vma_needs_copy(): every kernel source tree has it. */
#define SOURCE_SIGN "mm/memory.c"

/*
 * Checks the folder of a typed command. A file may come from another machine; the pane then
 * shows what is missing.
 */
static bool check_folder(struct call *call, const char *path)
{
	struct vf_error *error = call->error;
	struct source_tree *tree = source_open(path);
	bool found = source_text(tree, SOURCE_SIGN) != NULL;
	struct stat st;

	source_close(tree);
	if (found)
		return true;
	if (stat(path, &st))
		vf_error_set(error, "no such folder: %.200s", path);
	else if (!S_ISDIR(st.st_mode))
		vf_error_set(error, "%.200s is not a folder", path);
	else
		vf_error_set(error, "%.200s has no " SOURCE_SIGN, path);
	vf_error_hint(error, "name the root of a kernel source tree, or off");
	command_point(call->command, call->reader, call->command->args.source.folder, error);
	return false;
}

bool source_is_off(const struct command *c)
{
	return !c->args.source.folder;
}

/* A version's profile has no line numbers, since it covers more than one source tree. */
static void tell_lines(struct call *call, int side)
{
	const struct kernel *kernel = call->session->kernel[side];

	if (!kernel->line_count)
		buf_printf(call->out, "%s: %s has no line numbers; kernel %s vmlinux:IMAGE has them\n",
			   side_names[side], kernel->name, side_names[side]);
}

bool run_set_source(struct call *call)
{
	const struct command *c = call->command;
	char *folder = source_is_off(c) ? NULL : command_path(c, c->args.source.folder);
	bool typed = call->reader && !call->session->from_file;

	if (folder && typed && !check_folder(call, folder)) {
		free(folder);
		return false;
	}
	for (int side = 0; side < SIDES; side++)
		if (c->args.source.side == WHICH_BOTH || c->args.source.side == side) {
			source_close(call->session->source[side]);
			call->session->source[side] = folder ? source_open(folder) : NULL;
			if (folder && !call->session->loading)
				tell_lines(call, side);
		}
	free(folder); /* time does not move, so that the current step shows its source */
	return true;
}
