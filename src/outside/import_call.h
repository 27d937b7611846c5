/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vmafork-probe that imports a process. */
#ifndef OUTSIDE_IMPORT_CALL_H
#define OUTSIDE_IMPORT_CALL_H

#include "base/buf.h"
#include "base/budget.h"

struct import_call {
	const char *argv[7]; /* argv[0] is the program's name; NULL ends it */
	struct buf budget;   /* a word of it */
};

/* pid: of the caller, who keeps it. budget: what loading and forking the scenario may take.
 * anonymous: for others to read. */
void import_call_init(struct import_call *call, const char *pid, struct budget_amounts budget,
		      bool anonymous);
void import_call_deinit(struct import_call *call);

#endif
