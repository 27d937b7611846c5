/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All VMAs of the parent, and those that only its child has, with the decision of each side. */
#include "report/borders.h"
#include "report/now.h"
#include "report/side_rows.h"
#include "view/guess.h"
#include "view/panes.h"

static void put_decision(struct area area, int row, int col, int end,
			 const struct fork_vma *record, bool reason)
{
	if (!record) {
		put(area, row, col, STYLE_DIM, area.grid->utf8 ? "·" : "-");
		return;
	}
	col = put_fit(area, row, col, end, decision_style(&record->decision),
		      decision_word(&record->decision));
	if (reason && record->decision.what == DECISION_COPY)
		put_fit(area, row, col + 1, end, STYLE_DIM,
			decision_reason(&record->decision));
}

static bool differ(const struct fork_vma *a, const struct fork_vma *b)
{
	return a && b && a->decision.what != b->decision.what;
}

struct vma_list {
	struct area area;
	struct machine *machines[SIDES];
	const struct predictions *predictions;
	bool next; /* the viewer is asked about the next fork: nothing is decided */
	struct borders borders[SIDES]; /* that have just appeared, or gone */
	bool wide;
	int left, right; /* columns of the decisions */
};

static const struct fork_vma *decision_shown(const struct vma_list *list, int side, uint64_t address)
{
	return list->next ? NULL : decision_now(list->machines[side], address);
}

/* The borders of this step; before the first fork, for a moment, of the last command. */
static void find_borders(struct vma_list *list, const struct session *session, const struct ui *ui)
{
	const struct timeline *timeline = session_timeline(session);

	for (int side = 0; side < SIDES; side++) {
		const struct event *event = timeline_event(timeline, side);

		if (event)
			borders_of_event(list->machines[side], event, &list->borders[side]);
		else if (!timeline->count && ui->marked)
			list->borders[side] = *session_borders(session, side);
	}
}

static bool has_border(const struct vma_list *list, const struct side_row *row, bool joined)
{
	for (int side = 0; side < SIDES; side++) {
		const struct borders *borders = &list->borders[side];

		for (size_t i = 0; row->vma[side] && borders->mm == row->vma[side]->mm && i < borders->n; i++)
			if (borders->v[i].joined == joined && row->start <= borders->v[i].address &&
			    borders->v[i].address < row->end)
				return true;
	}
	return false;
}

/* The sign of a border that was made where the row begins, or that is gone from it; NULL: none. */
static const char *border_sign(const struct vma_list *list, const struct side_row *row)
{
	if (has_border(list, row, false))
		return list->area.grid->utf8 ? "÷" : "/";
	return has_border(list, row, true) ? "+" : NULL;
}

/* Is it a part of the VMA that the row above shows? */
static bool goes_on(const struct vma_list *list, const struct side_row *row, int side, int at)
{
	return at > 1 && row->vma[side]->start < row->start &&
	       !side_row_of_child(list->machines, row, side);
}

static void put_side(const struct vma_list *list, int at, const struct side_row *row, int side,
		     const struct fork_vma *record)
{
	int col = side == LEFT ? list->left : list->right;
	int end = side == LEFT ? list->right - 1 : list->area.cols - 2;
	const struct prediction *guess =
		guess_decision(list->predictions, list->machines[side], side,
			       (struct stretch){row->start, row->end});

	if (!row->vma[side])
		put_fit(list->area, at, col, end, STYLE_DIM, "no VMA");
	else if (goes_on(list, row, side, at))
		put_fit(list->area, at, col, end, STYLE_DIM, "same VMA");
	else
		put_decision(list->area, at, col, end, record, list->wide && !guess);
	if (guess && list->wide && row->vma[side])
		put_guess_briefly(area_part(list->area, at, 0, 1, end), 0, col + 9, guess, record);
}

static void put_row(const struct vma_list *list, int at, const struct side_row *row, bool focused)
{
	const struct vm_area *vma = row->vma[LEFT] ? row->vma[LEFT] : row->vma[RIGHT];
	const struct fork_vma *record[SIDES];
	bool utf8 = list->area.grid->utf8;
	struct buf size = {0}, label = {0}, name = {0};
	int col = list->left - (list->wide ? 24 : 6);

	area_spot(list->area, at, 0, list->area.cols, (struct hotspot){.kind = SPOT_VMA, .address = row->start});
	if (focused)
		put(list->area, at, 0, STYLE_ACTIVE, utf8 ? "▸" : ">");
	buf_size(&size, row->end - row->start);
	side_row_label(list->machines, row, &label);
	/* names of an image's parts differ in their ends */
	buf_middle(&name, buf_str(&label), col > 1 ? (size_t)(col - 1) : 0, utf8);
	col = put_fit(list->area, at, 1, col, focused ? STYLE_ACTIVE : STYLE_NORMAL, buf_str(&name));
	if (list->wide)
		col = putf(list->area, at, col + 1, STYLE_DIM, "%s %s", backing_names[vma->backing],
			   vma->flags & VM_SHARED ? "shared" : "private");
	col = put_fit(list->area, at, col + 1, list->left, STYLE_DIM, buf_str(&size));
	if (border_sign(list, row)) {
		put(list->area, at, list->left - 1, STYLE_NEW, border_sign(list, row));
		if (list->wide)
			put_fit(list->area, at, col + 1, list->left - 1, STYLE_NEW,
				has_border(list, row, false) ? "split" : "joined");
	}
	for (int side = 0; side < SIDES; side++) {
		record[side] = decision_shown(list, side, row->start);
		put_side(list, at, row, side, record[side]);
	}
	if (differ(record[LEFT], record[RIGHT]))
		put(list->area, at, list->area.cols - 1, STYLE_DIFFERS, utf8 ? "≠" : "!");
	buf_deinit(&size);
	buf_deinit(&label);
	buf_deinit(&name);
}

