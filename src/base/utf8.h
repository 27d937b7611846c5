/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8, whatever the locale: files are UTF-8 on every terminal. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include "base/buf.h"

/*
 * The character at text, and its length in bytes (0 at the end). Each byte that is
 * not valid UTF-8 gives U+FFFD. So do control characters and characters that reorder
 * text; a tab gives a space.
 */
uint32_t utf8_next(const char *text, size_t *bytes);

/* Columns of a character that utf8_next gave: 0, 1 or 2. */
int utf8_width(uint32_t c);

/* Writes c as UTF-8; returns the bytes, at most 4. */
size_t utf8_put(char *to, uint32_t c);

/* A copy of text, without escape sequences for a terminal; newlines stay. */
void utf8_clean(const char *text, struct buf *out);

/* A substitute for c on a terminal that shows only ASCII. */
char utf8_stand_in(uint32_t c);

#endif
