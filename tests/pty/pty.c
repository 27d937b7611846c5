/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session on a real terminal: start, step, back, toggle, resize, quit, and
 * what is left of the terminal when a signal ends it.
 *
 *   pty PROGRAM FOLDER-OF-SCENARIOS PROGRAM-WITH-A-PROBE
 *
 * The last runs beside a stand-in for vmafork-probe: it answers once there is
 * a file "answer" in its folder.
 */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pty/ends.h"
#include "pty/lessons.h"
#include "pty/resize.h"
#include "pty/terminal.h"

static const char *program, *folder, *with_probe;
static char scenario[512];
static int passed, failed;

#define KEY_LEFT "\033OD"
#define KEY_RIGHT "\033OC"
#define KEY_HOME "\033OH"
#define KEY_END "\033OF"
/* The same keys as other terminals, and tmux, send them. */
#define KEY_HOME_VT "\033[1~"
#define KEY_END_VT "\033[4~"
#define KEY_F9 "\033[20~"
#define CTRL_C "\003"
#define CTRL_D "\004"

static bool report(const char *what, bool ok)
{
	printf("%s  %s\n", ok ? "ok  " : "FAIL", what);
	fflush(stdout);
	*(ok ? &passed : &failed) += 1;
	return ok;
}

static const char *scenario_path(const char *name)
{
	snprintf(scenario, sizeof(scenario), "%s/%s", folder, name);
	return scenario;
}

static void start(struct terminal *t, int rows, int cols, const char *name)
{
	char *argv[] = {(char *)program, name ? (char *)scenario_path(name) : NULL, NULL};

	terminal_start(t, rows, cols, argv);
}

/* The timeline says AT/COUNT. */
static bool position(const struct terminal *t, int *at, int *count)
{
	char *screen = terminal_text(t);
	bool found = false;

	for (const char *c = screen; (c = strchr(c, '/')) && !found; c++) {
		const char *first = c;

		while (first > screen && isdigit((unsigned char)first[-1]))
			first--;
		found = first < c && isdigit((unsigned char)c[1]) && sscanf(first, "%d/%d", at, count) == 2;
	}
	free(screen);
	return found;
}

static bool is_at(struct terminal *t, const void *wanted)
{
	int at, count;

	return position(t, &at, &count) && at == *(const int *)wanted;
}

static bool has_position(struct terminal *t, const void *arg)
{
	int at, count;

	(void)arg;
	return position(t, &at, &count) && count > 0;
}

static bool wait_for_step(struct terminal *t, int step)
{
	char what[32];

	snprintf(what, sizeof(what), "step %d", step);
	return wait_for(t, what, is_at, &step);
}

/* Until nothing more comes: what is drawn is drawn as a whole. */
static char *settled(struct terminal *t)
{
	while (terminal_read(t, 60))
		;
	return terminal_text(t);
}

static bool started(struct terminal *t)
{
	return wait_for_alternate(t, true) && wait_for(t, "a timeline", has_position, NULL);
}

/* The end after a clean exit, or after a signal that killed it. */
static void report_end(const char *what, struct terminal *t, int exit_status, int signal)
{
	char text[96];
	bool ended = wait_for_end(t);
	bool right = ended && (signal ? WIFSIGNALED(t->status) && WTERMSIG(t->status) == signal
				      : WIFEXITED(t->status) && WEXITSTATUS(t->status) == exit_status);

	if (ended && !right)
		printf("status %x\n", t->status);
	snprintf(text, sizeof(text), "%s: ends as it should", what);
	report(text, right);
	snprintf(text, sizeof(text), "%s: the terminal is restored", what);
	report(text, ended && terminal_restored(t));
}

static void start_story(struct terminal *t, int rows, int cols, const char *name)
{
	char *argv[] = {(char *)program, (char *)"play", (char *)scenario_path(name), NULL};

	terminal_start(t, rows, cols, argv);
}

#define STEPS 200

static void test_steps(void)
{
	char *screens[STEPS + 1] = {0};
	struct terminal t;
	int at = 0, count = 0;
	bool ok;

	start(&t, 24, 80, "flag.vma");
	report("starts on a scenario", started(&t));
	terminal_type(&t, KEY_F9); /* animation off */
	terminal_type(&t, KEY_HOME);
	report("Home goes to the start", wait_for_step(&t, 0));
	position(&t, &at, &count);
	ok = report("has steps", count > 3 && count <= STEPS);
	screens[0] = settled(&t);
	for (at = 1; ok && at <= count; at++) {
		terminal_type(&t, KEY_RIGHT);
		ok = wait_for_step(&t, at);
		screens[at] = settled(&t);
	}
	report("Right steps to the end", ok);
	terminal_type(&t, KEY_HOME_VT);
	report("Home, as tmux sends it", wait_for_step(&t, 0));
	terminal_type(&t, KEY_END_VT);
	report("End, as tmux sends it", wait_for_step(&t, count));
	for (at = count - 1; ok && at >= 0; at--) {
		terminal_type(&t, KEY_LEFT);
		ok = wait_for_screen(&t, screens[at]);
	}
	report("Left passes the same screens backwards", ok);
	for (int round = 0; ok && round < 3; round++) {
		terminal_type(&t, KEY_END);
		ok = wait_for_screen(&t, screens[count]);
		terminal_type(&t, KEY_HOME);
		ok = ok && wait_for_screen(&t, screens[0]);
	}
	report("to the end and back, again and again: the same screens", ok);

	terminal_resize(&t, 1, 1);
	free(settled(&t));
	terminal_resize(&t, 24, 80);
	report("1x1 and back: the same screen", wait_for_screen(&t, screens[0]));
	for (int rows = 2; rows < 60; rows += 7)
		terminal_resize(&t, rows, 300 - 5 * rows);
	terminal_resize(&t, 24, 80);
	report("many sizes and back: the same screen", wait_for_screen(&t, screens[0]));

	for (at = 0; at <= STEPS; at++)
		free(screens[at]);
	terminal_type(&t, "quit\r");
	report_end("quit", &t, 0, 0);
	terminal_stop(&t);
}

