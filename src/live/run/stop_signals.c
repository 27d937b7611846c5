/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/run/stop_signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"

static void stop_set(sigset_t *set)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(set, numbers[i]);
}

int stop_signals_open(void)
{
	sigset_t set;

	stop_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void stop_signals_close(int fd)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (read(fd, &info, sizeof(info)) == sizeof(info)) {
		stop_set(&set);
		signal((int)info.ssi_signo, SIG_DFL);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise((int)info.ssi_signo);
	}
	close(fd);
}
