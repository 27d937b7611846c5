/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

void reader_init(struct reader *reader, const char *file, const char *text, size_t length)
{
	*reader = (struct reader){
		.file = file, .text = text, .end = text + length, .at = text, .line = 1};
	if (length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) { /* a BOM */
		reader->text += 3;
		reader->at += 3;
	}
}

void line_deinit(struct line *line)
{
	for (size_t i = 0; i < line->n; i++)
		free(line->words[i].text);
	free(line->words);
	*line = (struct line){0};
}

/* Bytes of the UTF-8 sequence at p, 0 when it is not well formed. */
static unsigned utf8_length(const char *p, const char *end)
{
	const unsigned char *s = (const unsigned char *)p;
	unsigned n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
				  : s[0] >= 0xe0 && s[0] < 0xf0	   ? 3
				  : s[0] >= 0xf0 && s[0] < 0xf5	   ? 4
								   : 0;

	if (n == 0 || (size_t)(end - p) < n)
		return 0;
	for (unsigned i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

/* --- pointing --------------------------------------------------------------------- */

/* Columns of text around a word that are shown. */
#define SHOWN 72

void reader_point(const struct reader *reader, const struct word *word, struct vf_error *error)
{
	const char *at = reader->text, *end = reader->end;
	unsigned col = 1, from, used = 0;
	size_t len = 0;

	snprintf(error->file, sizeof(error->file), "%s", reader->file);
	error->line = word->line;
	error->col = word->col;
	error->width = word->width ? word->width : 1;
	error->text[0] = '\0';
	for (unsigned line = 1; line < word->line && at < end; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			return;
		at = newline + 1;
	}
	from = word->col > SHOWN / 2 ? word->col - SHOWN / 2 : 1;
	for (; at < end && *at != '\n' && *at != '\r' && used < SHOWN; col++) {
		unsigned n = utf8_length(at, end);
		bool plain = n && (unsigned char)*at >= 0x20 && (unsigned char)*at != 0x7f;

		if (col >= from) {
			if (len + n + 1 >= sizeof(error->text))
				break;
			if (plain) {
				memcpy(error->text + len, at, n);
				len += n;
			} else {
				error->text[len++] = *at == '\t' ? ' ' : '?';
			}
			used++;
		}
		at += n ? n : 1;
	}
	error->text[len] = '\0';
	error->mark = word->col - from + 1;
	if (error->width > SHOWN + 1 - error->mark)
		error->width = error->mark <= SHOWN ? SHOWN + 1 - error->mark : 1;
}

bool reader_check_budget(const struct reader *reader, const struct word *word,
			 struct vf_error *error)
{
	if (budget_check(reader->budget, error))
		return true;
	reader_point(reader, word, error);
	return false;
}

/* --- reading ------------------------------------------------------------------------- */

struct scan {
	struct reader *reader;
	unsigned col;
	struct line *line;
	struct vf_error *error;
	struct buf text; /* of one word after the other */
};

static bool fail_at(const struct scan *scan, unsigned line, unsigned col, const char *message,
		    const char *hint)
{
	struct word here = {.line = line, .col = col, .width = 1};

	vf_error_set(scan->error, "%s", message);
	vf_error_hint(scan->error, "%s", hint);
	reader_point(scan->reader, &here, scan->error);
	return false;
}

/* strchr() would find the NUL at the end of the set, too. */
static bool one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* Characters of one byte that are taken as they are: most of a file. Those of a word, or of a quoted text. */
static size_t plain_length(const char *at, const char *end, bool quoted)
{
	const char *c = at;

	while (c < end && *c >= (quoted ? ' ' : '!') && *c <= '~' && *c != '"' && *c != '\\' &&
	       (quoted || *c != '#'))
		c++;
	return (size_t)(c - at);
}

static void take_plain(struct scan *scan, struct buf *word, bool quoted)
{
	size_t n = plain_length(scan->reader->at, scan->reader->end, quoted);

	buf_add(word, scan->reader->at, n);
	scan->reader->at += n;
	scan->col += (unsigned)n;
}

/* Takes one character into `word`. */
static bool take_char(struct scan *scan, struct buf *word)
{
	struct reader *r = scan->reader;
	unsigned n = utf8_length(r->at, r->end);

	if (*r->at == '\0')
		return fail_at(scan, r->line, scan->col, "a NUL byte",
			       "scenario files are text in UTF-8");
	if (!n)
		return fail_at(scan, r->line, scan->col, "not valid UTF-8",
			       "scenario files are text in UTF-8");
	buf_add(word, r->at, n);
	r->at += n;
	scan->col++;
	return true;
}

static bool at_newline(const struct reader *r)
{
	return *r->at == '\n' || (*r->at == '\r' && (r->at + 1 == r->end || r->at[1] == '\n'));
}

/* A backslash before the end of a line (or of the text) joins the next line. */
static bool at_join(const struct reader *r)
{
	const char *next = r->at + 1;

	if (*r->at != '\\')
		return false;
	if (next < r->end && *next == '\r')
		next++;
	return next == r->end || *next == '\n';
}

static void next_line(struct scan *scan)
{
	struct reader *r = scan->reader;

	while (r->at < r->end && *r->at != '\n')
		r->at++;
	if (r->at < r->end)
		r->at++;
	r->line++;
	scan->col = 1;
}

static bool take_quoted(struct scan *scan, struct buf *word)
{
	struct reader *r = scan->reader;
	unsigned line = r->line, col = scan->col;

	r->at++;
	scan->col++;
	for (;;) {
		take_plain(scan, word, true);
		if (r->at == r->end || at_newline(r))
			break;
		if (at_join(r)) {
			next_line(scan);
			continue;
		}
		if (*r->at == '"') {
			r->at++;
			scan->col++;
			return true;
		}
		if (*r->at == '\\' && r->at + 1 < r->end && (r->at[1] == '"' || r->at[1] == '\\')) {
			r->at++;
			scan->col++;
		}
		if (!take_char(scan, word))
			return false;
	}
	return fail_at(scan, line, col, "this quote is not closed on its line",
		       "end the text with \", and write a quote inside as \\\"");
}

/* What a word takes, besides its text: here, and while the grammar is matched. */
#define WORD_BYTES (sizeof(struct word) + 80)
#define WORD_STEPS 2

static bool charge_word(const struct scan *scan, const struct word *word, size_t length)
{
	struct budget *budget = scan->reader->budget;

	scan->line->bytes += WORD_BYTES + length;
	if (budget_take(budget, WORD_BYTES + length) && budget_spend(budget, WORD_STEPS))
		return true;
	return reader_check_budget(scan->reader, word, scan->error);
}

static bool take_word(struct scan *scan)
{
	struct reader *r = scan->reader;
	struct word word = {.line = r->line, .col = scan->col, .quoted = *r->at == '"'};
	struct buf *text = &scan->text;
	bool ok = true;

	buf_clear(text);
	if (word.quoted) {
		ok = take_quoted(scan, text);
		if (ok && r->at < r->end && !one_of(*r->at, " \t\r\n#"))
			ok = fail_at(scan, r->line, scan->col, "text directly after a closing quote",
				     "put a blank between them");
	} else {
		take_plain(scan, text, false);
		while (ok && r->at < r->end && !one_of(*r->at, " \t\n#") && !at_newline(r) &&
		       !at_join(r)) {
			if (*r->at == '"')
				ok = fail_at(scan, r->line, scan->col, "a quote inside a word",
					     "quotes go around a whole word: \"two words\"");
			else
				ok = take_char(scan, text);
		}
	}
	word.width = r->line == word.line ? scan->col - word.col : 1;
	if (!ok || !charge_word(scan, &word, text->len))
		return false;
	word.text = xstrndup(buf_str(text), text->len); /* a buffer has room to grow */
	GROW(scan->line->words, scan->line->n, scan->line->cap);
	scan->line->words[scan->line->n++] = word;
	return true;
}

/* The words of a line, and what is above it. False: an error. */
static bool take_line(struct scan *scan)
{
	struct reader *reader = scan->reader;

	while (reader->at < reader->end) {
		char c = *reader->at;

		if (at_join(reader)) {
			next_line(scan);
		} else if (at_newline(reader)) {
			next_line(scan);
			if (scan->line->n)
				break;
		} else if (c == '#') {
			const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));

			reader->at = newline ? newline : reader->end;
		} else if (c == ' ' || c == '\t') {
			reader->at++;
			scan->col++;
		} else if (!take_word(scan)) {
			return false;
		}
	}
	return true;
}

bool reader_next(struct reader *reader, struct line *line, bool *more, struct vf_error *error)
{
	struct scan scan = {.reader = reader, .col = 1, .line = line, .error = error};
	bool ok;

	*line = (struct line){0};
	ok = take_line(&scan);
	buf_deinit(&scan.text);
	if (!ok)
		budget_give(reader->budget, line->bytes);
	*more = ok && line->n > 0;
	if (!*more)
		line_deinit(line);
	return ok;
}

void reader_skip_line(struct reader *reader)
{
	const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));

	reader->at = newline ? newline + 1 : reader->end;
	reader->line++;
}

bool reader_each(struct reader *reader, line_function *take, void *arg, struct vf_error *error)
{
	struct line line;
	bool more = true, ok = true;

	while (ok && (ok = reader_next(reader, &line, &more, error)) && more) {
		ok = take(arg, reader, &line, error);
		line_deinit(&line);
	}
	return ok;
}
