/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The upper levels: a row of slots for the table on the way to what the grids show. */
#include <inttypes.h>

#include "base/minmax.h"
#include "view/picture_private.h"

/* So many runs are looked at for huge entries, for each column. */
enum { RUNS_LOOKED_AT = 64 };

int picture_level_count(const struct scene *scene)
{
	return (int)machine_top_level(scene->machine) + 1; /* PGD to PMD */
}

/* One row: the table of `level` that holds the page; above the top one, the PGD. */
struct level {
	const struct picture *picture;
	const struct mm *mm;
	enum table_level level; /* TABLE_LEVELS or one above the top: the PGD */
	bool pgd, exists;
	uint64_t number;	/* of the table */
	uint64_t entries;	/* that the table has */
	uint64_t each;		/* entries of a column */
	int path;		/* the column that leads to the page */
};

static unsigned bits_below(const struct mm *mm, int level)
{
	return table_shift(mm->paging, (enum table_level)level) - mm->paging->page_shift;
}

static struct level level_at(const struct picture *picture, const struct mm *mm, int level)
{
	int top = (int)machine_top_level(picture->scene->machine);
	uint64_t page = picture->window.at, last, slot;
	struct level row = {.picture = picture, .mm = mm, .level = (enum table_level)level};

	row.pgd = level > top;
	row.number = row.pgd ? 0 : page >> bits_below(mm, level);
	row.exists = row.pgd || mm_has_table(mm, row.level, row.number, &last);
	row.entries = row.pgd ? ptrs_per_pgd(mm->paging) : ptrs_per_table(mm->paging);
	row.each = max(row.entries / (uint64_t)picture->slots, 1);
	slot = (page >> bits_below(mm, level - 1)) - (row.number << mm->paging->table_bits);
	row.path = (int)(slot / row.each);
	return row;
}

static bool has_huge(const struct mm *mm, uint64_t first, uint64_t last)
{
	uint64_t page = first, run_last;

	for (int i = 0; i < RUNS_LOOKED_AT && page <= last; i++, page = run_last + 1) {
		if (runs_at(&mm->pages, page, &run_last).state == PTE_HUGE)
			return true;
		if (run_last >= last)
			break;
	}
	return false;
}

/* One column: does any of its slots point to a table, or to a huge page? */
static void put_slot(const struct level *row, int at_row, int col, int slot)
{
	const struct mm *mm = row->mm;
	unsigned bits = bits_below(mm, (int)row->level - 1);
	uint64_t first = (row->number << mm->paging->table_bits) + (uint64_t)slot * row->each;
	uint64_t last = first + row->each - 1;
	bool utf8 = row->picture->area.grid->utf8;
	const char *sign = utf8 ? "·" : "-";
	enum style style = STYLE_NONE;
	struct range part;

	if ((uint64_t)slot * row->each >= row->entries)
		return;
	if (rangeset_next(&mm->tables[row->level - 1], first, last, true, &part)) {
		sign = utf8 ? "■" : "#";
		style = slot == row->path ? STYLE_PATH : STYLE_SLOT;
	} else if (row->level == LEVEL_PMD && has_huge(mm, first << bits, ((last + 1) << bits) - 1)) {
		sign = utf8 ? "█" : "H";
		style = STYLE_HUGE;
	}
	put(row->picture->area, at_row, col + slot, style, sign);
}

static bool is_new(const struct picture *picture, int level)
{
	return picture->scene->tables && picture->scene->event->level == level;
}

/* The child's new table is drawn from left to right while it is allocated. */
static int slots_drawn(const struct picture *picture, bool new)
{
	if (!new || picture->ui->frame >= UI_FRAMES)
		return picture->slots;
	return picture->slots * picture->ui->frame / UI_FRAMES;
}

static void put_new(const struct picture *picture, int row)
{
	bool utf8 = picture->area.grid->utf8;
	int from = picture->parent_col + picture->slots + 1;

	put_repeat(picture->area, row, from, picture->child_col - from - 1, STYLE_MOVING, utf8 ? "─" : "-");
	put(picture->area, row, picture->child_col - 1, STYLE_MOVING, utf8 ? "▶" : ">");
	put(picture->area, row, picture->child_col + picture->slots + 1, STYLE_NEW, "new");
}

static void put_level(const struct level *row, int at_row, bool child)
{
	const struct picture *picture = row->picture;
	int col = child ? picture->child_col : picture->parent_col;
	bool new = child && is_new(picture, (int)row->level);
	int drawn = slots_drawn(picture, new);

	if (!row->exists)
		return;
	for (int slot = 0; slot < drawn; slot++)
		put_slot(row, at_row, col, slot);
	if (new)
		put_new(picture, at_row);
}

/* From the slot of this row to the first column of the table below it. */
static void put_line(const struct level *row, int at_row, bool child)
{
	const struct picture *picture = row->picture;
	int col = child ? picture->child_col : picture->parent_col;
	bool utf8 = picture->area.grid->utf8;
	uint64_t page = picture->window.at, last;
	int below = (int)row->level - 1, to = 0;

	if (!row->exists || !mm_has_table(row->mm, (enum table_level)below,
					   page >> bits_below(row->mm, below), &last))
		return;
	if (below > LEVEL_PTE)
		to = level_at(picture, row->mm, below).path;
	if (to == row->path) {
		put(picture->area, at_row, col + to, STYLE_PATH, utf8 ? "│" : "|");
		return;
	}
	for (int at = to < row->path ? to : row->path; at <= (to < row->path ? row->path : to); at++)
		put(picture->area, at_row, col + at, STYLE_PATH, utf8 ? "─" : "-");
	put(picture->area, at_row, col + row->path, STYLE_PATH,
	    !utf8 ? "'" : to < row->path ? "┘" : "└");
	put(picture->area, at_row, col + to, STYLE_PATH, !utf8 ? "." : to < row->path ? "┌" : "┐");
}

/* The decision as an event: a way that ends, or one that goes over. */
static void put_decision(const struct picture *picture, int row)
{
	const struct decision *decision = &picture->scene->record->decision;
	bool utf8 = picture->area.grid->utf8, over = decision->what == DECISION_COPY;
	int from = picture->parent_col + picture->slots + 1, to = picture->child_col - 1;
	enum style style = decision_style(decision);

	put_repeat(picture->area, row, from, to - from, style, utf8 ? "─" : "-");
	put(picture->area, row, to, style, over ? (utf8 ? "▶" : ">") : (utf8 ? "╳" : "x"));
	put_fit(picture->area, row, from + 1, to, style, decision_word(decision));
}

int picture_levels(const struct picture *picture, int row, bool lines)
{
	int top = (int)machine_top_level(picture->scene->machine);

	if (picture->scene->deciding)
		put_decision(picture, row);
	for (int level = top + 1; level >= LEVEL_PMD; level--, row += lines ? 2 : 1) {
		bool new = is_new(picture, level);

		put(picture->area, row, picture->label > 4, new ? STYLE_ACTIVE : STYLE_LABEL,
		    level > top ? "PGD" : table_level_names[level]);
		for (int child = 0; child < 2; child++) {
			const struct mm *mm = scene_process(picture->scene, child);
			struct level at;

			if (!mm)
				continue;
			at = level_at(picture, mm, level);
			put_level(&at, row, child);
			if (lines)
				put_line(&at, row + 1, child);
		}
	}
	return row;
}
