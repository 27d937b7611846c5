/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the screen shows beyond the session: which VMA one looks at, the frame
 * of the animation, the last output, the prompt's line. A value; drawing reads
 * it and changes nothing.
 */
#ifndef VIEW_UI_H
#define VIEW_UI_H

#include <stdbool.h>
#include <stddef.h>

#include "session/session.h"

#define UI_FRAMES 6 /* of an entry's way from parent to child; then at rest */

enum ask_state { ASK_NONE, ASK_OPEN, ASK_SKIPPED, ASK_ANSWERED };

/* A text over the screen: help, long output, completions. */
struct overlay {
	bool open;
	bool list; /* completions: typing goes on below it */
	bool story; /* what is told has no room elsewhere; goes when the story goes on */
	char *title, *text;
	size_t top; /* first row shown */
};

struct ui {
	bool utf8;
	bool animate;
	int frame;   /* 0 .. UI_FRAMES */
	int side;    /* shown where only one side has room */
	char *focus; /* name of the VMA that is looked at; NULL: none */
	bool pinned; /* chosen by hand: stays until time moves */

	char *message; /* output of the last command; NULL: none */
	bool error;
	struct overlay overlay;

	const char *prompt, *line; /* UTF-8; not owned */
	size_t point;		   /* cursor: byte offset in line */

	/* telling a story */
	bool card;	/* title and about are shown */
	char *say;	/* narration; NULL: none */
	enum ask_state ask;
	unsigned guess; /* from 1 */
	bool no_answer; /* a digit was typed that is none of the choices */
	const char *next; /* what a key does now: "Enter goes on"; or NULL */
};

void ui_deinit(struct ui *ui);

/* After time moved or the session changed: looks at the VMA of this step. */
void ui_follow(struct ui *ui, const struct session *session, bool moved);

/* Looks at the next (1) or previous (-1) VMA of the parent. */
void ui_look(struct ui *ui, const struct session *session, int direction);

/* Takes over the text; NULL: none. */
void ui_message(struct ui *ui, char *text, bool error);
void ui_say(struct ui *ui, const char *text);
void ui_overlay(struct ui *ui, const char *title, char *text, bool list);
void ui_overlay_close(struct ui *ui);

/* Does this step have something travelling from parent to child? */
bool ui_moving(const struct session *session);

#endif