static void test_toggle(void)
{
	struct terminal t;

	start(&t, 24, 80, "flag.vma");
	report("the sides differ", started(&t) && wait_for_text(&t, "! at "));
	terminal_type(&t, "check right dst\r");
	report("check right dst: the divergence is gone",
	       wait_for_text(&t, "no difference") && wait_for_no_text(&t, "! at "));
	terminal_type(&t, "undo\r");
	report("undo brings it back", wait_for_text(&t, "! at "));
	terminal_type(&t, "]");
	report("the key of the right side does the same", wait_for_text(&t, "no difference"));
	terminal_type(&t, "]");
	report("and again", wait_for_text(&t, "! at "));
	terminal_type(&t, "goto 7\r");
	report("toggle: at a step", wait_for_step(&t, 7));
	terminal_type(&t, "]");
	report("toggle: another story", wait_for_text(&t, "no difference"));
	terminal_type(&t, "]");
	report("toggle: turned twice, the same step", wait_for_step(&t, 7));
	terminal_type(&t, "open ");
	terminal_type(&t, scenario_path("mixed.vma"));
	terminal_type(&t, "\r");
	report("open starts at the first step", wait_for_step(&t, 0));
	terminal_type(&t, CTRL_D);
	report_end("Ctrl-D", &t, 0, 0);
	terminal_stop(&t);
}

/* What is only looked at leaves time where it is. */
static void test_source(void)
{
	struct terminal t;
	char line[600];

	start(&t, 24, 80, "flag.vma");
	report("source: starts", started(&t));
	terminal_type(&t, "goto 5\r");
	report("source: at a step", wait_for_step(&t, 5));
	snprintf(line, sizeof(line), "set source %s/tree\r", folder);
	terminal_type(&t, line);
	report("source: is shown, at the same step",
	       wait_for_text(&t, "has fewer lines") && wait_for_step(&t, 5));
	terminal_type(&t, "set source off\r");
	report("source: off, at the same step",
	       wait_for_no_text(&t, "has fewer lines") && wait_for_step(&t, 5));
	terminal_stop(&t);
}

static void test_help(void)
{
	static const char *const signs[] = {"✓   probe: ", "✗   probe: ", "≠   the sides", "┃   time line", "‖   paused",
					    "stop playing or a program"};
	struct terminal t;

	start(&t, 110, 100, "flag.vma");
	report("help: starts", started(&t));
	terminal_type(&t, "?");
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		report("help: explains a sign", wait_for_text(&t, signs[i]));
	report("help: F1 stands there once", !terminal_has(&t, "F1          "));
	terminal_stop(&t);
}

static void test_prompt(void)
{
	struct terminal t;
	char line[600];

	start(&t, 30, 100, NULL);
	report("starts without a scenario", wait_for_alternate(&t, true) && wait_for_text(&t, ">"));
	terminal_type(&t, "vma heap anon 64K\r");
	terminal_type(&t, "tuch heap\r");
	report("a wrong word: the right one is suggested", wait_for_text(&t, "touch"));
	terminal_type(&t, "tou\the\t");
	report("Tab completes commands and names", wait_for_text(&t, "touch heap"));
	terminal_type(&t, CTRL_C);
	report("Ctrl-C drops the line", wait_for_no_text(&t, "touch heap"));
	terminal_type(&t, "kernel left vm\t");
	snprintf(line, sizeof(line), "%s/tr\tm\tme\t", folder);
	terminal_type(&t, line);
	report("Tab completes the path of an image", wait_for_text(&t, "/tree/mm/memory.c"));
	terminal_type(&t, CTRL_C);
	report("Ctrl-C drops that line", wait_for_no_text(&t, "memory.c"));
	terminal_type(&t, "kernel left v7.3 with \t"); /* all begin with the quote */
	terminal_type(&t, "src VM_UFFD_W\t\"dst VM_P\t");
	report("Tab completes a text in quotes",
	       wait_for_text(&t, "with \"src VM_UFFD_WP\" \"dst VM_PFNMAP\""));
	terminal_type(&t, CTRL_C);
	report("Ctrl-C drops it", wait_for_no_text(&t, "VM_PFNMAP"));
	snprintf(line, sizeof(line), "set source %s/fl\ttr\t", folder);
	terminal_type(&t, line);
	report("Tab completes folders alone, where one is wanted", wait_for_text(&t, "/fltr"));
	terminal_type(&t, CTRL_C);
	report("Ctrl-C drops that, too", wait_for_no_text(&t, "/fltr"));
	terminal_type(&t, "touch heap\rfork\r");
	report("fork is run", wait_for(&t, "a timeline", has_position, NULL));
	terminal_type(&t, "quit\ry");
	report_end("quit from an empty start", &t, 0, 0);
	terminal_stop(&t);
}

/* A file of its own for one test; the caller removes it. */
static void make_file(char path[64], const char *text)
{
	FILE *file;

	snprintf(path, 64, "/tmp/vmafork-pty-%d.vma", (int)getpid());
	file = fopen(path, "w");
	if (!file || fputs(text, file) == EOF || fclose(file))
		report("a file can be written", false);
}

