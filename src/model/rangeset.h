/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of numbers, as ranges.h has it, for sets that may have very many ranges: the cached
 * pages of a file, the page tables that exist. In chunks of bounded size, so that a change
 * costs the logarithm of their number in whatever order they are made.
 */
#ifndef MODEL_RANGESET_H
#define MODEL_RANGESET_H

#include "model/ranges.h"

/* Its numbers are those up to where the next chunk begins; a range may go on there. */
struct rangeset_chunk {
	uint64_t begin;
	struct ranges ranges; /* not empty, but perhaps in the first chunk */
};

/* Zero: empty. */
struct rangeset {
	struct rangeset_chunk *chunk;
	size_t chunks, cap;
};

void rangeset_deinit(struct rangeset *set);
/* `to` must be zeroed. */
void rangeset_copy(struct rangeset *to, const struct rangeset *from);
/* Bytes that it takes. */
uint64_t rangeset_bytes(const struct rangeset *set);

void rangeset_add(struct rangeset *set, uint64_t first, uint64_t last);
void rangeset_remove(struct rangeset *set, uint64_t first, uint64_t last);

/* As ranges_probe() and so on. */
bool rangeset_probe(const struct rangeset *set, uint64_t at, uint64_t *last);
bool rangeset_has(const struct rangeset *set, uint64_t at);
uint64_t rangeset_count(const struct rangeset *set, uint64_t first, uint64_t last);
bool rangeset_next(const struct rangeset *set, uint64_t first, uint64_t last, bool want,
		   struct range *part);

/* How many ranges there are; costs as many. */
size_t rangeset_ranges(const struct rangeset *set);

/* The first range from that number on, or what is left of it; false: there is none. */
bool rangeset_from(const struct rangeset *set, uint64_t from, struct range *part);

/* Each range in turn: `part` is a struct range. */
#define for_each_range(set, part)                                                            \
	for (bool more_ = rangeset_from(set, 0, &(part)); more_;                             \
	     more_ = (part).last < UINT64_MAX && rangeset_from(set, (part).last + 1, &(part)))

/* Are the chunks in order, and their ranges sorted, disjoint and maximal? For tests. */
bool rangeset_is_sound(const struct rangeset *set);

#endif
