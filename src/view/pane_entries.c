/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parent's and child's page tables next to each other. Rows are the stretches
 * in which nobody's entries change, on either side, so that rows of left and
 * right stand at the same height:
 *
 *    pages    parent             child
 *    tables   PUD 1 PMD 1 PTE 1  PUD 1 PMD 1 PTE 1
 *    0-255    present w d y --o  present d
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/panes.h"

static const char attr_letters[PTE_ATTRS + 1] = "wdysux*pg!";

/* How much is said about an entry; the most that fits is taken. */
enum detail { WORDS_FRAME, WORDS, LETTERS_FRAME, LETTERS, SHORT, DETAILS };

static const char *const short_states[PTE_STATES] = {
	[PTE_NONE] = "-",	       [PTE_PRESENT] = "pres",
	[PTE_SWAP] = "swap",	       [PTE_MIGRATION] = "migr",
	[PTE_DEVICE_PRIVATE] = "dpri", [PTE_DEVICE_EXCLUSIVE] = "dexc",
	[PTE_MARKER] = "mark",	       [PTE_HWPOISON] = "hwpo",
	[PTE_ZERO] = "zero",	       [PTE_HUGE] = "huge",
};

static const enum style state_styles[PTE_STATES] = {
	[PTE_NONE] = STYLE_NONE,	    [PTE_PRESENT] = STYLE_PRESENT,
	[PTE_SWAP] = STYLE_SWAP,	    [PTE_MIGRATION] = STYLE_SWAP,
	[PTE_DEVICE_PRIVATE] = STYLE_SWAP,  [PTE_DEVICE_EXCLUSIVE] = STYLE_SWAP,
	[PTE_MARKER] = STYLE_MARKER,	    [PTE_HWPOISON] = STYLE_BAD,
	[PTE_ZERO] = STYLE_ZERO,	    [PTE_HUGE] = STYLE_HUGE,
};

struct row {
	uint64_t first, last;
};

struct table {
	struct area area;
	const struct scene *scene, *other;
	const struct ui *ui;
	uint64_t pages; /* of the VMA */
	bool by_page;
	enum detail detail;
	int label, cell, gap; /* widths */
	int parent_col, child_col;
	const char *arrow, *dash, *dot, *cross;
};

/* --- rows --------------------------------------------------------------------- */

/* The VMAs whose runs make the rows: parent's and child's of both sides. */
static const struct vm_area *row_vma(const struct table *table, int i)
{
	const struct scene *scene = i < 2 ? table->scene : table->other;

	return i % 2 ? scene->child : scene->parent;
}

/* A stretch in which one thing was seen goes no further than that. */
static void narrow_to_seen(struct row *row, const struct seen_vma *seen, uint64_t page)
{
	const struct seen_run *run = seen_run_at(seen, page);

	if (run && run->first > row->first)
		row->first = run->first;
	if (run && run->first + run->count - 1 < row->last)
		row->last = run->first + run->count - 1;
}

/* The stretch that holds this page. */
static struct row row_at(const struct table *table, uint64_t page)
{
	struct row row = {0, table->pages - 1};
	bool plain = true;

	for (int i = 0; i < 4; i++) {
		const struct vm_area *vma = row_vma(table, i);
		const struct runs *runs = vma ? &vma->pages : NULL;
		uint64_t last;
		struct pte pte;

		if (!runs || page >= runs->pages)
			continue;
		pte = runs_at(runs, page, &last);
		if (runs_first(runs, page) > row.first)
			row.first = runs_first(runs, page);
		if (last < row.last)
			row.last = last;
		plain &= pte.state == PTE_NONE || pte.state == PTE_HUGE;
	}
	for (int i = 0; i < 2; i++) {
		const struct scene *scene = i ? table->other : table->scene;

		narrow_to_seen(&row, scene->seen_parent, page);
		narrow_to_seen(&row, scene->seen_child, page);
	}
	if (table->by_page && !plain)
		row.first = row.last = page;
	return row;
}

