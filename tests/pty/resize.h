/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal that changes its size again and again while a fork is played. */
#ifndef PTY_RESIZE_H
#define PTY_RESIZE_H

#include "pty/lessons.h"

/* folder: of scenarios. RESIZES=10000 in the environment: how many; SEED=7: other sizes. */
void test_resizes(const char *program, const char *folder, pty_report *report);

#endif
