/* SPDX-License-Identifier: GPL-2.0-or-later */
/* However the session ends, the terminal is restored. */
#ifndef PTY_ENDS_H
#define PTY_ENDS_H

#include "pty/lessons.h"

/* folder: of scenarios. */
void test_ends(const char *program, const char *folder, pty_report *report);

#endif
