/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program again and again, each time with another allocation that fails:
 *
 *   oom LIBRARY STEP [--file NAME] [--keys TEXT] [--from N] [--until N] PROGRAM ARGUMENT...
 *
 * Every STEP-th allocation fails once, and alone; halfway between two of them, that one and all
 * later ones fail. LIBRARY is tests/oom/failing.c. Each run has to end as one in which nothing fails,
 * with the same output; or with status 2 and a message. The file NAME, which the program
 * writes, is whole then or not there, and no other file is left in this folder, which has to be
 * empty.
 *
 * --keys: the program has a terminal, and gets these keys whenever it is silent. Its output
 * is not compared, but the terminal has to be as it was. Allocations of curses and readline do
 * not fail: ncurses 6.4 and readline 8.2 crash then.
 * --from, --until: only these allocations, counted from 1.
 *
 * Exit status: 0 all did, 1 not.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"

#define DEADLINE 60 /* seconds for one run */
#define SILENT_MS 100
#define FINDINGS_MOST 20

struct test {
	const char *library, *file, *keys;
	unsigned long from, until;
	char **command;
};

/* What a run was like. */
struct result {
	int status; /* as of waitpid() */
	bool failed; /* an allocation did */
	bool late;
	bool restored; /* the terminal */
	struct buf out, err; /* with a terminal, all is in `out` */
	struct buf file;
	bool wrote;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void result_deinit(struct result *r)
{
	buf_deinit(&r->out);
	buf_deinit(&r->err);
	buf_deinit(&r->file);
}

static void read_all(int fd, struct buf *text)
{
	char bytes[65536];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		buf_add(text, bytes, (size_t)n);
	close(fd);
}

static int memory_file(void)
{
	int fd = memfd_create("oom", 0);

	if (fd < 0 || ftruncate(fd, 0))
		die("memfd_create");
	return fd;
}

/* In the child: the program, whose allocation `at` fails (0: none). */
static void start(const struct test *test, unsigned long at, bool all, int flag)
{
	char number[32];

	snprintf(number, sizeof(number), "%lu", at);
	setenv("OOM_AT", number, 1);
	snprintf(number, sizeof(number), "%d", flag);
	setenv("OOM_FD", number, 1);
	if (all)
		setenv("OOM_ALL", "1", 1);
	if (test->keys)
		setenv("OOM_SKIP", "1", 1);
	setenv("LD_PRELOAD", test->library, 1);
	execv(test->command[0], test->command);
	_exit(127);
}

/* Waits until it has ended; false: it had to be killed. */
static bool reap(pid_t pid, int *status)
{
	double end = clock_now() + DEADLINE;

	while (waitpid(pid, status, WNOHANG) == 0) {
		if (clock_now() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, status, 0);
			return false;
		}
		usleep(500);
	}
	return true;
}

static void run_with_files(const struct test *test, unsigned long at, bool all, int flag, struct result *r)
{
	int out = memory_file(), err = memory_file(), in = open("/dev/null", O_RDONLY);
	pid_t pid;

	if ((pid = fork()) < 0)
		die("fork");
	if (!pid) {
		if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
			_exit(127);
		start(test, at, all, flag);
	}
	close(in);
	r->late = !reap(pid, &r->status);
	r->restored = true;
	read_all(out, &r->out);
	read_all(err, &r->err);
}

static bool same_terminal(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && !memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc));
}

/* Takes what it writes, and gives it keys when it is silent, until it has ended. */
static void play(const struct test *test, int master, pid_t pid, struct result *r)
{
	double end = clock_now() + DEADLINE;
	char bytes[65536];

	while (waitpid(pid, &r->status, WNOHANG) == 0) {
		struct pollfd ready = {.fd = master, .events = POLLIN};
		ssize_t n;

		if (clock_now() > end) {
			r->late = true;
			kill(pid, SIGKILL);
			waitpid(pid, &r->status, 0);
			break;
		}
		if (poll(&ready, 1, SILENT_MS) > 0) {
			n = read(master, bytes, sizeof(bytes));
			if (n > 0)
				buf_add(&r->out, bytes, (size_t)n);
		} else if (write(master, test->keys, strlen(test->keys)) < 0) {
			break;
		}
	}
}

static void run_with_terminal(const struct test *test, unsigned long at, bool all, int flag, struct result *r)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	struct termios before, after;
	int master, slave;
	pid_t pid;

	if (openpty(&master, &slave, NULL, NULL, &size) || tcgetattr(slave, &before))
		die("openpty");
	if ((pid = fork()) < 0)
		die("fork");
	if (!pid) {
		close(master);
		if (login_tty(slave))
			_exit(127);
		start(test, at, all, flag);
	}
	play(test, master, pid, r);
	/* The rest of the output is in the terminal. */
	fcntl(master, F_SETFL, O_NONBLOCK);
	for (ssize_t n = 1; n > 0;) {
		char bytes[65536];

		n = read(master, bytes, sizeof(bytes));
		if (n > 0)
			buf_add(&r->out, bytes, (size_t)n);
	}
	r->restored = !tcgetattr(slave, &after) && same_terminal(&before, &after);
	close(master);
	close(slave);
}

