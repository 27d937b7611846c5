/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the screen shows besides the session: the address in focus, the frame of the
 * animation, the last output, the prompt's line. A value; drawing only reads it.
 */
#ifndef VIEW_UI_H
#define VIEW_UI_H

#include <stdbool.h>
#include <stddef.h>

#include "session/session.h"

#define UI_FRAMES 24 /* of what a step moves from parent to child; the last is at rest */

/* How much of a VMA the grids of the picture show. */
enum zoom { ZOOM_FOLLOWS, ZOOM_WHOLE, ZOOM_PMD, ZOOM_PTE };

/* ASK_PREDICT: session_asked() waits; the others are of an `ask`. */
enum ask_state { ASK_NONE, ASK_PREDICT, ASK_OPEN, ASK_SKIPPED, ASK_ANSWERED };

/* A text over the screen: help, long output, completions. */
struct overlay {
	bool open;
	bool list; /* completions: typing goes on below it */
	bool story; /* a story that fits nowhere else; closes when the story continues */
	char *title, *text;
	size_t top; /* first row shown */
	struct choice *choices; /* lines of the text that can be chosen: session_choices() */
	size_t choice_count, chosen;
};

/* Over the cells of the picture: see cell_cursor.h. */
struct cell_cursor {
	bool shown;
	bool arrows; /* without Shift they move it, too */
	int side;
	bool child;
	uint64_t page; /* number in that process */
};

struct ui {
	bool utf8;
	bool bare; /* a picture: without keys and prompt */
	bool plain; /* lines instead of a screen, typed lines instead of keys */
	bool animate;
	int frame;   /* 0 .. UI_FRAMES */
	int side;    /* shown where only one side has room */
	bool focused;
	uint64_t focus; /* an address: each side shows its VMA there */
	enum zoom zoom;
	uint64_t zoom_page; /* page number whose table is shown; 0: what happens chooses it */
	bool marked; /* pages mark_first .. mark_last have just changed: lit for a moment */
	uint64_t mark_first, mark_last;
	struct cell_cursor cell;
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
	bool no_answer; /* what was typed is no answer */
	char again[32]; /* the second answer to the question before, which was wrong, too; or "" */
	bool before_fork; /* what is predicted is about a fork that is to come */
	bool goal; /* the task of session_goal() is shown */
	const char *note; /* a line on the card; or NULL */
	const char *next; /* what a key does now: "Enter continues"; or NULL */
};

void ui_deinit(struct ui *ui);

/* Moves the focus to the address of this step. Call it after time moved or the session changed. */
void ui_follow(struct ui *ui, const struct session *session, bool moved);

/* Moves the focus to what the last command named, and marks its pages. */
void ui_place(struct ui *ui, const struct place_named *place);

/* Moves the focus to an address, until time moves. */
void ui_look_at(struct ui *ui, uint64_t address);

/*
 * Moves the focus to the next (1) or previous (-1) VMA of the parent: of either side's,
 * where the sides have other VMAs.
 */
void ui_look(struct ui *ui, const struct session *session, int direction);

/*
 * Moves the zoom to the next (1) or previous (-1) PTE or PMD table of the VMA in focus.
 * False: there is none.
 */
bool ui_next_table(struct ui *ui, const struct session *session, int direction);

/* Takes ownership of the text; NULL: none. */
void ui_message(struct ui *ui, char *text, bool error);
/* Adds lines to the message, which stays what it is. */
void ui_add_message(struct ui *ui, const char *text);
void ui_say(struct ui *ui, const char *text);
void ui_overlay(struct ui *ui, const char *title, char *text, bool list);
void ui_overlay_close(struct ui *ui);
/* The overlay's lines can be chosen as the session says of its last output; copies that. */
void ui_overlay_choices(struct ui *ui, const struct session *session);

/* Is the viewer asked about a fork that is to come? What is decided is not about that one. */
bool ui_asks_of_next_fork(const struct ui *ui, const struct session *session);

/* Does this step take time to be seen: a table that is allocated, entries that change? */
bool ui_moving(const struct session *session);

#endif
