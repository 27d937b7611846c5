/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pointing at what the screen shows: the cursor of cells, by keys, and the mouse. */
#include "support/check.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "language/command.h"
#include "outside/kept_settings.h"
#include "tty/app.h"
#include "view/cell_cursor.h"
#include "view/panes.h"

struct stage {
	struct session *session;
	struct app app;
};

static void stage_open(struct stage *stage, const char *file, bool utf8, int rows, int cols)
{
	struct buf line = {0};

	stage->session = session_create(true);
	app_init(&stage->app, stage->session, utf8, false);
	stage->app.rows = rows;
	stage->app.cols = cols;
	buf_printf(&line, "load %s", file);
	app_command(&stage->app, buf_str(&line));
	assert_false(stage->app.ui.error);
	app_key(&stage->app, UI_KEY_END, true);
	buf_deinit(&line);
}

static void stage_close(struct stage *stage)
{
	app_deinit(&stage->app);
	session_free(stage->session);
}

static struct grid *draw(const struct stage *stage)
{
	return render(stage->session, &stage->app.ui, stage->app.rows, stage->app.cols);
}

/* How many cells look like the one under the cursor; the place of the last. */
static unsigned pointed(const struct grid *grid, int *row, int *col)
{
	unsigned n = 0;

	for (int i = 0; i < grid->rows * grid->cols; i++)
		if (grid->cells[i].style == STYLE_POINTED) {
			*row = i / grid->cols;
			*col = i % grid->cols;
			n++;
		}
	return n;
}

/* The character of the cell is that of the cell without the cursor. */
static wchar_t character(const struct grid *grid, int row, int col)
{
	return grid_cell(grid, row, col)->ch[0];
}

/* Each cell of each grid can be pointed at, and that one alone is marked. */
static void check_cells(const char *file, bool utf8, int rows, int cols)
{
	struct stage stage;
	struct grid *grid;
	unsigned cells = 0;

	stage_open(&stage, file, utf8, rows, cols);
	grid = draw(&stage);
	for (size_t i = 0; i < grid->spots.n; i++) {
		const struct hotspot *spot = &grid->spots.v[i];

		for (int col = spot->col; spot->kind == SPOT_CELLS && col < spot->col + spot->cols; col++) {
			struct grid *with;
			int at_row = -1, at_col = -1;

			assert_true(cell_cursor_put(&stage.app.ui, stage.session, rows, cols, spot->row, col));
			with = draw(&stage);
			if (pointed(with, &at_row, &at_col) != 1 || at_row != spot->row || at_col != col)
				fail_msg("%s, %dx%d: %d,%d is marked at %d,%d", file, cols, rows, spot->row,
					 col, at_row, at_col);
			assert_int_equal(character(with, at_row, at_col), character(grid, at_row, at_col));
			grid_free(with);
			cells++;
		}
	}
	if (cells < 16)
		fail_msg("%s, %dx%d: %u cells", file, cols, rows, cells);
	grid_free(grid);
	stage_close(&stage);
}

