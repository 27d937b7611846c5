/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

bool vf_error_set(struct vf_error *error, const char *format, ...)
{
	va_list args;

	*error = (struct vf_error){0};
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	return false;
}

void vf_error_hint(struct vf_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->hint, sizeof(error->hint), format, args);
	va_end(args);
}

void vf_error_print(const struct vf_error *error, struct buf *out)
{
	if (error->file[0]) {
		buf_printf(out, "%s:", error->file);
		if (error->line)
			buf_printf(out, "%u:", error->line);
		if (error->line && error->col)
			buf_printf(out, "%u:", error->col);
		buf_putc(out, ' ');
	}
	buf_printf(out, "%s\n", error->message);
	if (error->text[0] && error->mark) {
		buf_printf(out, "    %s\n    %*s", error->text, (int)error->mark - 1, "");
		for (unsigned i = 0; i < error->width || i == 0; i++)
			buf_putc(out, '^');
		buf_putc(out, '\n');
	}
	if (error->hint[0])
		buf_printf(out, "    %s\n", error->hint);
}

/* Damerau's distance (restricted), which counts a swapped pair as one edit. */
static unsigned edit_distance(const char *a, const char *b, unsigned limit)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned row[3][72];

	if (n > 64 || m > 64)
		return limit + 1;
	for (size_t j = 0; j <= m; j++)
		row[1][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *before = row[(i + 2) % 3], *above = row[i % 3];
		unsigned *now = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[(n + 1) % 3][m];
}

const char *nearest_word(const char *word, const char *const *words, size_t n)
{
	unsigned limit = strlen(word) < 4 ? 1 : 2 + (unsigned)(strlen(word) > 8);
	const char *best = NULL;
	unsigned least = limit + 1, begun = 0;

	/* A prefix of a word counts as one edit. */
	for (size_t i = 0; strlen(word) > 1 && i < n; i++)
		if (words[i] && !strncmp(words[i], word, strlen(word))) {
			best = words[i];
			begun++;
		}
	if (begun == 1)
		return best;
	best = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned d = words[i] ? edit_distance(word, words[i], limit) : limit + 1;

		if (d < least) {
			least = d;
			best = words[i];
		}
	}
	return best;
}
