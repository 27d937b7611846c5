/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All VMAs of the parent, with the decision of each side. */
#include <string.h>

#include "report/now.h"
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

void pane_vmas(struct area area, const struct session *session, const struct ui *ui)
{
	const struct mm *mm = session_machine(session, LEFT)->parent;
	bool utf8 = area.grid->utf8, wide = area.cols >= 70;
	int each = wide ? 22 : 9, left = area.cols - 2 * each - 2, right = left + each;
	size_t focus = 0, top = 0, count = mm_vma_count(mm), i = 0, room;
	struct buf text = {0};

	if (area.rows < 2)
		return;
	room = (size_t)area.rows - 1;
	for_each_vma(mm, vma) {
		if (ui->focus && vma_has_name(vma, ui->focus))
			focus = i;
		i++;
	}
	i = 0;
	if (focus >= room)
		top = focus - room + 1;
	put_repeat(area, 0, 0, area.cols, STYLE_BORDER, utf8 ? "─" : "-");
	if (count > room)
		buf_printf(&text, " %zu-%zu of %zu ", top + 1, top + room, count);
	if (count <= room || 1 + (int)text.len + 5 < left)
		buf_printf(&text, "%sVMAs ", text.len ? "" : " ");
	put_fit(area, 0, 1, left - 1, STYLE_LABEL, buf_str(&text));
	put(area, 0, left, STYLE_LABEL, "left ");
	put(area, 0, right, STYLE_LABEL, "right ");
	for_each_vma(mm, vma) {
		if (i < top || i >= top + room) {
			i++;
			continue;
		}
		const struct fork_vma *record[SIDES];
		struct buf size = {0};
		int row = (int)(i - top) + 1, col = left - (wide ? 24 : 6);

		for (int side = 0; side < SIDES; side++)
			record[side] = decision_now(session_machine(session, side), vma_name(vma));
		if (i == focus)
			put(area, row, 0, STYLE_ACTIVE, utf8 ? "▸" : ">");
		buf_size(&size, vma->end - vma->start);
		buf_clear(&text); /* names of an image's parts differ in their ends */
		buf_middle(&text, vma_name(vma), col > 1 ? (size_t)(col - 1) : 0, utf8);
		col = put_fit(area, row, 1, col, i == focus ? STYLE_ACTIVE : STYLE_NORMAL, buf_str(&text));
		if (wide)
			col = putf(area, row, col + 1, STYLE_DIM, "%s %s",
				   backing_names[vma->backing],
				   vma->flags & VM_SHARED ? "shared" : "private");
		put_fit(area, row, col + 1, left, STYLE_DIM, buf_str(&size));
		buf_deinit(&size);
		put_decision(area, row, left, right - 1, record[LEFT], wide);
		put_decision(area, row, right, area.cols - 2, record[RIGHT], wide);
		if (differ(record[LEFT], record[RIGHT]))
			put(area, row, area.cols - 1, STYLE_DIFFERS, utf8 ? "≠" : "!");
		i++;
	}
	buf_deinit(&text);
}
