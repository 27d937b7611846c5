/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hints for the latest question or task, which the viewer asks for one by one. */
#ifndef SESSION_HINTS_H
#define SESSION_HINTS_H

#include <stddef.h>

struct command;

/* Zeroed: none. */
struct hints {
	struct command *of; /* held: what they are for; NULL: nothing yet */
	char **v;
	size_t n, cap;
	size_t shown; /* the first ones */
};

void hints_deinit(struct hints *hints);
/* From now on they are for this one; there are none yet. */
void hints_begin(struct hints *hints, struct command *of);
/* Copies the text. */
void hints_add(struct hints *hints, const char *text);
/* Shows the next one, or the last one again; NULL: there is none for that command. */
const char *hints_show(struct hints *hints, const struct command *of);
/* How many of that command's the viewer has not seen. */
size_t hints_left(const struct hints *hints, const struct command *of);

#endif
