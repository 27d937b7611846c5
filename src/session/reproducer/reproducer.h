/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario as a C program: it does the system calls, prints what smaps and pagemap show, and
 * says in comments what the model of each side predicts. It needs nothing of this program.
 */
#ifndef SESSION_REPRODUCER_REPRODUCER_H
#define SESSION_REPRODUCER_REPRODUCER_H

#include "base/budget.h"
#include "base/buf.h"
#include "base/error.h"
#include "model/kernel.h"
#include "report/sides.h"
#include "session/log.h"

struct reproducer_source {
	const struct log *log; /* its commands that count are carried out */
	const struct kernel *const *kernel; /* of each side */
	const char *title, *about; /* or NULL */
	struct budget *budget; /* for the machines that find out where things are */
};

/*
 * Adds the program. A command that no program can carry out is a comment that says why, and
 * the program prints that it was left out. False, with an error, when the budget is used up, or
 * there is more than anybody would read.
 */
bool reproducer_write(const struct reproducer_source *source, struct buf *out,
		      struct vf_error *error);

#endif
