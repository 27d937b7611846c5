/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a learner has done: a file for each in $XDG_STATE_HOME/vmafork-tui, as lines of text with
 * a version. Sessions that run side by side do not lose each other's lines: who changes the file
 * locks it, reads it anew, and replaces it as a whole. Nothing of it leaves the machine.
 */
#ifndef SESSION_LEARNER_H
#define SESSION_LEARNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* How often, of the predictions and tasks of one lesson. */
struct lesson_marks {
	unsigned asked, right, second, skipped; /* second: of the right ones, those at the second try */
	unsigned hints;
	unsigned tasks, reached;
	unsigned stars; /* of all tasks, the least; 3 without tasks, 0 if one was skipped */
};

struct lesson_progress {
	char *name;
	unsigned times;		   /* that it was played to its end */
	unsigned best;		   /* stars */
	struct lesson_marks marks; /* of the last time */
	unsigned left_at;	   /* command number at which it was left; 0: it was not */
};

/* A belief that led to wrong answers. */
struct missed_belief {
	char *belief;
	unsigned times;
};

/* Of the questions of one topic of the quiz. */
struct quiz_progress {
	char *topic;
	unsigned level; /* of the next question, from 1 */
	unsigned run;	/* right answers one after the other on that level */
	unsigned asked, right;
};

/* What was missed, and is to be asked again by the quiz. */
struct missed_question {
	char *kind;   /* of the quiz's questions; NULL: it was in a lesson */
	char *belief; /* that led to the wrong answer; NULL: none is known */
};

/* Zeroed: nothing was done yet. Texts are owned. */
struct learner {
	struct lesson_progress *lessons;
	size_t n, cap;
	struct missed_belief *missed;
	size_t missed_count, missed_cap;
	struct quiz_progress *quiz;
	size_t quiz_count, quiz_cap;
	struct missed_question *again;
	size_t again_count, again_cap;
};

/* Is it a plain word: letters, digits, - and _, at most 32? */
bool learner_name_fits(const char *name);

/* Reads it; nothing is there yet: zeroed. False: the file cannot be read, or is a newer version's. */
bool learner_load(struct learner *progress, const char *learner, struct vf_error *error);
void learner_deinit(struct learner *progress);
const struct lesson_progress *learner_lesson(const struct learner *progress, const char *name);

/* Changes the file: change() gets what it says now. False: it cannot be read or written. */
typedef void learner_change(struct learner *progress, void *arg);
bool learner_update(const char *learner, learner_change *change, void *arg, struct vf_error *error);
/* For changes: the lesson's line, which is added if there is none. */
struct lesson_progress *learner_add_lesson(struct learner *progress, const char *name);
void learner_add_missed(struct learner *progress, const char *belief);
/* The topic's; NULL: nothing of it was asked yet. */
const struct quiz_progress *learner_quiz(const struct learner *progress, const char *topic);
/* For changes: added, on level 1, if there is none. */
struct quiz_progress *learner_add_quiz(struct learner *progress, const char *topic);
/* Each kind is there once, with its latest belief; without a kind, each belief. */
void learner_add_again(struct learner *progress, const char *kind, const char *belief);
void learner_drop_again(struct learner *progress, const char *kind, const char *belief);

/*
 * Begins anew. What there was is kept beside it, at *kept, which the caller frees; NULL: there
 * was nothing.
 */
bool learner_reset(const char *learner, char **kept, struct vf_error *error);

#endif
