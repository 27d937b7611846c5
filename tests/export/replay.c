/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays what was recorded in a terminal, libvterm: after each event it shows the grid that
 * was drawn then, its characters and its colors.
 *
 *   replay PALETTE COLSxROWS FILE...
 */
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vterm.h>

#include "base/alloc.h"
#include "session/session.h"
#include "tty/record.h"
#include "view/panes.h"

/* --- recording ----------------------------------------------------------------------------- */

/* The grids that were drawn; the recording has an event for each. */
struct drawn {
	struct grid **v;
	size_t n, cap;
};

static bool is_same_grid(const struct grid *a, const struct grid *b)
{
	return !memcmp(a->cells, b->cells, (size_t)a->rows * (size_t)a->cols * sizeof(*a->cells));
}

static void draw(struct recorder *recorder, const char *path, struct drawn *drawn,
		 const struct palette *palette, struct grid *grid)
{
	record_screen(recorder, path, grid, palette, (double)drawn->n);
	if (drawn->n && is_same_grid(drawn->v[drawn->n - 1], grid)) {
		grid_free(grid);
		return;
	}
	GROW(drawn->v, drawn->n, drawn->cap);
	drawn->v[drawn->n++] = grid;
}

/* The whole time line forth, with what moves, and back. */
static void record(struct session *session, const char *path, const struct palette *palette,
		   int rows, int cols, struct drawn *drawn)
{
	struct ui ui = {.utf8 = true, .prompt = "> ", .line = ""};
	struct recorder recorder = {.style = -1};
	size_t count = session_timeline(session)->count;

	for (size_t i = 0; i <= 2 * count; i++) {
		session_seek(session, i <= count ? i : 2 * count - i, 0);
		ui_follow(&ui, session, true);
		for (ui.frame = i <= count ? 0 : UI_FRAMES; ui.frame <= UI_FRAMES; ui.frame += 8)
			draw(&recorder, path, drawn, palette, render(session, &ui, rows, cols));
	}
	record_close(&recorder);
	ui_deinit(&ui);
}

/* --- replaying ----------------------------------------------------------------------------- */

static bool is_color(const VTermColor *color, int wanted, bool background)
{
	if (wanted < 0)
		return background ? VTERM_COLOR_IS_DEFAULT_BG(color) : VTERM_COLOR_IS_DEFAULT_FG(color);
	return VTERM_COLOR_IS_INDEXED(color) && color->indexed.idx == wanted;
}

static bool is_shown(const VTermScreenCell *seen, const struct cell *cell, const struct look *look)
{
	wchar_t c = seen->chars[0] ? (wchar_t)seen->chars[0] : L' ';

	return c == cell->ch[0] && is_color(&seen->fg, look->fg, false) &&
	       is_color(&seen->bg, look->bg, true) && seen->attrs.bold == !!(look->attrs & LOOK_BOLD) &&
	       !!seen->attrs.underline == !!(look->attrs & LOOK_UNDERLINE) &&
	       seen->attrs.reverse == !!(look->attrs & LOOK_REVERSE);
}

static bool check_screen(VTermScreen *screen, const struct grid *grid, const struct palette *palette,
			 size_t event)
{
	for (int row = 0; row < grid->rows; row++)
		for (int col = 0; col < grid->cols; col++) {
			const struct cell *cell = grid_cell(grid, row, col);
			VTermScreenCell seen;

			vterm_screen_get_cell(screen, (VTermPos){row, col}, &seen);
			if (cell->width && !is_shown(&seen, cell, &palette->looks[cell->style])) {
				printf("event %zu, row %d, column %d: U+%04X for U+%04X of style %c\n",
				       event, row, col, seen.chars[0], (unsigned)cell->ch[0],
				       style_letters[cell->style]);
				return false;
			}
		}
	return true;
}

/* Plays one line of the recording; false: it is no event of output. */
static bool play(VTerm *vt, const char *line)
{
	json_t *event = json_loads(line, 0, NULL);
	const char *kind = json_string_value(json_array_get(event, 1));
	const char *text = json_string_value(json_array_get(event, 2));
	bool ok = kind && !strcmp(kind, "o") && text;

	if (ok)
		vterm_input_write(vt, text, strlen(text));
	json_decref(event);
	return ok;
}

static bool replay(FILE *file, const struct drawn *drawn, const struct palette *palette)
{
	VTerm *vt = vterm_new(drawn->v[0]->rows, drawn->v[0]->cols);
	VTermScreen *screen = vterm_obtain_screen(vt);
	char *line = NULL;
	size_t size = 0, events = 0;
	bool ok;

	vterm_set_utf8(vt, 1);
	vterm_screen_reset(screen, 1);
	ok = getline(&line, &size, file) > 0 && strstr(line, "\"version\": 2");
	for (; ok && getline(&line, &size, file) > 0; events++)
		ok = play(vt, line) && events < drawn->n &&
		     check_screen(screen, drawn->v[events], palette, events);
	if (ok && events != drawn->n) {
		printf("%zu events for %zu screens\n", events, drawn->n);
		ok = false;
	}
	free(line);
	vterm_free(vt);
	return ok;
}

/* --- a scenario ---------------------------------------------------------------------------- */

static bool check_file(const char *path, const struct palette *palette, int rows, int cols)
{
	struct session *session = session_create(true);
	char cast[] = "/tmp/vmafork-replay-XXXXXX";
	struct drawn drawn = {0};
	struct buf out = {0};
	struct vf_error error;
	int fd = mkstemp(cast);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	bool ok = file && session_load(session, path, &out, &error);

	if (ok) {
		record(session, cast, palette, rows, cols, &drawn);
		ok = replay(file, &drawn, palette);
	}
	printf("%s  %s: %zu screens, %s, %dx%d\n", ok ? "ok  " : "FAIL", path, drawn.n, palette->name,
	       cols, rows);
	for (size_t i = 0; i < drawn.n; i++)
		grid_free(drawn.v[i]);
	free(drawn.v);
	if (file)
		fclose(file);
	unlink(cast);
	buf_deinit(&out);
	session_free(session);
	return ok;
}

int main(int argc, char **argv)
{
	const struct palette *palette = argc > 3 ? palette_find(argv[1]) : NULL;
	int rows, cols, status = 0;

	setlocale(LC_ALL, "C.UTF-8");
	if (!palette || sscanf(argv[2], "%dx%d", &cols, &rows) != 2) {
		fputs("usage: replay PALETTE COLSxROWS FILE...\n", stderr);
		return 2;
	}
	for (int i = 3; i < argc; i++)
		if (!check_file(argv[i], palette, rows, cols))
			status = 1;
	return status;
}
