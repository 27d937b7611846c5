/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line at the bottom. readline edits it but neither reads nor draws: the loop feeds
 * keys and fetches what to show. The only file with readline.
 */
#ifndef TTY_PROMPT_H
#define TTY_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "session/session.h"

/* What the prompt reports to its owner. */
struct prompt_owner {
	void *owner;
	const struct session *(*session)(void *owner); /* for completion */
	/* NULL: end of file was typed on an empty line */
	void (*line)(void *owner, const char *line);
	void (*matches)(void *owner, char **matches, size_t n);
};

/* Reads the history too. Only one prompt can be open. */
void prompt_open(const struct prompt_owner *owner, const char *prompt);
/* Appends this session's lines to the history file, if it can. */
void prompt_close(void);

/* Characters, or one whole key. */
void prompt_feed(const char *bytes, size_t length);
/* False: a control sequence that readline does not know, and would take in part for text. */
bool prompt_binds(const char *bytes, size_t length);
/* Ctrl-C: drops the line. */
void prompt_cancel(void);

/* Is the line empty, with no search or number being typed? */
bool prompt_idle(void);
const char *prompt_text(void); /* the prompt, or the text of a search */
const char *prompt_line(void);
size_t prompt_point(void); /* byte offset of the cursor */

#endif