static bool file_has(const char *path, const char *text)
{
	char line[256] = "";
	FILE *file = fopen(path, "r");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, text);
	if (file)
		fclose(file);
	return found;
}

/* No file and no work is lost without a question. */
static void test_unsaved(void)
{
	struct terminal t;
	char path[64], save[96];

	make_file(path, "all: program\n");
	snprintf(save, sizeof(save), "save %s\r", path);
	start(&t, 24, 80, "flag.vma");
	report("unsaved: starts", started(&t));
	terminal_type(&t, save);
	report("unsaved: save asks", wait_for_text(&t, "? (y/N)") && wait_for_text(&t, "already exists"));
	report("unsaved: the file is still there", file_has(path, "all: program"));
	terminal_type(&t, "\r");
	report("unsaved: Enter is no", wait_for_text(&t, "not saved: ") && wait_for_text(&t, "vmafork> "));
	terminal_type(&t, save);
	report("unsaved: asks again", wait_for_text(&t, "? (y/N)"));
	terminal_type(&t, "\033");
	report("unsaved: Esc is no", wait_for_text(&t, "not saved: ") && wait_for_text(&t, "vmafork> "));
	terminal_type(&t, save);
	report("unsaved: and again", wait_for_text(&t, "? (y/N)"));
	terminal_type(&t, CTRL_C);
	report("unsaved: Ctrl-C is no", wait_for_text(&t, "not saved: ") && wait_for_text(&t, "vmafork> "));
	terminal_type(&t, save);
	terminal_type(&t, "vma my anon 4K");
	report("unsaved: what is typed ahead is no answer, and not lost",
	       wait_for_text(&t, "vmafork> vma my anon 4K\n") && file_has(path, "all: program"));
	terminal_type(&t, CTRL_C);
	report("unsaved: it is dropped", wait_for_no_text(&t, "vma my anon"));
	terminal_type(&t, "\033[200~");
	terminal_type(&t, save);
	terminal_type(&t, "y\r\033[201~");
	report("unsaved: nor is what is pasted", wait_for_text(&t, "there is no command 'y'") &&
							 file_has(path, "all: program"));
	terminal_type(&t, save);
	terminal_type(&t, "y");
	report("unsaved: y replaces the file", wait_for_text(&t, "saved as ") && file_has(path, "vma "));
	terminal_type(&t, "vma my anon 4K\r" CTRL_D);
	report("unsaved: Ctrl-D asks", wait_for_text(&t, "Quit without saving? (y/N)"));
	terminal_type(&t, "n");
	report("unsaved: n stays", wait_for_text(&t, "vmafork> ") && !t.ended);
	terminal_type(&t, CTRL_D);
	report("unsaved: Ctrl-D asks again", wait_for_text(&t, "Quit without saving? (y/N)"));
	terminal_resize(&t, 5, 20);
	report("unsaved: on a tiny screen", wait_for_text(&t, "(y/N)"));
	terminal_resize(&t, 24, 80);
	report("unsaved: and on a larger one", wait_for_text(&t, "Quit without saving? (y/N)"));
	terminal_type(&t, "nquit\r");
	report("unsaved: quit asks", wait_for_text(&t, "Quit without saving? (y/N)"));
	terminal_type(&t, CTRL_D);
	report("unsaved: Ctrl-D is no yes", wait_for_text(&t, "Quit without saving? (y/N)"));
	terminal_type(&t, "y");
	report_end("unsaved: y quits", &t, 0, 0);
	terminal_stop(&t);
	remove(path);

	start_story(&t, 24, 80, "question.vma");
	report("unsaved: a story", wait_for_text(&t, "Esc skips"));
	terminal_type(&t, CTRL_D);
	report_end("unsaved: a story is no work", &t, 0, 0);
	terminal_stop(&t);
}

/* Two sessions at the same time: both are remembered, and old lines are not doubled. */
static void test_history(void)
{
	const char *const typed[] = {"vma first anon 4K\r", "vma second anon 4K\r"};
	const char *const seen[] = {"vmafork> vma first anon 4K", "vmafork> vma second anon 4K"};
	struct terminal t[2];

	for (int i = 0; i < 2; i++) {
		start(&t[i], 24, 80, NULL);
		report("history: starts", wait_for_alternate(&t[i], true) && wait_for_text(&t[i], ">"));
	}
	for (int i = 0; i < 2; i++) {
		terminal_type(&t[i], typed[i]);
		terminal_type(&t[i], "quit\ry");
		report_end("history: ends", &t[i], 0, 0);
		terminal_stop(&t[i]);
	}
	start(&t[0], 24, 80, NULL);
	report("history: starts again", wait_for_alternate(&t[0], true) && wait_for_text(&t[0], ">"));
	terminal_type(&t[0], "\020\020"); /* quit, and the line before it */
	report("history: the last session's", wait_for_text(&t[0], seen[1]));
	terminal_type(&t[0], "\020\020");
	report("history: the other one's", wait_for_text(&t[0], seen[0]));
	terminal_type(&t[0], CTRL_C);
	report("history: the line is dropped", wait_for_no_text(&t[0], seen[0]));
	terminal_type(&t[0], CTRL_D);
	report_end("history: ends again", &t[0], 0, 0);
	terminal_stop(&t[0]);
}

