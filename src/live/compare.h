/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model against what was seen, fact by fact. */
#ifndef LIVE_COMPARE_H
#define LIVE_COMPARE_H

#include "base/buf.h"
#include "live/probe.h"

struct score {
	size_t agree, differ, unseen; /* facts */
};

/*
 * Adds a line for each difference to `out`, with both values: of what a command came
 * to each time, of flags, pages and decisions once, where it began.
 */
struct score compare(const struct probe *probe, struct buf *out);

/*
 * Has a touch of this VMA (NULL: of any) waited for a userfaultfd by then? What
 * that leaves behind is compared with nothing.
 */
bool compare_waited(const struct probe *probe, size_t step, const char *vma);

#endif
