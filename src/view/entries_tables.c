/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many page tables of each level there are, in one row. */
#include <inttypes.h>
#include <stdio.h>

#include "view/entries_private.h"

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

/* The most detailed form that fits. */
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
void put_tables(const struct entries_table *table, int row, int col, const struct mm *mm,
		       const struct vm_area *vma, bool lit)
{
	const struct event *event = table->scene->event;
	int end = col + table->cell + 2; /* the gap can take two columns more */
	int top = (int)machine_top_level(table->scene->machine);
	bool utf8 = table->area.grid->utf8;
	uint64_t count[TABLE_LEVELS];
	enum counting counting;
	struct buf text = {0};

	if (!mm || !vma)
		return;
	for (int level = top; level >= 0; level--)
		count[level] = rangeset_count(&mm->tables[level],
					    vma->start >> table_shift(mm->paging, level),
					    (vma->end - 1) >> table_shift(mm->paging, level));
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