static void test_each_cell_can_be_pointed_at(void **state)
{
	static const char *const files[] = {"tests/data/flag.vma", "tests/data/mixed.vma", "tests/data/huge.vma",
					    "tests/data/layout.vma", "tests/data/vfork.vma"};
	static const int sizes[][2] = {{24, 80}, {40, 120}, {30, 60}, {60, 200}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		for (size_t k = 0; k < (SANITIZED ? 1 : ARRAY_SIZE(sizes)); k++)
			check_cells(files[i], (i + k) % 2, sizes[k][0], sizes[k][1]);
}

/* To the right through both processes of both sides, and back the same way. */
static void test_the_cursor_walks_over_all_grids(void **state)
{
	struct stage stage;
	unsigned steps = 0, grids = 0;
	struct cell_cursor first, now = {0}, last;

	(void)state;
	stage_open(&stage, "tests/data/flag.vma", true, 40, 120);
	app_key(&stage.app, UI_KEY_SHIFT_RIGHT, false); /* while something is typed, too */
	first = last = now = stage.app.ui.cell;
	assert_true(first.shown && first.side == LEFT && !first.child);
	for (; !stage.app.ui.message && steps < 1000; steps++, last = now) {
		app_key(&stage.app, UI_KEY_SHIFT_RIGHT, true);
		now = stage.app.ui.cell;
		grids += now.side != last.side || now.child != last.child;
	}
	assert_non_null(strstr(stage.app.ui.message, "no cell"));
	/* the left child has no table: 16 cells each of the left parent, the right one, its child */
	assert_int_equal(steps, 48);
	assert_int_equal(grids, 2);
	assert_true(now.side == RIGHT && now.child);
	ui_message(&stage.app.ui, NULL, false);
	for (steps = 0; !stage.app.ui.message && steps < 1000; steps++)
		app_key(&stage.app, UI_KEY_SHIFT_LEFT, true);
	assert_int_equal(steps, 48);
	now = stage.app.ui.cell;
	assert_true(now.shown == first.shown && now.side == first.side && now.child == first.child &&
		    now.page == first.page);
	stage_close(&stage);
}

/* Below the last row, the pages that follow come into view, up to the end of the VMA. */
static void test_the_window_follows_the_cursor(void **state)
{
	struct stage stage;
	const struct mm *mm;
	unsigned rows = 0;

	(void)state;
	stage_open(&stage, "tests/data/nofork.vma", true, 24, 80);
	app_command(&stage.app, "vma long anon 8M at 0x2000000000");
	app_command(&stage.app, "touch long");
	app_command(&stage.app, "look long 0");
	for (int i = 0; i < 3; i++)
		app_key(&stage.app, 'Z', true); /* one PTE table */
	app_command(&stage.app, "look long 0");
	app_key(&stage.app, UI_KEY_SHIFT_DOWN, true);
	mm = session_machine(stage.session, LEFT)->parent;
	assert_int_equal(stage.app.ui.cell.page, address_page(mm, 0x2000000000));
	for (ui_message(&stage.app.ui, NULL, false); !stage.app.ui.message && rows < 5000; rows++) {
		struct grid *grid = draw(&stage);
		int row, col;

		assert_int_equal(pointed(grid, &row, &col), 1);
		grid_free(grid);
		app_key(&stage.app, UI_KEY_SHIFT_DOWN, true);
	}
	/* the last row that begins in the VMA: 16 cells of at most 16 pages */
	assert_in_range(stage.app.ui.cell.page, address_page(mm, 0x2000000000) + 2048 - 256,
			address_page(mm, 0x2000000000) + 2047);
	assert_true(rows >= 8);
	for (ui_message(&stage.app.ui, NULL, false); !stage.app.ui.message && rows < 10000; rows++)
		app_key(&stage.app, UI_KEY_SHIFT_UP, true);
	assert_int_equal(stage.app.ui.cell.page, address_page(mm, 0x2000000000));
	stage_close(&stage);
}

/* Without Shift, and the question: W, or Enter while the arrows move the cursor. */
static void test_keys_without_shift(void **state)
{
	struct stage stage;
	size_t at;
	uint64_t page;

	(void)state;
	stage_open(&stage, "tests/data/flag.vma", true, 24, 80);
	at = session_timeline(stage.session)->at;
	app_key(&stage.app, 'W', true);
	assert_true(stage.app.ui.cell.shown && !stage.app.ui.overlay.open);
	assert_false(app_key(&stage.app, '\r', true)); /* it is the prompt's */
	app_key(&stage.app, '.', true);
	page = stage.app.ui.cell.page;
	app_key(&stage.app, UI_KEY_RIGHT, true);
	assert_int_equal(stage.app.ui.cell.page, page + 1);
	assert_int_equal(session_timeline(stage.session)->at, at);
	assert_false(app_key(&stage.app, UI_KEY_RIGHT, false)); /* a line is being typed */
	app_key(&stage.app, '\r', true);
	assert_non_null(strstr(stage.app.ui.overlay.text, "vma_needs_copy(mem) is true"));
	assert_string_equal(stage.app.ui.overlay.title, "why mem 1");
	app_key(&stage.app, 27, true);
	assert_true(stage.app.ui.cell.arrows);
	app_key(&stage.app, 27, true);
	assert_false(stage.app.ui.cell.shown);
	app_key(&stage.app, UI_KEY_LEFT, true); /* time again */
	assert_int_equal(session_timeline(stage.session)->at, at - 1);
	stage_close(&stage);
}

static void click(struct stage *stage, int row, int col)
{
	app_mouse(&stage->app, &(struct mouse){MOUSE_CLICK, row, col});
}

/* The first spot of that kind that is not about the address. */
static struct hotspot some_spot(const struct stage *stage, enum spot_kind kind, uint64_t not)
{
	struct grid *grid = draw(stage);
	struct hotspot spot = {.cols = 0};

	for (size_t i = grid->spots.n; i-- > 0;)
		if (grid->spots.v[i].kind == kind && (kind != SPOT_VMA || grid->spots.v[i].address != not))
			spot = grid->spots.v[i];
	grid_free(grid);
	assert_true(spot.cols > 0);
	return spot;
}

static void test_the_mouse(void **state)
{
	static const int sizes[][2] = {{24, 80}, {40, 120}, {60, 200}};
	struct stage stage;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct hotspot spot;
		size_t at;

		stage_open(&stage, "tests/data/mixed.vma", true, sizes[i][0], sizes[i][1]);
		spot = some_spot(&stage, SPOT_CELLS, 0);
		click(&stage, spot.row, spot.col);
		assert_false(stage.app.ui.cell.shown); /* not unless it is on */
		session_set_settings(stage.session, (struct settings){.mouse = true});
		at = session_timeline(stage.session)->at;
		/* a strip, or a list */
		spot = some_spot(&stage, SPOT_VMA, stage.app.ui.focus);
		click(&stage, spot.row, spot.col + spot.cols - 1);
		assert_int_equal(stage.app.ui.focus, spot.address);
		spot = some_spot(&stage, SPOT_CELLS, 0);
		click(&stage, spot.row, spot.col);
		assert_true(stage.app.ui.message || stage.app.ui.overlay.open);
		assert_true(stage.app.ui.cell.shown);
		/* over a text, the wheel scrolls; time stays */
		app_mouse(&stage.app, &(struct mouse){MOUSE_WHEEL_UP, 3, 3});
		app_key(&stage.app, 27, true);
		app_key(&stage.app, 27, true);
		session_seek(stage.session, at, 0);
		app_mouse(&stage.app, &(struct mouse){MOUSE_WHEEL_UP, 3, 3});
		app_mouse(&stage.app, &(struct mouse){MOUSE_WHEEL_UP, 3, 3});
		assert_int_equal(session_timeline(stage.session)->at, at - 2);
		app_mouse(&stage.app, &(struct mouse){MOUSE_WHEEL_DOWN, 3, 3});
		assert_int_equal(session_timeline(stage.session)->at, at - 1);
		click(&stage, 0, 0); /* nothing is there */
		app_mouse(&stage.app, &(struct mouse){MOUSE_OTHER, spot.row, spot.col});
		assert_int_equal(session_timeline(stage.session)->at, at - 1);
		stage_close(&stage);
	}
}

