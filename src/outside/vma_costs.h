/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cost of the whole last fork for each VMA. */
#ifndef OUTSIDE_VMA_COSTS_H
#define OUTSIDE_VMA_COSTS_H

#include "observe/calibration.h"

/*
 * Prints a list, the most expensive VMA first: by estimated time or, if calibration is
 * NULL, by work. name: the VMAs that hold any of it, or NULL for all. Equal sides are printed once.
 */
void text_vma_costs(struct machine *const machines[2], const char *name,
		    const struct calibration *calibration, struct buf *out);

#endif
