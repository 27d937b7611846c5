/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/mouse.h"

#include <stdio.h>
#include <string.h>

/* Bits of the button's number. */
enum { MODIFIERS = 4 | 8 | 16, WHEEL = 64 };

static const char old_form[] = "\033[M";
enum { OLD_LENGTH = sizeof(old_form) - 1, OLD_MORE = 3, OLD_OFFSET = 32 };

static enum mouse_action action_of(unsigned button, bool pressed)
{
	button &= ~(unsigned)MODIFIERS;
	if (!pressed)
		return MOUSE_OTHER;
	return button == 0		? MOUSE_CLICK
	       : button == WHEEL	? MOUSE_WHEEL_UP
	       : button == (WHEEL | 1) ? MOUSE_WHEEL_DOWN
					: MOUSE_OTHER;
}

bool mouse_needs_more(const char *bytes, size_t length)
{
	return length == OLD_LENGTH && !memcmp(bytes, old_form, OLD_LENGTH);
}

static bool parse_old(const char *bytes, size_t length, struct mouse *mouse)
{
	const unsigned char *more = (const unsigned char *)bytes + OLD_LENGTH;

	if (length != OLD_LENGTH + OLD_MORE || !mouse_needs_more(bytes, OLD_LENGTH) || more[0] < OLD_OFFSET ||
	    more[1] <= OLD_OFFSET || more[2] <= OLD_OFFSET)
		return false;
	*mouse = (struct mouse){action_of(more[0] - OLD_OFFSET, true), more[2] - OLD_OFFSET - 1,
				more[1] - OLD_OFFSET - 1};
	return true;
}

bool mouse_parse(const char *bytes, size_t length, struct mouse *mouse)
{
	char text[33], form[2];
	unsigned button, col, row;
	int used = 0;

	if (length >= sizeof(text))
		return false;
	memcpy(text, bytes, length);
	text[length] = '\0';
	if (sscanf(text, "\033[<%4u;%5u;%5u%1[Mm]%n", &button, &col, &row, form, &used) != 4 ||
	    used != (int)length || !row || !col)
		return parse_old(bytes, length, mouse);
	*mouse = (struct mouse){action_of(button, form[0] == 'M'), (int)row - 1, (int)col - 1};
	return true;
}
