/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pty/ends.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "pty/terminal.h"

#define CTRL_L "\014"
#define CTRL_S "\023"
#define SECONDS_TO_END 6.0

static const char *program, *folder;
static pty_report *report;

static bool say(const char *what, const char *how, bool ok)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: %s", what, how);
	return report(text, ok);
}

static bool started(struct terminal *t)
{
	return wait_for_alternate(t, true) && wait_for_text(t, "vmafork> ");
}

static void start(struct terminal *t)
{
	char path[512], *argv[] = {(char *)program, path, NULL};

	snprintf(path, sizeof(path), "%s/flag.vma", folder);
	terminal_start(t, 24, 80, argv);
}

static void start_empty(struct terminal *t, bool lines)
{
	char *argv[] = {(char *)program, lines ? (char *)"--plain" : NULL, NULL};

	terminal_start(t, 24, 100, argv);
}

static bool killed_by(struct terminal *t, int number)
{
	return wait_for_end(t) && WIFSIGNALED(t->status) && WTERMSIG(t->status) == number;
}

static void test_signals(void)
{
	const int numbers[] = {SIGTERM, SIGHUP,	 SIGQUIT,   SIGUSR1, SIGUSR2, SIGXCPU, SIGVTALRM,
			       SIGPROF, SIGIO,	 SIGPWR,    SIGPIPE, SIGALRM, SIGTRAP, SIGSYS,
			       SIGSEGV, SIGABRT, SIGSTKFLT, SIGBUS,  SIGFPE,  SIGILL,  SIGRTMIN, SIGRTMAX};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct terminal t;
		char name[48];

		snprintf(name, sizeof(name), "signal %d, %s", numbers[i], strsignal(numbers[i]));
		start(&t);
		say(name, "starts", started(&t));
		kill(t.pid, numbers[i]);
		say(name, "ends as it should", killed_by(&t, numbers[i]));
		say(name, "the terminal is restored", terminal_restored(&t));
		terminal_stop(&t);
	}
}

/* A limit of the size of files is an error of the file that is too large. */
static void test_file_size(void)
{
	char line[] = "ulimit -f 1; exec \"$0\" \"$1\"", path[512], save[128];
	char *argv[] = {(char *)"/bin/sh", (char *)"-c", line, (char *)program, path, NULL};
	struct terminal t;

	snprintf(path, sizeof(path), "%s/flag.vma", folder);
	terminal_start(&t, 24, 80, argv);
	report("file size: starts", started(&t));
	kill(t.pid, SIGXFSZ);
	for (int i = 0; i < 80; i++) {
		snprintf(save, sizeof(save), "vma name-that-is-long-%d anon 4K\r", i);
		terminal_type(&t, save);
	}
	snprintf(save, sizeof(save), "save /tmp/vmafork-ends-%d.vma\r", (int)getpid());
	terminal_type(&t, save);
	report("file size: is an error", wait_for_text(&t, "File too large"));
	terminal_type(&t, "quit\ry");
	report("file size: and no end", wait_for_end(&t) && WIFEXITED(t.status) && !WEXITSTATUS(t.status));
	report("file size: the terminal is restored", terminal_restored(&t));
	terminal_stop(&t);
}

/* Memory ends: in the midst of a command. */
static void test_memory(void)
{
	char line[] = "ulimit -v 400000; exec \"$0\" --budget 64G,60s", *argv[] = {(char *)"/bin/sh", (char *)"-c", line,
								    (char *)program, NULL};
	struct terminal t;

	terminal_start(&t, 24, 80, argv);
	report("memory: starts", started(&t));
	terminal_type(&t, "vma many anon 4K times 8000000\r");
	report("memory: ends", wait_for_end(&t) && WIFEXITED(t.status) && WEXITSTATUS(t.status) == 2);
	report("memory: the terminal is restored", terminal_restored(&t));
	report("memory: says so where it can be read", terminal_has(&t, "out of memory"));
	terminal_stop(&t);
}

