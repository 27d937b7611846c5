/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Topics across the chapters: what people believe about one idea. A question is about an idea
 * where one of its beliefs leads to a wrong answer.
 */
#ifndef SESSION_QUIZ_IDEA_H
#define SESSION_QUIZ_IDEA_H

#include <stdbool.h>
#include <stddef.h>

#include "session/quiz/quiz_question.h"

enum { QUIZ_IDEAS = 9, IDEA_BELIEFS = 6 };

/* In the order of vocab_topic behind the topics that are chapters. */
struct quiz_idea {
	const char *beliefs[IDEA_BELIEFS]; /* NULL: no more */
};
extern const struct quiz_idea quiz_ideas[QUIZ_IDEAS];

bool quiz_idea_has(const struct quiz_idea *idea, const char *belief);
/* Does one of its beliefs lead to a wrong answer here? */
bool quiz_idea_probed(const struct quiz_idea *idea, const struct quiz_question *question);

#endif
