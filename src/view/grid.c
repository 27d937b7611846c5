/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

static const struct cell blank = {.ch = L" ", .style = STYLE_NORMAL, .width = 1};

struct grid *grid_create(int rows, int cols, bool utf8)
{
	struct grid *grid = xcalloc(1, sizeof(*grid));

	grid->rows = rows < 1 ? 1 : rows;
	grid->cols = cols < 1 ? 1 : cols;
	grid->utf8 = utf8;
	grid->cursor_row = grid->cursor_col = -1;
	grid->cells = xcalloc((size_t)grid->rows * (size_t)grid->cols, sizeof(blank));
	area_fill(area_all(grid), STYLE_NORMAL);
	return grid;
}

void grid_free(struct grid *grid)
{
	if (!grid)
		return;
	spots_deinit(&grid->spots);
	free(grid->cells);
	free(grid);
}

void grid_text(const struct grid *grid, struct buf *out)
{
	for (int row = 0; row < grid->rows; row++) {
		for (int col = 0; col < grid->cols; col++) {
			const struct cell *cell = grid_cell(grid, row, col);

			for (int i = 0; cell->width && i < CELL_CHARS && cell->ch[i]; i++) {
				char bytes[4];

				buf_add(out, bytes, utf8_put(bytes, (uint32_t)cell->ch[i]));
			}
		}
		while (out->len && out->s[out->len - 1] == ' ')
			out->s[--out->len] = '\0';
		buf_putc(out, '\n');
	}
}

void grid_styles(const struct grid *grid, struct buf *out)
{
	for (int row = 0; row < grid->rows; row++) {
		for (int col = 0; col < grid->cols; col++)
			buf_putc(out, style_letters[grid_cell(grid, row, col)->style]);
		buf_putc(out, '\n');
	}
}

/* --- areas ------------------------------------------------------------------ */

struct area area_all(struct grid *grid)
{
	return (struct area){grid, 0, 0, grid->rows, grid->cols};
}

static int clamp(int value, int least, int most)
{
	return value > most ? most : value < least ? least : value;
}

struct area area_part(struct area area, int row, int col, int rows, int cols)
{
	int top = clamp(row, 0, area.rows), left = clamp(col, 0, area.cols);

	return (struct area){area.grid, area.row + top, area.col + left,
			     clamp(row + rows, top, area.rows) - top,
			     clamp(col + cols, left, area.cols) - left};
}

/* A wide character that loses a half becomes blank. */
static void mend(struct grid *grid, int row, int col)
{
	struct cell *cell = grid_cell(grid, row, col);

	if (cell->width == 2 && col + 1 < grid->cols)
		*grid_cell(grid, row, col + 1) = blank;
	if (cell->width == 0 && col > 0)
		*grid_cell(grid, row, col - 1) = blank;
}

void area_fill(struct area area, enum style style)
{
	for (int row = 0; row < area.rows; row++)
		for (int col = 0; col < area.cols; col++) {
			struct cell *cell = grid_cell(area.grid, area.row + row, area.col + col);

			if (col == 0 || col == area.cols - 1)
				mend(area.grid, area.row + row, area.col + col);
			*cell = blank;
			cell->style = (uint8_t)style;
		}
}

void area_style_row(struct area area, int row, enum style style)
{
	for (int col = 0; row >= 0 && row < area.rows && col < area.cols; col++)
		grid_cell(area.grid, area.row + row, area.col + col)->style = (uint8_t)style;
}

void area_spot(struct area area, int row, int col, int cols, struct hotspot spot)
{
	struct area part = area_part(area, row, col, 1, cols);

	if (part.rows < 1 || part.cols < 1)
		return;
	spot.row = part.row;
	spot.col = part.col;
	spot.cols = part.cols;
	spots_add(&area.grid->spots, spot);
}

/* --- text --------------------------------------------------------------------- */

static int put_char(struct area area, int row, int col, enum style style, uint32_t c)
{
	int width = utf8_width(c);
	struct cell *cell;

	if (!area.grid->utf8 && c >= 0x80) {
		if (!width)
			return col;
		c = (uint32_t)(unsigned char)utf8_stand_in(c);
		width = 1;
	}
	if (!width) { /* combines with the cell before */
		if (col <= 0 || col > area.cols)
			return col;
		cell = grid_cell(area.grid, area.row + row, area.col + col - 1);
		for (int i = 1; i < CELL_CHARS - 1; i++)
			if (!cell->ch[i]) {
				cell->ch[i] = (wchar_t)c;
				break;
			}
		return col;
	}
	if (col < 0 || col + width > area.cols)
		return col + width;
	for (int i = 0; i < width; i++) {
		mend(area.grid, area.row + row, area.col + col + i);
		cell = grid_cell(area.grid, area.row + row, area.col + col + i);
		*cell = (struct cell){.style = (uint8_t)style};
		if (i == 0) {
			cell->ch[0] = (wchar_t)c;
			cell->width = (uint8_t)width;
		}
	}
	return col + width;
}

static int put_bytes(struct area area, int row, int col, enum style style,
		     const char *text, size_t length)
{
	size_t bytes;

	if (row < 0 || row >= area.rows)
		return col;
	for (size_t at = 0; at < length && col < area.cols; at += bytes) {
		uint32_t c = utf8_next(text + at, &bytes);

		if (!bytes)
			break;
		col = put_char(area, row, col, style, c);
	}
	return col < area.cols ? col : area.cols;
}

