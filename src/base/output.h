/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard output and standard error of the programs. Words from files and images
 * are untrusted: escape sequences in them do not reach a terminal. Output that cannot
 * be written is an error, reported once, when a program ends.
 */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* All three programs end with this when something cannot be read, done or written. */
enum { EXIT_ERROR = 2 };

/* For people: cleaned by utf8_clean(). Both functions empty the text. */
void output_text(struct buf *text);
/* For programs: as it is. */
void output_raw(struct buf *text);
/* The same, of a text that the caller keeps. */
void output_bytes(const char *text, size_t length);

/* Flushes; false when this or an earlier write failed. */
bool output_flush(void);

/*
 * For the end: flushes. Returns the status, or EXIT_ERROR when a write failed; reports
 * that, unless the reader has closed the pipe.
 */
int output_finish(const char *program, int status);

/*
 * Prints an error on standard error, after flushing the output; the program's name precedes
 * an error that names no file. Returns EXIT_ERROR.
 */
int output_error(const char *program, const struct vf_error *error);

#endif
