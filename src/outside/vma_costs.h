/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the last fork costs from its beginning to its end, VMA by VMA. */
#ifndef OUTSIDE_VMA_COSTS_H
#define OUTSIDE_VMA_COSTS_H

#include "observe/calibration.h"

/*
 * A list, the most expensive first: by estimated time, by work where nothing was measured
 * (calibration NULL). name: one VMA, or NULL for all. Sides that are alike are told once.
 */
void text_vma_costs(struct machine *const machines[2], const char *name,
		    const struct calibration *calibration, struct buf *out);

#endif
