/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lessons at the keyboard, at 80x24. */
#ifndef PTY_LESSONS_H
#define PTY_LESSONS_H

#include <stdbool.h>

/* Counts and prints a result; the value is it. */
typedef bool pty_report(const char *what, bool ok);

/* The lessons are those of tests/data/share. */
void test_lessons(const char *program, pty_report *report);

#endif
