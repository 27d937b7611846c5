/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files that draw the tables of entries, and only by them. */
#ifndef VIEW_ENTRIES_PRIVATE_H
#define VIEW_ENTRIES_PRIVATE_H

#include "view/panes.h"

/* How much detail an entry gets: the most that fits. */
enum detail { WORDS_FRAME, WORDS, LETTERS_FRAME, LETTERS, SHORT, DETAILS };

/* Pages of the process that share a row. */
struct entries_row {
	uint64_t first, last;
	bool named; /* the row begins with the name: those above it are of another, or none */
};

struct entries_table {
	struct area area;
	const struct scene *scene, *other;
	const struct ui *ui;
	const struct vm_area *vma; /* whose pages they are */
	uint64_t first, last; /* page numbers of the process */
	bool by_page;
	enum detail detail;
	int label, cell, gap; /* widths */
	int parent_col, child_col;
	const char *arrow, *dash, *dot, *cross;
};

/* entries_rows.c */

/*
 * The VMA that holds the page in one of the processes whose runs make the rows: parent and
 * child of both sides, 0 to 3. NULL: none.
 */
const struct vm_area *row_vma(const struct entries_table *table, int i, uint64_t page);
/* Lines of a row: two if the running kernel differs from one of the sides. */
int row_lines(const struct entries_table *table, const struct entries_row *row);
int all_lines(const struct entries_table *table, const struct entries_row *rows, int n);
/*
 * Chooses the rows around the page of this step that fit in `room` lines. Returns their
 * number.
 */
int choose_rows(const struct entries_table *table, struct entries_row *rows, int room);
/* "0-255", or "0+" where that is too wide; "heap 0-255". The caller frees the buffer. */
void row_label(const struct entries_table *table, const struct entries_row *row, int width,
	       struct buf *out);

/* entries_words.c */

extern const char entry_attr_letters[PTE_ATTRS + 1];
extern const char *const entry_short_states[PTE_STATES];
/* page: of the process. False: the VMA does not hold it. */
bool entry_at(const struct vm_area *vma, uint64_t page, struct pte *pte);
/* What messages call the page that an entry points to; nothing if it has none. */
void frame_name(struct pte pte, struct buf *out);
void entry_text(struct pte pte, enum detail detail, struct buf *out);
/* The most detail with which all rows' entries fit. */
enum detail choose_detail(const struct entries_table *table, const struct entries_row *rows, int n);
/* "present dys", "none": an observed entry, written as in the table. */
void seen_text(struct seen_page page, enum detail detail, struct buf *out);

/* entries_tables.c: how many tables of each level this process has under the VMA */
void put_tables(const struct entries_table *table, int row, int col, const struct mm *mm,
		const struct vm_area *vma, bool lit);

#endif
