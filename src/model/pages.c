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

void runs_init(struct runs *runs, uint64_t pages)
{
	*runs = (struct runs){.n = 1, .cap = 1, .pages = pages};
	runs->v = xcalloc(1, sizeof(*runs->v));
}

void runs_deinit(struct runs *runs)
{
	free(runs->v);
	*runs = (struct runs){0};
}

size_t runs_find(const struct runs *runs, uint64_t page)
{
	size_t lo = 0, hi = runs->n - 1;

	if (runs->v[hi].first <= page)
		return hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo + 1) / 2;

		if (runs->v[mid].first <= page)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

uint64_t runs_length(const struct runs *runs, size_t i)
{
	uint64_t end = i + 1 < runs->n ? runs->v[i + 1].first : runs->pages;

	return end - runs->v[i].first;
}

struct pte runs_at(const struct runs *runs, uint64_t page, uint64_t *last)
{
	size_t i = runs_find(runs, page);

	*last = runs->v[i].first + runs_length(runs, i) - 1;
	return pte_advance(runs->v[i].pte, page - runs->v[i].first);
}

/* May b, which starts right behind a, be part of the same run? */
static bool continues(const struct run *a, const struct run *b)
{
	return pte_equal(pte_advance(a->pte, b->first - a->first), b->pte);
}

/* Replaces the runs [from, to) by `n` others. */
static void splice(struct runs *runs, size_t from, size_t to,
		   const struct run *with, size_t n)
{
	size_t tail = runs->n - to;

	if (runs->n - (to - from) + n > runs->cap) {
		runs->cap = (runs->n + n) * 3 / 2;
		runs->v = xrealloc(runs->v, runs->cap, sizeof(*runs->v));
	}
	if (tail && from + n != to)
		memmove(runs->v + from + n, runs->v + to, tail * sizeof(*runs->v));
	if (n)
		memcpy(runs->v + from, with, n * sizeof(*with));
	runs->n = from + n + tail;
}

void runs_set(struct runs *runs, uint64_t first, uint64_t last, struct pte pte)
{
	struct run now = {first, pte}, with[3];
	size_t from = runs_find(runs, first), to = runs_find(runs, last), n = 0;
	uint64_t end = runs->v[to].first + runs_length(runs, to) - 1;
	struct run behind = {last + 1, pte_advance(runs->v[to].pte,
						   last + 1 - runs->v[to].first)};

	if (runs->v[from].first < first)
		with[n++] = runs->v[from];
	else if (from > 0)
		with[n++] = runs->v[--from];
	if (!n || !continues(&with[n - 1], &now))
		with[n++] = now;
	if (end == last && to + 1 < runs->n) {
		behind = runs->v[++to];
		end = last + 1;
	}
	if (end > last && !continues(&with[n - 1], &behind))
		with[n++] = behind;
	splice(runs, from, to + 1, with, n);
}

void runs_append(struct runs *runs, const struct runs *tail)
{
	uint64_t base = runs->pages;
	size_t i = 0;
	struct run first = {base, tail->v[0].pte};

	runs->pages += tail->pages;
	if (continues(&runs->v[runs->n - 1], &first))
		i = 1;
	for (; i < tail->n; i++) {
		GROW(runs->v, runs->n, runs->cap);
		runs->v[runs->n++] = (struct run){base + tail->v[i].first, tail->v[i].pte};
	}
}
