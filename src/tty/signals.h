/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals while a session has the terminal. Handlers only write to a pipe that the loop
 * polls. If the program is too busy to handle a signal, the same signal again ends it,
 * with the terminal restored. SIGTERM, SIGHUP and SIGQUIT end a busy program after two
 * seconds, without being sent again, as does every other signal that would. However the program
 * ends while these are open, exit(3) included, the terminal is restored first.
 */
#ifndef TTY_SIGNALS_H
#define TTY_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Installs the handlers. Returns the end of the pipe to poll. `restore` restores the
 * terminal and is called from signal handlers: it may use write(2) and tcsetattr(3)
 * only. SIGWINCH stays blocked except in signals_wait().
 */
int signals_open(void (*restore)(void));
void signals_close(void);

/* The same end of the pipe; -1: not open. */
int signals_fd(void);

/* The next signal that came, or 0. */
int signals_next(void);

/*
 * For a program that runs: has Ctrl-C come? A signal that ends this program ends that, too, and
 * is raised again, for the loop. The argument is not used.
 */
bool signals_stop(void *owner);

/* Waits for input, a signal, or that many seconds (negative: no limit). Is there input? */
bool signals_wait(int input, double seconds);

/* What a crash reports on standard error, while something can be said of its cause. NULL: nothing. */
void signals_set_crash_words(const char *words);

/* Ends the program as this signal would have. */
void signals_die(int number);

#endif
