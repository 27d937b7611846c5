/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"

void ranges_deinit(struct ranges *set)
{
	free(set->v);
	*set = (struct ranges){0};
}

void ranges_clear(struct ranges *set)
{
	set->n = 0;
}

void ranges_copy(struct ranges *to, const struct ranges *from)
{
	if (from->n > to->cap) {
		to->v = xrealloc(to->v, from->n, sizeof(*to->v));
		to->cap = from->n;
	}
	if (from->n)
		memcpy(to->v, from->v, from->n * sizeof(*to->v));
	to->n = from->n;
}

/* Index of the first range whose last number is not below `at`. */
static size_t find(const struct ranges *set, uint64_t at)
{
	size_t i;

	if (set->n && set->v[set->n - 1].last < at)
		return set->n;
	BISECT(i, set->n, set->v[i].last < at);
	return i;
}

/* Replaces the ranges [from, to) by the n ranges in `with`. */
static void splice(struct ranges *set, size_t from, size_t to,
		   const struct range *with, size_t n)
{
	size_t tail = set->n - to;

	if (set->n - (to - from) + n > set->cap) {
		set->cap = (set->n + n) * 3 / 2 + 2;
		set->v = xrealloc(set->v, set->cap, sizeof(*set->v));
	}
	if (tail && from + n != to)
		memmove(set->v + from + n, set->v + to, tail * sizeof(*set->v));
	for (size_t i = 0; i < n; i++)
		set->v[from + i] = with[i];
	set->n = from + n + tail;
}

void ranges_add(struct ranges *set, uint64_t first, uint64_t last)
{
	struct range r = {first, last};
	size_t from = find(set, first ? first - 1 : 0), to = from;

	for (; to < set->n && (last == UINT64_MAX || set->v[to].first <= last + 1); to++) {
		if (set->v[to].first < r.first)
			r.first = set->v[to].first;
		if (set->v[to].last > r.last)
			r.last = set->v[to].last;
	}
	splice(set, from, to, &r, 1);
}

void ranges_remove(struct ranges *set, uint64_t first, uint64_t last)
{
	struct range keep[2];
	size_t from = find(set, first), to = from, n = 0;

	for (; to < set->n && set->v[to].first <= last; to++) {
		if (set->v[to].first < first)
			keep[n++] = (struct range){set->v[to].first, first - 1};
		if (set->v[to].last > last)
			keep[n++] = (struct range){last + 1, set->v[to].last};
	}
	if (to > from)
		splice(set, from, to, keep, n);
}

bool ranges_probe(const struct ranges *set, uint64_t at, uint64_t *last)
{
	size_t i = find(set, at);

	if (i == set->n) {
		*last = UINT64_MAX;
		return false;
	}
	if (set->v[i].first <= at) {
		*last = set->v[i].last;
		return true;
	}
	*last = set->v[i].first - 1;
	return false;
}

bool ranges_has(const struct ranges *set, uint64_t at)
{
	uint64_t last;

	return ranges_probe(set, at, &last);
}

uint64_t ranges_count(const struct ranges *set, uint64_t first, uint64_t last)
{
	uint64_t sum = 0;

	for (size_t i = find(set, first); i < set->n && set->v[i].first <= last; i++) {
		uint64_t from = set->v[i].first > first ? set->v[i].first : first;
		uint64_t to = set->v[i].last < last ? set->v[i].last : last;

		sum += to - from + 1;
	}
	return sum;
}

bool ranges_next(const struct ranges *set, uint64_t first, uint64_t last,
		 bool want, struct range *part)
{
	while (first <= last) {
		uint64_t end;
		bool has = ranges_probe(set, first, &end);

		if (end > last)
			end = last;
		if (has == want) {
			*part = (struct range){first, end};
			return true;
		}
		if (end == last)
			return false;
		first = end + 1;
	}
	return false;
}

bool ranges_are_sound(const struct ranges *set)
{
	for (size_t i = 0; i < set->n; i++) {
		if (set->v[i].first > set->v[i].last)
			return false;
		if (i && (set->v[i - 1].last == UINT64_MAX || set->v[i - 1].last + 1 >= set->v[i].first))
			return false;
	}
	return set->n <= set->cap;
}
