/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control sequences: what a terminal sends for a key that curses does not know
 * comes as characters. They are put together here, so that none of them is
 * taken for a key or a letter.
 *
 *    ESC [ parameters final      ESC O parameters final      ESC character: Alt
 */
#ifndef TTY_SEQUENCE_H
#define TTY_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sequence {
	char bytes[32]; /* UTF-8; of a longer sequence, the start */
	size_t length;
};

/* Begins with ESC. */
void sequence_begin(struct sequence *sequence);

/* Adds a character. True: it was the last one. */
bool sequence_add(struct sequence *sequence, uint32_t c);

/* Is it longer than ESC and one character? Then it is a key, not text. */
bool is_control_sequence(const char *bytes, size_t length);

#endif
