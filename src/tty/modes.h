/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modes of the terminal that curses does not switch: it marks pasted text, and reports the
 * mouse. They are on only while this program has the terminal: not after its end, and not while
 * Ctrl-Z stops it.
 */
#ifndef TTY_MODES_H
#define TTY_MODES_H

#include <stdbool.h>

/* After curses has the terminal: pasted text is marked from now on. */
void modes_open(void);
void modes_close(void);

void modes_set_mouse(bool on);

/* As it was before; also from a signal handler. */
void modes_restore(void);

#endif
