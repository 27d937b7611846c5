/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question of the quiz: drawn at random, and answered by the model. */
#ifndef SESSION_QUIZ_QUESTION_H
#define SESSION_QUIZ_QUESTION_H

#include "base/budget.h"
#include "report/beliefs.h"
#include "session/quiz/quiz_draft.h"

enum { QUIZ_TOPICS = 7, QUIZ_LEVELS = 4 };

/* In the order of vocab_topic, which has their words; it has those of quiz_ideas behind them. */
struct quiz_topic {
	const char *chapter; /* of the lessons */
	const struct quiz_kinds *kinds;
};
extern const struct quiz_topic quiz_topics[QUIZ_TOPICS];
const char *quiz_topic_word(size_t topic);
/* By its name; NULL: there is none. *topic: its topic. */
const struct quiz_kind *quiz_kind_find(const char *name, size_t *topic);

struct quiz_question {
	size_t topic;
	const struct quiz_kind *kind; /* NULL: none was drawn */
	struct quiz_draft draft;
	char *text; /* the scenario, without a title; what makes it another question than others */

	/* The model's. */
	char *truth;   /* "copy because anon_vma" */
	char *choices; /* "copy, skip, dontcopy, wipe"; "a number" */
	struct wrong_answer wrong[WRONG_ANSWERS];
	size_t wrong_count;
};

/* One of that kind. It is freed with quiz_question_deinit(), and has no answer yet. */
void quiz_question_draw(struct quiz_question *question, size_t topic, const struct quiz_kind *kind,
			struct rng *rng);
/* Carries it out. False: *error, and the question is no good. */
bool quiz_question_solve(struct quiz_question *question, struct budget_amounts budget, struct vf_error *error);
void quiz_question_deinit(struct quiz_question *question);

/* Does that belief lead to a wrong answer here? */
bool quiz_question_probes(const struct quiz_question *question, const char *belief);

#endif