/* What a terminal may send and no key is bound to: no part of it becomes text. */
static void test_unknown_keys(void)
{
	static const char *const keys[] = {"\033[18~", "\033[21~", "\033[24~", "\033[1;6A", "\033[5;5~",
					   "\033[1;6D", "\033[<0;5;5M", "\033O2P", "\033[[A", "\033[2~", "\033\033[A"};
	static const char *const terms[] = {"xterm-256color", "vt100"};

	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
		struct terminal t;

		setenv("TERM", terms[i], 1);
		start(&t, 24, 80, "flag.vma");
		report("unknown keys: starts", wait_for(&t, "a timeline", has_position, NULL));
		terminal_type(&t, "goto 3\r");
		report("unknown keys: at a step", wait_for_step(&t, 3));
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			terminal_type(&t, keys[k]);
		terminal_type(&t, "goto");
		report("unknown keys: nothing of them is typed", wait_for_text(&t, "vmafork> goto\n"));
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			terminal_type(&t, keys[k]);
		terminal_type(&t, " 5");
		report("unknown keys: nor in a line", wait_for_text(&t, "vmafork> goto 5\n"));
		terminal_type(&t, "\r");
		report("unknown keys: or done", wait_for_step(&t, 5) && wait_for_text(&t, "! at "));
		terminal_type(&t, "?");
		report("unknown keys: help", wait_for_text(&t, "On this screen: cells"));
		terminal_type(&t, "\033[6~");
		report("PgDn, whatever TERM says, scrolls",
		       wait_for_no_text(&t, "On this screen: cells") && wait_for_text(&t, "q closes"));
		terminal_type(&t, "\033[5~");
		report("and PgUp", wait_for_text(&t, "On this screen: cells"));
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			terminal_type(&t, keys[k]);
		terminal_type(&t, "\033[6~");
		report("unknown keys: do not close it",
		       wait_for_no_text(&t, "On this screen: cells") && wait_for_text(&t, "q closes"));
		kill(t.pid, SIGTERM);
		report_end("unknown keys: SIGTERM", &t, 0, SIGTERM);
		terminal_stop(&t);
	}
	setenv("TERM", "xterm-256color", 1);
}

/* A pasted text is text for the prompt; the ends of its lines end commands. */
static void test_paste(void)
{
	struct terminal t;

	start(&t, 24, 80, "flag.vma");
	report("paste: starts", started(&t));
	terminal_type(&t, "\033[200~goto\0333\004\t4\033[201~");
	report("paste: text, and nothing else", wait_for_text(&t, "vmafork> goto 4\n"));
	terminal_type(&t, "\r");
	report("paste: the line is edited and typed as usual", wait_for_step(&t, 4));
	terminal_type(&t, "\033[200~ \r\n]\r\ngoto 6\r\n\033[201~");
	report("paste: lines are commands, and no keys", wait_for_step(&t, 6) && wait_for_text(&t, "! at "));
	terminal_type(&t, "\033[200~goto 7");
	report("paste: without an end", wait_for_text(&t, "vmafork> goto 7\n"));
	terminal_type(&t, CTRL_C);
	report("paste: Ctrl-C drops it", wait_for_no_text(&t, "goto 7"));
	terminal_type(&t, "]");
	report("paste: and keys are keys again", wait_for_text(&t, "no difference"));
	terminal_type(&t, "\033[200~fork");
	report("paste: another without an end", wait_for_text(&t, "vmafork> fork\n"));
	kill(t.pid, SIGTERM);
	report_end("paste: SIGTERM", &t, 0, SIGTERM);
	terminal_stop(&t);
}

static bool has_color(const struct terminal *t)
{
	for (int row = 0; row < t->rows; row++)
		for (int col = 0; col < t->cols; col++) {
			VTermScreenCell cell;

			vterm_screen_get_cell(t->screen, (VTermPos){row, col}, &cell);
			if (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg))
				return true;
		}
	return false;
}

static bool shows_color(struct terminal *t, const void *arg)
{
	(void)arg;
	return has_color(t);
}

static bool has_mouse(struct terminal *t, const void *on)
{
	return t->mouse == *(const bool *)on;
}

/* The place of the text's first character; false: it is not on the screen. */
static bool find_text(const struct terminal *t, const char *text, int *row, int *col)
{
	for (*row = 0; *row < t->rows; ++*row)
		for (*col = 0; *col + (int)strlen(text) <= t->cols; ++*col) {
			size_t n = 0;

			for (VTermScreenCell cell; text[n]; n++) {
				vterm_screen_get_cell(t->screen, (VTermPos){*row, *col + (int)n}, &cell);
				if (cell.chars[0] != (uint32_t)text[n])
					break;
			}
			if (!text[n])
				return true;
		}
	return false;
}

static bool click_on(struct terminal *t, const char *text, int button)
{
	int row, col;

	if (!find_text(t, text, &row, &col))
		return false;
	terminal_click(t, row, col, button);
	return true;
}

