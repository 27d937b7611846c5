/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/rangeset.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"

#define CHUNK 128 /* ranges */

void rangeset_deinit(struct rangeset *set)
{
	for (size_t c = 0; c < set->chunks; c++)
		ranges_deinit(&set->chunk[c].ranges);
	free(set->chunk);
	*set = (struct rangeset){0};
}

void rangeset_copy(struct rangeset *to, const struct rangeset *from)
{
	if (!from->chunks)
		return;
	*to = (struct rangeset){xcalloc(from->chunks, sizeof(*to->chunk)), from->chunks, from->chunks};
	for (size_t c = 0; c < from->chunks; c++) {
		to->chunk[c].begin = from->chunk[c].begin;
		ranges_copy(&to->chunk[c].ranges, &from->chunk[c].ranges);
	}
}

uint64_t rangeset_bytes(const struct rangeset *set)
{
	uint64_t bytes = set->chunks * sizeof(*set->chunk);

	for (size_t c = 0; c < set->chunks; c++)
		bytes += set->chunk[c].ranges.n * sizeof(struct range);
	return bytes;
}

/* The chunk to which the number belongs. */
static size_t find(const struct rangeset *set, uint64_t at)
{
	size_t c;

	BISECT(c, set->chunks - 1, set->chunk[c + 1].begin <= at);
	return c;
}

/* The last number that belongs to a chunk. */
static uint64_t chunk_last(const struct rangeset *set, size_t c)
{
	return c + 1 < set->chunks ? set->chunk[c + 1].begin - 1 : UINT64_MAX;
}

/* --- changing --------------------------------------------------------------------------- */

static void insert_chunk(struct rangeset *set, size_t at, uint64_t begin)
{
	GROW(set->chunk, set->chunks, set->cap);
	memmove(set->chunk + at + 1, set->chunk + at, (set->chunks - at) * sizeof(*set->chunk));
	set->chunk[at] = (struct rangeset_chunk){.begin = begin};
	set->chunks++;
}

/* Their numbers belong to the chunk before, then. */
static void remove_chunks(struct rangeset *set, size_t from, size_t to)
{
	for (size_t c = from; c < to; c++)
		ranges_deinit(&set->chunk[c].ranges);
	memmove(set->chunk + from, set->chunk + to, (set->chunks - to) * sizeof(*set->chunk));
	set->chunks -= to - from;
}

static void split_if_full(struct rangeset *set, size_t c)
{
	struct ranges *low = &set->chunk[c].ranges, *high;
	/* Numbers are mostly added in order: the last chunk then stays full. */
	size_t keep = c + 1 == set->chunks ? CHUNK : CHUNK / 2;

	if (low->n <= CHUNK)
		return;
	insert_chunk(set, c + 1, low->v[keep].first);
	low = &set->chunk[c].ranges;
	high = &set->chunk[c + 1].ranges;
	high->n = high->cap = low->n - keep;
	high->v = xmalloc(high->n * sizeof(*high->v));
	memcpy(high->v, low->v + keep, high->n * sizeof(*high->v));
	low->n = keep;
}

void rangeset_add(struct rangeset *set, uint64_t first, uint64_t last)
{
	size_t from, to;

	if (!set->chunks)
		insert_chunk(set, 0, 0);
	from = find(set, first);
	to = find(set, last);
	if (from + 1 < to) {
		remove_chunks(set, from + 1, to);
		to = from + 1;
	}
	ranges_add(&set->chunk[from].ranges, first, min(last, chunk_last(set, from)));
	if (to > from) {
		ranges_add(&set->chunk[to].ranges, set->chunk[to].begin, last);
		split_if_full(set, to);
	}
	split_if_full(set, from);
}

void rangeset_remove(struct rangeset *set, uint64_t first, uint64_t last)
{
	size_t from, to;

	if (!set->chunks)
		return;
	from = find(set, first);
	to = find(set, last);
	if (from + 1 < to) {
		remove_chunks(set, from + 1, to);
		to = from + 1;
	}
	for (size_t c = to + 1; c-- > from;) {
		ranges_remove(&set->chunk[c].ranges, first, last);
		if (c && !set->chunk[c].ranges.n)
			remove_chunks(set, c, c + 1);
		else
			split_if_full(set, c);
	}
}

/* --- looking ---------------------------------------------------------------------------- */

bool rangeset_probe(const struct rangeset *set, uint64_t at, uint64_t *last)
{
	size_t c;
	uint64_t end;
	bool has;

	*last = UINT64_MAX;
	if (!set->chunks)
		return false;
	c = find(set, at);
	has = ranges_probe(&set->chunk[c].ranges, at, &end);
	*last = min(end, chunk_last(set, c));
	while (*last == chunk_last(set, c) && ++c < set->chunks) {
		if (ranges_probe(&set->chunk[c].ranges, set->chunk[c].begin, &end) != has)
			break;
		*last = min(end, chunk_last(set, c));
	}
	return has;
}

bool rangeset_has(const struct rangeset *set, uint64_t at)
{
	uint64_t last;

	return rangeset_probe(set, at, &last);
}

uint64_t rangeset_count(const struct rangeset *set, uint64_t first, uint64_t last)
{
	uint64_t sum = 0;

	if (!set->chunks)
		return 0;
	for (size_t c = find(set, first); c < set->chunks && set->chunk[c].begin <= last; c++)
		sum += ranges_count(&set->chunk[c].ranges, first, last);
	return sum;
}

bool rangeset_next(const struct rangeset *set, uint64_t first, uint64_t last, bool want,
		   struct range *part)
{
	uint64_t end;

	if (rangeset_probe(set, first, &end) != want) {
		if (end >= last)
			return false;
		first = end + 1;
		rangeset_probe(set, first, &end);
	}
	*part = (struct range){first, min(end, last)};
	return true;
}

bool rangeset_from(const struct rangeset *set, uint64_t from, struct range *part)
{
	return rangeset_next(set, from, UINT64_MAX, true, part);
}

size_t rangeset_ranges(const struct rangeset *set)
{
	struct range part;
	size_t n = 0;

	for_each_range(set, part)
		n++;
	return n;
}

bool rangeset_is_sound(const struct rangeset *set)
{
	for (size_t c = 0; c < set->chunks; c++) {
		const struct ranges *ranges = &set->chunk[c].ranges;

		if (c ? set->chunk[c].begin <= set->chunk[c - 1].begin || !ranges->n
		      : set->chunk[c].begin != 0)
			return false;
		if (!ranges_are_sound(ranges) || ranges->n > CHUNK)
			return false;
		if (ranges->n && (ranges->v[0].first < set->chunk[c].begin ||
				  ranges->v[ranges->n - 1].last > chunk_last(set, c)))
			return false;
	}
	return true;
}