/* --- what the running kernel has ------------------------------------------------ */

static bool side_disagrees(const struct scene *scene, uint64_t page)
{
	struct seen_page ignored;

	return mark_page(scene, false, page, &ignored) == MARK_DISAGREES ||
	       mark_page(scene, true, page, &ignored) == MARK_DISAGREES;
}

/* Where the kernel differs from one of the sides, its values have a line below. */
static int row_lines(const struct table *table, const struct row *row)
{
	return side_disagrees(table->scene, row->first) || side_disagrees(table->other, row->first)
		       ? 2 : 1;
}

static int all_lines(const struct table *table, const struct row *rows, int n)
{
	int lines = 0;

	for (int i = 0; i < n; i++)
		lines += row_lines(table, &rows[i]);
	return lines;
}

/* Puts the row before the first one in front, if it has room. */
static bool add_before(const struct table *table, struct row *rows, int n, int room, int *lines)
{
	struct row row = row_at(table, rows[0].first - 1);

	if (*lines + row_lines(table, &row) > room)
		return false;
	*lines += row_lines(table, &row);
	memmove(rows + 1, rows, (size_t)n * sizeof(*rows));
	rows[0] = row;
	return true;
}

/* Chooses the rows around the page that the step is about; returns how many. */
static int choose_rows(const struct table *table, struct row *rows, int room)
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

static void row_label(const struct row *row, int width, char *to, size_t size)
{
	int n = row->first == row->last
			? snprintf(to, size, "%" PRIu64, row->first)
			: snprintf(to, size, "%" PRIu64 "-%" PRIu64, row->first, row->last);

	if (n > width)
		snprintf(to, size, "%" PRIu64 "+", row->first);
}

/* --- entries ------------------------------------------------------------------ */

/* A12: an anonymous frame; C3: page 3 of the file as mapped here; D5: device memory. */
static void add_frame(const struct vm_area *vma, struct pte pte, struct buf *out)
{
	static const char kinds[] = {[FRAME_ANON] = 'A', [FRAME_FILE] = 'C', [FRAME_PFN] = 'D'};
	enum frame_kind kind = frame_kind(pte.frame);
	uint64_t number = pte.frame & (FRAME_WAS_LARGE - 1);

	if (!pte_has_frame(pte) || kind == FRAME_NOTHING)
		return;
	if (kind != FRAME_ANON && vma->object)
		number = pte.frame - vma->object->frame - vma->pgoff;
	buf_printf(out, " %c%" PRIu64, kinds[kind], number);
}

static void entry_text(const struct vm_area *vma, struct pte pte, enum detail detail,
		       struct buf *out)
{
	bool words = detail == WORDS || detail == WORDS_FRAME;
	const char *before = " ";

	buf_puts(out, detail == SHORT || pte.state == PTE_NONE ? short_states[pte.state]
							       : pte_state_names[pte.state]);
	for (int i = 0; i < PTE_ATTRS; i++) {
		if (!(pte.attrs >> i & 1))
			continue;
		buf_puts(out, before);
		if (words)
			buf_puts(out, pte_attr_names[i]);
		else
			buf_putc(out, attr_letters[i]);
		before = words ? "," : "";
	}
	if (detail == WORDS_FRAME || detail == LETTERS_FRAME)
		add_frame(vma, pte, out);
}

static bool entry_at(const struct vm_area *vma, uint64_t page, struct pte *pte)
{
	uint64_t last;

	if (!vma || page >= vma->pages.pages)
		return false;
	*pte = runs_at(&vma->pages, page, &last);
	return true;
}

/* The most detail with which all rows' entries fit. */
static enum detail choose_detail(const struct table *table, const struct row *rows, int n)
{
	enum detail detail = WORDS_FRAME;

	for (int i = 0; i < n * 4; i++) {
		struct pte pte;

		if (!entry_at(row_vma(table, i % 4), rows[i / 4].first, &pte))
			continue;
		for (; detail < SHORT; detail++) {
			struct buf text = {0};
			bool fits;

			entry_text(row_vma(table, i % 4), pte, detail, &text);
			fits = (int)text.len <= table->cell;
			buf_deinit(&text);
			if (fits)
				break;
		}
	}
	return detail;
}

