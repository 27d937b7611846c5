/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a terminal sends for its mouse: the SGR form (mode 1006), and the older one. */
#ifndef TTY_MOUSE_H
#define TTY_MOUSE_H

#include <stdbool.h>
#include <stddef.h>

enum mouse_action { MOUSE_OTHER, MOUSE_CLICK, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse {
	enum mouse_action action; /* MOUSE_CLICK: the left button went down */
	int row, col;		  /* from 0 */
};

/* After the ESC sequence of the older form, three characters follow. */
bool mouse_needs_more(const char *bytes, size_t length);
/* The same with those. False: it is no report of a mouse. */
bool mouse_parse(const char *bytes, size_t length, struct mouse *mouse);

#endif
