/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pty/terminal.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include "base/clock.h"

#define DEADLINE 60.0 /* seconds; a loaded machine is slow, a right program never waits */

static int on_property(VTermProp property, VTermValue *value, void *user)
{
	struct terminal *t = user;

	if (property == VTERM_PROP_ALTSCREEN)
		t->alternate = value->boolean;
	else if (property == VTERM_PROP_CURSORVISIBLE)
		t->cursor = value->boolean;
	else if (property == VTERM_PROP_MOUSE)
		t->mouse = value->number != VTERM_PROP_MOUSE_NONE;
	return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_property };

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static void start_vterm(struct terminal *t)
{
	t->vt = vterm_new(t->rows, t->cols);
	vterm_set_utf8(t->vt, 1);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	t->cursor = true;
}

void terminal_start(struct terminal *t, int rows, int cols, char *const argv[])
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };

	memset(t, 0, sizeof(*t));
	t->rows = rows;
	t->cols = cols;
	start_vterm(t);
	if (openpty(&t->master, &t->slave, NULL, NULL, &size))
		die("openpty");
	if (tcgetattr(t->slave, &t->before))
		die("tcgetattr");
	t->pid = fork();
	if (t->pid < 0)
		die("fork");
	if (t->pid)
		return;
	close(t->master);
	if (login_tty(t->slave))
		die("login_tty");
	execv(argv[0], argv);
	die(argv[0]);
}

static void reap(struct terminal *t, int options)
{
	if (!t->ended && waitpid(t->pid, &t->status, options) == t->pid)
		t->ended = true;
}

void terminal_stop(struct terminal *t)
{
	reap(t, WNOHANG);
	if (!t->ended) {
		kill(t->pid, SIGKILL);
		reap(t, 0);
	}
	close(t->master);
	close(t->slave);
	vterm_free(t->vt);
}

/* What the terminal answers to queries goes back to the program. */
static void send_answers(struct terminal *t)
{
	char answer[256];
	size_t n = vterm_output_read(t->vt, answer, sizeof(answer));

	if (n && write(t->master, answer, n) < 0)
		die("write");
}

void terminal_click(struct terminal *t, int row, int col, int button)
{
	vterm_mouse_move(t->vt, row, col, VTERM_MOD_NONE);
	vterm_mouse_button(t->vt, button, true, VTERM_MOD_NONE);
	vterm_mouse_button(t->vt, button, false, VTERM_MOD_NONE);
	send_answers(t);
}

bool terminal_marks_paste(struct terminal *t)
{
	char answer[16];

	vterm_keyboard_start_paste(t->vt);
	return vterm_output_read(t->vt, answer, sizeof(answer)) > 0;
}

bool terminal_read(struct terminal *t, int milliseconds)
{
	struct pollfd fd = { .fd = t->master, .events = POLLIN };
	char bytes[4096];
	ssize_t n;

	if (poll(&fd, 1, milliseconds) <= 0)
		return false;
	n = read(t->master, bytes, sizeof(bytes));
	if (n <= 0)
		return false;
	t->received += (size_t)n;
	t->escaped |= memchr(bytes, '\033', (size_t)n) != NULL;
	vterm_input_write(t->vt, bytes, (size_t)n);
	send_answers(t);
	return true;
}

void terminal_type(struct terminal *t, const char *keys)
{
	size_t left = strlen(keys);

	while (left) {
		ssize_t n = write(t->master, keys, left);

		if (n < 0)
			die("write");
		keys += n;
		left -= (size_t)n;
	}
}

