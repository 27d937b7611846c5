/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Palettes, grids and layouts, without a session. */
#include "support/check.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "language/command.h"
#include "view/grid.h"
#include "view/keys.h"
#include "view/layout.h"
#include "view/palette.h"

static void test_monochrome(void **state)
{
	const struct palette *mono = palette_for(0);

	(void)state;
	assert_non_null(mono);
	assert_int_equal(mono->colors, 0);
	for (size_t i = 0; i < STYLES; i++) {
		assert_int_equal(mono->looks[i].fg, -1);
		assert_int_equal(mono->looks[i].bg, -1);
	}
	/* Without colors these must still be visible. */
	assert_true(mono->looks[STYLE_ACTIVE].attrs);
	assert_true(mono->looks[STYLE_DIFFERS].attrs);
	assert_true(mono->looks[STYLE_CURRENT].attrs);
}

static void test_palettes(void **state)
{
	(void)state;
	assert_true(palette_count >= 2);
	for (size_t i = 0; i < palette_count; i++) {
		assert_ptr_equal(palette_find(palettes[i].name), &palettes[i]);
		for (size_t s = 0; s < STYLES; s++) {
			assert_true(palettes[i].looks[s].fg < palettes[i].colors);
			assert_true(palettes[i].looks[s].bg < palettes[i].colors);
		}
	}
	for (int colors = 0; colors <= 256; colors++)
		assert_true(palette_for(colors)->colors <= colors);
	assert_null(palette_find("no such palette"));
}

