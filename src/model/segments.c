/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/segments.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"

void segments_deinit(struct segments *list)
{
	for (size_t i = 0; i < list->pieces; i++)
		free(list->piece[i]);
	free(list->piece);
	*list = (struct segments){0};
}

void *segments_add(struct segments *list, size_t size)
{
	if (list->n == list->pieces * SEGMENT) {
		GROW(list->piece, list->pieces, list->cap);
		list->piece[list->pieces++] = xmalloc(SEGMENT * size);
	}
	return segments_at(list, list->n++, size);
}

void segments_copy(struct segments *to, const struct segments *from, size_t size)
{
	*to = (struct segments){.pieces = from->pieces, .cap = from->pieces, .n = from->n};
	if (!to->pieces)
		return;
	to->piece = xcalloc(to->pieces, sizeof(*to->piece));
	for (size_t i = 0; i < to->pieces; i++) {
		to->piece[i] = xmalloc(SEGMENT * size);
		memcpy(to->piece[i], from->piece[i], min(SEGMENT, from->n - i * SEGMENT) * size);
	}
}
