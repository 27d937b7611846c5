/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A course and a learner's progress in it as text. */
#ifndef SESSION_LEARN_TEXT_H
#define SESSION_LEARN_TEXT_H

#include "base/buf.h"
#include "session/learn/course.h"
#include "session/learn/learner.h"

/* The one to do next: the first that is not done, of those whose prerequisites are; NULL: all are. */
const struct lesson *course_next(const struct lesson_course *course, const struct learner *progress);

/*
 * The chapters with their lessons: stars, what is next, what should come before. line_of[i]
 * becomes the line of lesson i, from 0. what: "lessons". quiz[chapter]: it has one, in the line
 * behind its last lesson; NULL: none has.
 */
void learn_map_text(const struct lesson_course *course, const struct learner *progress, const char *learner,
		    const char *what, const bool *quiz, size_t *line_of, struct buf *out);
/* Is it the last lesson of its chapter? */
bool lesson_ends_chapter(const struct lesson_course *course, size_t lesson);
/* The titles of a course by chapter, a line each; line_of as above. */
void learn_topics_text(const struct lesson_course *course, size_t *line_of, struct buf *out);
/* What was done, and what was missed. */
void learn_report_text(const struct lesson_course *course, const struct learner *progress, const char *learner,
		       struct buf *out);
void learn_report_json(const struct lesson_course *course, const struct learner *progress, const char *learner,
		       struct buf *out);

#endif
