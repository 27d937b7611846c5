/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Draws one screen and writes it as text: first the characters, then the style
 * of each cell as a letter.
 *
 *   screen FILE COLSxROWS utf8|ascii [COMMAND]...
 *
 * The commands are typed after the file was loaded. Some are not the session's:
 * "frame N" (of the animation), "middle" (half the way to the end), "look N" (at the Nth VMA
 * from the first), "cell DOWN RIGHT" (the cursor of cells, from where it appears), "answer FILE": the answer of every helper program from then on, "over
 * COMMAND": its output is shown over the screen, "choose N": the Nth of its lines that can be
 * chosen, and "palette NAME": how it shows the styles of the screen is written last. What
 * follows a `predict` is an answer to it.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "outside/helper.h"
#include "view/cell_cursor.h"
#include "view/grid.h"
#include "view/palette.h"
#include "view/panes.h"
#include "view/ui.h"

static int failed(const struct vf_error *error)
{
	struct buf text = {0};

	vf_error_print(error, &text);
	fputs(buf_str(&text), stderr);
	buf_deinit(&text);
	return 2;
}

static bool answer_from_file(void *owner, const char *const argv[], struct answer *answer,
			     struct vf_error *error)
{
	size_t length;
	char *text = read_file(owner, 1 << 20, &length, error);

	(void)argv;
	if (text)
		buf_add(&answer->out, text, length);
	free(text);
	return text;
}

/* Those that were named: bits, by their order. */
static unsigned shown_palettes;

/* "P  fg 15, bg 4, bold": the look of each style that the screen has. */
static void print_looks(const struct grid *grid, const struct palette *palette, struct buf *out)
{
	static const char *const attrs[] = {"bold", "dim", "reverse", "underline"};
	bool used[STYLES] = {false};

	for (int row = 0; row < grid->rows; row++)
		for (int col = 0; col < grid->cols; col++)
			used[grid_cell(grid, row, col)->style] = true;
	buf_printf(out, "--- %s:\n", palette->name);
	for (int style = 0; style < STYLES; style++) {
		const struct look *look = &palette->looks[style];

		if (!used[style])
			continue;
		buf_printf(out, "%c  fg %d, bg %d", style_letters[style], look->fg, look->bg);
		for (unsigned i = 0; i < sizeof(attrs) / sizeof(*attrs); i++)
			if (look->attrs >> i & 1)
				buf_printf(out, ", %s", attrs[i]);
		buf_putc(out, '\n');
	}
}

static int rows, cols; /* of the screen */

static bool move_cell(const struct session *session, struct ui *ui, int down, int right)
{
	bool moved = cell_cursor_move(ui, session, rows, cols, 0, 0);

	for (int i = 0; i < down; i++)
		moved &= cell_cursor_move(ui, session, rows, cols, 1, 0);
	for (int i = 0; i < right; i++)
		moved &= cell_cursor_move(ui, session, rows, cols, 0, 1);
	return moved;
}

static bool type(struct session *session, struct ui *ui, const char *line, struct vf_error *error)
{
	struct buf out = {0};
	enum request request = REQUEST_NONE;
	bool over = !strncmp(line, "over ", 5);
	int n, right;

	if (sscanf(line, "cell %d %d", &n, &right) == 2)
		return move_cell(session, ui, n, right);

	if (sscanf(line, "choose %d", &n) == 1) {
		ui->overlay.chosen = (size_t)n - 1;
		return true;
	}
	if (!strncmp(line, "palette ", 8)) {
		const struct palette *palette = palette_find(line + 8);

		shown_palettes |= palette ? 1u << (palette - palettes) : 0;
		return palette;
	}
	if (!strcmp(line, "middle")) {
		session_seek(session, session_timeline(session)->count / 2, 0);
		ui_follow(ui, session, true);
		return true;
	}
	if (sscanf(line, "frame %d", &n) == 1) {
		ui->frame = n;
		return true;
	}
	if (!strcmp(line, "viewer")) {
		session_set_asks(session, true);
		return true;
	}
	if (!strncmp(line, "answer ", 7)) {
		session_set_helper(session, (struct helper){.run = answer_from_file,
							    .owner = (void *)(line + 7)});
		return true;
	}
	if (sscanf(line, "look %d", &n) == 1) {
		while (n--)
			ui_look(ui, session, 1);
		return true;
	}
	if (ui->ask == ASK_PREDICT && session_asked(session))
		return session_predict(session, line, &out, &request, error);
	session_set_focus(session, ui->focused, ui->focus);
	if (!session_command(session, line + (over ? 5 : 0), &out, &request, error)) {
		buf_deinit(&out);
		return false;
	}
	if (over) {
		ui_overlay(ui, line + 5, buf_take(&out), false);
		ui_overlay_choices(ui, session);
	}
	ui_follow(ui, session, request == REQUEST_MOVED || request == REQUEST_FORK);
	ui_message(ui, out.len ? buf_take(&out) : NULL, false);
	ui->ask = request == REQUEST_PREDICT ? ASK_PREDICT : ASK_NONE;
	ui->goal |= request == REQUEST_GOAL;
	buf_deinit(&out);
	return true;
}

static void print_screen(const struct session *session, const struct ui *ui)
{
	struct grid *grid = render(session, ui, rows, cols);
	struct buf out = {0};

	grid_text(grid, &out);
	buf_printf(&out, "--- cursor %d,%d, styles:\n", grid->cursor_row, grid->cursor_col);
	grid_styles(grid, &out);
	for (size_t i = 0; i < palette_count; i++)
		if (shown_palettes >> i & 1)
			print_looks(grid, &palettes[i], &out);
	fputs(buf_str(&out), stdout);
	buf_deinit(&out);
	grid_free(grid);
}

int main(int argc, char **argv)
{
	struct session *session = session_create(false);
	struct ui ui = {.frame = UI_FRAMES, .prompt = "> ", .line = ""};
	struct vf_error error = {0};
	struct buf out = {0};
	int status = 0;

	setlocale(LC_ALL, "C.UTF-8"); /* for the widths of characters */
	if (argc < 4 || sscanf(argv[2], "%dx%d", &cols, &rows) != 2) {
		fputs("usage: screen FILE COLSxROWS utf8|ascii [COMMAND]...\n", stderr);
		return 2;
	}
	ui.utf8 = !strcmp(argv[3], "utf8");
	session_set_asks(session, true);
	session_set_screen(session, true);
	if (!session_load(session, argv[1], &out, &error))
		status = failed(&error);
	ui_follow(&ui, session, true);
	for (int i = 4; !status && i < argc; i++)
		if (!type(session, &ui, argv[i], &error))
			status = failed(&error);
	if (!status)
		print_screen(session, &ui);
	buf_deinit(&out);
	ui_deinit(&ui);
	session_free(session);
	return status;
}
