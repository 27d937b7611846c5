/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parent's and child's page tables next to each other. Rows are the stretches
 * in which no entries change, on either side, so that rows of left and
 * right stand at the same height:
 *
 *    pages    parent             child
 *    tables   PUD 1 PMD 1 PTE 1  PUD 1 PMD 1 PTE 1
 *    0-255    present w d y --o  present d
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/entries_private.h"

static const enum style state_styles[PTE_STATES] = {
	[PTE_NONE] = STYLE_NONE,	    [PTE_PRESENT] = STYLE_PRESENT,
	[PTE_SWAP] = STYLE_SWAP,	    [PTE_MIGRATION] = STYLE_SWAP,
	[PTE_DEVICE_PRIVATE] = STYLE_SWAP,  [PTE_DEVICE_EXCLUSIVE] = STYLE_SWAP,
	[PTE_MARKER] = STYLE_MARKER,	    [PTE_HWPOISON] = STYLE_BAD,
	[PTE_ZERO] = STYLE_ZERO,	    [PTE_HUGE] = STYLE_HUGE,
};

/* --- the way over --------------------------------------------------------------- */

/* Did this step write to the child's table? */
static bool arrives(const struct event *event)
{
	return event->outcome != OUTCOME_DROPPED && event->outcome != OUTCOME_FILE_HUGE;
}

static bool row_is_active(const struct entries_table *table, const struct entries_row *row)
{
	const struct scene *scene = table->scene;
	const struct ui *ui = table->ui;

	if (ui->marked && row->first <= ui->mark_last && row->last >= ui->mark_first)
		return true;
	return scene->touches && scene->event && row->first <= scene->last &&
	       row->last >= scene->first;
}

/* In an animation the child's entry is not there until it has arrived. */
static bool under_way(const struct entries_table *table)
{
	return table->scene->event && table->scene->event->kind == EVENT_ENTRY &&
	       table->ui->frame < UI_FRAMES;
}

static void put_way(const struct entries_table *table, int row)
{
	const struct event *event = table->scene->event;
	int from = table->child_col - table->gap, to = table->child_col - 2;
	int at = from + (to - from) * table->ui->frame / UI_FRAMES;
	bool over = arrives(event);

	if (!under_way(table))
		at = to;
	if (!over && at > from + (to - from) / 2)
		at = from + (to - from) / 2;
	put_repeat(table->area, row, from, at - from, STYLE_MOVING, table->dash);
	if (!over && (!under_way(table) || table->ui->frame > UI_FRAMES / 2))
		put(table->area, row, at, STYLE_DIFFERS, table->cross);
	else
		put(table->area, row, at, STYLE_MOVING, under_way(table) ? table->dot : table->arrow);
}

static bool child_differs(const struct entries_table *table, uint64_t page)
{
	struct pte here = {0}, there = {0};
	bool a = entry_at(scene_vma(table->scene, true, page), page, &here);
	bool b = entry_at(scene_vma(table->other, true, page), page, &there);

	return a && b && (here.state != there.state || here.attrs != there.attrs);
}

static void put_entry(const struct entries_table *table, int row, int col, const struct vm_area *vma,
		      uint64_t page, bool active)
{
	struct buf text = {0};
	struct pte pte;
	enum style style;

	if (!entry_at(vma, page, &pte))
		return;
	entry_text(pte, table->detail, &text);
	style = state_styles[pte.state];
	if (pte.state == PTE_NONE) {
		put(table->area, row, col, style, table->area.grid->utf8 ? "·" : "-");
	} else {
		put_fit(table->area, row, col, col + table->cell, style, buf_str(&text));
		if (active)
			put(table->area, row, col, STYLE_ACTIVE,
			    table->detail == SHORT ? entry_short_states[pte.state]
						   : pte_state_names[pte.state]);
	}
	buf_deinit(&text);
}

/* Puts the mark of an entry and, if it differs, the kernel's entry below. */
static bool put_seen(const struct entries_table *table, int row, int col, enum mark mark,
		     struct seen_page page)
{
	struct buf text = {0};

