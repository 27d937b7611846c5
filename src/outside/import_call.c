/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/import_call.h"

void import_call_init(struct import_call *call, const char *what, const char *which,
		      struct budget_amounts budget, bool anonymous)
{
	size_t n = 5;

	*call = (struct import_call){.argv = {"vmafork-probe", "--import", what, "--budget"}};
	budget_print(budget, &call->budget);
	call->argv[4] = buf_str(&call->budget);
	if (anonymous)
		call->argv[n++] = "--anonymous";
	call->argv[n++] = "--";
	call->argv[n] = which;
}

void import_call_deinit(struct import_call *call)
{
	buf_deinit(&call->budget);
}
