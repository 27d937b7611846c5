/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const char *const pte_state_names[PTE_STATES] = {
	[PTE_NONE] = "none",
	[PTE_PRESENT] = "present",
	[PTE_SWAP] = "swap",
	[PTE_MIGRATION] = "migration",
	[PTE_DEVICE_PRIVATE] = "device-private",
	[PTE_DEVICE_EXCLUSIVE] = "device-exclusive",
	[PTE_MARKER] = "marker",
	[PTE_HWPOISON] = "hwpoison",
	[PTE_ZERO] = "zero",
	[PTE_HUGE] = "huge",
};

const char *const pte_attr_names[PTE_ATTRS] = {
	"write",     "dirty",	"young",  "soft-dirty", "uffd-wp",
	"exclusive", "special", "pinned", "guard",	"poison",
};

const uint16_t pte_state_attrs[PTE_STATES] = {
	[PTE_PRESENT] = PTE_WRITE | PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY |
			PTE_UFFD_WP | PTE_EXCLUSIVE | PTE_SPECIAL | PTE_PINNED,
	[PTE_SWAP] = PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_EXCLUSIVE,
	[PTE_MIGRATION] = PTE_WRITE | PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY |
			  PTE_UFFD_WP | PTE_EXCLUSIVE,
	[PTE_DEVICE_PRIVATE] = PTE_WRITE | PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_EXCLUSIVE,
	[PTE_DEVICE_EXCLUSIVE] = PTE_WRITE | PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_EXCLUSIVE,
	[PTE_MARKER] = PTE_UFFD_WP | PTE_GUARD | PTE_POISON,
	[PTE_HWPOISON] = PTE_UFFD_WP,
	[PTE_ZERO] = PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_SPECIAL,
	[PTE_HUGE] = PTE_WRITE | PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY |
		     PTE_UFFD_WP | PTE_EXCLUSIVE | PTE_SPECIAL | PTE_PINNED,
};

bool pte_equal(struct pte a, struct pte b)
{
	return a.state == b.state && a.attrs == b.attrs && a.frame == b.frame;
}

/* --- chunks of runs ------------------------------------------------------------------- */

#define CHUNK 256 /* runs */

/* A position: run `i` of chunk `c`. */
struct run_place {
	size_t c, i;
};

void runs_init(struct runs *runs, uint64_t pages)
{
	*runs = (struct runs){.chunks = 1, .cap = 1, .count = 1, .pages = pages};
	runs->chunk = xcalloc(1, sizeof(*runs->chunk));
	runs->chunk[0] = (struct run_chunk){.n = 1, .cap = 1};
	runs->chunk[0].v = xcalloc(1, sizeof(struct run));
}

void runs_deinit(struct runs *runs)
{
	for (size_t c = 0; c < runs->chunks; c++)
		free(runs->chunk[c].v);
	free(runs->chunk);
	*runs = (struct runs){0};
}

/* The run that holds `page`. */
static struct run_place find(const struct runs *runs, uint64_t page)
{
	struct run_place at = {0, 0};
	size_t lo = 0, hi = runs->chunks - 1;

	while (lo < hi) {
		size_t mid = lo + (hi - lo + 1) / 2;

		if (runs->chunk[mid].v[0].first <= page)
			lo = mid;
		else
			hi = mid - 1;
	}
	at.c = lo;
	for (lo = 0, hi = runs->chunk[at.c].n - 1; lo < hi;) {
		size_t mid = lo + (hi - lo + 1) / 2;

		if (runs->chunk[at.c].v[mid].first <= page)
			lo = mid;
		else
			hi = mid - 1;
	}
	at.i = lo;
	return at;
}

static struct run *run_at(const struct runs *runs, struct run_place at)
{
	return &runs->chunk[at.c].v[at.i];
}

/* The next position; false after the last run. */
static bool advance(const struct runs *runs, struct run_place *at)
{
	if (++at->i < runs->chunk[at->c].n)
		return true;
	at->i = 0;
	return ++at->c < runs->chunks;
}

static uint64_t run_end(const struct runs *runs, struct run_place at)
{
	return advance(runs, &at) ? run_at(runs, at)->first : runs->pages;
}

struct pte runs_at(const struct runs *runs, uint64_t page, uint64_t *last)
{
	struct run_place at = find(runs, page);
	const struct run *run = run_at(runs, at);

	*last = run_end(runs, at) - 1;
	return pte_advance(run->pte, page - run->first);
}

struct pte runs_alike(const struct runs *runs, uint64_t page, uint64_t *last)
{
	struct run_place at = find(runs, page);
	struct pte pte = pte_advance(run_at(runs, at)->pte, page - run_at(runs, at)->first);
	const struct run *next;

	while (advance(runs, &at)) {
		next = run_at(runs, at);
		if (next->pte.state != pte.state || next->pte.attrs != pte.attrs) {
			*last = next->first - 1;
			return pte;
		}
	}
	*last = runs->pages - 1;
	return pte;
}

uint64_t runs_first(const struct runs *runs, uint64_t page)
{
	return run_at(runs, find(runs, page))->first;
}

/* Can b, which starts right after a, be part of the same run? */
static bool continues(const struct run *a, const struct run *b)
{
	return pte_equal(pte_advance(a->pte, b->first - a->first), b->pte);
}