/* What it writes does not arrive: by Ctrl-S, or since nobody reads it. */
static void test_stopped(void)
{
	struct terminal t;
	double began;

	start(&t);
	report("Ctrl-S: starts", started(&t));
	terminal_type(&t, CTRL_S);
	for (int i = 0; i < 20; i++)
		terminal_type(&t, CTRL_L);
	while (terminal_read(&t, 200))
		;
	kill(t.pid, SIGTERM);
	began = clock_now();
	report("Ctrl-S: SIGTERM ends it", killed_by(&t, SIGTERM) && clock_now() - began < SECONDS_TO_END);
	report("Ctrl-S: the terminal is restored", terminal_restored(&t));
	terminal_stop(&t);

	start(&t);
	report("unread: starts", started(&t));
	for (int i = 0; i < 200; i++) {
		terminal_type(&t, CTRL_L);
		usleep(2000); /* each is to be drawn: the keys that it has not read are one drawing */
	}
	kill(t.pid, SIGTERM);
	began = clock_now();
	while (waitpid(t.pid, &t.status, WNOHANG) != t.pid && clock_now() - began < SECONDS_TO_END)
		usleep(10000);
	t.ended = clock_now() - began < SECONDS_TO_END;
	report("unread: SIGTERM ends it", t.ended && WIFSIGNALED(t.status) && WTERMSIG(t.status) == SIGTERM);
	terminal_stop(&t);
}

/* --- what the environment says -------------------------------------------------------------- */

/* A character that the locale has not, and bytes that are none, take nothing with them. */
static void test_locales(void)
{
	static const char *const locales[] = {"C", "C.UTF-8"};

	for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++) {
		struct terminal t;

		setenv("LC_ALL", locales[i], 1);
		start_empty(&t, false);
		say(locales[i], "starts", started(&t));
		terminal_type(&t, "\033[200~title \"caf\303\251\"\r\033[201~vma a anon 4K\r");
		say(locales[i], "a pasted character", wait_for_text(&t, i ? "caf\303\251" : "caf") &&
							     wait_for_text(&t, "a 4K"));
		terminal_type(&t, "\033[200~about \"\351\"\rvma bee anon 4K\r\033[201~");
		say(locales[i], "a byte that is no character", wait_for_text(&t, "bee 4K"));
		terminal_type(&t, "\303\251\351vma cee anon 4K\025vma dee anon 4K\r");
		say(locales[i], "typed", wait_for_text(&t, "dee 4K"));
		terminal_type(&t, "quit\ry");
		say(locales[i], "ends", wait_for_end(&t));
		terminal_stop(&t);
	}
}

/* A crash in the midst of readline's start-up file, which a pipe makes last. */
static void test_start_up_file(void)
{
	struct terminal t;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/vmafork-ends-%d.inputrc", (int)getpid());
	if (mkfifo(path, 0600)) {
		report("start-up file: a pipe", false);
		return;
	}
	setenv("INPUTRC", path, 1);
	start_empty(&t, false);
	setenv("INPUTRC", "/dev/null", 1);
	report("start-up file: has the terminal", wait_for_alternate(&t, true));
	while (terminal_read(&t, 300)) /* it waits for the pipe then */
		;
	kill(t.pid, SIGSEGV);
	report("start-up file: ends", killed_by(&t, SIGSEGV));
	report("start-up file: is named", terminal_has(&t, "start-up file") && terminal_has(&t, path));
	report("start-up file: the terminal is restored", terminal_restored(&t));
	terminal_stop(&t);
	remove(path);
}

static void test_columns(void)
{
	struct terminal t;

	setenv("COLUMNS", "99999", 1);
	setenv("LINES", "7", 1);
	start(&t);
	unsetenv("COLUMNS");
	unsetenv("LINES");
	report("COLUMNS=99999: starts", started(&t) && wait_for_text(&t, "RIGHT  v"));
	report("COLUMNS=99999: the terminal's size counts", wait_for_text(&t, "? help"));
	terminal_type(&t, "quit\r");
	report("COLUMNS=99999: ends", wait_for_end(&t));
	terminal_stop(&t);
}

/* --- work is not lost -------------------------------------------------------------------- */

#define QUESTION "Open its unsaved work? (y/N)"

/* Without a question: what is typed is carried out. */
static void report_no_question(const char *what, bool lines)
{
	struct terminal t;

	start_empty(&t, lines);
	say(what, "starts", wait_for_text(&t, "vmafork>"));
	terminal_type(&t, "vma another anon 4K\r");
	say(what, "no question", wait_for_text(&t, "another") && !terminal_has(&t, "unsaved work"));
	terminal_type(&t, "quit\r");
	say(what, "of unsaved work", wait_for_text(&t, "Quit without saving? (y/N)"));
	terminal_type(&t, lines ? "y\r" : "y");
	say(what, "ends", wait_for_end(&t));
	terminal_stop(&t);
}

