/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pty/ends.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

void test_ends(const char *tested, const char *scenarios, pty_report *results)
{
	program = tested;
	folder = scenarios;
	report = results;
	test_signals();
	test_file_size();
	test_memory();
	test_stopped();
}
