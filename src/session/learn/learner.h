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
	size_t left_at;		   /* command number at which it was left; 0: it was not */
};

/* A belief that led to wrong answers. */
struct missed_belief {
	char *belief;
	unsigned times;
};

/* Zeroed: nothing was done yet. Texts are owned. */
struct learner {
	struct lesson_progress *lessons;
	size_t n, cap;
	struct missed_belief *missed;
	size_t missed_count, missed_cap;
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

/*
 * Begins anew. What there was is kept beside it, at *kept, which the caller frees; NULL: there
 * was nothing.
 */
bool learner_reset(const char *learner, char **kept, struct vf_error *error);

#endif
