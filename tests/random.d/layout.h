/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command does to the VMAs of a process: are some split, or joined? */
#ifndef RANDOM_LAYOUT_H
#define RANDOM_LAYOUT_H

#include "model/machine.h"

enum {
	LAYOUT_SPLIT = 1 << 0,	/* a VMA begins or ends inside one that was there */
	LAYOUT_JOINED = 1 << 1, /* a VMA holds an address where one began or ended */
	LAYOUT_GRANDCHILD = 1 << 2,
	/* The grandchild's parent has adjacent VMAs of one backing that differ in the anon_vma. */
	LAYOUT_UNEQUAL = 1 << 3,
};

/* Where the VMAs of a process are. Starts as {0}. */
struct layout {
	const struct mm *mm;
	struct stretch *v;
	size_t n, cap;
};

void layout_take(struct layout *layout, const struct mm *mm); /* NULL: no process */
void layout_deinit(struct layout *layout);
/* LAYOUT_SPLIT and LAYOUT_JOINED, from then to now. */
unsigned layout_changes(const struct layout *before);
/* LAYOUT_UNEQUAL, or 0. */
unsigned layout_unequal(const struct mm *mm);

#endif