static void put_head(const struct vma_list *list)
{
	size_t vmas[SIDES];
	struct buf text = {0};

	for (int side = 0; side < SIDES; side++)
		vmas[side] = mm_vma_count(list->machines[side]->parent);
	put_repeat(list->area, 0, 0, list->area.cols, STYLE_BORDER, list->area.grid->utf8 ? "─" : "-");
	buf_putc(&text, ' ');
	buf_count(&text, vmas[LEFT] > vmas[RIGHT] ? vmas[LEFT] : vmas[RIGHT], "VMA ", "VMAs ");
	put_fit(list->area, 0, 1, list->left - 1, STYLE_LABEL, buf_str(&text));
	for (int side = 0; side < SIDES; side++) {
		int col = side == LEFT ? list->left : list->right;

		if (list->wide && vmas[LEFT] != vmas[RIGHT])
			putf(list->area, 0, col, STYLE_LABEL, "%s: %zu ", side_names[side], vmas[side]);
		else
			putf(list->area, 0, col, STYLE_LABEL, "%s ", side_names[side]);
	}
	buf_deinit(&text);
}

/* The row that holds the focus, or else the first; *before: rows that precede it. */
static bool focused_row(struct machine *const machines[SIDES], const struct ui *ui, struct side_row *row)
{
	return (ui->focused && rows_at(machines, ui->focus, row)) || rows_next(machines, 0, row);
}

/* Goes back by at most n rows. Returns how many. */
static int go_back(struct machine *machines[SIDES], struct side_row *row, int n)
{
	struct side_row before;
	int i = 0;

	for (; i < n && rows_before(machines, row->start, &before); i++)
		*row = before;
	return i;
}

/* How many rows follow, at most n. */
static int rows_behind(struct machine *machines[SIDES], struct side_row row, int n)
{
	int i = 0;

	while (i < n && rows_next(machines, row.end, &row))
		i++;
	return i;
}

/* --- one row for all ------------------------------------------------------------------ */

struct strip_item {
	struct side_row row;
	const struct fork_vma *record[SIDES];
	const struct prediction *guess[SIDES];
	struct buf label; /* "shm 2M" */
	struct buf you;	  /* " you: skip/copy"; of one side " you: skip", " you: skip/-" */
	int cols;
};

static const char *strip_verdict(const struct strip_item *item, int side)
{
	if (!item->row.vma[side])
		return "no VMA";
	return item->record[side] ? decision_word(&item->record[side]->decision) : "";
}

static void strip_guess(const struct vma_list *list, struct strip_item *item)
{
	const struct prediction *left = item->guess[LEFT], *right = item->guess[RIGHT];
	bool same = kernel_equal(list->machines[LEFT]->kernel, list->machines[RIGHT]->kernel);

	if (!left && !right)
		return;
	if (same && !(left && right))
		buf_printf(&item->you, " you: %s", (left ? left : right)->answer);
	else
		buf_printf(&item->you, " you: %s/%s", left ? left->answer : "-", right ? right->answer : "-");
}

static void strip_item(const struct vma_list *list, const struct side_row *row, struct strip_item *item)
{
	struct buf label = {0};

	*item = (struct strip_item){.row = *row};
	side_row_label(list->machines, row, &label);
	buf_middle(&item->label, buf_str(&label), 20, list->area.grid->utf8);
	buf_deinit(&label);
	buf_putc(&item->label, ' ');
	buf_size(&item->label, row->end - row->start);
	for (int side = 0; side < SIDES; side++) {
		item->record[side] = decision_shown(list, side, row->start);
		item->guess[side] = guess_decision(list->predictions, list->machines[side], side,
						   (struct stretch){row->start, row->end});
	}
	strip_guess(list, item);
	item->cols = text_columns(buf_str(&item->label)) + 1 +
		     text_columns(strip_verdict(item, LEFT)) + 3 +
		     text_columns(strip_verdict(item, RIGHT)) + text_columns(buf_str(&item->you));
}

static void strip_item_deinit(struct strip_item *item)
{
	buf_deinit(&item->label);
	buf_deinit(&item->you);
}

static enum style verdict_style(const struct strip_item *item, int side)
{
	return item->record[side] ? decision_style(&item->record[side]->decision) : STYLE_DIM;
}

