/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals that end a program, held back until it has cleaned up. */
#ifndef LIVE_RUN_STOP_SIGNALS_H
#define LIVE_RUN_STOP_SIGNALS_H

/* Blocks them. The descriptor is readable when one has arrived; -1: none is available. */
int stop_signals_open(void);

/* Closes it. If one has arrived, ends the program as that signal does. */
void stop_signals_close(int fd);

#endif