int put(struct area area, int row, int col, enum style style, const char *text)
{
	return put_bytes(area, row, col, style, text, strlen(text));
}

int putf(struct area area, int row, int col, enum style style, const char *format, ...)
{
	struct buf text = {0};
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	col = put(area, row, col, style, buf_str(&text));
	buf_deinit(&text);
	return col;
}

int put_fit(struct area area, int row, int col, int end, enum style style, const char *text)
{
	struct area part = area_part(area, 0, 0, area.rows, end);
	int after = put(part, row, col, style, text);

	if (col + text_columns(text) > part.cols && part.cols > col) {
		const char *sign = area.grid->utf8 ? "…" : ".."; /* one dot may be the text's */
		int at = part.cols - text_columns(sign);

		put(part, row, at > col ? at : part.cols - 1, style, sign);
	}
	return after;
}

int put_right(struct area area, int row, enum style style, const char *text)
{
	int col = area.cols - text_columns(text);

	put(area, row, col, style, text);
	return col;
}

int put_repeat(struct area area, int row, int col, int count, enum style style,
	       const char *glyph)
{
	while (count-- > 0 && col < area.cols)
		col = put(area, row, col, style, glyph);
	return col;
}

int text_columns(const char *text)
{
	int cols = 0;
	size_t bytes;

	for (;; text += bytes) {
		uint32_t c = utf8_next(text, &bytes);

		if (!bytes || cols > 100000)
			return cols;
		cols += utf8_width(c);
	}
}

int wrapped_rows(const char *text, int cols)
{
	int rows = 0;
	size_t next;

	for (; *text && rows < 100000; text += next, rows++)
		wrap_row(text, cols, &next);
	return rows;
}

int put_wrapped(struct area area, int row, enum style style, const char *text)
{
	size_t next;

	for (; *text && row < area.rows; text += next, row++) {
		size_t length = wrap_row(text, area.cols, &next);

		put_bytes(area, row, 0, style, text, length);
	}
	return row;
}

bool wrap_next(struct wrap *wrap, struct wrapped *row)
{
	const char *text = wrap->at;
	size_t next;

	if (!*text)
		return false;
	if (!wrap->inside) {
		wrap->indent = wrap->hanging ? (int)strspn(text, " ") + 2 : 0;
		if (wrap->indent > wrap->cols / 2)
			wrap->indent = 0; /* no room left beside it */
	}
	row->col = wrap->inside ? wrap->indent : 0;
	row->text = text;
	row->length = wrap_row(text, wrap->cols - row->col, &next);
	wrap->inside = text[next - 1] != '\n';
	wrap->at += next;
	return true;
}

int wrap_rows(struct wrap wrap)
{
	struct wrapped row;
	int rows = 0;

	while (rows < 100000 && wrap_next(&wrap, &row))
		rows++;
	return rows;
}

void put_rows(struct area area, enum style style, struct wrap *wrap)
{
	struct wrapped row;

	for (int i = 0; i < area.rows && wrap_next(wrap, &row); i++)
		put_bytes(area, i, row.col, style, row.text, row.length);
}

/* Not a single dot, which would look like a part of a number. */
static const char *more_sign(const struct grid *grid)
{
	return grid->utf8 ? " …" : " ..";
}

void put_more(struct area area)
{
	const char *sign = more_sign(area.grid);
	int row = area.rows - 1, last = area.cols - text_columns(sign), col = last;

	if (row < 0 || last < 0)
		return;
	while (col > 0 && grid_cell(area.grid, area.row + row, area.col + col)->ch[0] != L' ')
		col--;
	col = col ? col : last;
	area_fill(area_part(area, row, col, 1, area.cols - col), STYLE_NORMAL);
	put(area, row, col, STYLE_DIM, sign);
}

int put_parts(struct area area, int row, int col, int end, enum style style,
	      const char *const parts[], size_t n, const char *separator)
{
	const char *sign = more_sign(area.grid);

	for (size_t i = 0; i < n; i++) {
		int width = (i ? text_columns(separator) : 0) + text_columns(parts[i]);
		int behind = i + 1 < n ? text_columns(sign) : 0;

		if (col + width + behind > end)
			return put(area_part(area, 0, 0, area.rows, end), row, col, STYLE_DIM, sign);
		if (i)
			col = put(area, row, col, style, separator);
		col = put(area, row, col, style, parts[i]);
	}
	return col;
}

void put_box(struct area area, enum style style, const char *title)
{
	bool utf8 = area.grid->utf8;
	const char *h = utf8 ? "─" : "-", *v = utf8 ? "│" : "|";
	int bottom = area.rows - 1, right = area.cols - 1;

	if (area.rows < 2 || area.cols < 2)
		return;
	for (int row = 1; row < bottom; row++) {
		put(area, row, 0, style, v);
		put(area, row, right, style, v);
	}
	put_repeat(area, 0, 1, right - 1, style, h);
	put_repeat(area, bottom, 1, right - 1, style, h);
	put(area, 0, 0, style, utf8 ? "┌" : "+");
	put(area, 0, right, style, utf8 ? "┐" : "+");
	put(area, bottom, 0, style, utf8 ? "└" : "+");
	put(area, bottom, right, style, utf8 ? "┘" : "+");
	if (title && right > 6) {
		struct area head = area_part(area, 0, 2, 1, right - 3);

		put(head, 0, put_fit(head, 0, put(head, 0, 0, style, " "), head.cols - 1,
				     style, title),
		    style, " ");
	}
}
