/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A quiz as text: its questions, its answers, its summary. */
#ifndef SESSION_QUIZ_TEXT_H
#define SESSION_QUIZ_TEXT_H

#include "session/quiz/quiz.h"

/* The question as a scenario with a title: "Question 3 of 10: Guards". */
void quiz_story_text(const struct quiz *quiz, struct buf *out);
/* What was right since the last summary, by topic, and the beliefs behind what was wrong. */
void quiz_summary_text(const struct quiz *quiz, struct buf *out);

/* Which parts are printed, and how. */
struct quiz_print {
	bool sheet, key; /* the questions; the answers */
	bool markdown;
};
void quiz_print_head(const struct quiz *quiz, const struct quiz_print *how, struct buf *out);
/* The last one drawn. */
void quiz_print_question(const struct quiz *quiz, const struct quiz_print *how, struct buf *out);

#endif
