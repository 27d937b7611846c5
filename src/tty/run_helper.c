/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/run_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/share.h"
#include "tty/helper_guard.h"

#define ERR_MOST ((size_t)16 << 10)
#define SECONDS_MOST 600.0 /* every program of ours has limits of its own below that */
#define SECONDS_BEHIND 1.0 /* for what others still write when it has ended */
#define TICK_MS 100

/*
 * The path of a program: in the folder of this one, or on the PATH; NULL: not found. The
 * caller frees it.
 */
static char *find(const char *program, struct vf_error *error)
{
	char *beside = program_path(program), *folders, *rest, *folder;
	const char *path = getenv("PATH");

	if (!access(beside, X_OK))
		return beside;
	folders = rest = xstrdup(path ? path : "");
	while ((folder = strsep(&rest, ":"))) {
		struct buf full = {0};

		buf_printf(&full, "%s/%s", folder, program);
		if (folder[0] == '/' && !access(buf_str(&full), X_OK)) {
			free(folders);
			free(beside);
			return buf_take(&full);
		}
		buf_deinit(&full);
	}
	free(folders);
	vf_error_set(error, "%s is not in the folder of vmafork-tui (%.300s)", program, beside);
	vf_error_hint(error, "make builds both");
	free(beside);
	return NULL;
}

void helper_become(const char *const argv[], struct vf_error *error)
{
	char *path = find(argv[0], error);

	if (!path)
		return;
	execv(path, (char *const *)argv);
	vf_error_set(error, "cannot start %s: %s", argv[0], strerror(errno));
	free(path);
}

/* --- starting --------------------------------------------------------------------- */

struct running {
	pid_t pid;
	int out, err;
};

/* Runs in the child. Returns only on failure, with errno set. */
static void become_child(const char *path, const char *const argv[], const int out[2],
			 const int err[2], pid_t parent)
{
	int null = open("/dev/null", O_RDWR);

	if (helper_guard(parent))
		return;
	if (null < 0 || dup2(null, 0) < 0 || dup2(out[1], 1) < 0 || dup2(err[1], 2) < 0)
		return;
	execv(path, (char *const *)argv);
}

/* Did the child report why it could not start? The pipe closes if it did start. */
static bool heard(int fd, int *cause)
{
	ssize_t n;

	do
		n = read(fd, cause, sizeof(*cause));
	while (n < 0 && errno == EINTR);
	return n == sizeof(*cause);
}

static bool start(const char *path, const char *const argv[], struct running *running)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1}, failed[2] = {-1, -1}, cause = 0;
	pid_t parent = getpid();

	running->pid = -1;
	if (!pipe2(out, O_CLOEXEC) && !pipe2(err, O_CLOEXEC) && !pipe2(failed, O_CLOEXEC))
		running->pid = fork();
	if (running->pid == 0) {
		ssize_t ignored;

		become_child(path, argv, out, err, parent);
		cause = errno;
		ignored = write(failed[1], &cause, sizeof(cause));
		(void)ignored;
		_exit(127);
	}
	if (running->pid < 0)
		cause = errno;
	close(out[1]);
	close(err[1]);
	close(failed[1]);
	if (running->pid > 0 && heard(failed[0], &cause))
		waitpid(running->pid, NULL, 0);
	close(failed[0]);
	*running = (struct running){running->pid, out[0], err[0]};
	if (!cause)
		return true;
	close(out[0]);
	close(err[0]);
	errno = cause;
	return false;
}

/* --- listening --------------------------------------------------------------------- */

/* Reads what is available; drops what exceeds the limit. False at the end. */
static bool drain(int fd, size_t most, struct buf *to, bool *too_much)
{
	char bytes[65536];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if ((size_t)n > most - to->len) {
		*too_much = true;
		n = (ssize_t)(most - to->len);
		buf_add(to, bytes, (size_t)n);
		return true;
	}
	buf_add(to, bytes, (size_t)n);
	return n > 0;
}

enum end { ENDED, STOPPED, LATE, TOO_MUCH };

/* Leaves the child to be reaped later. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

/*
 * Reads until both outputs are closed, or the program has to be stopped. Its children
 * may keep them open: once it has ended, only what is already there is read.
 */
