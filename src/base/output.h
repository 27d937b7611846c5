/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs say on standard output and standard error. Words of files
 * and images come from strangers, and command no terminal; output that cannot
 * be written is an error, told once, when a program ends.
 */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* All three programs end with this when something cannot be read, done or written. */
enum { EXIT_ERROR = 2 };

/* For people: cleaned by utf8_clean(). Both empty the text. */
void output_text(struct buf *text);
/* For programs: as it is. */
void output_raw(struct buf *text);

/* Hands on what was printed so far; false when this or anything before it could not be written. */
bool output_flush(void);

/*
 * For the end: writes out what is left. Returns the status, or EXIT_ERROR when
 * something could not be written; says so, unless the reader has gone away.
 */
int output_finish(const char *program, int status);

/*
 * Prints an error on standard error, behind what was printed so far; one that
 * names no file has the program's name in front. Returns EXIT_ERROR.
 */
int output_error(const char *program, const struct vf_error *error);

#endif
