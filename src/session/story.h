/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario has shown its viewer so far. */
#ifndef SESSION_STORY_H
#define SESSION_STORY_H

#include <stddef.h>

/* The question of an `ask`. */
struct question {
	char *text;
	char **choices;
	size_t choice_count;
	unsigned answer; /* from 1 */
	char *why;	 /* or NULL */
};

/* The latest texts; NULL: none yet. Zeroed: nothing was shown. */
struct story {
	char *title, *about, *say;
	char *lesson; /* the name of the one that it is */
	struct question question; /* text NULL: none */
	double wait;		  /* seconds of the last wait; negative: until Enter */
};

void story_clear(struct story *story);

void story_set_title(struct story *story, const char *text);
void story_set_about(struct story *story, const char *text);
void story_set_lesson(struct story *story, const char *name); /* NULL: it is none */
void story_say(struct story *story, const char *text);
void story_wait(struct story *story, double seconds);
/* Takes over the question's texts. */
void story_ask(struct story *story, struct question question);

#endif
