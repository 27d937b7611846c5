/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/escape.h"

#include <string.h>

#include "base/utf8.h"

void escape_json(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || strchr("\"\\<>&", *text))
			buf_printf(out, "\\u%04x", (unsigned)*text);
		else
			buf_putc(out, *text);
	buf_putc(out, '"');
}

void escape_xml(struct buf *out, const char *text)
{
	size_t bytes;

	for (; *text; text += bytes) {
		uint32_t c = utf8_next(text, &bytes);
		char utf8[4];

		if (c < 0x80 && strchr("&<>\"'", (int)c))
			buf_printf(out, "&#%u;", c);
		else /* the last two are no characters of XML */
			buf_add(out, utf8, utf8_put(utf8, c == 0xFFFE || c == 0xFFFF ? 0xFFFD : c));
	}
}
