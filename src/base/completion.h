/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may come next on the command line of a program, by the table that reads
 * it: for the shells' completion, share/completions/, which asks with --complete.
 */
#ifndef BASE_COMPLETION_H
#define BASE_COMPLETION_H

#include "base/options.h"

/*
 * After these words (NULL ends them), one a line: commands, options and values
 * as they are; what is not ours to list by its kind, in capitals: FILE, PID.
 */
void completion_print(const struct program *program, char *const *words, struct buf *out);

#endif