/* --- the way over --------------------------------------------------------------- */

/* Did this step put something into the child's table? */
static bool arrives(const struct event *event)
{
	return event->outcome != OUTCOME_DROPPED && event->outcome != OUTCOME_FILE_HUGE;
}

static bool row_is_active(const struct table *table, const struct row *row)
{
	const struct scene *scene = table->scene;

	return scene->touches && scene->event && row->first <= scene->last &&
	       row->last >= scene->first;
}

/* In an animation the child's entry is not there until it has arrived. */
static bool under_way(const struct table *table)
{
	return table->scene->event && table->scene->event->kind == EVENT_ENTRY &&
	       table->ui->frame < UI_FRAMES;
}

static void put_way(const struct table *table, int row)
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

static bool child_differs(const struct table *table, uint64_t page)
{
	struct pte here = {0}, there = {0};
	bool a = entry_at(table->scene->child, page, &here);
	bool b = entry_at(table->other->child, page, &there);

	return a && b && (here.state != there.state || here.attrs != there.attrs);
}

static void put_entry(const struct table *table, int row, int col, const struct vm_area *vma,
		      uint64_t page, bool active)
{
	struct buf text = {0};
	struct pte pte;
	enum style style;

	if (!entry_at(vma, page, &pte))
		return;
	entry_text(vma, pte, table->detail, &text);
	style = state_styles[pte.state];
	if (pte.state == PTE_NONE) {
		put(table->area, row, col, style, table->area.grid->utf8 ? "·" : "-");
	} else {
		put_fit(table->area, row, col, col + table->cell, style, buf_str(&text));
		if (active)
			put(table->area, row, col, STYLE_ACTIVE,
			    table->detail == SHORT ? short_states[pte.state]
						   : pte_state_names[pte.state]);
	}
	buf_deinit(&text);
}

/* "present dys", "none": what was seen, in the table's own way of writing. */
static void seen_text(struct seen_page page, enum detail detail, struct buf *out)
{
	static const char *const kind[] = {"", " file", " anon"};
	static const char *const frame[] = {"", " own frame", " parent's frame"};
	const char *const *states = detail == SHORT ? short_states : pte_state_names;
	const char *before = "";

	if (!page.states)
		buf_puts(out, "no VMA");
	for (int state = 0; state < PTE_STATES; state++)
		if (page.states >> state & 1) {
			buf_printf(out, "%s%s", before, state == PTE_NONE ? "none" : states[state]);
			before = "/";
		}
	before = " ";
	for (int i = 0; i < PTE_ATTRS; i++) {
		if (!(page.attrs & page.known & 1u << i))
			continue;
		buf_puts(out, before);
		if (detail <= WORDS)
			buf_puts(out, pte_attr_names[i]);
		else
			buf_putc(out, attr_letters[i]);
		before = detail <= WORDS ? "," : "";
	}
	buf_puts(out, kind[page.anon]);
	buf_puts(out, frame[page.same]);
}

