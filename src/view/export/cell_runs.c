/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/export/cell_runs.h"

#include "base/utf8.h"

static bool is_plain_blank(const struct cell *cell)
{
	return cell->style == STYLE_NORMAL && cell->width == 1 && cell->ch[0] == L' ' &&
	       !cell->ch[1];
}

/* Where the plain blanks at the row's end begin. */
static int row_end(const struct grid *grid, int row)
{
	int end = grid->cols;

	while (end && is_plain_blank(grid_cell(grid, row, end - 1)))
		end--;
	return end;
}

static void add_cell(struct cell_run *run, const struct cell *cell)
{
	for (int i = 0; cell->width && i < CELL_CHARS && cell->ch[i]; i++) {
		char utf8[4];

		buf_add(&run->text, utf8, utf8_put(utf8, (uint32_t)cell->ch[i]));
		run->characters++;
	}
}

bool cell_run_at(const struct grid *grid, int row, int col, struct cell_run *run)
{
	int end = row_end(grid, row);

	if (col >= end)
		return false;
	buf_clear(&run->text);
	*run = (struct cell_run){
		.col = col, .text = run->text, .style = grid_cell(grid, row, col)->style};
	for (; col < end && grid_cell(grid, row, col)->style == run->style; col++, run->cols++)
		add_cell(run, grid_cell(grid, row, col));
	return true;
}