	put_mark(table->area, row, col - 1, mark);
	if (mark != MARK_DISAGREES)
		return false;
	seen_text(page, table->detail, &text);
	put_fit(table->area, row + 1, col, col + table->cell, STYLE_DISAGREES, buf_str(&text));
	buf_deinit(&text);
	return true;
}

static void put_observed(const struct entries_table *table, int row, uint64_t page)
{
	struct seen_page parent, child;
	enum mark of_parent = mark_page(table->scene, false, page, &parent);
	enum mark of_child = mark_page(table->scene, true, page, &child);
	bool differs = put_seen(table, row, table->parent_col, of_parent, parent);

	differs |= put_seen(table, row, table->child_col, of_child, child);
	if (differs)
		put(table->area, row + 1, 1, STYLE_DISAGREES, "kernel");
}

static void put_row(const struct entries_table *table, int row, const struct entries_row *pages)
{
	bool active = row_is_active(table, pages);
	bool happens = active && table->scene->event && table->scene->touches;
	bool entry = happens && table->scene->event->kind == EVENT_ENTRY;
	bool touch = happens && table->scene->event->kind == EVENT_TOUCH;
	bool by_child = touch && table->scene->event->by_child;
	struct buf label = {0};

	row_label(table, pages, table->label, &label);
	if (active)
		put(table->area, row, 0, STYLE_ACTIVE, table->area.grid->utf8 ? "▸" : ">");
	put(table->area, row, 1, active ? STYLE_ACTIVE : STYLE_LABEL, buf_str(&label));
	buf_deinit(&label);
	put_entry(table, row, table->parent_col, scene_vma(table->scene, false, pages->first),
		  pages->first,
		  entry || (touch && !by_child));
	if (entry)
		put_way(table, row);
	if (!(entry && under_way(table)))
		put_entry(table, row, table->child_col, scene_vma(table->scene, true, pages->first),
			  pages->first, entry || by_child);
	put_observed(table, row, pages->first);
	if (child_differs(table, pages->first) && !under_way(table))
		put(table->area, row, table->area.cols - 1, STYLE_DIFFERS,
		    table->area.grid->utf8 ? "≠" : "!");
}

static void put_head(const struct entries_table *table)
{
	const struct scene *scene = table->scene;
	bool lit = scene->tables && scene->event;
	const char *no_child = !scene->machine->child || !scene->fork ? ": none"
			       : scene->machine->child->dead		? ": gone"
			       : !scene->child			    ? ": no VMA"
									    : "";

	put(table->area, 0, 1, STYLE_LABEL, "pages");
	put(table->area, 0, table->parent_col, STYLE_LABEL, "parent");
	putf(table->area, 0, table->child_col, STYLE_LABEL, "child%s", no_child);
	if (lit)
		put(table->area, 1, 0, STYLE_ACTIVE, table->area.grid->utf8 ? "▸" : ">");
	put(table->area, 1, 1, lit ? STYLE_ACTIVE : STYLE_LABEL, "tables");
	put_tables(table, 1, table->parent_col, scene->parent ? scene->parent->mm : NULL,
		   scene->parent, false);
	put_tables(table, 1, table->child_col, scene->child ? scene->child->mm : NULL,
		   scene->child, lit);
}

/* The letters that these rows use, with their names. */
static void legend_text(const struct entries_table *table, const struct entries_row *rows, int n,
			struct buf *out)
{
	unsigned used = 0;

	for (int i = 0; i < n * 4; i++) {
		struct pte pte;

		if (entry_at(row_vma(table, i % 4, rows[i / 4].first), rows[i / 4].first, &pte))
			used |= pte.attrs;
	}
	for (int i = 0; i < PTE_ATTRS; i++)
		if (used >> i & 1)
			buf_printf(out, "%s%c %s", out->len ? "  " : "", entry_attr_letters[i],
				   pte_attr_names[i]);
}

