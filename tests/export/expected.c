/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints, as JSON, what a page and a picture of a scenario have to show: the grid of each
 * step, row by row, as runs of [text, columns, style]; the sentence of the step; and how
 * the palettes look.
 *
 *   expected FILE
 */
#include <jansson.h>
#include <locale.h>
#include <stdio.h>

#include "base/utf8.h"
#include "view/export/export_html.h"
#include "view/panes.h"

static void add_cell(struct buf *text, const struct cell *cell)
{
	for (int i = 0; cell->width && i < CELL_CHARS && cell->ch[i]; i++) {
		char utf8[4];

		buf_add(text, utf8, utf8_put(utf8, (uint32_t)cell->ch[i]));
	}
}

static json_t *row_json(const struct grid *grid, int row)
{
	json_t *runs = json_array();

	for (int col = 0, next; col < grid->cols; col = next) {
		int style = grid_cell(grid, row, col)->style;
		struct buf text = {0};

		for (next = col; next < grid->cols && grid_cell(grid, row, next)->style == style; next++)
			add_cell(&text, grid_cell(grid, row, next));
		json_array_append_new(runs, json_pack("[s, i, i]", buf_str(&text), next - col, style));
		buf_deinit(&text);
	}
	return runs;
}

static json_t *screen_json(const struct session *session, const struct ui *ui)
{
	struct grid *grid = render(session, ui, EXPORT_ROWS, EXPORT_COLS);
	json_t *rows = json_array();
	struct buf says = {0};

	for (int row = 0; row < grid->rows; row++)
		json_array_append_new(rows, row_json(grid, row));
	step_text(session, ui, " ", &says);
	rows = json_pack("{s: o, s: s}", "rows", rows, "says", buf_str(&says));
	buf_deinit(&says);
	grid_free(grid);
	return rows;
}

static json_t *steps_json(struct session *session)
{
	struct ui ui = {.utf8 = true, .bare = true, .frame = UI_FRAMES};
	json_t *steps = json_array();

	for (size_t slot = 0; slot <= session_timeline(session)->count; slot++) {
		session_seek(session, slot, 0);
		ui_follow(&ui, session, true);
		json_array_append_new(steps, screen_json(session, &ui));
	}
	ui_deinit(&ui);
	return steps;
}

/* At the end, as --batch shows it. */
static json_t *end_json(struct session *session)
{
	struct ui ui = {.utf8 = true, .bare = true, .frame = UI_FRAMES};
	json_t *screen;

	session_seek(session, SIZE_MAX, 0);
	ui_follow(&ui, session, false);
	screen = screen_json(session, &ui);
	ui_deinit(&ui);
	return screen;
}

/* Foreground, background, bold, underline, reverse of each style; colors as xterm counts them. */
static json_t *looks_json(const char *palette)
{
	json_t *looks = json_array();

	for (int i = 0; i < STYLES; i++) {
		const struct look *look = &palette_find(palette)->looks[i];

		json_array_append_new(looks, json_pack("[i, i, b, b, b]", look->fg, look->bg,
						       look->attrs & LOOK_BOLD,
						       look->attrs & LOOK_UNDERLINE,
						       look->attrs & LOOK_REVERSE));
	}
	return looks;
}

int main(int argc, char **argv)
{
	struct session *session = session_create(false);
	struct buf out = {0};
	struct vf_error error;
	json_t *all;

	setlocale(LC_ALL, "C.UTF-8"); /* for the widths of characters */
	if (argc != 2 || !session_load(session, argv[1], &out, &error)) {
		fputs("usage: expected FILE\n", stderr);
		return 2;
	}
	all = json_pack("{s: o, s: o, s: o, s: o, s: i}", "steps", steps_json(session), "screen",
			end_json(session), "dark", looks_json("dark"), "light", looks_json("light"),
			"divergence", (int)session_timeline(session)->divergence + 1);
	json_dumpf(all, stdout, JSON_COMPACT);
	json_decref(all);
	buf_deinit(&out);
	session_free(session);
	return 0;
}
