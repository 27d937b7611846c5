/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/sequence.h"

#include "base/utf8.h"

#define ESC 27

void sequence_begin(struct sequence *s)
{
	*s = (struct sequence){.bytes = {ESC}, .length = 1};
}

/* The index after the ESCs: some terminals send one more for Alt. */
static size_t behind_escapes(const char *bytes, size_t length)
{
	size_t at = 0;

	while (at < length && bytes[at] == ESC)
		at++;
	return at;
}

bool is_control_sequence(const char *bytes, size_t length)
{
	size_t at = behind_escapes(bytes, length);

	return at > 0 && at + 1 < length && (bytes[at] == '[' || bytes[at] == 'O');
}

/* Is this the last character of the sequence? */
static bool ends(const struct sequence *s, uint32_t c)
{
	size_t at = behind_escapes(s->bytes, s->length);

	if (at == s->length) /* only ESCs so far */
		return c != ESC && c != '[' && c != 'O';
	if (s->bytes[at] == '[' && s->length == at + 1 && c == '[')
		return false; /* F1 to F5 of the Linux console: ESC [ [ A */
	return c < 0x20 || c >= 0x40;
}

bool sequence_add(struct sequence *s, uint32_t c)
{
	bool last = ends(s, c);

	if (s->length + 4 <= sizeof(s->bytes))
		s->length += utf8_put(s->bytes + s->length, c);
	else if (s->length < sizeof(s->bytes))
		s->bytes[s->length++] = '?'; /* too long for a known key */
	return last;
}