/* The mark of an entry and, where it says that they differ, the kernel's below. */
static bool put_seen(const struct table *table, int row, int col, enum mark mark,
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

static void put_reality(const struct table *table, int row, uint64_t page)
{
	struct seen_page parent, child;
	enum mark of_parent = mark_page(table->scene, false, page, &parent);
	enum mark of_child = mark_page(table->scene, true, page, &child);
	bool differs = put_seen(table, row, table->parent_col, of_parent, parent);

	differs |= put_seen(table, row, table->child_col, of_child, child);
	if (differs)
		put(table->area, row + 1, 1, STYLE_DISAGREES, "kernel");
}

static void put_row(const struct table *table, int row, const struct row *pages)
{
	bool active = row_is_active(table, pages);
	bool entry = active && table->scene->event->kind == EVENT_ENTRY;
	bool touch = active && table->scene->event->kind == EVENT_TOUCH;
	bool by_child = touch && table->scene->event->by_child;
	char label[48];

	row_label(pages, table->label, label, sizeof(label));
	if (active)
		put(table->area, row, 0, STYLE_ACTIVE, table->area.grid->utf8 ? "▸" : ">");
	put(table->area, row, 1, active ? STYLE_ACTIVE : STYLE_LABEL, label);
	put_entry(table, row, table->parent_col, table->scene->parent, pages->first,
		  entry || (touch && !by_child));
	if (entry)
		put_way(table, row);
	if (!(entry && under_way(table)))
		put_entry(table, row, table->child_col, table->scene->child, pages->first,
			  entry || by_child);
	put_reality(table, row, pages->first);
	if (child_differs(table, pages->first) && !under_way(table))
		put(table->area, row, table->area.cols - 1, STYLE_DIFFERS,
		    table->area.grid->utf8 ? "≠" : "!");
}

/* --- tables --------------------------------------------------------------------- */

/* 33554432 as 32M, where exact numbers would not fit. */
static void short_number(uint64_t n, char *to, size_t size)
{
	if (n < 10000)
		snprintf(to, size, "%" PRIu64, n);
	else if (n < UINT64_C(10) << 20)
		snprintf(to, size, "%" PRIu64 "K", n >> 10);
	else
		snprintf(to, size, "%" PRIu64 "M", n >> 20);
}

/* "PUD 1 PMD 2 PTE 750", "PUD PMD×2 PTE×750" or, from the top level down, "1 2 750". */
enum counting { NAME_AND_NUMBER, NAME_TIMES, NUMBER, COUNTINGS };

static void level_text(enum counting counting, int level, uint64_t n, bool utf8, struct buf *out)
{
	const char *name = table_level_names[level];
	char number[24];

	buf_clear(out);
	short_number(n, number, sizeof(number));
	if (counting == NUMBER)
		buf_puts(out, number);
	else if (counting == NAME_AND_NUMBER)
		buf_printf(out, "%s %s", name, number);
	else if (n > 1)
		buf_printf(out, "%s%s%s", name, utf8 ? "×" : "x", number);
	else
		buf_puts(out, n ? name : "---");
}

/* The most telling one that fits. */
static enum counting choose_counting(const uint64_t *count, int top, int narrow, int room, bool utf8)
{
	enum counting counting = narrow;
	struct buf text = {0};

	for (; counting < NUMBER; counting++) {
		int width = top;

		for (int level = top; level >= 0; level--) {
			level_text(counting, level, count[level], utf8, &text);
			width += text_columns(buf_str(&text));
		}
		if (width <= room)
			break;
	}
	buf_deinit(&text);
	return counting;
}

/* How many tables of each level this process has under the VMA. */
static void put_tables(const struct table *table, int row, int col, const struct mm *mm,
		       const struct vm_area *vma, bool lit)
{
	const struct event *event = table->scene->event;
	int end = col + table->cell + 2; /* the gap has room for a little more */
	int top = (int)machine_top_level(table->scene->machine);
	bool utf8 = table->area.grid->utf8;
	uint64_t count[TABLE_LEVELS];
	enum counting counting;
	struct buf text = {0};

	if (!mm || !vma)
		return;
	for (int level = top; level >= 0; level--)
		count[level] = ranges_count(&mm->tables[level], vma->start >> TABLE_SHIFT(level),
					    (vma->end - 1) >> TABLE_SHIFT(level));
	counting = choose_counting(count, top, table->cell < 19 ? NAME_TIMES : NAME_AND_NUMBER,
				   end - col, utf8);
	for (int level = top; level >= 0; level--) {
		bool new = lit && event->level == level;

		level_text(counting, level, count[level], utf8, &text);
		col = put_fit(table->area, row, col, end,
			      new ? STYLE_CURRENT : count[level] ? STYLE_NORMAL : STYLE_NONE,
			      buf_str(&text));
		col++;
	}
	buf_deinit(&text);
}

static void put_head(const struct table *table)
{
	const struct scene *scene = table->scene;
	bool lit = scene->tables && scene->event;
	const char *no_child = !scene->machine->child || !scene->forked ? ": none"
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
static void legend_text(const struct table *table, const struct row *rows, int n, struct buf *out)
{
	unsigned used = 0;

	for (int i = 0; i < n * 4; i++) {
		struct pte pte;

		if (entry_at(row_vma(table, i % 4), rows[i / 4].first, &pte))
			used |= pte.attrs;
	}
	for (int i = 0; i < PTE_ATTRS; i++)
		if (used >> i & 1)
			buf_printf(out, "%s%c %s", out->len ? "  " : "", attr_letters[i],
				   pte_attr_names[i]);
}

/* Below the rows, where there is room; returns the row behind it. */
static int put_legend(const struct table *table, const struct row *rows, int n)
{
	struct area area = table->area;
	struct buf text = {0};
	int from = 2 + all_lines(table, rows, n), wanted;

	legend_text(table, rows, n, &text);
	wanted = wrapped_rows(buf_str(&text), area.cols - 2);
	if (table->detail < LETTERS_FRAME || from + wanted > area.rows)
		wanted = 0;
	else
		put_wrapped(area_part(area, from, 1, wanted, area.cols - 2), 0, STYLE_DIM,
			    buf_str(&text));
	buf_deinit(&text);
	return from + wanted;
}

static void set_widths(struct table *table, const struct row *rows, int n)
{
	int most = table->area.cols / 4;

	table->label = 6;
	for (int i = 0; i < n; i++) {
		char text[48];

		row_label(&rows[i], 48, text, sizeof(text));
		if ((int)strlen(text) > table->label)
			table->label = (int)strlen(text);
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

void pane_entries(struct area area, const struct scene *scene, const struct scene *other,
		  const struct ui *ui)
{
	enum { MOST = 512, MAP_ROOM = 10, MAP_MOST = 17 };
	bool utf8 = area.grid->utf8;
	const struct vm_area *vma = scene->parent ? scene->parent : scene->child;
	struct table table = {
		.area = area, .scene = scene, .other = other, .ui = ui,
		.by_page = scene->grain == GRAIN_PAGE,
		.arrow = utf8 ? "▶" : ">", .dash = utf8 ? "─" : "-",
		.dot = utf8 ? "●" : "o", .cross = utf8 ? "×" : "x",
	};
	struct row rows[MOST];
	int n, row = 2, room = area.rows - 2;

	if (!vma || area.rows < 2)
		return;
	table.pages = vma_pages(vma);
	room = room > MOST ? MOST : room;
	if (!table.pages || room < 0)
		return;
	if (room >= MAP_ROOM && table.pages > 8) /* the other half is the map's */
		room = room / 2;
	n = room ? choose_rows(&table, rows, room) : 0;
	set_widths(&table, rows, n);
	table.detail = choose_detail(&table, rows, n);
	put_head(&table);
	for (int i = 0; i < n; row += row_lines(&table, &rows[i]), i++)
		put_row(&table, row, &rows[i]);
	/* more above and below, unless the mark of the active row stands there */
	if (n && rows[0].first > 0 && !row_is_active(&table, &rows[0]))
		put(area, 2, 0, STYLE_DIM, utf8 ? "▴" : "^");
	if (n && rows[n - 1].last < table.pages - 1 && !row_is_active(&table, &rows[n - 1]))
		put(area, row - row_lines(&table, &rows[n - 1]), 0, STYLE_DIM, utf8 ? "▾" : "v");
	row = put_legend(&table, rows, n);
	if (area.rows - 2 >= MAP_ROOM && table.pages > 8) {
		int rest = area.rows - row - 1;

		pane_map(area_part(area, row + 1, 0, rest > MAP_MOST ? MAP_MOST : rest, area.cols),
			 scene, ui, table.parent_col, table.child_col, table.cell);
	}
}
