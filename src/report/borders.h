/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Borders between VMAs that a call makes, by splitting a VMA, or removes, by joining two (the
 * kernel's __split_vma() and vma_merge()).
 */
#ifndef REPORT_BORDERS_H
#define REPORT_BORDERS_H

#include "base/buf.h"
#include "model/machine.h"

#define BORDERS_MOST 16 /* of one call; more are not listed */

struct border {
	uint64_t address; /* where the VMA behind it begins, or began */
	bool joined;	  /* it is gone: else it is new */
};

struct borders {
	const struct mm *mm; /* of this process; NULL: there are none */
	struct border v[BORDERS_MOST]; /* in order of address */
	size_t n;
};

/* From the VMAs of a process before a call, and those after it. */
void borders_between(const struct stretch *before, size_t before_count, const struct stretch *after,
		     size_t after_count, struct borders *borders);

/* What the event did; none of fork's own events makes any. */
void borders_of_event(const struct machine *m, const struct event *event, struct borders *borders);

/* "VMAs split at heap 4, heap 8; joined at code 4"; nothing if there are none. */
void borders_words(const struct borders *borders, struct buf *out);

#endif
