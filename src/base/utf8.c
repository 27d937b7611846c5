/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/utf8.h"

#define REPLACEMENT 0xFFFDu

static uint32_t decode(const unsigned char *s, size_t *bytes)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	size_t more = s[0] >= 0xF0 ? 3 : s[0] >= 0xE0 ? 2 : 1;
	uint32_t c = s[0] & (0x3Fu >> more);

	*bytes = 1;
	if (s[0] < 0x80)
		return s[0];
	if (s[0] < 0xC2 || s[0] > 0xF4)
		return REPLACEMENT;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return REPLACEMENT;
		c = c << 6 | (s[i] & 0x3F);
	}
	if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
		return REPLACEMENT;
	*bytes = more + 1;
	return c;
}

static bool reorders(uint32_t c)
{
	return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

uint32_t utf8_next(const char *text, size_t *bytes)
{
	uint32_t c = decode((const unsigned char *)text, bytes);

	if (c == 0)
		*bytes = 0;
	else if (c == '\t')
		c = ' ';
	else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || reorders(c))
		c = REPLACEMENT;
	return c;
}

int utf8_width(uint32_t c)
{
	int width = c < 0x80 ? 1 : wcwidth((wchar_t)c);

	return width < 0 ? 1 : width > 2 ? 2 : width;
}

size_t utf8_put(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xC0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xE0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3F));
		to[2] = (char)(0x80 | (c & 0x3F));
		return 3;
	}
	to[0] = (char)(0xF0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3F));
	to[2] = (char)(0x80 | (c >> 6 & 0x3F));
	to[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

void utf8_clean(const char *text, struct buf *out)
{
	for (size_t bytes; *text; text += bytes) {
		char clean[4];
		uint32_t c = *text == '\n' ? '\n' : utf8_next(text, &bytes);

		if (c == '\n')
			bytes = 1;
		buf_add(out, clean, utf8_put(clean, c));
	}
}

char utf8_stand_in(uint32_t c)
{
	static const struct {
		uint16_t c;
		char ascii;
	} table[] = {
		{0x2010, '-'}, {0x2011, '-'}, {0x2012, '-'}, {0x2013, '-'}, {0x2014, '-'},
		{0x2018, '\''}, {0x2019, '\''}, {0x201C, '"'}, {0x201D, '"'}, {0x2026, '.'},
		{0x00A0, ' '}, {0x00B7, '.'}, {0x00D7, 'x'}, {0x2190, '<'}, {0x2192, '>'},
		{0x2212, '-'}, {0x2260, '!'}, {0x2264, '<'}, {0x2265, '>'},
	};

	if (c < 0x80)
		return (char)c;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].c == c)
			return table[i].ascii;
	return '?';
}
