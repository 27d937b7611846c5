/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/cell_cursor.h"

#include <inttypes.h>

#include "report/label.h"
#include "view/entries_private.h"
#include "view/panes.h"

static const struct mm *process(const struct ui *ui, const struct session *session)
{
	const struct machine *m = session_machine(session, ui->cell.side);
	const struct mm *mm = ui->cell.child ? m->child : m->parent;

	return mm && !mm->dead ? mm : NULL;
}

/* Onto the cell in that column of the spot; of its pages, the first that is mapped. */
static void put_on(struct ui *ui, const struct session *session, const struct hotspot *spot, int col)
{
	uint64_t first = spot->first + ((uint64_t)(col - spot->col) << spot->shift);
	uint64_t last = first + (UINT64_C(1) << spot->shift) - 1;
	const struct vm_area *vma;
	const struct mm *mm;

	ui->cell = (struct cell_cursor){.shown = true, .arrows = ui->cell.arrows, .side = spot->side,
					.child = spot->child, .page = first};
	mm = process(ui, session);
	vma = mm ? mm_find(mm, page_address(mm, first)) : NULL;
	if (vma && vma_first(vma) > first && vma_first(vma) <= last)
		ui->cell.page = vma_first(vma);
}

/* The cell with the page in focus: of the parent on the left, or the first that has it. */
static const struct hotspot *begin(const struct ui *ui, const struct session *session,
				const struct spots *spots, int *col)
{
	for (int i = 0; i < 2 * SIDES; i++) {
		const struct machine *m = session_machine(session, i % 2);
		uint64_t page = ui->zoom_page ? ui->zoom_page : address_page(m->parent, ui->focus);
		const struct hotspot *spot = spots_cell(spots, i % 2, i / 2, page, col);

		if (spot)
			return spot;
	}
	for (size_t i = 0; i < spots->n; i++)
		if (spots->v[i].kind == SPOT_CELLS) {
			*col = spots->v[i].col;
			return &spots->v[i];
		}
	return NULL;
}

/* The nearest cell to the left (-1) or right of a column; NULL: none. */
static const struct hotspot *beside(const struct spots *spots, int row, int *col, int direction)
{
	const struct hotspot *best = NULL;
	int nearest = 0;

	for (size_t i = 0; i < spots->n; i++) {
		const struct hotspot *spot = &spots->v[i];
		int from = *col + direction, last = spot->col + spot->cols - 1;

		if (spot->kind != SPOT_CELLS || spot->row != row)
			continue;
		from = direction > 0 ? (from < spot->col ? spot->col : from) : (from > last ? last : from);
		if (from < spot->col || from > last || (best && (from - nearest) * direction >= 0))
			continue;
		best = spot;
		nearest = from;
	}
	*col = nearest;
	return best;
}

/* Pages above or below what is shown: the window follows. */
static bool move_on(struct ui *ui, const struct session *session, const struct hotspot *spot, int by_row)
{
	uint64_t by = (uint64_t)spot->cols << spot->shift, page = ui->cell.page;
	const struct mm *mm = process(ui, session);
	const struct vm_area *vma = mm ? mm_vma_at(mm, page_address(mm, page)) : NULL;

	if (!vma || (by_row < 0 ? page < by || page - by < vma_first(vma) : page + by > vma_last(vma)))
		return false;
	ui->cell.page = ui->zoom_page = by_row < 0 ? page - by : page + by;
	return true;
}

static bool move(struct ui *ui, const struct session *session, const struct spots *spots, int by_row,
		 int by_col)
{
	int col = 0;
	const struct hotspot *now = ui->cell.shown ? spots_cell(spots, ui->cell.side, ui->cell.child,
							     ui->cell.page, &col)
						: NULL;
	const struct hotspot *next;

	if (!now) {
		next = begin(ui, session, spots, &col);
	} else if (by_col) {
		next = beside(spots, now->row, &col, by_col);
	} else {
		next = spots_at(spots, now->row + by_row, col);
		if (!next || next->kind != SPOT_CELLS)
			return move_on(ui, session, now, by_row);
	}
	if (next)
		put_on(ui, session, next, col);
	return next;
}

bool cell_cursor_move(struct ui *ui, const struct session *session, int rows, int cols, int by_row, int by_col)
{
	struct grid *grid = render(session, ui, rows, cols);
	bool moved = move(ui, session, &grid->spots, by_row, by_col);

	grid_free(grid);
	return moved;
}

bool cell_cursor_put(struct ui *ui, const struct session *session, int rows, int cols, int row, int col)
{
	struct grid *grid = render(session, ui, rows, cols);
	const struct hotspot *spot = spots_at(&grid->spots, row, col);
	bool is_cell = spot && spot->kind == SPOT_CELLS;

	if (is_cell)
		put_on(ui, session, spot, col);
	grid_free(grid);
	return is_cell;
}

/* The name of the page, and its number in it; false: nothing is mapped there. */
static bool named(const struct ui *ui, const struct session *session, struct named_pages *pages)
{
	const struct mm *mm = ui->cell.shown ? process(ui, session) : NULL;

	if (!mm || !mm_vma_at(mm, page_address(mm, ui->cell.page)))
		return false;
	*pages = named_pages(mm, ui->cell.page, ui->cell.page);
	return pages->name;
}

bool cell_cursor_words(const struct ui *ui, const struct session *session, struct buf *out)
{
	struct named_pages pages;
	uint64_t last;

	if (!named(ui, session, &pages))
		return false;
	buf_printf(out, "%s %s, %s %" PRIu64 ": ", side_names[ui->cell.side],
		   ui->cell.child ? "child" : "parent", pages.name->text, pages.number);
	entry_text(runs_at(&process(ui, session)->pages, ui->cell.page, &last), LETTERS_FRAME, out);
	return true;
}

bool cell_cursor_why(const struct ui *ui, const struct session *session, struct buf *out)
{
	struct named_pages pages;

	if (!named(ui, session, &pages))
		return false;
	buf_printf(out, "why %s %" PRIu64, pages.name->text, pages.number);
	return true;
}