static struct result run(const struct test *test, unsigned long at, bool all)
{
	struct result r = {0};
	int flag = memfd_create("oom-flag", 0), fd;
	char failed = 0;

	if (flag < 0 || ftruncate(flag, 1))
		die("memfd_create");
	if (test->file)
		unlink(test->file);
	if (test->keys)
		run_with_terminal(test, at, all, flag, &r);
	else
		run_with_files(test, at, all, flag, &r);
	r.failed = pread(flag, &failed, 1, 0) == 1 && failed;
	close(flag);
	if (test->file && (fd = open(test->file, O_RDONLY)) >= 0) {
		r.wrote = true;
		read_all(fd, &r.file);
		unlink(test->file);
	}
	return r;
}

/* The name of a file that is left in this folder, which is removed; NULL: none. */
static const char *left_over(void)
{
	static char name[300];
	DIR *dir = opendir(".");
	struct dirent *entry;

	name[0] = '\0';
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2) {
			snprintf(name, sizeof(name), "%s", entry->d_name);
			unlink(name);
		}
	if (dir)
		closedir(dir);
	return name[0] ? name : NULL;
}

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(buf_str(a), buf_str(b), a->len);
}

/* What is wrong with it; NULL: nothing. */
static const char *wrong(const struct test *test, const struct result *r, const struct result *plain)
{
	static char text[400];
	const char *left = left_over();

	if (r->late)
		return "does not end";
	if (WIFSIGNALED(r->status)) {
		snprintf(text, sizeof(text), "signal %d", WTERMSIG(r->status));
		return text;
	}
	if (!r->restored)
		return "the terminal is not restored";
	if (left) {
		snprintf(text, sizeof(text), "the file %s is left", left);
		return text;
	}
	if (r->wrote && !same(&r->file, &plain->file))
		return "the file is not whole";
	if (WEXITSTATUS(r->status) == 2)
		return (test->keys ? &r->out : &r->err)->len ? NULL : "no message";
	if (r->status != plain->status) {
		snprintf(text, sizeof(text), "status %d", WEXITSTATUS(r->status));
		return text;
	}
	if (test->keys)
		return NULL;
	if (!same(&r->out, &plain->out) || !same(&r->err, &plain->err))
		return "other output, and no error";
	return r->wrote == plain->wrote ? NULL : "no file, and no error";
}

static bool judge(const struct test *test, unsigned long at, bool all, const struct result *r,
		  const struct result *plain)
{
	const char *what = wrong(test, r, plain);
	const char *said = buf_str(test->keys ? &r->out : &r->err);

	if (!what)
		return true;
	printf("allocation %lu%s: %s: %.*s\n", at, all ? " and all later ones" : "", what,
	       (int)strcspn(said, "\n"), said);
	fflush(stdout);
	return false;
}

int main(int argc, char **argv)
{
	struct test test = {.library = argc > 2 ? argv[1] : NULL, .from = 1, .until = -1UL};
	unsigned long step = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, at, runs = 0, tolerated = 0;
	unsigned findings = 0;
	struct result plain;
	int i = 3;

	for (; i + 1 < argc && !strncmp(argv[i], "--", 2); i += 2) {
		if (!strcmp(argv[i], "--file"))
			test.file = argv[i + 1];
		else if (!strcmp(argv[i], "--keys"))
			test.keys = argv[i + 1];
		else if (!strcmp(argv[i], "--from"))
			test.from = strtoul(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--until"))
			test.until = strtoul(argv[i + 1], NULL, 10);
		else
			break;
	}
	if (!step || i >= argc || !strncmp(argv[i], "--", 2)) {
		fprintf(stderr, "usage: oom LIBRARY STEP [--file NAME] [--keys TEXT] [--from N] [--until N] PROGRAM ARGUMENT...\n");
		return 1;
	}
	test.command = argv + i;
	plain = run(&test, 0, false);
	if (plain.late || !WIFEXITED(plain.status) || WEXITSTATUS(plain.status) > 1 ||
	    (test.file && !plain.wrote) || left_over()) {
		printf("does not run: status %d: %s\n", plain.status, buf_str(&plain.err));
		return 1;
	}
	for (at = test.from; at <= test.until && findings < FINDINGS_MOST; at += step) {
		bool any = false;

		for (int all = 0; all < 2; all++) {
			unsigned long number = all ? at + step / 2 : at;
			struct result r = run(&test, number, all);

			any |= r.failed;
			runs++;
			tolerated += r.failed && r.status == plain.status;
			findings += !judge(&test, number, all, &r, &plain);
			result_deinit(&r);
		}
		if (!any)
			break;
	}
	printf("%lu allocations, %lu runs, %lu of them to the end; %u findings\n", at - 1, runs, tolerated, findings);
	result_deinit(&plain);
	return findings != 0;
}
