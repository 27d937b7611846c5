/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.d/trial.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "live/compare.h"
#include "live/safeguard.h"

/* What a trial may take longer than the probe's own deadline. */
#define GRACE_MS 5000

bool trial_init(struct trial *t)
{
	*t = (struct trial){.pid_fd = -1};
	t->shared = mmap(NULL, sizeof(*t->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	if (t->shared != MAP_FAILED)
		return true;
	t->shared = NULL;
	return false;
}

void trial_deinit(struct trial *t)
{
	if (t->shared)
		munmap(t->shared, sizeof(*t->shared));
	t->shared = NULL;
}

/* --- in the process of its own ---------------------------------------------------- */

bool trial_read(struct scenario *scenario, char *text, struct vf_error *error)
{
	unsigned number = 0;
	bool ok = true;

	for (char *line = text, *end; ok && *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		ok = scenario_add(scenario, "random", ++number, line, error);
	}
	return ok;
}

/* As many whole lines as fit: half of one would look like another difference. */
static void keep_lines(char *to, size_t size, const char *lines)
{
	size_t n = strlen(lines);

	while (n && (n >= size || lines[n - 1] != '\n'))
		n--;
	memcpy(to, lines, n);
	to[n] = '\0';
}

static void judge(const struct probe *probe, struct verdict *verdict,
		  struct statistics *statistics)
{
	struct differences differences = {0};
	struct score score = probe_compare(probe, &differences);
	struct buf lines = {0};

	verdict->agree = score.agree;
	verdict->differ = score.differ;
	verdict->unseen = score.unseen;
	verdict->cut = probe->end == PROBE_IMPOSSIBLE;
	if (verdict->cut)
		statistics_count(statistics, "cut %.50s", probe->reason);
	differences_print(&differences, &probe->scenario, &lines);
	keep_lines(verdict->differences, sizeof(verdict->differences), buf_str(&lines));
	snprintf(verdict->reason, sizeof(verdict->reason), "%s", probe->reason);
	verdict->kind = probe->end == PROBE_STOPPED	  ? TRIAL_STOPPED
			: score.differ			  ? TRIAL_DIFFERS
			: probe_end_is_error(probe->end) ? TRIAL_FAILED
							  : TRIAL_AGREES;
	buf_deinit(&lines);
	differences_deinit(&differences);
}

/* Takes away what this machine's kernel might not finish, from the text too. */
static bool cut(struct scenario *scenario, const struct surroundings *around, char *text)
{
	size_t n = safeguard_allows(scenario, around->guard, around->knobs);
	unsigned line;

	if (n == scenario->n)
		return false;
	for (line = scenario->commands[n]->line.words[0].line; line > 1; line--)
		text = strchr(text, '\n') + 1;
	*text = '\0';
	while (scenario->n > n)
		scenario_drop(scenario);
	return true;
}

static void carry_out(struct trial *t, const struct trial_options *options, uint64_t index,
		      const char *text)
{
	struct verdict *verdict = &t->shared->verdict;
	struct scenario scenario = {0};
	struct probe probe;
	struct vf_error error;
	char *copy;
	bool read, shorter;

	if (!text)
		generate(options->seed, index, options->around, t->shared->text,
			 &t->shared->statistics);
	copy = xstrdup(t->shared->text);
	read = trial_read(&scenario, copy, &error);
	shorter = read && cut(&scenario, options->around, t->shared->text);
	if (read && probe_scenario(&probe, &scenario, &options->probe, &error)) {
		judge(&probe, verdict, &t->shared->statistics);
		verdict->cut |= shorter;
		if (shorter)
			statistics_count(&t->shared->statistics, STATISTICS_UNFINISHED);
		probe_deinit(&probe);
	} else {
		verdict->kind = TRIAL_FAILED;
		snprintf(verdict->reason, sizeof(verdict->reason), "%s", error.message);
		scenario_close(&scenario);
	}
	free(copy);
	t->shared->done = true;
}

/* --- from outside ------------------------------------------------------------------- */

bool trial_start(struct trial *t, const struct trial_options *options, uint64_t index,
		 const char *text)
{
	pid_t driver = getpid();
	int err;

	t->index = index;
	t->shared->done = false;
	t->shared->statistics.n = 0;
	t->shared->verdict = (struct verdict){0};
	memset(&t->shared->statistics, 0, sizeof(t->shared->statistics));
	snprintf(t->shared->text, sizeof(t->shared->text), "%s", text ? text : "");
	t->deadline = clock_ms() + options->probe.timeout_ms + GRACE_MS;
	fflush(NULL);
	t->pid = fork();
	if (t->pid < 0) {
		t->pid = 0;
		return false;
	}
	if (!t->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != driver)
			_exit(1);
		/* Grandchildren come to us when their parents end, so that we see them off. */
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
		carry_out(t, options, index, text);
		_exit(0);
	}
	t->pid_fd = (int)syscall(SYS_pidfd_open, t->pid, 0);
	if (t->pid_fd >= 0)
		return true;
	err = errno;
	kill(t->pid, SIGKILL);
	while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
		;
	t->pid = 0;
	errno = err;
	return false;
}

static void failed(struct trial *t, const char *format, int number)
{
	struct verdict *verdict = &t->shared->verdict;

	verdict->kind = TRIAL_FAILED;
	snprintf(verdict->reason, sizeof(verdict->reason), format, number);
}

void trial_end(struct trial *t)
{
	bool late;
	int status = 0;
	pid_t ended = waitpid(t->pid, &status, WNOHANG);

	late = !ended && clock_ms() >= t->deadline;
	if (late)
		kill(t->pid, SIGKILL);
	while (!ended || (ended < 0 && errno == EINTR))
		ended = waitpid(t->pid, &status, 0);
	close(t->pid_fd);
	t->pid_fd = -1;
	t->pid = 0;
	if (late)
		failed(t, "it hangs, and was ended", 0);
	else if (WIFSIGNALED(status))
		failed(t, "the model or the probe crashed: signal %d", WTERMSIG(status));
	else if (!t->shared->done)
		failed(t, "the model or the probe ended early: status %d", WEXITSTATUS(status));
}

const struct verdict *trial_run(struct trial *t, const struct trial_options *options,
				const char *text)
{
	struct pollfd fd;

	if (!trial_start(t, options, 0, text)) {
		failed(t, "no process could be had: errno %d", errno);
		return &t->shared->verdict;
	}
	fd = (struct pollfd){.fd = t->pid_fd, .events = POLLIN};
	for (;;) {
		int64_t left = t->deadline - clock_ms();

		if (left <= 0 || poll(&fd, 1, (int)left) > 0)
			break;
	}
	trial_end(t);
	return &t->shared->verdict;
}
