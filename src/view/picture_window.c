/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages the grids of the picture show, and how many a cell stands for. */
#include "view/picture_private.h"

struct extent {
	uint64_t first, last; /* page numbers */
};

static bool holds(struct extent outer, struct extent inner)
{
	return outer.first <= inner.first && inner.last <= outer.last;
}

/* The pages under one table of that level. */
static struct extent under_table(const struct mm *mm, enum table_level level, uint64_t page)
{
	uint64_t pages = UINT64_C(1) << (table_shift(mm->paging, level) - mm->paging->page_shift);

	return (struct extent){page & ~(pages - 1), page | (pages - 1)};
}

static struct extent vma_extent(const struct vm_area *vma)
{
	return (struct extent){vma_first(vma), vma_last(vma)};
}

/* The pages of this step in the VMA, on the left side or else on the right; false: none. */
static bool find_action(const struct scene scenes[SIDES], struct extent vma, struct extent *action)
{
	for (int side = 0; side < SIDES; side++) {
		const struct scene *scene = &scenes[side];

		if (!scene->touches || scene->first > vma.last || scene->last < vma.first)
			continue;
		action->first = scene->first < vma.first ? vma.first : scene->first;
		action->last = scene->last > vma.last ? vma.last : scene->last;
		return true;
	}
	return false;
}

/* One table if all that happens is in it, or else the whole VMA. */
static enum zoom follow(const struct mm *mm, struct extent vma, const struct extent *action)
{
	const struct extent *what = action ? action : &vma;

	return holds(under_table(mm, LEVEL_PTE, what->first), *what) ? ZOOM_PTE : ZOOM_WHOLE;
}

static struct extent zoomed(const struct mm *mm, struct extent vma, enum zoom zoom, uint64_t at)
{
	switch (zoom) {
	case ZOOM_PTE:
		return under_table(mm, LEVEL_PTE, at);
	case ZOOM_PMD:
		return under_table(mm, LEVEL_PMD, at);
	case ZOOM_FOLLOWS:
	case ZOOM_WHOLE:
		break;
	}
	return vma;
}

static int rows_for(struct extent extent, unsigned row_bits)
{
	uint64_t rows = (extent.last >> row_bits) - (extent.first >> row_bits) + 1;

	return rows > 100000 ? 100000 : (int)rows;
}

static unsigned bits_of(int cols)
{
	unsigned bits = 0;

	while (1 << (bits + 1) <= cols)
		bits++;
	return bits;
}

struct window window_choose(const struct scene scenes[SIDES], const struct vm_area *vma,
			    const struct ui *ui, int rows, int cols)
{
	const struct mm *mm = vma->mm;
	struct extent all = vma_extent(vma), action, part;
	bool acts = find_action(scenes, all, &action);
	struct window window = {.zoom = ui->zoom, .cols = cols, .at = address_page(mm, ui->focus)};
	unsigned col_bits = bits_of(cols);

	if (ui->zoom_page && !acts) {
		acts = true;
		action = (struct extent){ui->zoom_page, ui->zoom_page};
	}
	if (ui->zoom == ZOOM_FOLLOWS)
		window.zoom = follow(mm, all, acts ? &action : NULL);
	if (ui->zoom_page && all.first <= ui->zoom_page && ui->zoom_page <= all.last)
		window.at = ui->zoom_page;
	else if (acts)
		window.at = action.first;
	else if (window.at < all.first || window.at > all.last)
		window.at = all.first;
	part = zoomed(mm, all, window.zoom, window.at);
	window.begin = part.first > all.first ? part.first : all.first;
	window.end = part.last < all.last ? part.last : all.last;
	part = (struct extent){window.begin, window.end};
	while (rows_for(part, col_bits + window.shift) > rows)
		window.shift++;
	window.rows = rows_for(part, col_bits + window.shift);
	window.first = part.first >> (col_bits + window.shift) << (col_bits + window.shift);
	return window;
}

void window_grow(struct window *window, const struct mm *mm, int rows)
{
	struct extent table = under_table(mm, LEVEL_PTE, window->at);
	uint64_t row = (uint64_t)window->cols << window->shift;

	if (window->zoom != ZOOM_PTE)
		return;
	for (; rows > 0 && window->first + (uint64_t)window->rows * row <= table.last; rows--)
		window->rows++;
	for (; rows > 0 && window->first > table.first; rows--) {
		window->first -= row;
		window->rows++;
	}
}
