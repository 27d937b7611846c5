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
#include "observe/probe_end.h"
#include "report/sides.h"

/* The model of one side against it. */
struct verdict {
	size_t agree, differ, unseen; /* facts */
	char **differences;	      /* "COMMAND: what", in the order of the commands */
	size_t difference_count;
	char *ended; /* which command this kernel's model does not model; or NULL */
	struct kernel *kernel; /* that it is about; NULL: see reality_judged() */
};

/* Since the first fork; -1: not seen. */
struct seen_cost {
	int64_t entries, tables, faults, cow_copies;
};

struct reality {
	char *release, *version; /* uname -r; and the version that it is */
	struct record seen;	 /* moments only: the forks in order, and then how it ended */
	size_t fork_count;
	struct seen_cost cost; /* of all of it */
	bool whole;	/* carried out to its end: the last moment is no fork */
	enum probe_end end;
	char *stopped;	/* "COMMAND: why" of the one that could not be carried out; NULL: none */
	double seconds; /* the deadline, if that has passed */
	char *machine;	/* in what it differs from the model's machine, as a command; or NULL */
	struct verdict verdicts[SIDES];
};

/*
 * Reads what `vmafork-probe --sides` printed of these commands, a line each, which are
 * those that shape memory. NULL on error. An end that is an error is the caller's to
 * report: see probe_end_is_error().
 */
struct reality *reality_read(const char *json, const char *commands, struct vf_error *error);
void reality_free(struct reality *reality);

/* Notes which kernels, chosen on the sides, the verdicts are about. */
void reality_judged(struct reality *reality, const struct kernel *const kernels[SIDES]);

/*
 * A line: release, and for each side how many facts agree, differ, cannot be seen; the
 * differences, each a line, before it if wanted; behind it what ended it early. A side
 * that has another kernel now (see reality_judged()) was not compared, and says so.
 */
void reality_lines(const struct reality *reality, const struct kernel *const now[SIDES],
		   bool differences, struct buf *out);

/*
 * Which side this kernel behaves like, in words, without a newline; goes on from reality_lines().
 * A session that was not carried out up to a fork says nothing about the sides.
 */
void reality_sides(const struct reality *reality, struct buf *out);

/*
 * What was observed at the moment that this machine is at: right after a fork, or at
 * the end. NULL: nothing was.
 */
const struct seen_moment *reality_moment(const struct reality *reality, const struct machine *m);

/* What had been spent at that moment, which is one of this reality's. */
struct seen_cost reality_cost(const struct reality *reality, const struct seen_moment *moment);

/* Of the machine's Nth fork: what that VMA's decision was seen to be; or SEEN_NO_DECISION. */
int reality_decision(const struct reality *reality, size_t fork, const char *name);

#endif
