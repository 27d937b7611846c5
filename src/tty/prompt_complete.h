/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion at the prompt, as readline wants it. */
#ifndef TTY_PROMPT_COMPLETE_H
#define TTY_PROMPT_COMPLETE_H

#include "session/session.h"

/*
 * What may follow in readline's line: text is its word from `start` to `end`. The array and
 * its texts are readline's to free, the longest common prefix comes first; NULL: nothing.
 */
char **prompt_complete(const struct session *session, const char *text, int start, int end);

#endif
