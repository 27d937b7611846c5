/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A quiz: which question comes next, and what became of those before it. Each topic has a level
 * for each learner: two right answers one after the other raise it, a wrong one lowers it, so
 * that about seven of ten answers are right. What was missed is asked again, two questions later,
 * where the same belief leads to a wrong answer; what was missed in a lesson, too.
 */
#ifndef SESSION_QUIZ_H
#define SESSION_QUIZ_H

#include "session/learn/learner.h"
#include "session/quiz/quiz_question.h"

struct quiz_score {
	unsigned asked, right, second, skipped; /* right: second ones, too; asked: skipped ones, too */
};

/* What is to be asked again. */
struct quiz_due {
	const struct quiz_kind *kind; /* NULL: any: it was missed in a lesson */
	size_t topic;		      /* of the kind */
	char *belief;		      /* or NULL, if there is a kind */
	size_t at;    /* not before this question */
};

/* A belief that led to wrong answers. */
struct quiz_missed {
	const char *belief;
	unsigned times;
};

/* Zeroed: none was begun. */
struct quiz {
	bool begun;
	uint64_t seed;
	size_t count;		   /* questions between summaries */
	int topic;		   /* the only one, as in vocab_topic; -1: all */
	size_t drawn;		   /* questions so far */
	struct quiz_question now;  /* the last one drawn */
	bool open;		   /* and it was not answered yet */
	bool is_again;		   /* it asks for this once more: */
	struct quiz_due again;
	uint64_t *seen;		   /* hashes of the questions so far */
	size_t seen_count, seen_cap;
	struct quiz_due *due;
	size_t due_count, due_cap;

	/* Since the last summary. */
	struct quiz_score score[QUIZ_TOPICS];
	struct quiz_missed *missed;
	size_t missed_count, missed_cap;
};

void quiz_deinit(struct quiz *quiz);
/* topic: -1: all. What the learner has missed before is due. */
void quiz_begin(struct quiz *quiz, uint64_t seed, size_t count, int topic, const struct learner *learner);

/*
 * Draws the next question, on the learner's level. open: the topics that the learner knows
 * enough for; quiz->topic is asked about in any case. False: *error.
 */
bool quiz_next(struct quiz *quiz, const struct learner *learner, const bool open[QUIZ_TOPICS],
	       struct budget_amounts budget, struct vf_error *error);
/* The same for a sheet: on all levels, one after the other, whoever learns. */
bool quiz_next_of_sheet(struct quiz *quiz, struct budget_amounts budget, struct vf_error *error);

/* How a question ended. */
struct quiz_end {
	bool right, second, skipped; /* right: in the end; second: at the second try */
	const char *belief;	     /* that led to the first wrong answer, or NULL; static */
};
/* Counts it in the quiz, and in the learner's progress. */
void quiz_note(struct quiz *quiz, const struct quiz_end *end);
void quiz_note_learner(const struct quiz *quiz, const struct quiz_end *end, struct learner *learner);
struct quiz_score quiz_sum(const struct quiz *quiz);
/* After the summary: counts from zero. */
void quiz_forget_round(struct quiz *quiz);

#endif
