/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for the shortest set-up after which a fork reaches a goal: all sequences of the
 * commands of setups.h, short ones first, on the model of two kernels.
 */
#ifndef KERNELS_SETUP_SEARCH_H
#define KERNELS_SETUP_SEARCH_H

#include "base/budget.h"
#include "base/buf.h"
#include "kernels/setups.h"
#include "model/machine.h"

/* One machine of each kernel. */
struct setup_pair {
	struct machine *machine[2];
};
void setup_pair_free(struct setup_pair *pair);
/* Does the first page of `mem` differ between the two children: can it be seen from outside? */
bool setup_pair_shows(const struct setup_pair *pair);

/* Is it reached by the last fork of both? The VMA is `mem`, and may be missing. */
typedef bool setup_goal(const struct setup_pair *pair, const void *goal);

struct setup_search;

/*
 * bypasses: as of setups_collect(). The kernels, the budget and the goal must outlive the
 * search. Each run takes at most a quarter of the time that the budget has left now.
 */
struct setup_search *setup_search_create(const struct kernel *const kernel[2], uint64_t bypasses,
					 struct budget *budget, setup_goal *reached,
					 const void *goal);
void setup_search_free(struct setup_search *search);
/*
 * One more step, besides those of setups.h: a line that maps `mem`, or what can be done with it and
 * changes nothing but VMAs, entries and contexts: only these tell states apart.
 */
void setup_search_add(struct setup_search *search, const char *line);

/*
 * by_hand: also with drivers' mappings, and flags that are set by hand. False: nothing was found.
 */
bool setup_search_run(struct setup_search *search, bool by_hand);

/* The set-up that was found last, a line for each command, without the fork. */
void setup_found_print(const struct setup_search *search, struct buf *out);
/* Both machines after that set-up and the fork; the caller frees them. */
struct setup_pair setup_found_forked(const struct setup_search *search);

#endif
