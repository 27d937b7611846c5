/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of numbers as sorted, disjoint, maximal ranges: page lists, cached
 * pages of a file, page tables that exist. Costs grow with the ranges, never
 * with the numbers in them.
 */
#ifndef MODEL_RANGES_H
#define MODEL_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* first <= last: both belong to it. */
struct range {
	uint64_t first, last;
};

struct ranges {
	struct range *v;
	size_t n, cap;
};

void ranges_deinit(struct ranges *set);
void ranges_clear(struct ranges *set);
void ranges_copy(struct ranges *to, const struct ranges *from);

void ranges_add(struct ranges *set, uint64_t first, uint64_t last);
void ranges_remove(struct ranges *set, uint64_t first, uint64_t last);

/*
 * Is `at` in the set? *last is set to the last number up to which the answer
 * stays the same (UINT64_MAX when it never changes again).
 */
bool ranges_probe(const struct ranges *set, uint64_t at, uint64_t *last);
bool ranges_has(const struct ranges *set, uint64_t at);

/* How many numbers of first..last are in the set. */
uint64_t ranges_count(const struct ranges *set, uint64_t first, uint64_t last);

/* Are they sorted, disjoint and maximal? For tests. */
bool ranges_are_sound(const struct ranges *set);

/*
 * The first part of first..last that is in the set (want true) or not in it.
 * False when there is none.
 */
bool ranges_next(const struct ranges *set, uint64_t first, uint64_t last,
		 bool want, struct range *part);

#endif
