/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/screen.h"

#include <langinfo.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#undef lines

#include "base/alloc.h"
#include "view/keys.h"

/* curses is one terminal a process, and so is this. */
static SCREEN *terminal;
static struct termios modes_before;
static bool have_modes;
static char restore_bytes[256];
static size_t restore_length;
static const struct palette *palette_now;

/* --- opening and closing --------------------------------------------------------- */

/* A capability without its padding, for a handler that can only write(2). */
static void prepare(const char *name)
{
	const char *s = tigetstr(name);

	if (!s || s == (char *)-1)
		return;
	while (*s && restore_length < sizeof(restore_bytes)) {
		if (s[0] == '$' && s[1] == '<' && strchr(s, '>'))
			s = strchr(s, '>') + 1;
		else
			restore_bytes[restore_length++] = *s++;
	}
}

void screen_restore(void)
{
	ssize_t ignored = write(STDOUT_FILENO, restore_bytes, restore_length);

	(void)ignored;
	if (have_modes)
		tcsetattr(STDIN_FILENO, TCSANOW, &modes_before);
}

static bool wants_color(void)
{
	const char *no_color = getenv("NO_COLOR");

	return has_colors() && !(no_color && *no_color);
}

/* What terminals send for Home and End whatever TERM says of them, as tmux does. */
static void define_keys(void)
{
	static const struct {
		const char *bytes;
		int code;
	} table[] = {
		{"\033[1~", KEY_HOME}, {"\033[7~", KEY_HOME}, {"\033[H", KEY_HOME}, {"\033OH", KEY_HOME},
		{"\033[4~", KEY_END},  {"\033[8~", KEY_END},	{"\033[F", KEY_END},  {"\033OF", KEY_END},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!key_defined(table[i].bytes))
			define_key(table[i].bytes, table[i].code);
}

bool screen_open(const struct palette *palette, struct vf_error *error)
{
	const char *term = getenv("TERM"), *cup;

	have_modes = tcgetattr(STDIN_FILENO, &modes_before) == 0;
	terminal = newterm(NULL, stdout, stdin);
	cup = terminal ? tigetstr("cup") : NULL;
	if (!cup || cup == (char *)-1) {
		if (terminal) {
			endwin();
			delscreen(terminal);
			terminal = NULL;
		}
		vf_error_set(error, "the terminal (TERM=%s) cannot move its cursor",
			     term ? term : "");
		vf_error_hint(error, "use vmafork-tui play FILE | cat, or vmafork-tui --batch FILE");
		return false;
	}
	prepare("sgr0");
	prepare("cnorm");
	prepare("rmkx");
	prepare("rmcup");
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	define_keys();
	nodelay(stdscr, TRUE);
	scrollok(stdscr, FALSE);
	intrflush(stdscr, FALSE);
	if (wants_color()) {
		start_color();
		use_default_colors();
	}
	if (!palette)
		palette = palette_for(wants_color() ? COLORS : 0);
	screen_set_palette(palette);
	return true;
}

