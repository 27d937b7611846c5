/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the panes are: a pure function of the terminal's size. */
#ifndef VIEW_LAYOUT_H
#define VIEW_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#define LAYOUT_MIN_ROWS 12
#define LAYOUT_MIN_COLS 40

struct box {
	int row, col, rows, cols; /* rows 0: not shown */
};

enum sides_shown { SIDES_BESIDE, SIDES_STACKED, SIDES_ONE };

struct layout {
	bool too_small;
	enum sides_shown shown;
	/* Message and story are shown over the step. */
	struct box title, side[2], between, vmas, step, time, goal, message, keys, prompt;
	bool ruled; /* the step has a rule above it */
};

/*
 * vmas: the number of VMAs to list. story: the rows that narration or a question needs;
 * 0: none. goal: the same for a task.
 */
struct layout layout_make(int rows, int cols, size_t vmas, int story, int goal);

#endif
