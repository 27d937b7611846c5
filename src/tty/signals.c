/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/signals.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

/*
 * All whose default is to end the program. SIGXFSZ is ignored: see main(). `kept`: for nohup
 * and its like, it stays ignored if it is.
 */
static const struct caught {
	int number;
	enum kind kind;
	int patience; /* how often it may arrive unhandled */
	bool kept;
} caught[] = {
	{SIGINT, ASKS, 2, false},     {SIGTERM, ENDS, 1, false},    {SIGQUIT, ENDS, 1, false},
	{SIGHUP, ENDS, 1, true},      {SIGUSR1, ENDS, 1, true},	    {SIGUSR2, ENDS, 1, true},
	{SIGXCPU, ENDS, 1, true},     {SIGVTALRM, ENDS, 1, true},   {SIGPROF, ENDS, 1, true},
	{SIGIO, ENDS, 1, true},	      {SIGPWR, ENDS, 1, true},	    {SIGSTKFLT, ENDS, 1, true},
	{SIGPIPE, CRASH, 0, true},    {SIGSEGV, CRASH, 0, false},   {SIGBUS, CRASH, 0, false},
	{SIGABRT, CRASH, 0, false},   {SIGFPE, CRASH, 0, false},    {SIGILL, CRASH, 0, false},
	{SIGTRAP, CRASH, 0, false},   {SIGSYS, CRASH, 0, false},    {SIGALRM, ALARM, 0, false},
};
static const struct caught real_time = {0, ENDS, 1, true};

/* NULL: its default does not end the program, or cannot be changed. */
static const struct caught *find_caught(int number)
{
	if (number >= SIGRTMIN && number <= SIGRTMAX)
		return &real_time;
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		if (caught[i].number == number)
			return &caught[i];
	return NULL;
}

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

static const char *volatile crash_words;

void signals_set_crash_words(const char *words)
{
	crash_words = words;
}

static void on_crash(int number)
{
	const char *words = crash_words;
	ssize_t ignored;

	restore_terminal();
	if (words) {
		ignored = write(STDERR_FILENO, words, strlen(words));
		(void)ignored;
	}
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
	const struct caught *this = find_caught(number);
	ssize_t ignored;

	assert(this); /* else it is not caught */
	if (this->kind == ENDS) {
		ends_by = number;
		alarm(UNSEEN_SECONDS);
	}
	if (unseen[number]++ >= this->patience)
		on_crash(number);
	ignored = write(pipe_ends[1], &byte, 1);
	(void)ignored;
	errno = saved;
}

static bool opened, at_exit;

static void restore_once(void)
{
	if (opened)
		restore_terminal();
	opened = false;
}

/* curses and readline do so, each with a status of its own and a message that is not seen. */
static void ended_by_library(void)
{
	static const char message[] =
		"vmafork: a library of the terminal has ended the program: it is out of memory\n";
	ssize_t ignored;

	if (!opened)
		return;
	restore_once();
	ignored = write(STDERR_FILENO, message, sizeof(message) - 1);
	(void)ignored;
	_exit(2);
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
	for (int number = 1; number < NSIG; number++) {
		const struct caught *this = find_caught(number);
		struct sigaction action = {.sa_flags = SA_ONSTACK};

		if (!this)
			continue;
		sigaction(number, NULL, &before[number]);
		if (before[number].sa_handler == SIG_IGN && this->kept)
			continue;
		action.sa_handler = handlers[this->kind];
		sigemptyset(&action.sa_mask);
		sigaction(number, &action, NULL);
	}
	opened = true;
	if (!at_exit)
		at_exit = !atexit(ended_by_library);
	alloc_set_last_words(restore_once);
	sigemptyset(&winch);
	sigaddset(&winch, SIGWINCH);
	sigprocmask(SIG_BLOCK, &winch, &mask_before);
	return pipe_ends[0];
}

void signals_close(void)
{
	alarm(0);
	opened = false;
	alloc_set_last_words(NULL);
	for (int number = 1; number < NSIG; number++)
		if (find_caught(number))
			sigaction(number, &before[number], NULL);
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

/* A terminal that is gone can be read, without end, and has nothing. */
static bool has_bytes(int input)
{
	int n = 0;

	return !ioctl(input, FIONREAD, &n) && n > 0;
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
	if (polled[0].revents & (POLLHUP | POLLERR | POLLNVAL) && !has_bytes(input)) {
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
