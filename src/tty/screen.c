/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/screen.h"

#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#undef lines

#include "base/alloc.h"
#include "base/utf8.h"
#include "tty/modes.h"
#include "tty/sequence.h"
#include "view/keys.h"

#define SEQUENCE_MS 100 /* the longest wait for the rest of a control sequence */

/* curses has one terminal for each process, and so does this file. */
static SCREEN *terminal;
static struct termios modes_before;
static bool have_modes;
static char restore_bytes[256];
static size_t restore_length;
static const struct palette *palette_now;
static bool pasting;

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

/* Before curses opens the terminal: that ends the program where memory runs out. */
static void prepare_all(void)
{
	int status;

	restore_length = 0;
	if (setupterm(NULL, STDOUT_FILENO, &status) != OK)
		return;
	prepare("sgr0");
	prepare("cnorm");
	prepare("rmkx");
	prepare("rmcup");
	del_curterm(cur_term);
}

void screen_unstop(void)
{
	tcflow(STDOUT_FILENO, TCOOFF);
	tcflow(STDOUT_FILENO, TCOON);
}

/* Nobody may read what it shows any more: nothing here waits. */
void screen_restore(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	ssize_t ignored;

	screen_unstop();
	if (flags >= 0)
		fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
	modes_restore();
	ignored = write(STDOUT_FILENO, restore_bytes, restore_length);
	(void)ignored;
	if (flags >= 0)
		fcntl(STDOUT_FILENO, F_SETFL, flags);
	if (have_modes)
		tcsetattr(STDIN_FILENO, TCSANOW, &modes_before);
}

static bool wants_color(void)
{
	const char *no_color = getenv("NO_COLOR");

	return has_colors() && !(no_color && *no_color);
}

/* What terminals send for these keys, whatever TERM says, as tmux does. */
static void define_keys(void)
{
	static const struct {
		const char *bytes;
		int code;
	} table[] = {
		{"\033[1~", KEY_HOME}, {"\033[7~", KEY_HOME}, {"\033[H", KEY_HOME}, {"\033OH", KEY_HOME},
		{"\033[4~", KEY_END},  {"\033[8~", KEY_END},	{"\033[F", KEY_END},  {"\033OF", KEY_END},
		{"\033[5~", KEY_PPAGE}, {"\033[6~", KEY_NPAGE},
		{"\033[1;2D", KEY_SLEFT}, {"\033[1;2C", KEY_SRIGHT}, {"\033[1;2A", KEY_SR}, {"\033[1;2B", KEY_SF},
	};

	define_key(NULL, KEY_MOUSE); /* its reports are read here: see next_input() */

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!key_defined(table[i].bytes))
			define_key(table[i].bytes, table[i].code);
}

/*
 * COLUMNS may say anything, and the terminal knows. Without use_env(FALSE): with it a size
 * that changes while another program runs is not noticed (ncurses 6.4).
 */
static void ignore_size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col || !size.ws_row)
		return;
	unsetenv("COLUMNS");
	unsetenv("LINES");
}

bool screen_open(const struct palette *palette, struct vf_error *error)
{
	const char *term = getenv("TERM"), *cup;

	have_modes = tcgetattr(STDIN_FILENO, &modes_before) == 0;
	prepare_all();
	ignore_size();
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
		vf_error_hint(error, "use vmafork-tui --plain, or vmafork-tui --batch FILE");
		return false;
	}
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
		palette = screen_default_palette();
	screen_set_palette(palette);
	if (!strncmp(cup, "\033[", 2)) /* others would show what they do not know */
		modes_open();
	return true;
}

