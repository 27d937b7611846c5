/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list that only grows, in pieces that never move: what is added costs the same however
 * long the list is, and pointers to it stay good.
 */
#ifndef MODEL_SEGMENTS_H
#define MODEL_SEGMENTS_H

#include <stddef.h>

#define SEGMENT 128u /* elements in a piece */

/* Zeroed: empty. All elements are of one size, which each call is given. */
struct segments {
	char **piece;
	size_t pieces, cap;
	size_t n; /* elements */
};

void segments_deinit(struct segments *list);

/* One more, which is not initialized. */
void *segments_add(struct segments *list, size_t size);

/* A copy, with other pieces. `to` must be zeroed. */
void segments_copy(struct segments *to, const struct segments *from, size_t size);

static inline void *segments_at(const struct segments *list, size_t i, size_t size)
{
	return list->piece[i / SEGMENT] + i % SEGMENT * size;
}

#endif