/* Something is typed, and the session ends by that signal. */
static void leave(bool lines, int number)
{
	struct terminal t;

	start_empty(&t, lines);
	report("left: starts", wait_for_text(&t, "vmafork>"));
	terminal_type(&t, "vma precious anon 64K\rtouch precious\rvma wrong anon 4K\rundo\r");
	terminal_type(&t, "show trace\r");
	report("left: all of it", wait_for_text(&t, "left: v7.3, check dst"));
	kill(t.pid, number);
	report("left: ends", killed_by(&t, number));
	terminal_stop(&t);
}

static void test_left(bool lines, int number)
{
	const char *const yes = lines ? "y\r" : "y", *const no = lines ? "n\r" : "n";
	struct terminal t, other;

	leave(lines, number);
	start(&t);
	report("left: a session with a file says so", wait_for_text(&t, "A session ended early on"));
	terminal_type(&t, "\004");
	report("left: and asks nothing", wait_for_end(&t));
	terminal_stop(&t);
	start_empty(&t, lines);
	report("left: is offered", wait_for_text(&t, QUESTION));
	start_empty(&other, lines);
	report("left: once only", wait_for_text(&other, "vmafork>") && !terminal_has(&other, QUESTION));
	terminal_stop(&other);
	terminal_type(&t, yes);
	report("left: is opened", wait_for_text(&t, "opened, and not saved"));
	terminal_type(&t, "show vmas\r");
	report("left: is all there", wait_for_text(&t, "precious") && !terminal_has(&t, "wrong"));
	kill(t.pid, SIGKILL);
	report("left: ends again", killed_by(&t, SIGKILL));
	terminal_stop(&t);

	start_empty(&t, lines);
	report("left: is offered again", wait_for_text(&t, QUESTION));
	terminal_type(&t, no);
	report("left: is declined", wait_for_text(&t, "not opened: it is in"));
	terminal_type(&t, lines ? "quit\r" : "\004");
	report("left: an empty session ends", wait_for_end(&t));
	terminal_stop(&t);
	report_no_question("left: declined", lines);
	report_no_question("left: ended by its viewer", lines);
}

/* The terminal goes away, and no signal says so: the program is in a session that has none. */
static void test_gone(void)
{
	char line[600], *argv[] = {"/bin/sh", "-c", line, NULL};
	struct terminal t;

	snprintf(line, sizeof(line), "trap '' HUP; setsid -w '%s'", program);
	terminal_start(&t, 24, 80, argv);
	report("gone: starts", started(&t));
	close(t.master);
	t.master = open("/dev/null", O_RDWR | O_CLOEXEC);
	report("gone: ends", wait_for_end(&t));
	terminal_stop(&t);
}

/* What was saved is in its file. */
static void test_saved(void)
{
	char path[64], save[96];
	struct terminal t;

	snprintf(path, sizeof(path), "/tmp/vmafork-ends-%d.vma", (int)getpid());
	snprintf(save, sizeof(save), "save %s\r", path);
	start_empty(&t, false);
	report("saved: starts", started(&t));
	terminal_type(&t, "vma precious anon 64K\r");
	terminal_type(&t, save);
	report("saved: is", wait_for_text(&t, "saved as"));
	kill(t.pid, SIGKILL);
	report("saved: ends", killed_by(&t, SIGKILL));
	terminal_stop(&t);
	remove(path);
	report_no_question("saved", false);
}

void test_ends(const char *tested, const char *scenarios, pty_report *results)
{
	char state[] = "/tmp/vmafork-ends-XXXXXX", line[64];

	program = tested;
	folder = scenarios;
	report = results;
	/* Other tests leave work, too. */
	if (!mkdtemp(state) || setenv("XDG_STATE_HOME", state, 1))
		report("a folder for the state", false);
	test_signals();
	test_file_size();
	test_memory();
	test_stopped();
	test_locales();
	test_start_up_file();
	test_columns();
	test_saved();
	test_gone();
	test_left(false, SIGKILL);
	test_left(false, SIGTERM);
	test_left(true, SIGHUP);
	unsetenv("XDG_STATE_HOME");
	snprintf(line, sizeof(line), "rm -r %s", state);
	report("the state is removed", !system(line));
}
