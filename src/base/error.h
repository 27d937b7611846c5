/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An error is a value: where it is, what is wrong, what to do. Functions that
 * can fail return false and fill one in; their other outputs are untouched.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct vf_error {
	char file[256]; /* "" at the prompt */
	unsigned line;	/* from 1; 0: the file as a whole */
	unsigned col;	/* from 1, in characters; 0: the line as a whole */
	unsigned width; /* characters under the caret, at least 1 */
	char text[256]; /* the line, or the part of it around the word */
	unsigned mark;	/* column of the word within text, from 1 */
	char message[512];
	char hint[256]; /* what to do about it; may be "" */
};

/* Sets the message and forgets any position. Always returns false. */
bool vf_error_set(struct vf_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void vf_error_hint(struct vf_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Writes FILE:LINE:COL: MESSAGE, the line with a caret, and the hint, each on
 * a line of its own, the last one ended by a newline.
 */
void vf_error_print(const struct vf_error *error, struct buf *out);

/*
 * The word of WORDS (N of them) that is nearest to WORD by edit distance; NULL
 * when none is near enough to be a likely typo.
 */
const char *nearest_word(const char *word, const char *const *words, size_t n);

#endif
