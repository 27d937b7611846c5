/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may come next on a program's command line, from the table that also parses
 * it: for shell completion (share/completions/), which calls --complete.
 */
#ifndef BASE_COMPLETION_H
#define BASE_COMPLETION_H

#include "base/options.h"

/*
 * Prints what may follow these words (NULL ends them), one a line: commands, options
 * and values literally; names of files and the like by their kind, in capitals: FILE, PID.
 */
void completion_print(const struct program *program, char *const *words, struct buf *out);

#endif
