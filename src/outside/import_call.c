/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/import_call.h"

void import_call_init(struct import_call *call, const char *pid, struct budget_amounts budget,
		      bool anonymous)
{
	*call = (struct import_call){.argv = {"vmafork-probe", "--import", pid, "--budget"}};
	budget_print(budget, &call->budget);
	call->argv[4] = buf_str(&call->budget);
	call->argv[5] = anonymous ? "--anonymous" : NULL;
}

void import_call_deinit(struct import_call *call)
{
	buf_deinit(&call->budget);
}
