/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Breakpoints: what somebody waits for on the timeline. A list of them, and the search for
 * the nearest step at which one holds.
 */
#ifndef SESSION_BREAKS_BREAKPOINTS_H
#define SESSION_BREAKS_BREAKPOINTS_H

#include "base/budget.h"
#include "base/buf.h"
#include "session/timeline.h"

struct breakpoint {
	enum break_kind kind;
	char *name; /* of BREAK_VMA, else NULL; may be a pattern */
};

/* In the order in which they were set; zeroed: none. */
struct breakpoints {
	struct breakpoint *v;
	size_t n, cap;
};

void breakpoints_deinit(struct breakpoints *breakpoints);
struct breakpoints breakpoints_copy(const struct breakpoints *breakpoints);

/* False: it is set already. name: copied; NULL but for BREAK_VMA. */
bool breakpoints_add(struct breakpoints *breakpoints, enum break_kind kind, const char *name);
/* Removes that one; kind -1: all. Returns how many were removed. */
size_t breakpoints_remove(struct breakpoints *breakpoints, int kind, const char *name);

/* "write-protect", "vma heap". */
void breakpoint_print(const struct breakpoint *breakpoint, struct buf *out);

/* A stop: the slot after which time stands there, and which breakpoints hold in it. */
struct break_stop {
	size_t slot;
	bool *holds[2]; /* by side and breakpoint; owned */
};
void break_stop_deinit(struct break_stop *stop);

/*
 * The nearest stop behind or, not forward, before the place of the timeline, which does not
 * change. False: there is none, or the budget is used up, and nothing to deinit. Groups of
 * events are not opened, except for the page tables in which something holds.
 */
bool breakpoints_find(const struct breakpoints *breakpoints, struct timeline *timeline,
		      bool forward, struct budget *budget, struct break_stop *stop);

#endif
