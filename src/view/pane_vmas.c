/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All VMAs of the parent, with the decision of each side. */
#include "report/label.h"
#include "report/now.h"
#include "report/side_rows.h"
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
	bool wide;
	int left, right; /* columns of the decisions */
};

/* Is it a part of the VMA that the row above shows? */
static bool goes_on(const struct side_row *row, int side, int at)
{
	return at > 1 && row->vma[side]->start < row->start;
}

static void put_side(const struct vma_list *list, int at, const struct side_row *row, int side,
		     const struct fork_vma *record)
{
	int col = side == LEFT ? list->left : list->right;
	int end = side == LEFT ? list->right - 1 : list->area.cols - 2;

	if (!row->vma[side])
		put_fit(list->area, at, col, end, STYLE_DIM, "no VMA");
	else if (goes_on(row, side, at))
		put_fit(list->area, at, col, end, STYLE_DIM, "same VMA");
	else
		put_decision(list->area, at, col, end, record, list->wide);
}

static void put_row(const struct vma_list *list, int at, const struct side_row *row, bool focused)
{
	const struct vm_area *vma = row->vma[LEFT] ? row->vma[LEFT] : row->vma[RIGHT];
	const struct fork_vma *record[SIDES];
	bool utf8 = list->area.grid->utf8;
	struct buf size = {0}, label = {0}, name = {0};
	int col = list->left - (list->wide ? 24 : 6);

	if (focused)
		put(list->area, at, 0, STYLE_ACTIVE, utf8 ? "▸" : ">");
	buf_size(&size, row->end - row->start);
	label_range(vma->mm, address_page(vma->mm, row->start), address_page(vma->mm, row->end - 1),
		    &label);
	/* names of an image's parts differ in their ends */
	buf_middle(&name, buf_str(&label), col > 1 ? (size_t)(col - 1) : 0, utf8);
	col = put_fit(list->area, at, 1, col, focused ? STYLE_ACTIVE : STYLE_NORMAL, buf_str(&name));
	if (list->wide)
		col = putf(list->area, at, col + 1, STYLE_DIM, "%s %s", backing_names[vma->backing],
			   vma->flags & VM_SHARED ? "shared" : "private");
	put_fit(list->area, at, col + 1, list->left, STYLE_DIM, buf_str(&size));
	for (int side = 0; side < SIDES; side++) {
		record[side] = decision_now(list->machines[side], row->start);
		put_side(list, at, row, side, record[side]);
	}
	if (differ(record[LEFT], record[RIGHT]))
		put(list->area, at, list->area.cols - 1, STYLE_DIFFERS, utf8 ? "≠" : "!");
	buf_deinit(&size);
	buf_deinit(&label);
	buf_deinit(&name);
}

static void put_head(const struct vma_list *list, size_t top, size_t room, size_t count)
{
	size_t vmas[SIDES];
	struct buf text = {0};

	for (int side = 0; side < SIDES; side++)
		vmas[side] = mm_vma_count(list->machines[side]->parent);
	put_repeat(list->area, 0, 0, list->area.cols, STYLE_BORDER, list->area.grid->utf8 ? "─" : "-");
	if (count > room)
		buf_printf(&text, " %zu-%zu of %zu ", top + 1, top + room, count);
	if (count <= room || 1 + (int)text.len + 5 < list->left)
		buf_printf(&text, "%sVMAs ", text.len ? "" : " ");
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

void pane_vmas(struct area area, const struct session *session, const struct ui *ui)
{
	struct vma_list list = {.area = area, .wide = area.cols >= 70};
	int each = list.wide ? 22 : 9;
	size_t focus = 0, top = 0, count = 0, i = 0, room;
	struct side_row row = {0};

	if (area.rows < 2)
		return;
	session_machines(session, list.machines);
	list.left = area.cols - 2 * each - 2;
	list.right = list.left + each;
	room = (size_t)area.rows - 1;
	for (; rows_next(list.machines, row.end, &row); count++)
		if (ui->focused && row.start <= ui->focus && ui->focus < row.end)
			focus = count;
	if (focus >= room)
		top = focus - room + 1;
	put_head(&list, top, room, count);
	for (row.end = 0; i < top + room && rows_next(list.machines, row.end, &row); i++)
		if (i >= top)
			put_row(&list, (int)(i - top) + 1, &row, i == focus);
}