/* A new border precedes the item, and one that is gone was in it. */
static void put_strip_border(const struct vma_list *list, struct area area, int from, int to,
			     const struct strip_item *item)
{
	const char *sign = border_sign(list, &item->row);

	if (sign)
		put(area, 0, has_border(list, &item->row, false) ? from - 2 : to, STYLE_NEW, sign);
}

static int put_strip_item(struct area area, int col, const struct strip_item *item, bool focused)
{
	bool utf8 = area.grid->utf8;
	bool differs = differ(item->record[LEFT], item->record[RIGHT]);

	area_spot(area, 0, col - 1, item->cols + 1, (struct hotspot){.kind = SPOT_VMA, .address = item->row.start});
	put(area, 0, col - 1, STYLE_ACTIVE, focused ? (utf8 ? "▸" : ">") : " ");
	col = put(area, 0, col, focused ? STYLE_ACTIVE : STYLE_NORMAL, buf_str(&item->label));
	if (strip_verdict(item, LEFT)[0] || strip_verdict(item, RIGHT)[0]) {
		col = put(area, 0, col, STYLE_NORMAL, " ");
		col = put(area, 0, col, verdict_style(item, LEFT), strip_verdict(item, LEFT));
		col = put(area, 0, col, differs ? STYLE_DIFFERS : STYLE_DIM,
			  !differs ? "/" : utf8 ? "≠" : "!");
		col = put(area, 0, col, verdict_style(item, RIGHT), strip_verdict(item, RIGHT));
	}
	col = put(area, 0, col, STYLE_LABEL, buf_str(&item->you));
	return put(area, 0, col, STYLE_NORMAL, " ");
}

/* Those before the one in focus get a third of the row. */
static void strip_begin(const struct vma_list *list, struct side_row *row, int room)
{
	struct side_row before;
	struct strip_item item;

	while (rows_before(list->machines, row->start, &before)) {
		strip_item(list, &before, &item);
		strip_item_deinit(&item);
		room -= item.cols + 2;
		if (room < 0)
			return;
		*row = before;
	}
}

static void put_strip(const struct vma_list *list, const struct ui *ui)
{
	struct area area = list->area;
	struct machine *const *machines = list->machines;
	size_t left = mm_vma_count(machines[LEFT]->parent), right = mm_vma_count(machines[RIGHT]->parent);
	bool utf8 = area.grid->utf8, more = true;
	struct buf count = {0};
	struct side_row row;
	int col = 3, end;

	put_repeat(area, 0, 0, area.cols, STYLE_BORDER, utf8 ? "─" : "-");
	buf_putc(&count, ' ');
	buf_count(&count, left > right ? left : right, "VMA ", "VMAs ");
	end = put_right(area_part(area, 0, 0, 1, area.cols - 1), 0, STYLE_LABEL, buf_str(&count)) - 3;
	buf_deinit(&count);
	if (!focused_row(machines, ui, &row))
		return;
	strip_begin(list, &row, area.cols / 3);
	if (rows_before(machines, row.start, &(struct side_row){0}))
		put(area, 0, 0, STYLE_LABEL, utf8 ? "◂" : "<");
	for (; more; more = rows_next(machines, row.end, &row)) {
		struct strip_item item;
		int from = col;

		strip_item(list, &row, &item);
		if (col + item.cols > end && col > 3) {
			strip_item_deinit(&item);
			put(area, 0, end + 1, STYLE_LABEL, utf8 ? "▸" : ">");
			break;
		}
		col = put_strip_item(area_part(area, 0, 0, 1, end), col, &item,
				     ui->focused && row.start <= ui->focus && ui->focus < row.end) + 2;
		put_strip_border(list, area_part(area, 0, 0, 1, end), from, col - 3, &item);
		strip_item_deinit(&item);
	}
}

/* The row in focus is in the middle, but at the ends. */
void pane_vmas(struct area area, const struct session *session, const struct ui *ui)
{
	struct vma_list list = {.area = area, .wide = area.cols >= 70,
				.predictions = session_predictions(session),
				.next = ui_asks_of_next_fork(ui, session)};
	int each = list.wide ? 22 : 9, room = area.rows - 1, behind, before;
	struct side_row row;

	if (area.rows < 1)
		return;
	session_machines(session, list.machines);
	find_borders(&list, session, ui);
	if (area.rows == 1) {
		put_strip(&list, ui);
		return;
	}
	list.left = area.cols - 2 * each - 2;
	list.right = list.left + each;
	put_head(&list);
	if (!focused_row(list.machines, ui, &row))
		return;
	behind = rows_behind(list.machines, row, room / 2);
	before = go_back(list.machines, &row, room - 1 - behind);
	if (before > 0 && rows_before(list.machines, row.start, &(struct side_row){0}))
		put(area, 0, 0, STYLE_LABEL, area.grid->utf8 ? "▴" : "^");
	for (int i = 0; i < room; i++) {
		put_row(&list, i + 1, &row, ui->focused && row.start <= ui->focus && ui->focus < row.end);
		if (!rows_next(list.machines, row.end, &row))
			return;
	}
	if (rows_next(list.machines, row.start, &row))
		put(area, area.rows - 1, 0, STYLE_LABEL, area.grid->utf8 ? "▾" : "v");
}
