/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/layout.h"

enum {
	BESIDE_COLS = 76, /* two sides next to each other */
	STACKED_ROWS = 46,
	RULED_ROWS = 50, /* the step has a rule above it */
	SENTENCE_COLS = 140, /* what a step does, in one row */
	VMAS_COLS = 150, /* the list of VMAs is a column */
	VMAS_WIDTH = 38, /* at least, and at most: names may be long */
	VMAS_WIDEST = 60,
	VMAS_ROWS = 36, /* or else a strip */
	STRIP_ROWS = 16,
};

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Takes rows from the bottom of what is left. */
static struct box take_bottom(struct box *rest, int rows)
{
	struct box box;

	rows = least(rows, rest->rows);
	rest->rows -= rows;
	box = *rest;
	box.row = rest->row + rest->rows;
	box.rows = rows;
	return box;
}

static struct box take_top(struct box *rest, int rows)
{
	struct box box = *rest;

	box.rows = least(rows, rest->rows);
	rest->row += box.rows;
	rest->rows -= box.rows;
	return box;
}

static void split_sides(struct layout *layout, struct box body)
{
	layout->side[0] = layout->side[1] = layout->between = body;
	switch (layout->shown) {
	case SIDES_ONE:
		layout->between.rows = 0;
		break;
	case SIDES_STACKED:
		layout->side[0].rows = body.rows / 2;
		layout->side[1].row = body.row + body.rows / 2;
		layout->side[1].rows = body.rows - body.rows / 2;
		layout->between.rows = 0;
		break;
	case SIDES_BESIDE:
		layout->side[0].cols = layout->side[1].cols = (body.cols - 1) / 2;
		layout->side[1].col = body.col + body.cols - layout->side[1].cols;
		layout->between.col = body.col + layout->side[0].cols;
		layout->between.cols = layout->side[1].col - layout->between.col;
		break;
	}
}

struct layout layout_make(int rows, int cols, size_t vmas, int story, int goal)
{
	struct layout layout = {0};
	struct box rest = {0, 0, rows, cols};
	int list = vmas > 200 ? 200 : (int)vmas, words;

	layout.prompt = take_bottom(&rest, 1);
	if (rows < LAYOUT_MIN_ROWS || cols < LAYOUT_MIN_COLS) {
		layout.too_small = true;
		layout.title = take_top(&rest, 1);
		layout.message = rest;
		return layout;
	}
	layout.shown = cols >= BESIDE_COLS ? SIDES_BESIDE
		       : rows >= STACKED_ROWS ? SIDES_STACKED
					      : SIDES_ONE;
	layout.title = take_top(&rest, 1);
	layout.keys = take_bottom(&rest, 1);
	story = least(story, rows / 2 - 2);
	layout.ruled = rows >= RULED_ROWS;
	words = layout.ruled ? (cols >= SENTENCE_COLS ? 3 : 5) : rows >= 20 ? 4 : 2;
	/* two sentences of one or two rows each */
	layout.step = take_bottom(&rest, story > words ? story : words);
	layout.message = layout.step;
	layout.goal = take_bottom(&rest, least(goal, rows / 4));
	layout.time = take_bottom(&rest, 1);
	if (cols >= VMAS_COLS && list) {
		layout.vmas = rest;
		layout.vmas.cols = cols / 5 < VMAS_WIDTH ? VMAS_WIDTH : least(cols / 5, VMAS_WIDEST);
		rest.col += layout.vmas.cols + 1;
		rest.cols -= layout.vmas.cols + 1;
	} else if (rows >= VMAS_ROWS && list > 1 && layout.shown != SIDES_STACKED) {
		layout.vmas = take_bottom(&rest, least(list + 1, rows / 7));
	} else if (list && rows >= STRIP_ROWS) {
		layout.vmas = take_bottom(&rest, 1);
	}
	split_sides(&layout, rest);
	return layout;
}