static void says_title(const struct stage *stage, const char *begin)
{
	const char *title = session_story(stage->session)->title;

	assert_true(title && !strncmp(title, begin, strlen(begin)));
}

/* A line that can be chosen; a click beside the lines closes the text. */
static void test_the_mouse_chooses_a_line(void **state)
{
	struct stage stage;
	struct hotspot spot;

	(void)state;
	stage_open(&stage, "tests/data/flag.vma", true, 40, 120);
	session_set_settings(stage.session, (struct settings){.mouse = true});
	app_command(&stage.app, "table v6.18 v6.19-rc1");
	assert_true(stage.app.ui.overlay.choice_count > 2);
	click(&stage, 0, 0);
	assert_false(stage.app.ui.overlay.open);
	app_command(&stage.app, "table v6.18 v6.19-rc1");
	spot = some_spot(&stage, SPOT_CHOICE, 0);
	click(&stage, spot.row, spot.col + 1);
	assert_false(stage.app.ui.overlay.open);
	says_title(&stage, "v6.18 and v6.19-rc1, row ");
	stage_close(&stage);
}

static void test_reports_of_mice(void **state)
{
	static const struct {
		const char *bytes;
		bool is;
		struct mouse mouse;
	} reports[] = {
		{"\033[<0;1;1M", true, {MOUSE_CLICK, 0, 0}},
		{"\033[<0;1;1m", true, {MOUSE_OTHER, 0, 0}},
		{"\033[<0;300;80M", true, {MOUSE_CLICK, 79, 299}},
		{"\033[<16;5;6M", true, {MOUSE_CLICK, 5, 4}},
		{"\033[<2;5;6M", true, {MOUSE_OTHER, 5, 4}},
		{"\033[<32;5;6M", true, {MOUSE_OTHER, 5, 4}},
		{"\033[<64;5;6M", true, {MOUSE_WHEEL_UP, 5, 4}},
		{"\033[<65;5;6M", true, {MOUSE_WHEEL_DOWN, 5, 4}},
		{"\033[<66;5;6M", true, {MOUSE_OTHER, 5, 4}},
		{"\033[<64;5;6m", true, {MOUSE_OTHER, 5, 4}},
		{"\033[M !!", true, {MOUSE_CLICK, 0, 0}},
		{"\033[M#!!", true, {MOUSE_OTHER, 0, 0}},
		{"\033[M`+*", true, {MOUSE_WHEEL_UP, 9, 10}},
		{"\033[M", false, {0}},
		{"\033[M !", false, {0}},
		{"\033[<0;0;1M", false, {0}},
		{"\033[<0;1M", false, {0}},
		{"\033[<0;1;1Mx", false, {0}},
		{"\033[<0;999999;1M", false, {0}},
		{"\033[1;2A", false, {0}},
		{"x", false, {0}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
		struct mouse mouse = {0};

		if (mouse_parse(reports[i].bytes, strlen(reports[i].bytes), &mouse) != reports[i].is ||
		    (reports[i].is && memcmp(&mouse, &reports[i].mouse, sizeof(mouse)) != 0))
			fail_msg("report %zu: action %d at %d,%d", i, (int)mouse.action, mouse.row, mouse.col);
	}
}

/* --- what is kept -------------------------------------------------------------------------- */

static void write_settings(const char *text)
{
	char *path = state_path("settings");
	struct vf_error error;

	assert_true(write_file(path, text, strlen(text), &error));
	free(path);
}

static void test_settings_are_kept(void **state)
{
	char folder[] = "/tmp/vmafork-settings-XXXXXX", *path;
	struct settings settings, read;
	struct vf_error error;
	struct buf where = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	setenv("XDG_STATE_HOME", folder, 1);
	assert_false(settings_load(&read, &error)); /* there are none */
	assert_string_equal(error.message, "");
	for (unsigned i = 0; i < 2 * vocab_palette.n; i++) {
		settings = (struct settings){i / 2, i % 2};
		assert_true(settings_keep(&settings, &where, &error));
		assert_true(settings_load(&read, &error));
		assert_int_equal(read.palette, settings.palette);
		assert_int_equal(read.mouse, settings.mouse);
	}
	write_settings("# mine\n\nmouse on\n");
	assert_true(settings_load(&read, &error));
	assert_true(read.mouse && !read.palette);
	write_settings("mouse on\npalette purple\n");
	assert_false(settings_load(&read, &error));
	assert_int_equal(error.line, 2);
	assert_non_null(strstr(error.message, "not a setting: palette purple"));
	assert_false(read.mouse);
	path = state_path("settings");
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(folder);
	free(path);
	buf_deinit(&where);
}

/* The language names each palette, and no other. */
static void test_palettes_have_their_words(void **state)
{
	(void)state;
	assert_int_equal(vocab_palette.n, palette_count + 1);
	for (size_t i = 0; i < palette_count; i++)
		assert_true(vocabulary_find(&vocab_palette, palettes[i].name, false) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_cell_can_be_pointed_at),
		cmocka_unit_test(test_the_cursor_walks_over_all_grids),
		cmocka_unit_test(test_the_window_follows_the_cursor),
		cmocka_unit_test(test_keys_without_shift),
		cmocka_unit_test(test_the_mouse),
		cmocka_unit_test(test_the_mouse_chooses_a_line),
		cmocka_unit_test(test_reports_of_mice),
		cmocka_unit_test(test_settings_are_kept),
		cmocka_unit_test(test_palettes_have_their_words),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("pointing", tests, NULL, NULL);
}
