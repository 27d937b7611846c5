/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files that draw the tables of entries, and only by them. */
#ifndef VIEW_ENTRIES_PRIVATE_H
#define VIEW_ENTRIES_PRIVATE_H

#include "view/panes.h"

/* How much detail an entry gets: the most that fits. */
enum detail { WORDS_FRAME, WORDS, LETTERS_FRAME, LETTERS, SHORT, DETAILS };

struct entries_row {
	uint64_t first, last;
};

struct entries_table {
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

/* entries_rows.c */

/* One of the VMAs whose runs make the rows: parent's and child's of both sides, 0 to 3. */
const struct vm_area *row_vma(const struct entries_table *table, int i);
/* Lines of a row: two if the running kernel differs from one of the sides. */
int row_lines(const struct entries_table *table, const struct entries_row *row);
int all_lines(const struct entries_table *table, const struct entries_row *rows, int n);
/*
 * Chooses the rows around the page of this step that fit in `room` lines. Returns their
 * number.
 */
int choose_rows(const struct entries_table *table, struct entries_row *rows, int room);
/* "0-255", or "0+" where that is too wide. */
void row_label(const struct entries_row *row, int width, char *to, size_t size);

/* entries_words.c */

extern const char entry_attr_letters[PTE_ATTRS + 1];
extern const char *const entry_short_states[PTE_STATES];
bool entry_at(const struct vm_area *vma, uint64_t page, struct pte *pte);
void entry_text(const struct vm_area *vma, struct pte pte, enum detail detail, struct buf *out);
/* The most detail with which all rows' entries fit. */
enum detail choose_detail(const struct entries_table *table, const struct entries_row *rows, int n);
/* "present dys", "none": an observed entry, written as in the table. */
void seen_text(struct seen_page page, enum detail detail, struct buf *out);

/* entries_tables.c: how many tables of each level this process has under the VMA */
void put_tables(const struct entries_table *table, int row, int col, const struct mm *mm,
		const struct vm_area *vma, bool lit);

#endif
