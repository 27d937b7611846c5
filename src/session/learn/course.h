/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder of scenarios as a course: chapters, and in each the lessons in order, as its file
 * `chapters` says. vmafork-lessons(7) describes the files.
 */
#ifndef SESSION_COURSE_H
#define SESSION_COURSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct lesson {
	char *name;
	char *path;
	char *title, *about; /* NULL: it has none */
	char **after;	     /* names of those that come before it */
	size_t after_count, after_cap;
	size_t chapter; /* index; chapter_count: it is in none */
};

/* All texts are owned. */
struct lesson_course {
	char **chapters; /* titles */
	size_t chapter_count, chapter_cap;
	struct lesson *lessons; /* in the order of the chapters, those in none last */
	size_t n, cap;
};

/*
 * Reads the scenarios in a folder of share/ or, as `scenarios` in the build tree, beside it.
 * named: only those that `lesson` names; otherwise each is called as its file. A folder that is
 * not there has none. False: the file `chapters` is not well formed, or names what is not there;
 * the course is to be freed all the same.
 */
bool course_read(struct lesson_course *course, const char *folder, bool named, struct vf_error *error);
void course_deinit(struct lesson_course *course);

/* By its name; NULL: there is none. */
const struct lesson *course_lesson(const struct lesson_course *course, const char *name);

#endif