static enum end listen_to(const struct running *running, const struct helper_watch *watch,
			  const char *program, struct answer *answer)
{
	struct pollfd polled[] = {{.fd = running->out, .events = POLLIN},
				  {.fd = running->err, .events = POLLIN},
				  {.fd = watch->signal_fd, .events = POLLIN}};
	double start = clock_now(), told = start, ended = 0;
	bool too_much = false, ignored = false;

	while (polled[0].fd >= 0 || polled[1].fd >= 0) {
		bool gone = has_ended(running->pid); /* check first, so that no output is missed */
		int n = poll(polled, ARRAY_SIZE(polled), gone ? 0 : TICK_MS);
		double time = clock_now();

		if (gone && !ended)
			ended = time;
		if (gone && (!n || time - ended > SECONDS_BEHIND))
			return ENDED;
		if (n > 0 && polled[0].revents &&
		    !drain(running->out, answer->most, &answer->out, &too_much))
			polled[0].fd = -1;
		if (n > 0 && polled[1].revents && !drain(running->err, ERR_MOST, &answer->err, &ignored))
			polled[1].fd = -1;
		if (too_much)
			return TOO_MUCH;
		if (n > 0 && polled[2].revents && watch->stops && watch->stops(watch->owner))
			return STOPPED;
		if (time - start > SECONDS_MOST)
			return LATE;
		if (watch->runs && time - told >= TICK_MS / 1e3) {
			watch->runs(watch->owner, program, time - start);
			told = time;
		}
	}
	return ENDED;
}

/*
 * Reaps the program, and ends it first if it is still running. Kills what is left of its
 * group.
 */
static int see_off(const struct running *running, bool ended)
{
	static const struct timespec moment = {.tv_nsec = 5000000};
	double deadline = clock_now() + SECONDS_TO_END;
	int status = 0;

	if (!ended)
		kill(running->pid, SIGTERM);
	while (!has_ended(running->pid) && clock_now() < deadline)
		nanosleep(&moment, NULL);
	/* Before it is reaped: until then its group ID cannot be reused. */
	kill(-running->pid, SIGKILL);
	while (waitpid(running->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

bool helper_run(const struct helper_watch *watch, const char *const argv[], struct answer *answer,
		struct vf_error *error)
{
	char *path = find(argv[0], error);
	struct running running;
	enum end end;
	int status;

	if (!path)
		return false;
	if (!start(path, argv, &running)) {
		free(path);
		return vf_error_set(error, "cannot start %s: %s", argv[0], strerror(errno));
	}
	free(path);
	end = listen_to(&running, watch, argv[0], answer);
	close(running.out);
	close(running.err);
	status = see_off(&running, end == ENDED);
	if (end == STOPPED)
		return vf_error_set(error, "%s was stopped", argv[0]);
	if (end == LATE)
		return vf_error_set(error, "%s took more than %.0f seconds and was stopped", argv[0],
				    SECONDS_MOST);
	if (end == TOO_MUCH)
		return vf_error_set(error, "%s printed more than %zu MiB and was stopped", argv[0],
				    answer->most >> 20);
	if (WIFSIGNALED(status))
		return vf_error_set(error, "%s was killed by a signal: %s", argv[0],
				    strsignal(WTERMSIG(status)));
	answer->status = WEXITSTATUS(status);
	return true;
}

/* --- without a screen ------------------------------------------------------------------ */

struct plain_progress {
	bool terminal, shown;
};

static void plainly_runs(void *owner, const char *program, double seconds)
{
	struct plain_progress *progress = owner;

	if (!progress->terminal || seconds < 1)
		return;
	fprintf(stderr, "\r%s runs, %.0f s", program, seconds);
	fflush(stderr);
	progress->shown = true;
}

bool helper_run_plainly(void *owner, const char *const argv[], struct answer *answer,
			struct vf_error *error)
{
	struct plain_progress progress = {.terminal = isatty(STDERR_FILENO)};
	struct helper_watch watch = {.owner = &progress, .runs = plainly_runs, .signal_fd = -1};
	bool ok;

	(void)owner;
	fflush(stdout);
	ok = helper_run(&watch, argv, answer, error);
	if (progress.shown)
		fputs("\r\033[K", stderr);
	return ok;
}
