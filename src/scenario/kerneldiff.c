/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel diff A B [--scenario FILE] */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "scenario/file.h"
#include "scenario/session_private.h"
#include "scenario/witness.h"

/*
 * What stands for a kernel in a file: a profile file is named from the root, as
 * the scenario may be put into any folder; the running kernel by its profile.
 */
static char *lasting_spec(const struct command *c, unsigned word, const struct kernel *kernel)
{
	const char *spec = command_word(c, word), *colon = strchr(spec, ':');
	const char *path = colon ? colon + 1 : spec; /* vmlinux:PATH */
	struct buf lasting = {0};
	char real[PATH_MAX];

	if (!strcmp(spec, "live"))
		return xstrdup(kernel->profile);
	if (access(path, F_OK) || !realpath(path, real) ||
	    !(colon || strchr(spec, '/') || strstr(spec, ".kernel")))
		return xstrdup(spec);
	buf_add(&lasting, spec, (size_t)(path - spec));
	buf_puts(&lasting, real);
	return buf_take(&lasting);
}

static bool write_witness(struct call *call, const struct kernel_diff *diff)
{
	const struct args *args = &call->command->args;
	const char *path = command_word(call->command, args->because);
	char *spec[2] = {lasting_spec(call->command, args->name, diff->kernel[0]),
			 lasting_spec(call->command, args->name2, diff->kernel[1])};
	struct buf text = {0};
	bool ok = file_is_new(path, call->error) &&
		  witness_write(diff, (const char *const *)spec, SIZE_MAX, &text, call->error) &&
		  write_file(path, buf_str(&text), text.len, call->error);

	if (ok)
		buf_printf(call->out, "saved as %s\n", path);
	else
		command_point(call->command, call->reader, args->because, call->error);
	buf_deinit(&text);
	free(spec[0]);
	free(spec[1]);
	return ok;
}

bool run_kernel_diff(struct call *call)
{
	const struct args *args = &call->command->args;
	struct kernel *a = call_kernel(call, args->name);
	struct kernel *b = a ? call_kernel(call, args->name2) : NULL;
	struct kernel_diff *diff = NULL;
	bool ok = false;

	if (b && call->session->loading) { /* what a file shows is for those who play it */
		ok = true;
	} else if (b) {
		diff = kernel_diff_create(a, b, call->error);
		if (!diff)
			command_point(call->command, call->reader, args->name, call->error);
	}
	if (diff) {
		ok = !args->because || write_witness(call, diff);
		if (ok)
			kernel_diff_print(diff, call->out);
	}
	kernel_diff_free(diff);
	kernel_free(a);
	kernel_free(b);
	return ok;
}
