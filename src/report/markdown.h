/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Markdown that reads well as it is: text whose signs mean nothing, and tables with aligned
 * columns.
 */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "base/buf.h"

/* A text in one line: what Markdown or HTML would take for markup is escaped. */
void markdown_text(struct buf *out, const char *text);

/* A code span, for names and flags; "" for an empty text. */
void markdown_code(struct buf *out, const char *text);

/* Columns of a table; the cells are Markdown already. */
#define MARKDOWN_COLUMNS 68
struct markdown_table {
	size_t columns;
	bool right[MARKDOWN_COLUMNS]; /* numbers */
	char **cells;
	size_t count, cap;
};

void markdown_cell(struct markdown_table *table, const char *text);
void markdown_cell_printf(struct markdown_table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Takes over the text, and leaves the buffer empty. */
void markdown_cell_take(struct markdown_table *table, struct buf *text);

/* Prints the table, whose first row is its head, and empties it. */
void markdown_table_print(struct markdown_table *table, struct buf *out);
void markdown_table_drop(struct markdown_table *table); /* empties it */

#endif
