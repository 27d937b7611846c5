/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/story.h"

#include <stdlib.h>

#include "base/alloc.h"

static void clear_question(struct question *q)
{
	for (size_t i = 0; i < q->choice_count; i++)
		free(q->choices[i]);
	free(q->choices);
	free(q->text);
	free(q->why);
	*q = (struct question){0};
}

void story_clear(struct story *story)
{
	free(story->title);
	free(story->about);
	free(story->say);
	free(story->lesson);
	clear_question(&story->question);
	*story = (struct story){0};
}

static void set_text(char **field, const char *text)
{
	free(*field);
	*field = xstrdup(text);
}

void story_set_title(struct story *story, const char *text)
{
	set_text(&story->title, text);
}

void story_set_about(struct story *story, const char *text)
{
	set_text(&story->about, text);
}

void story_set_lesson(struct story *story, const char *name)
{
	free(story->lesson);
	story->lesson = name ? xstrdup(name) : NULL;
}

void story_say(struct story *story, const char *text)
{
	set_text(&story->say, text);
}

void story_wait(struct story *story, double seconds)
{
	story->wait = seconds;
}

void story_ask(struct story *story, struct question question)
{
	clear_question(&story->question);
	story->question = question;
}
