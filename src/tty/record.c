/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/escape.h"
#include "base/utf8.h"

static void add_color(struct buf *out, int color, bool background)
{
	if (color >= 0 && color < 8)
		buf_printf(out, ";%d", (background ? 40 : 30) + color);
	else if (color >= 0)
		buf_printf(out, ";%d;5;%d", background ? 48 : 38, color);
}

static void add_style(struct buf *out, const struct look *look)
{
	buf_puts(out, "\033[0");
	buf_puts(out, look->attrs & LOOK_BOLD ? ";1" : "");
	buf_puts(out, look->attrs & LOOK_DIM ? ";2" : "");
	buf_puts(out, look->attrs & LOOK_UNDERLINE ? ";4" : "");
	buf_puts(out, look->attrs & LOOK_REVERSE ? ";7" : "");
	add_color(out, look->fg, false);
	add_color(out, look->bg, true);
	buf_putc(out, 'm');
}

static bool is_same_cell(const struct cell *a, const struct cell *b)
{
	return a->style == b->style && a->width == b->width && !memcmp(a->ch, b->ch, sizeof(a->ch));
}

static void add_cell(struct recorder *r, struct buf *out, const struct cell *cell,
		     const struct palette *palette)
{
	if (cell->style != r->style)
		add_style(out, &palette->looks[cell->style]);
	r->style = cell->style;
	if (!cell->ch[0])
		buf_putc(out, ' ');
	for (int i = 0; i < CELL_CHARS && cell->ch[i]; i++) {
		char text[4];

		buf_add(out, text, utf8_put(text, (uint32_t)cell->ch[i]));
	}
}

/* What brings a terminal from the last screen to this one. */
static void add_difference(struct recorder *r, const struct grid *grid, const struct palette *palette,
			   struct buf *out)
{
	for (int row = 0; row < grid->rows; row++) {
		int next = -1; /* the column where the terminal's cursor is */

		for (int col = 0; col < grid->cols; col++) {
			const struct cell *cell = grid_cell(grid, row, col);

			if (!cell->width || (r->last && is_same_cell(cell, grid_cell(r->last, row, col))))
				continue;
			if (col != next)
				buf_printf(out, "\033[%d;%dH", row + 1, col + 1);
			add_cell(r, out, cell, palette);
			next = col + cell->width;
		}
	}
}

static void put_event(const struct recorder *r, double now, const char *kind, const char *text)
{
	struct buf line = {0};

	buf_printf(&line, "[%.6f, \"%s\", ", now - r->began, kind);
	escape_json(&line, text);
	fprintf(r->file, "%s]\n", buf_str(&line));
	buf_deinit(&line);
}

static void forget(struct recorder *r)
{
	grid_free(r->last);
	r->last = NULL;
	r->style = -1;
}

static void begin(struct recorder *r, const char *path, const struct grid *grid, double now)
{
	r->file = fopen(path, "w");
	r->path = xstrdup(path);
	r->began = now;
	forget(r);
	if (r->file)
		fprintf(r->file, "{\"version\": 2, \"width\": %d, \"height\": %d, "
			"\"env\": {\"TERM\": \"xterm-256color\"}}\n", grid->cols, grid->rows);
}

/* A terminal of another size shows nothing of what was there. */
static void resize(struct recorder *r, const struct grid *grid, double now)
{
	char size[40];

	if (!r->last || (r->last->rows == grid->rows && r->last->cols == grid->cols))
		return;
	snprintf(size, sizeof(size), "%dx%d", grid->cols, grid->rows);
	put_event(r, now, "r", size);
	forget(r);
}

static struct grid *copy_grid(const struct grid *grid)
{
	struct grid *copy = grid_create(grid->rows, grid->cols, grid->utf8);

	memcpy(copy->cells, grid->cells, (size_t)grid->rows * (size_t)grid->cols * sizeof(*grid->cells));
	return copy;
}

void record_screen(struct recorder *r, const char *path, const struct grid *grid,
		   const struct palette *palette, double now)
{
	struct buf text = {0};

	if (r->path && (!path || strcmp(path, r->path)))
		record_close(r);
	if (!path)
		return;
	if (!r->path)
		begin(r, path, grid, now);
	if (!r->file)
		return;
	resize(r, grid, now);
	if (!r->last)
		buf_puts(&text, "\033[0m\033[2J\033[?25l");
	add_difference(r, grid, palette, &text);
	if (text.len)
		put_event(r, now, "o", buf_str(&text));
	buf_deinit(&text);
	grid_free(r->last);
	r->last = copy_grid(grid);
}

void record_close(struct recorder *r)
{
	if (r->file)
		fclose(r->file);
	free(r->path);
	forget(r);
	*r = (struct recorder){.style = -1};
}
