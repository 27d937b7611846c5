/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel diff A B [--scenario FILE] */
#include <stdlib.h>

#include "base/file.h"
#include "kernels/witness.h"
#include "session/session_private.h"

/* Writes the scenario that shows the difference to `path`, or to `out` if path is NULL. */
static bool show_witness(struct call *call, const struct kernel_diff *diff, const char *path,
			 struct buf *out)
{
	const struct kernel_args *args = &call->command->args.kernel;
	char *spec[2] = {spec_words(call->command, args->spec, diff->kernel[0], 0, 0),
			 spec_words(call->command, args->other, diff->kernel[1], 0, 0)};
	struct buf text = {0};
	bool ok = (!path || file_is_new(path, call->error)) &&
		  witness_write(diff, (const char *const *)spec, SIZE_MAX, &call->session->budget,
				&text, call->error);

	if (ok && !path)
		buf_printf(out, "\na scenario that shows it:\n\n%s", buf_str(&text));
	else if (ok && (ok = write_file(path, buf_str(&text), text.len, call->error)))
		buf_printf(out, "\nsaved as %s\n", path);
	buf_deinit(&text);
	free(spec[0]);
	free(spec[1]);
	return ok;
}

static bool show_diff(struct call *call, const struct kernel_diff *diff)
{
	const struct kernel_args *args = &call->command->args.kernel;
	char *path = args->file ? command_path(call->command, args->file) : NULL;
	/* In a file the search is left out: many of them would take too long. */
	bool wanted = path || (diff->case_count && args->typed);
	struct buf scenario = {0};
	bool ok = !wanted || show_witness(call, diff, path, &scenario);

	if (ok || !path) {
		kernel_diff_print(diff, call->out);
		buf_puts(call->out, buf_str(&scenario));
	}
	if (!ok)
		command_point(call->command, call->reader, path ? args->file : args->spec,
			      call->error);
	buf_deinit(&scenario);
	free(path);
	return ok;
}

bool run_kernel_diff(struct call *call)
{
	const struct kernel_args *args = &call->command->args.kernel;
	struct kernel *a = call_kernel(call, args->spec);
	struct kernel *b = a ? call_kernel(call, args->other) : NULL;
	struct kernel_diff *diff = NULL;
	bool ok = false;

	if (b && call->session->loading) { /* only play prints what a file shows */
		ok = true;
	} else if (b) {
		diff = kernel_diff_create(a, b, &call->session->budget, call->error);
		if (!diff)
			command_point(call->command, call->reader, args->spec, call->error);
	}
	if (diff)
		ok = show_diff(call, diff);
	kernel_diff_free(diff);
	kernel_free(a);
	kernel_free(b);
	return ok;
}
