/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A screen as a value: rows and columns of cells, each with a character and a style. All
 * drawing goes to a grid; tty/screen copies it to a terminal, and tests read it as text.
 *
 * Drawing goes through areas: rectangles that clip. Text is UTF-8 and may come from
 * untrusted files, so control characters never reach a cell.
 */
#ifndef VIEW_GRID_H
#define VIEW_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/wrap.h"
#include "view/palette.h"
#include "view/spots.h"

#define CELL_CHARS 3 /* a character and up to two combining ones */

struct cell {
	wchar_t ch[CELL_CHARS];
	uint8_t style;
	uint8_t width; /* columns: 1, 2, or 0 for the right half of a wide one */
};

struct grid {
	int rows, cols;
	bool utf8; /* otherwise non-ASCII characters are replaced */
	int cursor_row, cursor_col; /* -1: hidden */
	struct cell *cells;
	struct spots spots; /* what they stand for */
	unsigned kinds;	    /* of cells that the pictures of page tables have: 1U << enum cell_kind */
};

/* Blank. Sizes below 1 are taken as 1. */
struct grid *grid_create(int rows, int cols, bool utf8);
void grid_free(struct grid *grid);

static inline struct cell *grid_cell(const struct grid *grid, int row, int col)
{
	return &grid->cells[(size_t)row * (size_t)grid->cols + (size_t)col];
}

/* The characters, a line for each row, without trailing blanks. */
void grid_text(const struct grid *grid, struct buf *out);
/* The styles as letters, a line for each row. */
void grid_styles(const struct grid *grid, struct buf *out);

/* Part of a grid. May have no rows or columns; then nothing is drawn. */
struct area {
	struct grid *grid;
	int row, col, rows, cols;
};

struct area area_all(struct grid *grid);
/* A part of an area, relative to it, cut off at its edges. */
struct area area_part(struct area area, int row, int col, int rows, int cols);
void area_fill(struct area area, enum style style);
/* Gives a row of the area a style, its text unchanged. */
void area_style_row(struct area area, int row, enum style style);

/* Says what a part of a row stands for, up to the area's edge. */
void area_spot(struct area area, int row, int col, int cols, struct hotspot spot);

/* Writes text, clipped at the edge. Returns the column after it. */
int put(struct area area, int row, int col, enum style style, const char *text);
int putf(struct area area, int row, int col, enum style style, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* The same up to column `end`, with an ellipsis if it does not fit. */
int put_fit(struct area area, int row, int col, int end, enum style style, const char *text);
/* Writes text that ends in the area's last column. Returns the column where it starts. */
int put_right(struct area area, int row, enum style style, const char *text);
/*
 * Writes as many of these texts as fit before `end`, each complete, with the separator
 * between them, and a mark if some are dropped.
 */
int put_parts(struct area area, int row, int col, int end, enum style style,
	      const char *const parts[], size_t n, const char *separator);
/* `count` times the same character. */
int put_repeat(struct area area, int row, int col, int count, enum style style,
	       const char *glyph);
/* Writes text wrapped at words, from `row` on. Returns the row after it. */
int put_wrapped(struct area area, int row, enum style style, const char *text);
/* Adds a mark to the area's last row: there is more text than it shows. */
void put_more(struct area area);
void put_box(struct area area, enum style style, const char *title);

/* Columns that a text takes. */
int text_columns(const char *text);
/* Rows that put_wrapped would take. */
int wrapped_rows(const char *text, int cols);
/*
 * Iterates over the rows of a text. Hanging: continuation rows are indented by two
 * columns more than their line. Initialize at, cols and hanging.
 */
struct wrap {
	const char *at;
	int cols;
	bool hanging;
	bool inside; /* a line has begun in the row before */
	int indent;  /* of its other rows */
};
struct wrapped {
	const char *text;
	size_t length;
	int col;
};
bool wrap_next(struct wrap *wrap, struct wrapped *row); /* false: that was all */
int wrap_rows(struct wrap wrap);
/* Writes the rows that follow, as many as the area has. */
void put_rows(struct area area, enum style style, struct wrap *wrap);

#endif
