/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The smallest scenario whose fork meets a row of the truth table. Needs no session. */
#ifndef KERNELS_ROW_WITNESS_H
#define KERNELS_ROW_WITNESS_H

#include "kernels/decision_table.h"

/* How a scenario chooses a kernel. */
struct kernel_choice {
	const char *spec;  /* the words behind `kernel SIDE`, as a file has them */
	const char *check; /* "dst" or "src", if `check SIDE` has to follow; else NULL */
};

/*
 * Adds the scenario's text to `out`: kernels, set-up, fork, and what both sides decide. Where
 * the answers differ, a set-up is preferred after which the children's pages differ, too. Where
 * only one kernel can meet the row, the other one carries out the same calls if it can, and
 * otherwise that kernel is on both sides. False, with an error that says why: fork cannot meet
 * the row, or no set-up was found.
 */
bool row_witness_write(const struct decision_table *table, size_t row,
		       const struct kernel_choice choice[2], struct buf *out,
		       struct vf_error *error);

#endif