void screen_close(void)
{
	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

bool screen_utf8(enum glyphs glyphs)
{
	if (glyphs == GLYPHS_AUTO)
		return !strcmp(nl_langinfo(CODESET), "UTF-8");
	return glyphs == GLYPHS_UTF8;
}

/* --- out ---------------------------------------------------------------------------- */

void screen_size(int *rows, int *cols)
{
	getmaxyx(stdscr, *rows, *cols);
}

const struct palette *screen_palette(void)
{
	return palette_now;
}

void screen_set_palette(const struct palette *palette)
{
	palette_now = palette;
	for (int i = 0; i < STYLES && palette->colors && has_colors(); i++) {
		const struct look *look = &palette->looks[i];

		init_pair((short)(i + 1), look->fg < COLORS ? look->fg : -1,
			  look->bg < COLORS ? look->bg : -1);
	}
	screen_forget();
}

static attr_t look_attrs(const struct look *look)
{
	attr_t attrs = A_NORMAL;

	attrs |= look->attrs & LOOK_BOLD ? A_BOLD : 0;
	attrs |= look->attrs & LOOK_DIM ? A_DIM : 0;
	attrs |= look->attrs & LOOK_REVERSE ? A_REVERSE : 0;
	attrs |= look->attrs & LOOK_UNDERLINE ? A_UNDERLINE : 0;
	return attrs;
}

void screen_draw(const struct grid *grid)
{
	bool color = palette_now->colors && has_colors();

	erase();
	for (int row = 0; row < grid->rows; row++) {
		for (int col = 0; col < grid->cols; col++) {
			const struct cell *cell = grid_cell(grid, row, col);
			const struct look *look = &palette_now->looks[cell->style];
			wchar_t text[CELL_CHARS + 1] = {0};
			short pair = color && (look->fg >= 0 || look->bg >= 0)
					     ? (short)(cell->style + 1)
					     : 0;
			cchar_t out;

			if (!cell->width)
				continue;
			memcpy(text, cell->ch, sizeof(cell->ch));
			if (text[0] == L' ' && !cell->style)
				continue; /* erased already */
			if (setcchar(&out, text, look_attrs(look), pair, NULL) == OK)
				mvadd_wch(row, col, &out);
		}
	}
	if (grid->cursor_row >= 0) {
		curs_set(1);
		move(grid->cursor_row, grid->cursor_col);
	} else {
		curs_set(0);
	}
	refresh();
}

void screen_forget(void)
{
	clearok(stdscr, TRUE);
}

/* --- in ------------------------------------------------------------------------------ */

static uint32_t named_key(wint_t code)
{
	static const struct {
		wint_t code;
		uint32_t key;
	} table[] = {
		{KEY_LEFT, UI_KEY_LEFT},   {KEY_RIGHT, UI_KEY_RIGHT},
		{KEY_UP, UI_KEY_UP},	   {KEY_DOWN, UI_KEY_DOWN},
		{KEY_PPAGE, UI_KEY_PAGE_UP}, {KEY_NPAGE, UI_KEY_PAGE_DOWN},
		{KEY_HOME, UI_KEY_HOME},   {KEY_END, UI_KEY_END},
		{KEY_F(1), UI_KEY_F1},	   {KEY_F(2), UI_KEY_F2},
		{KEY_F(5), UI_KEY_F5},	   {KEY_F(6), UI_KEY_F6},
		{KEY_F(8), UI_KEY_F8},	   {KEY_F(9), UI_KEY_F9},
		{KEY_ENTER, '\r'},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].code == code)
			return table[i].key;
	return 0;
}

struct input screen_input(void)
{
	struct input input = {.kind = INPUT_NONE};
	wint_t code;
	int result = wget_wch(stdscr, &code);

	if (result == ERR)
		return input;
	if (result == KEY_CODE_YES && code == KEY_RESIZE) {
		input.kind = INPUT_RESIZE;
		screen_forget();
		return input;
	}
	input.kind = INPUT_KEY;
	if (result == KEY_CODE_YES) {
		char *bytes = keybound((int)code, 0);

		input.key = named_key(code);
		if (code == KEY_ENTER) {
			input.bytes[0] = '\r';
			input.length = 1;
		} else if (bytes && strlen(bytes) < sizeof(input.bytes)) {
			input.length = (int)strlen(bytes);
			memcpy(input.bytes, bytes, (size_t)input.length);
		}
		free(bytes);
	} else {
		mbstate_t state = {0};
		char bytes[MB_LEN_MAX];
		size_t n = wcrtomb(bytes, (wchar_t)code, &state);

		input.key = (uint32_t)code;
		if (n != (size_t)-1 && n <= sizeof(input.bytes)) {
			memcpy(input.bytes, bytes, n);
			input.length = (int)n;
		}
	}
	return input;
}