void screen_close(void)
{
	if (!terminal)
		return;
	modes_close();
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

const struct palette *screen_default_palette(void)
{
	return palette_for(wants_color() ? COLORS : 0);
}

bool screen_fits(const struct palette *palette)
{
	return palette->colors <= (wants_color() ? COLORS : 0);
}

void screen_set_mouse(bool on)
{
	modes_set_mouse(on);
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

/* curses ignores SIGTSTP while it writes: it waits instead, so that no Ctrl-Z is lost. */
static void write_out(void)
{
	sigset_t stop, before;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigprocmask(SIG_BLOCK, &stop, &before);
	refresh();
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void screen_draw(const struct grid *grid)
{
	bool color = palette_now->colors && has_colors();
	static int rows, cols; /* of the last one */

	/* ncurses 6.4 may take a size over in two steps, the second without KEY_RESIZE. */
	if (grid->rows != rows || grid->cols != cols)
		screen_forget();
	rows = grid->rows;
	cols = grid->cols;
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
				continue; /* already erased */
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
	write_out();
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
		{KEY_SLEFT, UI_KEY_SHIFT_LEFT}, {KEY_SRIGHT, UI_KEY_SHIFT_RIGHT},
		{KEY_SR, UI_KEY_SHIFT_UP},  {KEY_SF, UI_KEY_SHIFT_DOWN},
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

static struct input input_of(uint32_t key, const char *bytes, size_t length)
{
	struct input input = {.kind = INPUT_KEY, .key = key};

	if (length <= sizeof(input.bytes)) {
		memcpy(input.bytes, bytes, length);
		input.length = (int)length;
	}
	return input;
}

static struct input named_input(wint_t code)
{
	char *bytes = code == KEY_ENTER ? NULL : keybound((int)code, 0);
	struct input input = code == KEY_ENTER ? input_of('\r', "\r", 1)
					       : input_of(named_key(code), bytes ? bytes : "",
							  bytes ? strlen(bytes) : 0);

	free(bytes);
	return input;
}

/*
 * Where characters have one byte, those beyond ASCII are shown as ? in a text, and are no keys:
 * the language is UTF-8, and the line is not.
 */
static struct input character_input(wint_t code)
{
	mbstate_t state = {0};
	char bytes[MB_LEN_MAX];
	size_t n;

	if (code >= 0x80 && MB_CUR_MAX == 1)
		return pasting ? input_of('?', "?", 1) : input_of(0, "", 0);
	n = wcrtomb(bytes, (wchar_t)code, &state);
	return input_of((uint32_t)code, bytes, n == (size_t)-1 ? 0 : n);
}

/* --- bytes ---------------------------------------------------------------------------- */

static unsigned bytes_after(int lead)
{
	return lead >= 0xF8 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
}

/*
 * As wget_wch(), of which one wrong byte takes the next 15 with it, the end of the line among
 * them: it waits until they are a character. Here a wrong byte is U+FFFD, by itself.
 */
static int next_code(wint_t *code)
{
	int c = wgetch(stdscr);
	char bytes[5] = {(char)c};
	unsigned more, n = 1;
	size_t length;

	if (c == ERR || c >= KEY_MIN) {
		*code = (wint_t)c;
		return c == ERR ? ERR : KEY_CODE_YES;
	}
	for (more = bytes_after(c); n <= more; n++) {
		wtimeout(stdscr, SEQUENCE_MS);
		c = wgetch(stdscr);
		if (c == ERR || c >= KEY_MIN || (c & 0xC0) != 0x80)
			break;
		bytes[n] = (char)c;
	}
	if (more)
		nodelay(stdscr, TRUE);
	if (n <= more) {
		if (c != ERR)
			ungetch(c);
		*code = 0xFFFD;
	} else {
		*code = more ? (wint_t)utf8_next(bytes, &length) : (wint_t)c;
	}
	return OK;
}

/* After ESC: the ESC key, Alt with a key, or the start of a control sequence. */
static struct input escape_input(void)
{
	struct sequence sequence;
	wint_t code;
	int result, byte;

	sequence_begin(&sequence);
	/* curses has already waited for what follows the ESC */
	for (;;) {
		result = next_code(&code);
		if (result != OK || sequence_add(&sequence, (uint32_t)code))
			break;
		wtimeout(stdscr, SEQUENCE_MS);
	}
	for (int i = 0; mouse_needs_more(sequence.bytes, sequence.length - (size_t)i) && i < 3; i++)
		if ((byte = wgetch(stdscr)) != ERR)
			sequence_add(&sequence, (uint32_t)byte);
	nodelay(stdscr, TRUE);
	if (result == KEY_CODE_YES)
		ungetch((int)code);
	return input_of(sequence.length == 1 ? '\033' : 0, sequence.bytes, sequence.length);
}

static struct input next_input(void)
{
	wint_t code;
	int result = next_code(&code);

	if (result == ERR)
		return (struct input){.kind = INPUT_NONE};
	if (result == KEY_CODE_YES && code == KEY_RESIZE) {
		screen_forget();
		return (struct input){.kind = INPUT_RESIZE};
	}
	if (result == KEY_CODE_YES)
		return named_input(code);
	return code == 27 ? escape_input() : character_input(code);
}

static bool is_sequence(const struct input *input, const char *bytes)
{
	return (size_t)input->length == strlen(bytes) &&
	       !memcmp(input->bytes, bytes, (size_t)input->length);
}

/* Only text and line ends can be pasted. False: neither. */
static bool take_pasted(struct input *input)
{
	uint32_t c = input->key;

	if (c == '\n')
		*input = input_of('\r', "\r", 1);
	else if (c == '\t')
		*input = input_of(' ', " ", 1);
	else if (c != '\r' && (c < 0x20 || (c >= 0x7F && c < 0xA0) || c >= UI_KEY_LEFT))
		return false;
	input->pasted = true;
	return true;
}

struct input screen_input(void)
{
	for (;;) {
		struct input input = next_input();

		if (input.kind != INPUT_KEY)
			return input;
		if (mouse_parse(input.bytes, (size_t)input.length, &input.mouse)) {
			input.kind = INPUT_MOUSE;
			return input;
		}
		if (is_sequence(&input, "\033[200~"))
			pasting = true;
		else if (is_sequence(&input, "\033[201~"))
			pasting = false;
		else if (!pasting || take_pasted(&input))
			return input;
	}
}

void screen_end_paste(void)
{
	pasting = false;
}
