/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line at the bottom. readline edits it but neither reads nor draws: the loop feeds
 * keys and fetches what to show. Without a screen, readline does all of it, as on a
 * terminal that knows no control sequences. Only this file and prompt_complete.c have readline.
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

/* Each reads the history too. Only one prompt can be open. */
void prompt_open(const struct prompt_owner *owner, const char *prompt);
/* Without a screen; `line` of the owner is not used. Then only prompt_read() is for lines. */
void prompt_open_plain(const struct prompt_owner *owner);
/* Appends this session's lines to the history file, if it can. */
void prompt_close(void);

enum prompt_end {
	PROMPT_LINE,   /* *line is the caller's to free */
	PROMPT_SIGNAL, /* *number came: what was typed is dropped */
	PROMPT_CTRL_D, /* on an empty line */
	PROMPT_END     /* there is no more input */
};
/*
 * Waits for a line, with that prompt if standard input is a terminal. Between two calls the
 * terminal is as it was before.
 */
enum prompt_end prompt_read(const char *prompt, char **line, int *number);
/* The terminal as it was before; for signal handlers. */
void prompt_restore(void);

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