/* What a terminal reports of its mouse, once that is asked for; the next session asks, too. */
static void test_mouse(void)
{
	static const bool on = true, off = false;
	struct terminal t;

	start(&t, 24, 80, "flag.vma");
	report("mouse: starts", started(&t));
	report("mouse: is off", !t.mouse);
	report("paste: is marked", terminal_marks_paste(&t));
	terminal_type(&t, "set mouse on\r");
	report("mouse: on, and saved", wait_for_text(&t, "mouse on, saved in") &&
					      wait_for(&t, "the mouse", has_mouse, &on));
	terminal_type(&t, "goto end\r");
	report("mouse: at the end", wait_for_step(&t, 11));
	report("mouse: a cell", click_on(&t, "UUW", 1) && wait_for_text(&t, "vma_needs_copy(mem)"));
	report("mouse: which", wait_for_text(&t, "left parent, mem 0: present dysu C1"));
	terminal_type(&t, CTRL_D);
	report_end("mouse: Ctrl-D", &t, 0, 0);
	terminal_stop(&t);

	start(&t, 24, 80, "mixed.vma");
	report("mouse: was kept", started(&t) && wait_for(&t, "the mouse", has_mouse, &on));
	terminal_type(&t, "goto 5\r");
	report("mouse: at a step", wait_for_step(&t, 5));
	terminal_click(&t, 3, 3, 4);
	report("mouse: the wheel goes back", wait_for_step(&t, 4));
	terminal_click(&t, 3, 3, 5);
	report("mouse: and forward", wait_for_step(&t, 5));
	report("mouse: a VMA of the strip", click_on(&t, "heap 4M", 1) && wait_for_text(&t, "▸heap 4M") &&
						   wait_for_step(&t, 5));
	terminal_type(&t, "?");
	report("mouse: a text", wait_for_text(&t, "On this screen: cells"));
	terminal_click(&t, 3, 3, 5);
	report("mouse: the wheel scrolls it", wait_for_no_text(&t, "On this screen: cells"));
	terminal_click(&t, 23, 79, 1);
	report("mouse: a click beside it closes it", wait_for_step(&t, 5) && wait_for_no_text(&t, "q closes"));
	kill(t.pid, SIGTERM);
	report_end("mouse: SIGTERM", &t, 0, SIGTERM);
	terminal_stop(&t);

	start(&t, 24, 80, "mixed.vma");
	report("mouse: starts once more", started(&t) && wait_for(&t, "the mouse", has_mouse, &on));
	kill(t.pid, SIGSEGV);
	report_end("mouse: a crash", &t, 0, SIGSEGV);
	terminal_stop(&t);

	start(&t, 24, 80, "mixed.vma");
	report("mouse: and again", started(&t) && wait_for(&t, "the mouse", has_mouse, &on));
	terminal_type(&t, "set mouse off\r");
	report("mouse: off", wait_for(&t, "no mouse", has_mouse, &off));
	terminal_type(&t, "set palette mono\r");
	report("set palette: saved", wait_for_text(&t, "palette mono, saved in"));
	free(settled(&t));
	report("set palette: at once", !has_color(&t));
	terminal_type(&t, CTRL_D);
	report_end("mouse: is off", &t, 0, 0);
	terminal_stop(&t);

	start(&t, 24, 80, "mixed.vma");
	report("set palette: starts", started(&t));
	free(settled(&t));
	report("set palette: was kept", !has_color(&t) && !t.mouse);
	terminal_type(&t, "set palette auto\r");
	report("set palette: auto", wait_for(&t, "colours", shows_color, NULL));
	terminal_stop(&t);
}

/* Ctrl-Z: a shell with jobs has the terminal as it was, and later the program has its modes again. */
static void test_suspend(void)
{
	static const bool on = true;
	char line[] = "\"$0\" \"$1\"; echo stopped here; read -r any; fg >/dev/null; echo over";
	char *argv[] = {(char *)"/bin/bash", (char *)"-mc", line, (char *)program,
			(char *)scenario_path("flag.vma"), NULL};
	struct terminal t;

	terminal_start(&t, 24, 80, argv);
	report("Ctrl-Z: starts", started(&t));
	terminal_type(&t, "set mouse on\r");
	report("Ctrl-Z: with the mouse", wait_for(&t, "the mouse", has_mouse, &on) &&
						 wait_for_text(&t, "mouse on, saved in"));
	terminal_type(&t, "\032");
	report("Ctrl-Z: stops", wait_for_text(&t, "stopped here"));
	report("Ctrl-Z: the terminal is a shell's", !t.alternate && !t.mouse && !terminal_marks_paste(&t));
	terminal_type(&t, "\r");
	report("Ctrl-Z: goes on", wait_for_alternate(&t, true) && wait_for(&t, "the mouse", has_mouse, &on) &&
					 wait_for_text(&t, "vmafork>"));
	report("Ctrl-Z: pasted text is marked again", terminal_marks_paste(&t));
	terminal_type(&t, "set mouse off\rquit\r");
	report("Ctrl-Z: ends", wait_for_text(&t, "over"));
	report_end("Ctrl-Z: all of it", &t, 0, 0);
	terminal_stop(&t);
}

/* A digit answers, Esc skips, Enter does neither, and no command loses a letter. */
static void test_question(void)
{
	struct terminal t;

	start_story(&t, 24, 80, "question.vma");
	report("question: is asked", wait_for_text(&t, "How many of the four") &&
					     wait_for_text(&t, "1-3 answers, Esc skips"));
	terminal_type(&t, "7");
	report("question: no such answer", wait_for_text(&t, "no such answer: 1-3 answers") &&
						   wait_for_text(&t, "How many of the four"));
	terminal_type(&t, "show vmas");
	report("question: a command with s is a command",
	       wait_for_text(&t, "vmafork> show vmas\n") && !terminal_has(&t, "No answer."));
	terminal_type(&t, CTRL_C);
	report("question: is dropped", wait_for_no_text(&t, "show vmas"));
	terminal_type(&t, "speed 0\r");
	report("question: it has a message", wait_for_text(&t, "expected a speed") &&
						     wait_for_text(&t, "1-3 answers, Esc skips, Enter shows the question"));
	terminal_type(&t, "\r");
	report("question: and is there again", wait_for_text(&t, "How many of the four") &&
						       wait_for_text(&t, "Esc skips"));
	terminal_type(&t, "2");
	report("question: is answered", wait_for_text(&t, "Right. The parent has an anon_vma"));
	terminal_type(&t, "\r");
	report("question: and the story goes on", wait_for(&t, "a timeline", has_position, NULL));
	terminal_stop(&t);

	start_story(&t, 24, 80, "question.vma");
	report("question: is asked again", wait_for_text(&t, "Esc skips"));
	terminal_type(&t, "\r");
	report("question: Enter does not skip it", wait_for_text(&t, "no such answer"));
	terminal_type(&t, "\033");
	report("question: Esc does", wait_for_text(&t, "No answer. The parent has an anon_vma"));
	terminal_stop(&t);

	start_story(&t, 12, 40, "question.vma");
	report("question: on a small screen", wait_for_text(&t, "1  none") && wait_for_text(&t, "arrows scroll"));
	terminal_type(&t, KEY_END);
	report("question: can be scrolled", wait_for_text(&t, "3  one"));
	terminal_type(&t, "2");
	report("question: and answered", wait_for_text(&t, "Right. "));
	terminal_type(&t, "q\r");
	report("question: and left", wait_for(&t, "a timeline", has_position, NULL));
	terminal_stop(&t);
}