/* --- changing them ---------------------------------------------------------------------- */

static void remove_chunks(struct runs *runs, size_t from, size_t to)
{
	for (size_t c = from; c < to; c++)
		free(runs->chunk[c].v);
	memmove(runs->chunk + from, runs->chunk + to, (runs->chunks - to) * sizeof(*runs->chunk));
	runs->chunks -= to - from;
}

static void erase_in_chunk(struct runs *runs, size_t c, size_t from, size_t to)
{
	struct run_chunk *chunk = &runs->chunk[c];

	memmove(chunk->v + from, chunk->v + to, (chunk->n - to) * sizeof(*chunk->v));
	chunk->n -= to - from;
	runs->count -= to - from;
	if (!chunk->n)
		remove_chunks(runs, c, c + 1);
}

/* Takes out the runs from..to, both included. */
static void erase(struct runs *runs, struct run_place from, struct run_place to)
{
	if (from.c == to.c) {
		erase_in_chunk(runs, from.c, from.i, to.i + 1);
		return;
	}
	erase_in_chunk(runs, to.c, 0, to.i + 1);
	for (size_t c = from.c + 1; c < to.c; c++)
		runs->count -= runs->chunk[c].n;
	remove_chunks(runs, from.c + 1, to.c);
	erase_in_chunk(runs, from.c, from.i, runs->chunk[from.c].n);
}

static void insert_chunk(struct runs *runs, size_t at)
{
	GROW(runs->chunk, runs->chunks, runs->cap);
	memmove(runs->chunk + at + 1, runs->chunk + at, (runs->chunks - at) * sizeof(*runs->chunk));
	runs->chunk[at] = (struct run_chunk){0};
	runs->chunks++;
}

/* Puts the upper half of a full chunk into one of its own. */
static void split_chunk(struct runs *runs, size_t c)
{
	struct run_chunk *low, *high;

	insert_chunk(runs, c + 1);
	low = &runs->chunk[c];
	high = &runs->chunk[c + 1];
	high->n = high->cap = low->n - CHUNK / 2;
	high->v = xmalloc(high->n * sizeof(*high->v));
	memcpy(high->v, low->v + CHUNK / 2, high->n * sizeof(*high->v));
	low->n = CHUNK / 2;
}

/* Inserts a run before the first one that starts after it. */
static void insert(struct runs *runs, struct run run)
{
	struct run_place at = {0, 0};
	struct run_chunk *chunk;

	if (!runs->chunks)
		insert_chunk(runs, 0);
	if (runs->count && runs->chunk[0].v[0].first < run.first) {
		at = find(runs, run.first);
		at.i++;
	}
	/* Runs are mostly added in order: the last chunk then stays full. */
	if (at.i == CHUNK && at.c + 1 == runs->chunks) {
		insert_chunk(runs, at.c + 1);
		at = (struct run_place){at.c + 1, 0};
	} else if (runs->chunk[at.c].n == CHUNK) {
		split_chunk(runs, at.c);
		if (at.i > CHUNK / 2)
			at = (struct run_place){at.c + 1, at.i - CHUNK / 2};
	}
	chunk = &runs->chunk[at.c];
	GROW(chunk->v, chunk->n, chunk->cap);
	memmove(chunk->v + at.i + 1, chunk->v + at.i, (chunk->n - at.i) * sizeof(*chunk->v));
	chunk->v[at.i] = run;
	chunk->n++;
	runs->count++;
}

/* Joins the run that starts at `first` to the one before it, if they are one. */
static void join(struct runs *runs, uint64_t first)
{
	struct run_place before, at;

	if (first == 0 || first >= runs->pages)
		return;
	before = find(runs, first - 1);
	at = find(runs, first);
	if (run_at(runs, at)->first == first && continues(run_at(runs, before), run_at(runs, at)))
		erase(runs, at, at);
}

/* Makes a run start at `page`. */
static void cut(struct runs *runs, uint64_t page)
{
	const struct run *run;

	if (page >= runs->pages)
		return;
	run = run_at(runs, find(runs, page));
	if (run->first != page)
		insert(runs, (struct run){page, pte_advance(run->pte, page - run->first)});
}

void runs_set(struct runs *runs, uint64_t first, uint64_t last, struct pte pte)
{
	struct run_place from, to;

	cut(runs, first);
	cut(runs, last + 1);
	from = find(runs, first);
	to = find(runs, last);
	if (from.c != to.c || from.i != to.i) {
		struct run_place next = from;

		advance(runs, &next);
		erase(runs, next, to);
		from = find(runs, first);
	}
	run_at(runs, from)->pte = pte;
	join(runs, last + 1);
	join(runs, first);
}

bool runs_are_sound(const struct runs *runs)
{
	const struct run *before = NULL;
	size_t count = 0;

	for (size_t c = 0; c < runs->chunks; c++) {
		const struct run_chunk *chunk = &runs->chunk[c];

		if (!chunk->n || chunk->n > CHUNK || chunk->n > chunk->cap)
			return false;
		count += chunk->n;
		for (size_t i = 0; i < chunk->n; before = &chunk->v[i++]) {
			const struct run *run = &chunk->v[i];

			if (before ? run->first <= before->first || continues(before, run) : run->first)
				return false;
			if (run->first >= runs->pages)
				return false;
		}
	}
	return count && count == runs->count;
}
