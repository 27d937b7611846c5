/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and words of the scenario language, each word with its place. */
#ifndef LANGUAGE_WORDS_H
#define LANGUAGE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/budget.h"
#include "base/error.h"

struct word {
	char *text;	/* without quotes and backslashes */
	unsigned line;	/* from 1 */
	unsigned col;	/* from 1, in characters */
	unsigned width; /* in characters, quotes included */
	bool quoted;
};

/* One logical line: physical lines joined by a backslash at the end. */
struct line {
	struct word *words;
	size_t n, cap;
	uint64_t bytes; /* what they have taken of the reader's budget; the owner gives it back */
};

/* A text being read. Does not own it. */
struct reader {
	const char *file; /* for messages; "" at the prompt */
	const char *text, *end;
	const char *at;
	unsigned line; /* of `at` */
	struct budget *budget; /* of what is read; NULL: without limits */
};

/* Its budget is NULL. */
void reader_init(struct reader *reader, const char *file, const char *text, size_t length);

/*
 * Reads the next line that has words into `line` (which the caller frees with
 * line_deinit). *more is false at the end. False: the text is not well formed
 * (a quote that is not closed, a NUL byte, bad UTF-8), or takes more than the budget.
 */
bool reader_next(struct reader *reader, struct line *line, bool *more,
		 struct vf_error *error);
void line_deinit(struct line *line);
/* Goes behind the line that could not be read. */
void reader_skip_line(struct reader *reader);

/*
 * Gives each line of the text to take(), which sets the error where it returns false. False: it
 * has, or a line is not well formed; nothing behind that line was read.
 */
typedef bool line_function(void *arg, const struct reader *reader, const struct line *line,
			   struct vf_error *error);
bool reader_each(struct reader *reader, line_function *take, void *arg, struct vf_error *error);

/*
 * Points an error at a word of the text that the reader reads: sets file, line,
 * column, and the text that is shown with a caret.
 */
void reader_point(const struct reader *reader, const struct word *word,
		  struct vf_error *error);

/* Is the reader's budget used up? Then an error that points at the word, and false. */
bool reader_check_budget(const struct reader *reader, const struct word *word,
			 struct vf_error *error);

/* Characters of a NAME. */
enum { NAME_MAX_LENGTH = 64 };

#endif
