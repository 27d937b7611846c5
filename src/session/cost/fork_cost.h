/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fork costs a process, of which there is a scenario: now, afterwards, and if something
 * about its memory were different. All of it is computed by the model; times are prices of
 * operations times their number, an estimate.
 */
#ifndef SESSION_COST_FORK_COST_H
#define SESSION_COST_FORK_COST_H

#include "observe/calibration.h"
#include "session/session.h"

/* A VMA of the process. */
struct cost_mapping {
	char *name; /* owned */
	uint64_t start, end;
	int decision; /* DECISION_... */
	struct work work;
	double seconds;
};

/* What would change the cost. */
enum cost_change_kind {
	CHANGE_HUGE,	 /* huge entries wherever 2 MiB of a mapping have pages */
	CHANGE_DONTFORK, /* madvise(MADV_DONTFORK) on the most expensive mapping */
	CHANGE_SHARED,	 /* that mapping were shared memory */
	CHANGE_BORROW,	 /* vfork() or posix_spawn() */
	CHANGES
};
extern const char *const cost_change_names[CHANGES]; /* in JSON */

struct cost_change {
	bool possible; /* false: nothing to change, or the model refuses it */
	struct work work;
	double seconds;
	uint64_t memory; /* bytes more that the process then uses */
};

struct fork_cost {
	char *title;	   /* of the scenario; owned */
	char kernel[96];   /* of the model */
	struct calibration prices;
	bool typical;	   /* they are not of this machine */
	bool complete;	   /* all prices that were needed are known */
	bool forked;	   /* forks that made this process add to the time; how many cannot be seen */
	struct work work;  /* of the whole fork */
	double seconds;
	/* Where a dump does not tell how many page tables are copied: see import/tables_range.h. */
	bool ranged;
	uint64_t tables_least, tables_most;
	struct cost_mapping *mappings; /* the most expensive first */
	size_t n, shown; /* shown: those that make 95 % */
	/* If the parent then writes all that fork left shared, while the child lives. */
	struct {
		uint64_t faults, copies, bytes;
		double seconds;
		size_t left_out; /* mappings that the model cannot write, or not within the budget */
	} after;
	size_t largest; /* the mapping that DONTFORK and shared memory are about; n: there is none */
	struct cost_change changes[CHANGES];
};

/*
 * Computes it of a scenario's session, which has not forked. prices: of this machine, or NULL:
 * typical ones. scenario: its text, for what its comments tell; NULL: nothing. False: *error.
 */
bool fork_cost_compute(struct fork_cost *cost, struct session *session, const struct calibration *prices,
		       const char *scenario, struct vf_error *error);
void fork_cost_deinit(struct fork_cost *cost);

/* Seconds with the fewest and the most page tables. */
double fork_cost_seconds(const struct fork_cost *cost, uint64_t tables);

/* Five lines for people; and a line with a bar for each mapping of those 95 %, `columns` wide. */
void fork_cost_text(const struct fork_cost *cost, struct buf *out);
void fork_cost_bars(const struct fork_cost *cost, int columns, bool utf8, struct buf *out);

/* One object in one line. */
void fork_cost_json(const struct fork_cost *cost, struct buf *out);

#endif
