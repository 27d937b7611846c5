/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/helper_guard.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void end_as(int status)
{
	static const struct rlimit none = {0, 0};
	sigset_t set;

	if (!WIFSIGNALED(status))
		_exit(WEXITSTATUS(status));
	setrlimit(RLIMIT_CORE, &none); /* there is one already */
	signal(WTERMSIG(status), SIG_DFL);
	sigfillset(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

/* Nothing of the program stays open, neither its terminal nor its locks. */
static void close_all(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	close_range(3, UINT_MAX, 0);
}

static void watch(pid_t helper, const sigset_t *set)
{
	int number, status;

	for (;;) {
		if (sigwait(set, &number))
			continue;
		if (number == SIGALRM)
			kill(0, SIGKILL);
		if (number == SIGTERM) {
			kill(helper, SIGTERM);
			alarm(SECONDS_TO_END);
		}
		if (waitpid(helper, &status, WNOHANG) == helper)
			end_as(status);
	}
}

int helper_guard(pid_t parent)
{
	sigset_t set;
	pid_t guard, helper;

	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL); /* all that come are looked at in watch() */
	/* In its own session it has no terminal: neither keys nor Ctrl-C reach it. */
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	guard = getpid();
	helper = fork();
	if (helper < 0)
		return -1;
	if (helper) {
		close_all();
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigaddset(&set, SIGALRM);
		sigaddset(&set, SIGCHLD);
		watch(helper, &set);
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != guard)
		_exit(127);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	return 0;
}
