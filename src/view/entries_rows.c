/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages share a row of the tables, and which rows are shown. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/entries_private.h"

const struct vm_area *row_vma(const struct entries_table *table, int i)
{
	const struct scene *scene = i < 2 ? table->scene : table->other;

	return i % 2 ? scene->child : scene->parent;
}

/* A row ends where the observed entries change, too. */
static void narrow_to_seen(struct entries_row *row, const struct scene *scene, bool child,
			   uint64_t page)
{
	struct seen_run run;

	if (!seen_run_at(scene, child, page, &run))
		return;
	if (run.first > row->first)
		row->first = run.first;
	if (run.first + run.count - 1 < row->last)
		row->last = run.first + run.count - 1;
}

/* The row that holds this page. */
static struct entries_row row_at(const struct entries_table *table, uint64_t page)
{
	struct entries_row row = {0, table->pages - 1};
	bool plain = true;

	for (int i = 0; i < 4; i++) {
		const struct vm_area *vma = row_vma(table, i);
		uint64_t last, first;
		struct pte pte;

		if (!vma || page >= vma_pages(vma))
			continue;
		pte = vma_entry(vma, page, &last);
		first = runs_first(&vma->mm->pages, vma_first(vma) + page);
		first = first > vma_first(vma) ? first - vma_first(vma) : 0;
		if (first > row.first)
			row.first = first;
		if (last < row.last)
			row.last = last;
		plain &= pte.state == PTE_NONE || pte.state == PTE_HUGE;
	}
	for (int i = 0; i < 2; i++) {
		const struct scene *scene = i ? table->other : table->scene;

		narrow_to_seen(&row, scene, false, page);
		narrow_to_seen(&row, scene, true, page);
	}
	if (table->by_page && !plain)
		row.first = row.last = page;
	return row;
}

static bool side_disagrees(const struct scene *scene, uint64_t page)
{
	struct seen_page ignored;

	return mark_page(scene, false, page, &ignored) == MARK_DISAGREES ||
	       mark_page(scene, true, page, &ignored) == MARK_DISAGREES;
}

int row_lines(const struct entries_table *table, const struct entries_row *row)
{
	return side_disagrees(table->scene, row->first) || side_disagrees(table->other, row->first)
		       ? 2 : 1;
}

int all_lines(const struct entries_table *table, const struct entries_row *rows, int n)
{
	int lines = 0;

	for (int i = 0; i < n; i++)
		lines += row_lines(table, &rows[i]);
	return lines;
}

/* Adds the row before the first one, if there is room. */
static bool add_before(const struct entries_table *table, struct entries_row *rows, int n, int room,
		       int *lines)
{
	struct entries_row row = row_at(table, rows[0].first - 1);

	if (*lines + row_lines(table, &row) > room)
		return false;
	*lines += row_lines(table, &row);
	memmove(rows + 1, rows, (size_t)n * sizeof(*rows));
	rows[0] = row;
	return true;
}

/* Chooses the rows around the page of this step. Returns their number. */
int choose_rows(const struct entries_table *table, struct entries_row *rows, int room)
{
	/* the same on both sides: left's pages first */
	const struct scene *left = table->scene->side == LEFT ? table->scene : table->other;
	const struct scene *right = table->scene->side == LEFT ? table->other : table->scene;
	const struct scene *scene = left->touches ? left : right;
	uint64_t page = scene->touches ? scene->last : 0;
	int n = 0, lines;

	if (page >= table->pages)
		page = 0;
	rows[n++] = row_at(table, page);
	lines = row_lines(table, &rows[0]);
	while (lines < room / 2 + room % 2 && rows[0].first > 0 && add_before(table, rows, n, room, &lines))
		n++;
	while (n < room && rows[n - 1].last < table->pages - 1) {
		rows[n] = row_at(table, rows[n - 1].last + 1);
		if (lines + row_lines(table, &rows[n]) > room)
			break;
		lines += row_lines(table, &rows[n]);
		n++;
	}
	while (rows[0].first > 0 && add_before(table, rows, n, room, &lines))
		n++;
	return n;
}

void row_label(const struct entries_row *row, int width, char *to, size_t size)
{
	int n = row->first == row->last
			? snprintf(to, size, "%" PRIu64, row->first)
			: snprintf(to, size, "%" PRIu64 "-%" PRIu64, row->first, row->last);

	if (n > width)
		snprintf(to, size, "%" PRIu64 "+", row->first);
}
