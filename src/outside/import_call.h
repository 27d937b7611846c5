/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vmafork-probe that imports a process, or what is left of one. */
#ifndef OUTSIDE_IMPORT_CALL_H
#define OUTSIDE_IMPORT_CALL_H

#include "base/buf.h"
#include "base/budget.h"

struct import_call {
	const char *argv[9]; /* argv[0] is the program's name; NULL ends it */
	struct buf budget;   /* a word of it */
};

/*
 * what: the number of a process, or a file; which: of its processes, a number, or NULL. Both are
 * the caller's, who keeps them. budget: what loading and forking the scenario may take. anonymous:
 * for others to read.
 */
void import_call_init(struct import_call *call, const char *what, const char *which,
		      struct budget_amounts budget, bool anonymous);
void import_call_deinit(struct import_call *call);

#endif
