/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells of a row next to each other that have one style: what exports write as one text. */
#ifndef VIEW_CELL_RUNS_H
#define VIEW_CELL_RUNS_H

#include "view/grid.h"

struct cell_run {
	int col, cols;
	enum style style;
	struct buf text;   /* UTF-8 */
	size_t characters; /* code points in it */
};

/*
 * The run that begins at that column; false: the row has ended, or only plain blanks follow.
 * The text is emptied first; the caller frees it at the end.
 */
bool cell_run_at(const struct grid *grid, int row, int col, struct cell_run *run);

#endif
