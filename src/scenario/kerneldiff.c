/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel diff A B [--scenario FILE] */
#include <stdlib.h>

#include "scenario/file.h"
#include "scenario/session_private.h"
#include "scenario/witness.h"

static bool write_witness(struct call *call, const struct kernel_diff *diff)
{
	const struct args *args = &call->command->args;
	char *path = command_path(call->command, args->because);
	char *spec[2] = {spec_lasting(call->command, args->name, diff->kernel[0]),
			 spec_lasting(call->command, args->name2, diff->kernel[1])};
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
	free(path);
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
