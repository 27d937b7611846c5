/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a page steps through, as JSON: the grid of each step, as the rows in which it differs
 * from the one before; at every PAGE_EVERY steps all rows.
 *
 *   styles: "..."       the letter of each style, in their order
 *   spans: ["Cfoo"]     cells of one style: its letter, and their text
 *   widths: {"3": 4}    columns of those spans that have others than characters
 *   lines: [[0, 1]]     a row of a grid: its spans, from the first column on
 *   says: ["..."]       sentences
 *   steps: [[0, 5, 1]]  of each step the sentence, then row and line of what differs
 */
#ifndef VIEW_PAGE_DATA_H
#define VIEW_PAGE_DATA_H

#include "base/string_table.h"
#include "view/grid.h"

#define PAGE_EVERY 64

/* Zeroed: empty. */
struct page_data {
	struct string_table spans, lines, says;
	struct buf widths, steps;
	size_t count; /* steps so far */
	size_t *last; /* the line of each row of the last step */
	int rows, cols;
	bool used[STYLES];
};

void page_data_deinit(struct page_data *data);

/* The next step. All grids have the same size. */
void page_data_add(struct page_data *data, const struct grid *grid, const char *sentence);

/* divergence: the first step in which the sides differ; 0: none does. */
void page_data_print(const struct page_data *data, size_t divergence, struct buf *out);

#endif
