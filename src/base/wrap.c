/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/wrap.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

size_t wrap_row(const char *text, int cols, size_t *next)
{
	size_t at = 0, gap = 0, behind_gap = 0, bytes;
	int width = 0;
	bool words = false; /* do not break at leading blanks */

	for (;; at += bytes) {
		uint32_t c;

		if (text[at] == '\n' || text[at] == '\0') {
			*next = at + (text[at] == '\n');
			return at;
		}
		c = utf8_next(text + at, &bytes);
		width += utf8_width(c);
		if (c == ' ' && words) {
			gap = at;
			behind_gap = at + strspn(text + at, " ");
		}
		words |= c != ' ';
		if (width <= cols)
			continue;
		if (gap) {
			*next = behind_gap + (text[behind_gap] == '\n');
			return gap;
		}
		if (!at) /* narrower than one character: clip it */
			at = bytes;
		*next = at;
		return at;
	}
}

void wrap_text(const char *text, const char *first, const char *rest, int cols, struct buf *out)
{
	const char *indent = first;
	size_t next, row;

	for (; *text; text += next, indent = rest) {
		row = wrap_row(text, cols - (int)strlen(indent), &next);
		buf_puts(out, indent);
		buf_add(out, text, row);
		buf_putc(out, '\n');
	}
}
