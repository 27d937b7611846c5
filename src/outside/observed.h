/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel that runs here did with a session's commands: what
 * vmafork-probe printed, read back.
 */
#ifndef OUTSIDE_OBSERVED_H
#define OUTSIDE_OBSERVED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "model/machine.h"
#include "observe/facts.h"
#include "report/sides.h"

/* The model of one side against it. */
struct verdict {
	size_t agree, differ, unseen; /* facts */
	char **differences;	      /* one line each, in the order of the commands */
	size_t difference_count;
	size_t followed; /* commands; fewer than were carried out: why stands in `ended` */
	char *ended;	 /* or NULL */
	struct kernel *kernel; /* that it speaks of; NULL: not said */
};

/* Since the first fork; -1: not seen. */
struct seen_cost {
	int64_t entries, tables, faults, cow_copies;
};

struct observed {
	char *release, *version; /* uname -r; and the version that it is */
	struct record seen;	 /* moments only: the forks in order, and then how it ended */
	size_t fork_count;
	struct seen_cost cost; /* of all of it */
	bool whole;	/* carried out to its end: the last moment is no fork */
	char *stopped;	/* else: the command that could not be carried out, and why */
	char *machine;	/* in what it differs from the model's machine, as a command; or NULL */
	struct verdict verdicts[SIDES];
};

/* Reads what `vmafork-probe --sides` printed. NULL on error. */
struct observed *observed_read(const char *json, struct vf_error *error);
void observed_free(struct observed *observed);

/* Notes which kernels, chosen on the sides, the verdicts speak of. */
void observed_judged(struct observed *observed, const struct kernel *const kernels[SIDES]);

/*
 * A line: release, and for each side how many facts agree, differ, cannot be seen; the
 * differences, each a line, before it if wanted; behind it what ended it early. A side
 * that has another kernel now (see observed_judged()) was not compared, and says so.
 */
void observed_lines(const struct observed *observed, const struct kernel *const now[SIDES],
		    bool differences, struct buf *out);

/*
 * Which side predicts what was observed, in words, without a newline; goes on from observed_lines().
 * A session that was not carried out up to a fork says nothing about the sides.
 */
void observed_sides(const struct observed *observed, struct buf *out);

/*
 * What was seen when things stood as this machine stands now, in its time: right
 * after a fork, or at the end. NULL: nobody looked then.
 */
const struct seen_moment *observed_moment(const struct observed *observed, const struct machine *m);

/* What had been spent at that moment, which is one of these. */
struct seen_cost observed_cost(const struct observed *observed, const struct seen_moment *moment);

/* Of the machine's Nth fork: what that VMA's decision was seen to be; or SEEN_NO_DECISION. */
int observed_decision(const struct observed *observed, size_t fork, const char *name);

#endif
