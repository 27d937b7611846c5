/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

/* Handlers take no argument, so their state is here. */
static int pipe_ends[2] = {-1, -1};
static void (*restore_terminal)(void);
static volatile sig_atomic_t unseen[NSIG];
static struct sigaction before[NSIG];
static sigset_t mask_before;

static volatile sig_atomic_t ends_by; /* a signal that ends the program, not handled yet */

enum kind { ASKS, ENDS, CRASH, ALARM };

static const struct {
	int number;
	enum kind kind;
	int patience; /* how often it may arrive unhandled */
} caught[] = {
	{SIGINT, ASKS, 2},   {SIGTERM, ENDS, 1},  {SIGHUP, ENDS, 1},   {SIGQUIT, ENDS, 1},
	{SIGSEGV, CRASH, 0}, {SIGBUS, CRASH, 0}, {SIGABRT, CRASH, 0}, {SIGFPE, CRASH, 0},
	{SIGILL, CRASH, 0},  {SIGALRM, ALARM, 0},
};

#define UNSEEN_SECONDS 2 /* until an unhandled signal ends the program */

static void die(int number)
{
	sigset_t set;

	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
	_exit(128 + number);
}

static void on_crash(int number)
{
	restore_terminal();
	die(number);
}

/* Ends the program at once, whatever it is doing. */
static void on_alarm(int number)
{
	on_crash(ends_by ? ends_by : number);
}

static void on_signal(int number)
{
	int saved = errno;
	unsigned char byte = (unsigned char)number;
	int patience = 0;
	ssize_t ignored;

	for (size_t i = 0; i < ARRAY_SIZE(caught); i++) {
		if (caught[i].number != number)
			continue;
		patience = caught[i].patience;
		if (caught[i].kind == ENDS) {
			ends_by = number;
			alarm(UNSEEN_SECONDS);
		}
	}
	if (unseen[number]++ >= patience)
		on_crash(number);
	ignored = write(pipe_ends[1], &byte, 1);
	(void)ignored;
	errno = saved;
}

int signals_open(void (*restore)(void))
{
	static void (*const handlers[])(int) = {
		[ASKS] = on_signal, [ENDS] = on_signal, [CRASH] = on_crash, [ALARM] = on_alarm};
	static char stack[65536]; /* for a crash by stack overflow */
	stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
	sigset_t winch;

	restore_terminal = restore;
	if (pipe2(pipe_ends, O_NONBLOCK | O_CLOEXEC))
		return -1;
	sigaltstack(&other, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++) {
		struct sigaction action = {.sa_flags = SA_ONSTACK};

		/* for nohup: ignored signals stay ignored */
		sigaction(caught[i].number, NULL, &before[caught[i].number]);
		if (before[caught[i].number].sa_handler == SIG_IGN && caught[i].number == SIGHUP)
			continue;
		action.sa_handler = handlers[caught[i].kind];
		sigemptyset(&action.sa_mask);
		sigaction(caught[i].number, &action, NULL);
	}
	sigemptyset(&winch);
	sigaddset(&winch, SIGWINCH);
	sigprocmask(SIG_BLOCK, &winch, &mask_before);
	return pipe_ends[0];
}

void signals_close(void)
{
	alarm(0);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaction(caught[i].number, &before[caught[i].number], NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	pipe_ends[0] = pipe_ends[1] = -1;
}

int signals_fd(void)
{
	return pipe_ends[0];
}

int signals_next(void)
{
	unsigned char byte;

	if (read(pipe_ends[0], &byte, 1) != 1)
		return 0;
	unseen[byte] = 0;
	return byte;
}

bool signals_stop(void *owner)
{
	bool stops = false;
	int number;

	(void)owner;
	while ((number = signals_next()) == SIGINT)
		stops = true;
	if (number)
		raise(number);
	return stops || number;
}

bool signals_wait(int input, double seconds)
{
	struct pollfd polled[2] = {{.fd = input, .events = POLLIN},
				   {.fd = pipe_ends[0], .events = POLLIN}};
	struct timespec time = {0};
	sigset_t open = mask_before;

	if (seconds > 3600)
		seconds = 3600;
	if (seconds > 0) {
		time.tv_sec = (time_t)seconds;
		time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
	}
	sigdelset(&open, SIGWINCH);
	ppoll(polled, 2, seconds < 0 ? NULL : &time, &open);
	if (polled[0].revents & (POLLHUP | POLLERR | POLLNVAL) &&
	    !(polled[0].revents & POLLIN)) {
		unsigned char byte = SIGHUP; /* the terminal is gone */
		ssize_t ignored = write(pipe_ends[1], &byte, 1);

		(void)ignored;
	}
	return polled[0].revents & POLLIN;
}

void signals_die(int number)
{
	die(number);
}