/* Keys, typed words and numbers answer predictions; what is right shows at reveal. */
static void test_predictions(void)
{
	struct terminal t;

	start_story(&t, 24, 80, "predict.vma");
	report("predict: the title", wait_for_text(&t, "Enter begins"));
	terminal_type(&t, "\r");
	report("predict: the first of the pattern", wait_for_text(&t, "Copied or skipped? heap"));
	report("predict: how", wait_for_text(&t, "1-4 answers, Esc skips"));
	terminal_type(&t, "2");
	report("predict: a wrong one, once more", wait_for_text(&t, "Not skip. That follows from the belief"));
	terminal_type(&t, "2");
	report("predict: the second", wait_for_text(&t, "Copied or skipped? lib"));
	report("predict: the answer stands there", wait_for_text(&t, "you: skip/-"));
	terminal_type(&t, "ski\r");
	report("predict: a word, shortened; then a number", wait_for_text(&t, "type a number, Esc skips"));
	terminal_type(&t, "many\r");
	report("predict: no number", wait_for_text(&t, "expected a number, got 'many'"));
	terminal_type(&t, "8\r");
	report("predict: a wrong number", wait_for_text(&t, "Try once more."));
	terminal_type(&t, "8\r");
	report("predict: a state", wait_for_text(&t, "What is in the child's page 3?"));
	terminal_type(&t, "\033");
	report("predict: the story goes on", wait_for(&t, "a timeline", has_position, NULL));
	terminal_type(&t, "\r"); /* to the end of the fork */
	report("predict: the fork is over", wait_for_text(&t, " 13/13 "));
	terminal_type(&t, "\r");
	report("predict: no answer", wait_for_text(&t, "You had no answer."));
	report("predict: wrong", wait_for_text(&t, "Your answer, skip, is wrong. It follows from"));
	report("predict: right", wait_for_text(&t, "skip: no clause holds. Right."));
	terminal_type(&t, "q'");
	report("predict: the step", wait_for_text(&t, " 5/13 "));
	terminal_type(&t, "\r");
	report("predict: how many", wait_for_text(&t, "1 of 3 questions answered correctly."));
	terminal_stop(&t);

	start(&t, 24, 80, "predict.vma");
	report("set predict: a session", wait_for(&t, "a timeline", has_position, NULL));
	terminal_type(&t, "set predict on\rfork\r");
	report("set predict: asks", wait_for_text(&t, "c copy, s skip, Esc skips"));
	terminal_type(&t, "c");
	report("set predict: of each mapping", wait_for_text(&t, "check dst? lib"));
	terminal_type(&t, "s");
	report("set predict: of each side", wait_for_text(&t, "check src? heap"));
	terminal_type(&t, "\033");
	report("set predict: Esc is no answer", wait_for_text(&t, "check src? lib"));
	terminal_type(&t, "\033");
	report("set predict: and then forks", wait_for_text(&t, "2 of 4 right"));
	terminal_type(&t, "undo\rfork\r");
	report("set predict: each time", wait_for_text(&t, "c copy, s skip"));
	terminal_type(&t, "show vmas\r");
	report("set predict: a command instead", wait_for_no_text(&t, "c copy, s skip"));
	terminal_stop(&t);
}

static void test_colors(void)
{
	struct terminal t;

	start(&t, 24, 80, "flag.vma");
	report("there are colours", started(&t) && wait_for(&t, "colours", shows_color, NULL));
	terminal_stop(&t);

	setenv("NO_COLOR", "1", 1);
	start(&t, 24, 80, "flag.vma");
	if (report("NO_COLOR: starts", started(&t)))
		free(settled(&t));
	report("NO_COLOR: no colours", !has_color(&t));
	terminal_stop(&t);
	unsetenv("NO_COLOR");
}

static bool prompt_is_last(struct terminal *t, const void *arg)
{
	char *screen = terminal_text(t), *last = strstr(screen, "vmafork>");
	int row = 0;

	(void)arg;
	for (const char *c = screen; last && c < last; c++)
		row += *c == '\n';
	free(screen);
	return last && row == t->rows - 1;
}

