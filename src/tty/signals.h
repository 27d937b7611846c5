/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals while curses has the terminal. Handlers only write to a pipe that the
 * loop polls. A signal that is sent again and not seen, because the program is
 * busy, ends it, terminal restored; SIGTERM, SIGHUP and SIGQUIT need to be sent
 * only once for that, and end a busy program after two seconds.
 */
#ifndef TTY_SIGNALS_H
#define TTY_SIGNALS_H

#include <signal.h>

/*
 * Installs the handlers; returns the pipe's end to poll. `restore` puts the
 * terminal back and is called from signal handlers: write(2) and tcsetattr(3)
 * only. SIGWINCH stays blocked except in signals_wait().
 */
int signals_open(void (*restore)(void));
void signals_close(void);

/* That end again, for those who poll it themselves; -1: not open. */
int signals_fd(void);

/* The next signal that came, or 0. */
int signals_next(void);

/* Waits for input, a signal or so many seconds (negative: for ever). */
void signals_wait(int input, double seconds);

/* Ends the program as this signal would have. */
void signals_die(int number);

#endif
