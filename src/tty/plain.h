/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program without a screen: what goes to standard output as lines. Each
 * returns the exit status: 0; 1 when expectations did not hold; 2 when
 * something could not be read, parsed or carried out (an error is printed).
 */
#ifndef TTY_PLAIN_H
#define TTY_PLAIN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/budget.h"
#include "base/error.h"
#include "base/output.h"

enum { EXIT_HOLDS = 0, EXIT_MISSED = 1, EXIT_BROKEN = EXIT_ERROR };

/* The budget is what each session may take. */

/* Playback as text; never waits. */
int plain_play(const char *path, struct budget_amounts budget);
int plain_run(const char *path, bool json, struct budget_amounts budget);
int plain_check(char *const paths[], int count, struct budget_amounts budget);
/* Commands as if typed, from a file or, path "-", from standard input. */
int plain_batch(const char *path, struct budget_amounts budget);
/* command: NULL for all of them. */
int plain_help(const char *command);
/* All of them, as the manual page has it. */
int plain_mdoc(void);
/* The keys, as the manual page has them. */
int plain_mdoc_keys(void);
/* The commands as syntax for vim. */
int plain_vim(void);

/* Prints the text, and frees it. */
void plain_print(struct buf *text);
/* output_error() of this program. */
int plain_error(const struct vf_error *error);

#endif