/* Another program runs: it can be stopped, and leaves the screen alone. */
static void test_probe(void)
{
	char answer[600], *argv[] = {(char *)with_probe, (char *)scenario_path("flag.vma"), NULL};
	struct terminal t;
	FILE *file;

	snprintf(answer, sizeof(answer), "%.*s/answer", (int)(strrchr(with_probe, '/') - with_probe),
		 with_probe);
	terminal_start(&t, 24, 80, argv);
	report("probe: starts", started(&t));
	terminal_type(&t, "probe\r");
	report("probe: says that it runs", wait_for_text(&t, "vmafork-probe runs, "));
	terminal_type(&t, CTRL_C);
	report("probe: Ctrl-C stops it, not us", wait_for_text(&t, "vmafork-probe was stopped"));
	terminal_type(&t, "goto 5\r");
	report("probe: the session goes on", wait_for_step(&t, 5));
	terminal_type(&t, "probe\r");
	report("probe: runs once more", wait_for_text(&t, "vmafork-probe runs, "));
	terminal_type(&t, "undo\r");
	terminal_resize(&t, 30, 100);
	report("probe: another size is drawn while it runs", wait_for(&t, "the prompt in the last row",
								     prompt_is_last, NULL));
	file = fopen(answer, "w");
	if (file)
		fclose(file);
	report("probe: an answer", wait_for_text(&t, "observed: left 36 agree, 0 differ"));
	report("probe: keys typed meanwhile are dropped", is_at(&t, &(int){5}) && !terminal_has(&t, "undo"));
	terminal_resize(&t, 24, 80);
	report("probe: and back", wait_for(&t, "the prompt in the last row", prompt_is_last, NULL));
	report("probe: what it saw is told", wait_for_text(&t, "observed: left 36 agree, 0 differ"));
	report("probe: and marked", wait_for_text(&t, "COPY ✗ kernel: SKIP") &&
					    wait_for_text(&t, "6.18.44: seen after fork and at the end"));
	report("probe: what it says besides does not reach the screen", !terminal_has(&t, "GARBAGE"));
	terminal_type(&t, "goto end\r");
	report("probe: cell by cell, where it was seen", wait_for_text(&t, "✓present dysu   ✗present s"));
	terminal_type(&t, "]");
	report("probe: the toggle keeps it", wait_for_no_text(&t, "✗present"));
	remove(answer);
	terminal_type(&t, "probe\r");
	report("probe: runs again", wait_for_text(&t, "vmafork-probe runs, "));
	kill(t.pid, SIGTERM);
	report_end("SIGTERM while it runs", &t, 0, SIGTERM);
	terminal_stop(&t);
}

/* --- as lines of text ------------------------------------------------------------------ */

static void start_lines(struct terminal *t, const char *mode, const char *name)
{
	char *argv[] = {(char *)program, (char *)"--plain", (char *)mode, NULL, NULL};

	argv[mode ? 3 : 2] = (char *)scenario_path(name);
	terminal_start(t, 24, 80, argv);
}

/* The prompt is the last line, and nothing is typed. */
static bool is_prompting(struct terminal *t, const void *arg)
{
	char *screen = terminal_text(t);
	size_t n = strlen(screen);
	bool found;

	(void)arg;
	while (n && strchr(" \n", screen[n - 1]))
		screen[--n] = '\0';
	found = n >= strlen("vmafork>") && !strcmp(screen + n - strlen("vmafork>"), "vmafork>");
	free(screen);
	return found;
}

static bool prompts(struct terminal *t)
{
	return wait_for(t, "a prompt", is_prompting, NULL);
}

/* Types a line, and waits for what it says. */
static bool line_says(struct terminal *t, const char *line, const char *text)
{
	terminal_type(t, line);
	terminal_type(t, "\r");
	return wait_for_text(t, text) && prompts(t);
}

/* A whole story: a prediction that is wrong, one that is right, one without an answer. */
static void test_lines_story(void)
{
	struct terminal t;

	start_lines(&t, "play", "predict.vma");
	report("lines: the story begins", wait_for_text(&t, "Enter begins.") && prompts(&t));
	report("lines: asks for each mapping", line_says(&t, "", "Copied or skipped? heap") &&
						       wait_for_text(&t, "1-4 answers, pass skips."));
	report("lines: Enter asks again", line_says(&t, "", "Copied or skipped? heap"));
	report("lines: a wrong digit", line_says(&t, "2", "Try once more."));
	report("lines: a digit answers", line_says(&t, "2", "Copied or skipped? lib"));
	report("lines: no such answer", line_says(&t, "many", "expected copy, skip, dontcopy or wipe"));
	report("lines: a word answers", line_says(&t, "ski", "How many entries does fork copy?"));
	report("lines: pass has no answer", line_says(&t, "pass", "What is in the child's page 3?"));
	report("lines: the fork is told to its end",
	       line_says(&t, "none", "fork is done; ") &&
		       wait_for_text(&t, "Both, cost: 4 entries, 3 tables, 12K."));
	report("lines: and looked at", line_says(&t, "why heap 0", "vma_needs_copy(heap) is true"));
	report("lines: a wrong one", line_says(&t, "", "Your answer, skip, is wrong. It follows from"));
	report("lines: a right one", wait_for_text(&t, "skip: no clause holds. Right."));
	report("lines: one without an answer", wait_for_text(&t, "You had no answer."));
	report("lines: the end", line_says(&t, "", "2 of 3 questions answered correctly."));
	terminal_type(&t, CTRL_D);
	report_end("lines: a story", &t, 0, 0);
	report("lines: no escape character was written", !t.escaped);
	terminal_stop(&t);
}

