/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in rows of so many columns. */
#ifndef BASE_WRAP_H
#define BASE_WRAP_H

#include <stddef.h>

#include "base/buf.h"

/*
 * One row of a wrapped text: how many bytes of it fit; *next: where the next
 * row starts. Newlines end rows.
 */
size_t wrap_row(const char *text, int cols, size_t *next);

/* All of it as lines of `cols` columns: the first after `first`, the others after `rest`, of ASCII. */
void wrap_text(const char *text, const char *first, const char *rest, int cols, struct buf *out);

#endif