/* Colors of xterm from 16 on: a cube and a ramp of grays; sRGB, as WCAG 2 computes contrast. */
static double channel(int value)
{
	double part = value / 255.0;

	return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(int color)
{
	static const int steps[] = {0, 95, 135, 175, 215, 255};
	int gray = 8 + (color - 232) * 10, cube = color - 16;

	assert_true(color >= 16 && color < 256);
	if (color >= 232)
		return channel(gray);
	return 0.2126 * channel(steps[cube / 36]) + 0.7152 * channel(steps[cube / 6 % 6]) +
	       0.0722 * channel(steps[cube % 6]);
}

static void check_contrast(const char *name, double background)
{
	const struct palette *palette = palette_find(name);

	assert_non_null(palette);
	for (size_t i = 0; i < STYLES; i++) {
		struct look look = palette->looks[i];
		double fg = look.fg < 0 ? (background > 0.5 ? 0 : 1) : luminance(look.fg);
		double bg = look.bg < 0 ? background : luminance(look.bg), high = fg > bg ? fg : bg;
		double low = fg > bg ? bg : fg;

		if ((high + 0.05) / (low + 0.05) < 4.5)
			fail_msg("%s: style %c has a contrast of %.2f", name, style_letters[i],
				 (high + 0.05) / (low + 0.05));
	}
}

static void test_contrast(void **state)
{
	(void)state;
	check_contrast("light", 1);
	check_contrast("dark", 0);
	check_contrast("projector", 0);
}

static void test_style_letters(void **state)
{
	(void)state;
	for (size_t i = 0; i < STYLES; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(style_letters[i], style_letters[j]);
}

static void assert_line(const char *text, const char *line)
{
	struct grid *grid = grid_create(1, 8, true);
	struct buf out = { 0 };

	put(area_all(grid), 0, 0, STYLE_NORMAL, text);
	grid_text(grid, &out);
	assert_string_equal(buf_str(&out), line);
	buf_deinit(&out);
	grid_free(grid);
}

static void test_what_reaches_a_cell(void **state)
{
	(void)state;
	assert_line("abc", "abc\n");
	assert_line("0123456789", "01234567\n");
	assert_line("\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac\n");
	/* a wide character that would be cut in half is left out */
	assert_line("0123456\xe4\xb8\xad", "0123456\n");
	assert_line("\xe4\xb8\xad!", "\xe4\xb8\xad!\n");
	/* control characters, and bytes that are no UTF-8 */
	assert_line("a\033[31mb", "a\xef\xbf\xbd[31mb\n");
	assert_line("\xff", "\xef\xbf\xbd\n");
}

static void test_text_columns(void **state)
{
	(void)state;
	assert_int_equal(text_columns(""), 0);
	assert_int_equal(text_columns("abc"), 3);
	assert_int_equal(text_columns("\xe4\xb8\xad"), 2);
	assert_int_equal(wrapped_rows("one two three", 8), 2);
	assert_int_equal(wrapped_rows("abcdefghij", 4), 3);
}

static void assert_row(struct grid *grid, const char *wanted)
{
	struct buf out = {0};

	grid_text(grid, &out);
	assert_string_equal(buf_str(&out), wanted);
	buf_deinit(&out);
	area_fill(area_all(grid), STYLE_NORMAL);
}

/* What does not fit is left out as a whole, and that is marked after a blank. */
static void test_what_is_left_out(void **state)
{
	static const char *const parts[] = {"384000 entries", "753 tables", "2.9M"};
	static const struct {
		int cols;
		const char *wanted;
	} table[] = {
		{32, "384000 entries, 753 tables, 2.9M\n"}, {31, "384000 entries, 753 tables ..\n"},
		{29, "384000 entries, 753 tables ..\n"},    {28, "384000 entries ..\n"},
		{17, "384000 entries ..\n"},		    {16, " ..\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct grid *grid = grid_create(1, table[i].cols, false);

		put_parts(area_all(grid), 0, 0, grid->cols, STYLE_NORMAL, parts, 3, ", ");
		assert_row(grid, table[i].wanted);
		put(area_all(grid), 0, 0, STYLE_NORMAL, "abcdef 12345678901234567890123456789012345");
		put_more(area_all(grid));
		assert_row(grid, "abcdef ..\n");
		grid_free(grid);
	}
}

static void assert_wrapped(struct wrap wrap, const char *wanted)
{
	struct wrap again = wrap;
	struct buf out = {0};
	struct wrapped row;
	int rows = 0;

	for (; wrap_next(&again, &row); rows++) {
		buf_printf(&out, "%*s", row.col, "");
		buf_add(&out, row.text, row.length);
		buf_putc(&out, '|');
	}
	assert_string_equal(buf_str(&out), wanted);
	assert_int_equal(wrap_rows(wrap), rows);
	buf_deinit(&out);
}

/* The rest of a line is indented deeper than its start. */
static void test_hanging_rows(void **state)
{
	(void)state;
	assert_wrapped((struct wrap){.at = "  one two three\nfour five\n\nsix", .cols = 9, .hanging = true},
		       "  one two|    three|four five||six|");
	assert_wrapped((struct wrap){.at = "  one two three\nfour five", .cols = 9}, "  one two|three|four five|");
	/* exactly full: the next line is no continuation */
	assert_wrapped((struct wrap){.at = "123456789 \n  abc", .cols = 9, .hanging = true}, "123456789|  abc|");
	/* without room for it */
	assert_wrapped((struct wrap){.at = "     ab cd", .cols = 8, .hanging = true}, "     ab|cd|");
	assert_wrapped((struct wrap){.at = "", .cols = 8, .hanging = true}, "");
	assert_wrapped((struct wrap){.at = "abc", .cols = 1, .hanging = true}, "a|b|c|");
}

static bool inside(const struct box *box, int rows, int cols)
{
	return !box->rows || (box->row >= 0 && box->col >= 0 && box->rows > 0 && box->cols >= 0 &&
			      box->row + box->rows <= rows && box->col + box->cols <= cols);
}

static bool overlap(const struct box *a, const struct box *b)
{
	return a->rows > 0 && b->rows > 0 && a->cols > 0 && b->cols > 0 &&
	       a->row < b->row + b->rows && b->row < a->row + a->rows &&
	       a->col < b->col + b->cols && b->col < a->col + a->cols;
}

static void check_layout(int rows, int cols, size_t vmas, int story, int goal)
{
	struct layout l = layout_make(rows, cols, vmas, story, goal);
	const struct box *boxes[] = { &l.title, &l.vmas, &l.step, &l.time, &l.message, &l.keys,
				      &l.prompt, &l.side[0], &l.side[1], &l.between, &l.goal };
	size_t n = sizeof(boxes) / sizeof(boxes[0]);

	for (size_t i = 0; i < n; i++) {
		assert_true(inside(boxes[i], rows, cols));
		for (size_t j = 0; j < i; j++) {
			bool shared = (boxes[i] == &l.message && boxes[j] == &l.step) ||
				      (l.shown == SIDES_ONE && boxes[i] == &l.side[1] && boxes[j] == &l.side[0]);

			if (!shared && overlap(boxes[i], boxes[j])) {
				print_error("%dx%d, %zu VMAs, story %d: boxes %zu and %zu overlap\n",
					    cols, rows, vmas, story, j, i);
				fail();
			}
		}
	}
	assert_int_equal(l.prompt.rows, 1); /* it stays alive at any size */
	assert_int_equal(l.prompt.row, rows - 1);
}

static void test_layouts(void **state)
{
	(void)state;
	for (int rows = 1; rows <= 100; rows++)
		for (int cols = 1; cols <= 300; cols += 3)
			for (size_t vmas = 0; vmas < 1000; vmas = vmas * 3 + 1)
				for (int story = 0; story < 12; story += 3)
					check_layout(rows, cols, vmas, story, story);
}

static void test_keys(void **state)
{
	(void)state;
	assert_int_equal(key_action(UI_KEY_RIGHT, true), ACTION_STEP);
	assert_int_equal(key_action(UI_KEY_RIGHT, false), ACTION_NONE);
	assert_int_equal(key_action('?', false), ACTION_NONE);
	assert_int_equal(key_action(UI_KEY_F5, false), ACTION_CHECK_LEFT);
	for (size_t i = 0; i < COMMANDS; i++) /* no key is a letter that begins a command */
		assert_int_equal(key_action((uint32_t)commands[i].name[0], true), ACTION_NONE);
	assert_int_equal(key_action('Z', true), ACTION_ZOOM);
	assert_int_equal(key_action(UI_KEY_PAGE_DOWN, true), ACTION_LOOK_ON);
	for (size_t i = 0; i < key_binding_count; i++) /* no key twice */
		for (size_t k = 0; k < 4 && key_bindings[i].keys[k].key; k++)
			assert_int_equal(key_action(key_bindings[i].keys[k].key, true),
					 key_bindings[i].keys[k].action);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_monochrome),
		cmocka_unit_test(test_palettes),
		cmocka_unit_test(test_contrast),
		cmocka_unit_test(test_style_letters),
		cmocka_unit_test(test_what_reaches_a_cell),
		cmocka_unit_test(test_text_columns),
		cmocka_unit_test(test_hanging_rows),
		cmocka_unit_test(test_what_is_left_out),
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_keys),
	};

	setlocale(LC_ALL, "C.UTF-8"); /* for the widths of characters */
	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