void terminal_resize(struct terminal *t, int rows, int cols)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };

	t->rows = rows;
	t->cols = cols;
	vterm_set_size(t->vt, rows, cols);
	if (ioctl(t->master, TIOCSWINSZ, &size))
		die("TIOCSWINSZ");
}

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80)
		return (size_t)(*to = (char)c, 1);
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | c >> 12);
	to[1] = (char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

char *terminal_text(const struct terminal *t)
{
	char *text = malloc((size_t)t->rows * ((size_t)t->cols * 3 + 1) + 1), *at = text;

	for (int row = 0; row < t->rows; row++) {
		char *end = at;

		for (int col = 0; col < t->cols; col++) {
			VTermScreenCell cell;

			vterm_screen_get_cell(t->screen, (VTermPos){ row, col }, &cell);
			if (cell.chars[0] == (uint32_t)-1)
				continue; /* right half of a wide character */
			at += put_utf8(at, cell.chars[0] ? cell.chars[0] : ' ');
			if (cell.chars[0] && cell.chars[0] != ' ')
				end = at;
		}
		at = end;
		*at++ = '\n';
	}
	*at = '\0';
	return text;
}

bool terminal_has(const struct terminal *t, const char *text)
{
	char *screen = terminal_text(t);
	bool has = strstr(screen, text);

	free(screen);
	return has;
}

bool wait_for(struct terminal *t, const char *what, bool (*holds)(struct terminal *, const void *),
	      const void *arg)
{
	double deadline = clock_now() + DEADLINE;
	char *screen;

	do {
		if (holds(t, arg))
			return true;
		terminal_read(t, 10);
		reap(t, WNOHANG);
	} while (clock_now() < deadline);
	screen = terminal_text(t);
	printf("waited in vain for %s%s; the screen:\n%s", what, t->ended ? " (it has ended)" : "", screen);
	free(screen);
	return false;
}

static bool has_text(struct terminal *t, const void *text)
{
	return terminal_has(t, text);
}

static bool has_no_text(struct terminal *t, const void *text)
{
	return !terminal_has(t, text);
}

static bool has_screen(struct terminal *t, const void *wanted)
{
	char *screen = terminal_text(t);
	bool same = !strcmp(screen, wanted);

	free(screen);
	return same;
}

static bool has_alternate(struct terminal *t, const void *on)
{
	return t->alternate == *(const bool *)on;
}

static bool has_ended(struct terminal *t, const void *arg)
{
	(void)arg;
	return t->ended;
}

static bool has_ended_or_text(struct terminal *t, const void *text)
{
	return t->ended || terminal_has(t, text);
}

bool wait_for_end_or_text(struct terminal *t, const char *text)
{
	return wait_for(t, text, has_ended_or_text, text);
}

bool wait_for_text(struct terminal *t, const char *text)
{
	return wait_for(t, text, has_text, text);
}

bool wait_for_no_text(struct terminal *t, const char *text)
{
	return wait_for(t, text, has_no_text, text);
}

bool wait_for_screen(struct terminal *t, const char *wanted)
{
	bool same = wait_for(t, "an earlier screen", has_screen, wanted);

	if (!same)
		printf("wanted:\n%s", wanted);
	return same;
}

bool wait_for_alternate(struct terminal *t, bool on)
{
	return wait_for(t, on ? "the alternate screen" : "the normal screen", has_alternate, &on);
}

bool wait_for_end(struct terminal *t)
{
	bool ended = wait_for(t, "the end", has_ended, NULL);

	while (terminal_read(t, 0)) /* its last words */
		;
	return ended;
}

bool terminal_restored(struct terminal *t)
{
	struct termios after;

	if (tcgetattr(t->slave, &after))
		die("tcgetattr");
	if (after.c_iflag != t->before.c_iflag || after.c_oflag != t->before.c_oflag ||
	    after.c_cflag != t->before.c_cflag || after.c_lflag != t->before.c_lflag ||
	    memcmp(after.c_cc, t->before.c_cc, sizeof(after.c_cc))) {
		printf("the terminal's settings are not restored: lflag %x, was %x\n",
		       after.c_lflag, t->before.c_lflag);
		return false;
	}
	if (t->alternate)
		printf("the alternate screen is still on\n");
	if (!t->cursor)
		printf("the cursor is still hidden\n");
	if (t->mouse)
		printf("the mouse is still reported\n");
	if (terminal_marks_paste(t))
		printf("pasted text is still marked\n");
	return !t->alternate && t->cursor && !t->mouse && !terminal_marks_paste(t);
}
