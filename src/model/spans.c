/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/spans.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"

#define CHUNK 128 /* spans */

void spans_deinit(struct spans *spans)
{
	for (size_t c = 0; c < spans->chunks; c++)
		free(spans->chunk[c].v);
	free(spans->chunk);
	*spans = (struct spans){0};
}

void spans_copy(struct spans *to, const struct spans *from)
{
	assert(!to->chunks);
	if (!from->chunks)
		return;
	*to = (struct spans){.chunks = from->chunks, .cap = from->chunks, .count = from->count};
	to->chunk = xcalloc(to->cap, sizeof(*to->chunk));
	for (size_t c = 0; c < to->chunks; c++) {
		const struct span_chunk *chunk = &from->chunk[c];

		to->chunk[c] = (struct span_chunk){.n = chunk->n, .cap = chunk->n};
		to->chunk[c].v = xmalloc(chunk->n * sizeof(*chunk->v));
		memcpy(to->chunk[c].v, chunk->v, chunk->n * sizeof(*chunk->v));
	}
}

static uint64_t chunk_end(const struct span_chunk *chunk)
{
	return chunk->v[chunk->n - 1].end;
}

/* They are mostly added in order, and taken out in reverse. */
static bool find_last(const struct spans *spans, uint64_t address, struct span_place *place)
{
	const struct span_chunk *chunk;

	if (!spans->chunks)
		return false;
	chunk = &spans->chunk[spans->chunks - 1];
	*place = (struct span_place){spans->chunks - 1, chunk->n - 1};
	return chunk->v[place->i].start <= address && address < chunk->v[place->i].end;
}

const struct span *spans_find(const struct spans *spans, uint64_t address,
			      struct span_place *place)
{
	size_t c = spans->chunks, i;

	if (find_last(spans, address, place))
		return spans_at(spans, place);
	if (c && chunk_end(&spans->chunk[c - 1]) > address)
		BISECT(c, spans->chunks, chunk_end(&spans->chunk[c]) <= address);
	*place = (struct span_place){c, 0};
	if (c == spans->chunks)
		return NULL;
	BISECT(i, spans->chunk[c].n, spans->chunk[c].v[i].end <= address);
	place->i = i;
	return spans_at(spans, place);
}

const struct span *spans_at(const struct spans *spans, const struct span_place *place)
{
	if (place->c >= spans->chunks || place->i >= spans->chunk[place->c].n)
		return NULL;
	return &spans->chunk[place->c].v[place->i];
}

const struct span *spans_next(const struct spans *spans, struct span_place *place)
{
	if (place->c < spans->chunks && ++place->i == spans->chunk[place->c].n)
		*place = (struct span_place){place->c + 1, 0};
	return spans_at(spans, place);
}

const struct span *spans_before(const struct spans *spans, struct span_place *place)
{
	if (place->i) {
		place->i--;
	} else {
		if (!place->c)
			return NULL;
		place->c--;
		place->i = spans->chunk[place->c].n - 1;
	}
	return spans_at(spans, place);
}

static void insert_chunk(struct spans *spans, size_t at)
{
	GROW(spans->chunk, spans->chunks, spans->cap);
	memmove(spans->chunk + at + 1, spans->chunk + at,
		(spans->chunks - at) * sizeof(*spans->chunk));
	spans->chunk[at] = (struct span_chunk){0};
	spans->chunks++;
}

/* Puts the spans from `keep` on into a chunk of their own. */
static void split_chunk(struct spans *spans, size_t c, size_t keep)
{
	struct span_chunk *low, *high;

	insert_chunk(spans, c + 1);
	low = &spans->chunk[c];
	high = &spans->chunk[c + 1];
	high->n = low->n - keep;
	high->cap = high->n ? high->n : 1;
	high->v = xmalloc(high->cap * sizeof(*high->v));
	memcpy(high->v, low->v + keep, high->n * sizeof(*high->v));
	low->n = keep;
}

void spans_insert(struct spans *spans, struct span span)
{
	struct span_place at;
	const struct span *next = spans_find(spans, span.start, &at);
	struct span_chunk *chunk;

	assert(span.start < span.end && (!next || next->start >= span.end));
	if (!next && spans->chunks)
		at = (struct span_place){spans->chunks - 1, spans->chunk[spans->chunks - 1].n};
	if (at.c == spans->chunks) {
		insert_chunk(spans, at.c);
	} else if (spans->chunk[at.c].n == CHUNK) {
		/* Mostly they are added in order: the chunk before then stays full. */
		size_t keep = !next ? CHUNK : at.i == 0 && at.c == 0 ? 1 : CHUNK / 2;

		split_chunk(spans, at.c, keep);
		if (at.i > keep || (!next && at.i == keep))
			at = (struct span_place){at.c + 1, at.i - keep};
	}
	chunk = &spans->chunk[at.c];
	GROW(chunk->v, chunk->n, chunk->cap);
	memmove(chunk->v + at.i + 1, chunk->v + at.i, (chunk->n - at.i) * sizeof(*chunk->v));
	chunk->v[at.i] = span;
	chunk->n++;
	spans->count++;
}

/* Takes `n` spans out of a chunk, and the chunk, if it is empty then. */
static void erase(struct spans *spans, struct span_place at, size_t n)
{
	struct span_chunk *chunk = &spans->chunk[at.c];

	chunk->n -= n;
	memmove(chunk->v + at.i, chunk->v + at.i + n, (chunk->n - at.i) * sizeof(*chunk->v));
	spans->count -= n;
	if (!chunk->n) {
		free(chunk->v);
		spans->chunks--;
		memmove(spans->chunk + at.c, spans->chunk + at.c + 1,
			(spans->chunks - at.c) * sizeof(*spans->chunk));
	}
}

void spans_remove(struct spans *spans, uint64_t start)
{
	struct span_place at;
	const struct span *span = spans_find(spans, start, &at);

	assert(span && span->start == start);
	(void)span;
	erase(spans, at, 1);
}

size_t spans_remove_all(struct spans *spans, uint64_t start, uint64_t end)
{
	size_t before = spans->count;

	for (;;) {
		struct span_place at;
		const struct span *span = spans_find(spans, start, &at);
		size_t n;

		if (!span || span->start >= end)
			return before - spans->count;
		BISECT(n, spans->chunk[at.c].n - at.i, span[n].start < end);
		assert(span->start >= start && span[n - 1].end <= end);
		erase(spans, at, n);
	}
}

bool spans_are_sound(const struct spans *spans)
{
	uint64_t end = 0;
	size_t count = 0;

	for (size_t c = 0; c < spans->chunks; c++) {
		const struct span_chunk *chunk = &spans->chunk[c];

		if (!chunk->n || chunk->n > CHUNK || chunk->n > chunk->cap)
			return false;
		for (size_t i = 0; i < chunk->n; i++, count++) {
			if (chunk->v[i].start < end || chunk->v[i].end <= chunk->v[i].start)
				return false;
			end = chunk->v[i].end;
		}
	}
	return count == spans->count;
}
