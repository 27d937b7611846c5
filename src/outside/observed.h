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

struct reality {
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
struct reality *reality_read(const char *json, struct vf_error *error);
void reality_free(struct reality *reality);

/* Notes the kernels of the two sides that the verdicts compare. */
void reality_judged(struct reality *reality, const struct kernel *const kernels[SIDES]);

/*
 * Prints a line with the release and, for each side, how many facts agree, differ and
 * cannot be observed; before it the differences, a line each, if wanted; after it what
 * ended the run early. A side whose kernel has changed since reality_judged() is
 * reported as not compared.
 */
void reality_lines(const struct reality *reality, const struct kernel *const now[SIDES],
		   bool differences, struct buf *out);

/*
 * Prints which side the kernel agrees with, without a newline. Follows the text of
 * reality_lines(). Sides are compared only if a fork was carried out.
 */
void reality_sides(const struct reality *reality, struct buf *out);

/*
 * What was observed at this machine's current moment: right after a fork, or at the end.
 * NULL: this moment was not observed.
 */
const struct seen_moment *reality_moment(const struct reality *reality, const struct machine *m);

/* The costs up to that moment, which is one of this reality's. */
struct seen_cost reality_cost(const struct reality *reality, const struct seen_moment *moment);

/* The observed decision for that VMA in the machine's Nth fork; or SEEN_NO_DECISION. */
int reality_decision(const struct reality *reality, size_t fork, const char *name);

#endif
