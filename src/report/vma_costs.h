/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the last fork cost, VMA by VMA. */
#ifndef REPORT_VMA_COSTS_H
#define REPORT_VMA_COSTS_H

#include "report/calibration.h"

/*
 * A list, the dearest first: by estimated time, by work where nothing was measured
 * (calibration NULL). name: one VMA, or NULL for all. Sides that are alike are told once.
 */
void text_vma_costs(struct machine *const machines[2], const char *name,
		    const struct calibration *calibration, struct buf *out);

#endif
