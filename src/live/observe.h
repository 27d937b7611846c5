/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observes parent and child from outside, while both wait for orders. */
#ifndef LIVE_OBSERVE_H
#define LIVE_OBSERVE_H

#include "live/realize.h"
#include "observe/facts.h"
#include "observe/pagemap.h"

/*
 * Page tables that a fork of the subject costs without any scenario memory, by
 * generation: child, grandchild. -1: two measurements differed.
 */
struct baseline {
	int64_t tables[2];
};

/* Measures it with children that end at once. False: no result; *real has the reason. */
bool baseline_measure(struct live *live, struct baseline *baseline, struct real *real);

/* How many children that takes. */
enum { BASELINE_CHILDREN = 3 };

/* Fills in a moment from /proc. generation: 0 for the first parent. */
void observe_moment(const struct live *live, const struct eyes *eyes,
		    const struct baseline *baseline, unsigned generation,
		    struct seen_moment *moment);

#endif