static void test_lines_prompt(void)
{
	struct terminal t;

	start_lines(&t, NULL, "flag.vma");
	report("lines: starts", wait_for_text(&t, "type a command, or ? for help.") && prompts(&t));
	report("lines: steps", line_says(&t, "step", "Step 1 of 11."));
	report("lines: a line for a key", line_says(&t, "!", "Here the sides part."));
	report("lines: undo of the toggle", line_says(&t, "]", "the sides do not differ.") &&
						    line_says(&t, "undo", "the sides part at step 5."));
	terminal_type(&t, "exp\t");
	report("lines: Tab lists", wait_for_text(&t, "expect, explain, export\n"));
	terminal_type(&t, "l\tme\t");
	report("lines: and completes", wait_for_text(&t, "vmafork> explain mem"));
	terminal_type(&t, "\033[D\033[D\033[C" CTRL_C);
	report("lines: Ctrl-C drops the line", prompts(&t));
	terminal_type(&t, "\033[A");
	report("lines: Up recalls", wait_for_text(&t, "\nvmafork> undo\n"));
	terminal_type(&t, CTRL_C);
	report("lines: goes on", prompts(&t) && line_says(&t, "set predict on", "Done."));
	report("lines: a fork asks", line_says(&t, "fork", "c copy, s skip, pass skips."));
	report("lines: of each side", line_says(&t, "c", "on the right"));
	report("lines: and is carried out", line_says(&t, "c", "1 of 2 right"));
	terminal_type(&t, CTRL_D);
	report("lines: Ctrl-D asks", wait_for_text(&t, "Quit without saving? (y/N)"));
	report("lines: Enter is a no", line_says(&t, "", "save FILE keeps the session"));
	terminal_type(&t, "vma half");
	report("lines: half a line", wait_for_text(&t, "vma half"));
	kill(t.pid, SIGTERM);
	report_end("lines: SIGTERM", &t, 0, SIGTERM);
	report("lines: no escape character was written here", !t.escaped);
	terminal_stop(&t);
}

/* Ctrl-C ends what is played; what it has said stays. */
static void test_lines_interrupted(void)
{
	struct terminal t;
	char path[64];
	char *argv[] = {(char *)program, (char *)"--plain", path, NULL};

	make_file(path, "vma big anon 2G\ntouch big\nfork\n");
	terminal_start(&t, 24, 80, argv);
	report("lines: a long fork", prompts(&t));
	for (int i = 0; i < 3; i++)
		terminal_type(&t, ">\r");
	report("lines: by page", wait_for_text(&t, "Steps go by page.") && prompts(&t));
	terminal_type(&t, "play\r");
	report("lines: page after page", wait_for_text(&t, " of the next."));
	terminal_type(&t, CTRL_C);
	report("lines: Ctrl-C stops it", wait_for_text(&t, "Stopped.") && prompts(&t));
	report("lines: and goes back", line_says(&t, "goto start", "The fork has not begun yet"));
	terminal_type(&t, "quit\r");
	report_end("lines: after Ctrl-C", &t, 0, 0);
	remove(path);
	terminal_stop(&t);
}

/* A pause with a time ends by itself, and at Enter. */
static void test_lines_wait(void)
{
	char path[64];
	char *argv[] = {(char *)program, (char *)"--plain", (char *)"play", path, NULL};
	struct terminal t;

	make_file(path, "say \"one\"\nwait 0.2\nsay \"two\"\nwait 500\nsay \"three\"\nwait\n");
	terminal_start(&t, 24, 80, argv);
	report("lines: a pause ends", wait_for_text(&t, "one\n") && wait_for_text(&t, "two\n"));
	report("lines: a long one does not", !terminal_has(&t, "three"));
	terminal_type(&t, "\r");
	report("lines: Enter ends it", wait_for_text(&t, "three\n") && prompts(&t));
	terminal_type(&t, CTRL_D);
	report_end("lines: pauses", &t, 0, 0);
	remove(path);
	terminal_stop(&t);
}

/* Another program runs: it can be stopped. */
static void test_lines_probe(void)
{
	char *argv[] = {(char *)with_probe, (char *)"--plain", (char *)scenario_path("flag.vma"), NULL};
	struct terminal t;

	terminal_start(&t, 24, 80, argv);
	report("lines: beside a probe", prompts(&t));
	terminal_type(&t, "probe\r");
	report("lines: says that it runs", wait_for_text(&t, "vmafork-probe runs; Ctrl-C stops it."));
	terminal_type(&t, CTRL_C);
	report("lines: it is stopped", wait_for_text(&t, "vmafork-probe was stopped") && prompts(&t));
	report("lines: without an escape character", !t.escaped);
	terminal_stop(&t);
}

static void test_lines(void)
{
	setenv("TERM", "dumb", 1);
	test_lines_story();
	test_lines_prompt();
	test_lines_interrupted();
	test_lines_wait();
	setenv("TERM", "xterm-256color", 1);
	test_lines_prompt();
	test_lines_probe();
}

static void test_dumb(void)
{
	struct terminal t;

	setenv("TERM", "dumb", 1);
	start(&t, 24, 80, "flag.vma");
	report("TERM=dumb is refused", wait_for_end(&t) && WIFEXITED(t.status) && WEXITSTATUS(t.status) == 2);
	report("and told what to do", terminal_has(&t, "--batch") && !t.alternate);
	terminal_stop(&t);
	setenv("TERM", "xterm-256color", 1);
}

static void test_all(void)
{
	test_steps();
	test_toggle();
	test_source();
	test_help();
	test_prompt();
	test_unsaved();
	test_history();
	test_unknown_keys();
	test_paste();
	test_mouse();
	test_suspend();
	test_question();
	test_predictions();
	test_lessons(program, report);
	test_ends(program, folder, report);
	test_resizes(program, folder, report);
	test_colors();
	test_dumb();
	test_lines();
	test_probe();
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: pty PROGRAM FOLDER PROGRAM-WITH-A-PROBE\n");
		return 2;
	}
	program = argv[1];
	folder = argv[2];
	with_probe = argv[3];
	if (getenv("RESIZES"))
		test_resizes(program, folder, report);
	else
		test_all();
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}
