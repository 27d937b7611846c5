/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages share a row of the tables, and which rows are shown. */
#include <inttypes.h>
#include <string.h>

#include "report/label.h"
#include "view/entries_private.h"

const struct vm_area *row_vma(const struct entries_table *table, int i, uint64_t page)
{
	return scene_vma(i < 2 ? table->scene : table->other, i % 2, page);
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

/* Of a page that no VMA holds: those around it that none holds either. */
static void narrow_to_hole(struct entries_row *row, const struct mm *mm, uint64_t page)
{
	const struct vm_area *before = mm_before_address(mm, page_address(mm, page));
	const struct vm_area *next = mm_find(mm, page_address(mm, page));

	if (next && vma_first(next) - 1 < row->last)
		row->last = vma_first(next) - 1;
	if (before && vma_last(before) + 1 > row->first)
		row->first = vma_last(before) + 1;
}

/* The row that holds this page: of one name, and of equal entries in all four processes. */
static struct entries_row row_at(const struct entries_table *table, uint64_t page)
{
	struct named_pages pages = named_around(table->vma, page);
	struct entries_row row = {pages.first, pages.last, false};
	bool plain = true;

	for (int i = 0; i < 4; i++) {
		const struct vm_area *vma = row_vma(table, i, page);
		uint64_t last, first;
		struct pte pte;

		if (!vma) {
			const struct mm *mm = scene_process(i < 2 ? table->scene : table->other, i % 2);

			if (mm)
				narrow_to_hole(&row, mm, page);
			continue;
		}
		pte = vma_pte(vma, page, &last);
		first = runs_first(&vma->mm->pages, page);
		if (first < vma_first(vma))
			first = vma_first(vma);
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

/* The first row shows its name, and each that has another than the row above. */
static void set_names(const struct entries_table *table, struct entries_row *rows, int n)
{
	const struct vm_area *vma = table->vma;

	if (!names_change(vma->mm, table->first, table->last))
		return;
	for (int i = 0; i < n; i++)
		rows[i].named = !i || names_change(vma->mm, rows[i - 1].first, rows[i].first);
}

/* Chooses the rows around the page of this step. Returns their number. */
int choose_rows(const struct entries_table *table, struct entries_row *rows, int room)
{
	/* the same on both sides: left's pages first */
	const struct scene *left = table->scene->side == LEFT ? table->scene : table->other;
	const struct scene *right = table->scene->side == LEFT ? table->other : table->scene;
	const struct scene *scene = left->touches ? left : right;
	uint64_t page = scene->touches ? scene->last : address_page(table->vma->mm, table->ui->focus);
	int n = 0, lines;

	if (page < table->first || page > table->last)
		page = table->first;
	rows[n++] = row_at(table, page);
	lines = row_lines(table, &rows[0]);
	while (lines < room / 2 + room % 2 && rows[0].first > table->first &&
	       add_before(table, rows, n, room, &lines))
		n++;
	while (n < room && rows[n - 1].last < table->last) {
		rows[n] = row_at(table, rows[n - 1].last + 1);
		if (lines + row_lines(table, &rows[n]) > room)
			break;
		lines += row_lines(table, &rows[n]);
		n++;
	}
	while (rows[0].first > table->first && add_before(table, rows, n, room, &lines))
		n++;
	set_names(table, rows, n);
	return n;
}

void row_label(const struct entries_table *table, const struct entries_row *row, int width,
	       struct buf *out)
{
	struct named_pages pages = named_pages(table->vma->mm, row->first, row->last);
	struct buf numbers = {0};
	size_t room;

	label_numbers(pages, false, &numbers);
	if ((int)numbers.len > width) {
		buf_clear(&numbers);
		buf_printf(&numbers, "%" PRIu64 "+", pages.number);
	}
	room = (size_t)width > numbers.len + 1 ? (size_t)width - numbers.len - 1 : 0;
	if (row->named && room) {
		buf_middle(out, pages.name ? pages.name->text : "unnamed", room, table->area.grid->utf8);
		buf_putc(out, ' ');
	}
	buf_puts(out, buf_str(&numbers));
	buf_deinit(&numbers);
}