/* Puts the legend below the rows, if there is room. */
static void put_legend(const struct entries_table *table, const struct entries_row *rows, int n, int from)
{
	struct area area = table->area;
	struct buf text = {0};
	int wanted;

	legend_text(table, rows, n, &text);
	wanted = wrapped_rows(buf_str(&text), area.cols - 2);
	if (table->detail >= LETTERS_FRAME && from + wanted <= area.rows)
		put_wrapped(area_part(area, from, 1, wanted, area.cols - 2), 0, STYLE_DIM,
			    buf_str(&text));
	buf_deinit(&text);
}

static void set_widths(struct entries_table *table, const struct entries_row *rows, int n)
{
	int most = table->area.cols / 4;

	table->label = 6;
	for (int i = 0; i < n; i++) {
		struct buf text = {0};

		row_label(table, &rows[i], table->area.cols, &text);
		if (text_columns(buf_str(&text)) > table->label)
			table->label = text_columns(buf_str(&text));
		buf_deinit(&text);
	}
	if (table->label > most)
		table->label = most < 6 ? 6 : most;
	table->gap = table->area.cols >= 90 ? 9 : table->area.cols >= 56 ? 6 : 3;
	table->cell = (table->area.cols - table->label - table->gap - 3) / 2;
	if (table->cell > 44)
		table->cell = 44;
	table->parent_col = table->label + 2;
	table->child_col = table->parent_col + table->cell + table->gap;
}

/* What the sides compare: the same VMA on both, the left one's first. */
static struct entries_table table_of(const struct scene *scene, const struct scene *other,
				     const struct ui *ui, bool utf8)
{
	const struct vm_area *vma = scene_shown(scene);

	return (struct entries_table){
		.scene = scene, .other = other, .ui = ui, .vma = vma,
		.first = vma ? vma_first(vma) : 0, .last = vma ? vma_last(vma) : 0,
		.by_page = scene->grain == GRAIN_PAGE,
		.arrow = utf8 ? "▶" : ">", .dash = utf8 ? "─" : "-",
		.dot = utf8 ? "●" : "o", .cross = utf8 ? "×" : "x",
	};
}

enum { ROWS_MOST = 128 };

int entries_lines(const struct scene *scene, const struct scene *other, const struct ui *ui, int most)
{
	const struct scene *with = scene_shown(scene) ? scene : other;
	struct entries_table table = table_of(with, with == scene ? other : scene, ui, true);
	struct entries_row rows[ROWS_MOST];

	if (!table.vma || most < 1)
		return 0;
	most = most > ROWS_MOST ? ROWS_MOST : most;
	return all_lines(&table, rows, choose_rows(&table, rows, most));
}

/* Marks at the first and last row: there are more above and below. */
static void put_edges(const struct entries_table *table, const struct entries_row *rows, int n, int from,
		      int row)
{
	bool utf8 = table->area.grid->utf8;

	if (n && rows[0].first > table->first && !row_is_active(table, &rows[0]))
		put(table->area, from, 0, STYLE_DIM, utf8 ? "▴" : "^");
	if (n && rows[n - 1].last < table->last && !row_is_active(table, &rows[n - 1]))
		put(table->area, row - row_lines(table, &rows[n - 1]), 0, STYLE_DIM, utf8 ? "▾" : "v");
}

void pane_entries(struct area area, const struct scene *scene, const struct scene *other,
		  const struct ui *ui, bool head)
{
	struct entries_table table = table_of(scene, other, ui, area.grid->utf8);
	struct entries_row rows[ROWS_MOST];
	int from = head ? 2 : 0, room = area.rows - from, row = from, n;

	if (!table.vma || area.rows < from)
		return;
	table.area = area;
	room = room > ROWS_MOST ? ROWS_MOST : room;
	n = room > 0 ? choose_rows(&table, rows, room) : 0;
	set_widths(&table, rows, n);
	table.detail = choose_detail(&table, rows, n);
	if (head)
		put_head(&table);
	for (int i = 0; i < n; row += row_lines(&table, &rows[i]), i++)
		put_row(&table, row, &rows[i]);
	put_edges(&table, rows, n, from, row);
	put_legend(&table, rows, n, row);
}
