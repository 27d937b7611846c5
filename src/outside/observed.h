/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running kernel did with a session's commands, read from the output of
 * vmafork-probe.
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

/* The comparison of one side's model with the running kernel. */
struct verdict {
	size_t agree, differ, unseen; /* numbers of facts */
	char **differences;	      /* one line each, in the order of the commands */
	size_t difference_count;
	size_t followed; /* commands compared; if fewer than were carried out, `ended` says why */
	char *ended;	 /* or NULL */
	struct kernel *kernel; /* that was compared; NULL: not noted yet */
};

/* Since the first fork; -1: not observed. */
struct seen_cost {
	int64_t entries, tables, faults, cow_copies;
};

struct observed {
	char *release, *version; /* uname -r; and the version that it is */
	struct record seen;	 /* moments only: after each fork, then the end */
	size_t fork_count;
	struct seen_cost cost; /* of the whole run */
	bool whole;	/* all commands were carried out: the last moment is the end */
	char *stopped;	/* otherwise the command that could not be carried out, and why */
	char *machine;	/* settings that the model's machine lacks, as commands; or NULL */
	struct verdict verdicts[SIDES];
};

/* Reads what `vmafork-probe --sides` printed. NULL on error. */
struct observed *observed_read(const char *json, struct vf_error *error);
void observed_free(struct observed *observed);

/* Notes the kernels of the two sides that the verdicts compare. */
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
 * What was observed at this machine's current moment: right after a fork, or at the end.
 * NULL: this moment was not observed.
 */
const struct seen_moment *observed_moment(const struct observed *observed, const struct machine *m);

/* The costs up to that moment, which is one of these. */
struct seen_cost observed_cost(const struct observed *observed, const struct seen_moment *moment);

/* The observed decision for that VMA in the machine's Nth fork; or SEEN_NO_DECISION. */
int observed_decision(const struct observed *observed, size_t fork, const char *name);

#endif
