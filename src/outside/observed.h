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
#include "observe/probe_end.h"
#include "report/sides.h"

/* The comparison of one side's model with the running kernel. */
struct verdict {
	size_t agree, differ, unseen; /* numbers of facts */
	char **differences;	      /* "COMMAND: what", in the order of the commands */
	size_t difference_count;
	char *ended; /* which command this kernel's model does not model; or NULL */
	struct kernel *kernel; /* that it is about; NULL: see observed_judged() */
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
	enum probe_end end;
	char *stopped;	/* "COMMAND: why" of the one that could not be carried out; NULL: none */
	double seconds; /* the deadline, if that has passed */
	bool blind;	/* page frames could not be seen */
	char *machine;	/* settings that the model's machine lacks, as commands; or NULL */
	struct verdict verdicts[SIDES];
};

/*
 * Reads what `vmafork-probe --sides` printed of these commands, a line each, which are
 * those that shape memory. NULL on error. An end that is an error is the caller's to
 * report: see probe_end_is_error().
 */
struct observed *observed_read(const char *json, const char *commands, struct vf_error *error);
void observed_free(struct observed *observed);

/* Notes which kernels, chosen on the sides, the verdicts are about. */
void observed_judged(struct observed *observed, const struct kernel *const kernels[SIDES]);

/*
 * A line: release, and for each side how many facts agree, differ, cannot be seen; the
 * differences, each a line, before it if requested; after it what ended it early. A side
 * that has another kernel now (see observed_judged()) was not compared, and says so.
 */
void observed_lines(const struct observed *observed, const struct kernel *const now[SIDES],
		    bool differences, struct buf *out);

/*
 * Which side this kernel behaves like, in words, without a newline; continues observed_lines().
 * A session that was not carried out up to a fork says nothing about the sides.
 */
void observed_sides(const struct observed *observed, struct buf *out);

/*
 * What was observed at the moment that this machine is at: right after a fork, or at
 * the end. NULL: nothing was.
 */
const struct seen_moment *observed_moment(const struct observed *observed, const struct machine *m);

/* The costs up to that moment, which is one of these. */
struct seen_cost observed_cost(const struct observed *observed, const struct seen_moment *moment);

/* The observed decision for the VMA there in the machine's Nth fork; or SEEN_NO_DECISION. */
int observed_decision(const struct observed *observed, size_t fork, uint64_t address);

#endif
