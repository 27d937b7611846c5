/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/differ.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "report/label.h"
#include "report/now.h"

/* What is compared of one side. */
struct compared {
	const struct machine *m;
	const struct fork_record *fork; /* NULL: none yet */
	const struct mm *child;		/* NULL: none, or gone */
	const struct name *name;	/* only pages of this name; NULL: all */
};

/* A page of it. */
struct compared_page {
	const struct fork_vma *vma; /* the decision was about; NULL: about none */
	bool mapped;		    /* in the child */
	struct pte pte;
};

static struct compared compared_side(const struct machine *m, bool now, const char *text)
{
	struct compared side = {.m = m};

	if (now)
		side.fork = fork_now(m);
	else if (m->fork_count)
		side.fork = &m->forks[m->fork_count - 1];
	if (m->child && !m->child->dead)
		side.child = m->child;
	side.name = text ? machine_name(m, text) : NULL;
	return side;
}

/* Does this process call the page so? Up to *last it is the same. */
static bool is_called(const struct compared *side, const struct mm *mm, uint64_t page, uint64_t *last)
{
	struct named_pages pages;

	if (!side->name)
		return true;
	pages = named_pages(mm, page, *last);
	*last = pages.last;
	return pages.name == side->name;
}

/* The page, and up to where the others are like it. */
static struct compared_page compared_at(const struct compared *side, uint64_t page, uint64_t *last)
{
	struct compared_page at = {0};
	const struct mm *child = side->child;

	if (side->fork) {
		const struct mm *parent = side->fork->parent;
		const struct fork_vma *vma = fork_vma_from(side->fork, page_address(parent, page));

		if (vma && vma_first(vma->src) > page)
			*last = min(*last, vma_first(vma->src) - 1);
		else if (vma) {
			*last = min(*last, vma_last(vma->src));
			/* The parent may have given its addresses another name since. */
			if (is_called(side, parent, page, last) ||
			    is_called(side, side->fork->child, page, last))
				at.vma = vma;
		}
	}
	if (child && is_called(side, child, page, last)) {
		struct named_entries entries = named_entries(child, page, *last);

		at.mapped = entries.mapped;
		at.pte = entries.pte;
		*last = entries.pages.last;
	}
	return at;
}

static bool same_entries(const struct compared_page *a, const struct compared_page *b)
{
	return a->mapped == b->mapped && a->pte.state == b->pte.state && a->pte.attrs == b->pte.attrs;
}

static bool pages_differ(const struct compared_page *a, const struct compared_page *b)
{
	if (!a->vma || !b->vma ? a->vma != b->vma : a->vma->decision.what != b->vma->decision.what)
		return true;
	return !same_entries(a, b);
}

static bool is_forking(const struct compared *side)
{
	return side->fork && side->m->at < side->fork->end_event;
}

static bool is_decided(const struct compared *side, const struct compared_page *page)
{
	return page->vma && decided_now(side->m, side->fork, page->vma);
}

static bool pages_differ_now(const struct compared sides[SIDES], const struct compared_page *a,
			     const struct compared_page *b)
{
	bool decided = is_decided(&sides[LEFT], a) && is_decided(&sides[RIGHT], b);

	if (!decided && (is_forking(&sides[LEFT]) || is_forking(&sides[RIGHT])))
		return false;
	return (decided && a->vma->decision.what != b->vma->decision.what) || !same_entries(a, b);
}

static bool differ(const struct compared sides[SIDES], bool now, uint64_t first, uint64_t last)
{
	uint64_t end;

	for (uint64_t page = first; page <= last; page = end + 1) {
		struct compared_page at[SIDES];

		end = last;
		for (int side = 0; side < SIDES; side++)
			at[side] = compared_at(&sides[side], page, &end);
		if (now ? pages_differ_now(sides, &at[LEFT], &at[RIGHT])
			: pages_differ(&at[LEFT], &at[RIGHT]))
			return true;
	}
	return false;
}

static void widen(struct stretch *all, const struct mm *mm, const struct name *name)
{
	struct stretch stretch = mm_stretch(mm, name);

	if (stretch.start == stretch.end)
		return;
	all->start = min(all->start, stretch.start);
	all->end = stretch.end > all->end ? stretch.end : all->end;
}

static bool name_differs(struct machine *const m[SIDES], bool now, const char *text)
{
	struct stretch all = {UINT64_MAX, 0};
	struct compared sides[SIDES];

	for (int side = 0; side < SIDES; side++) {
		sides[side] = compared_side(m[side], now, text);
		if (!sides[side].name)
			return machine_name(m[!side], text);
		if (sides[side].fork) {
			widen(&all, sides[side].fork->parent, sides[side].name);
			widen(&all, sides[side].fork->child, sides[side].name);
		}
		if (sides[side].child)
			widen(&all, sides[side].child, sides[side].name);
	}
	return all.start < all.end && differ(sides, now, address_page(m[LEFT]->parent, all.start),
					     address_page(m[LEFT]->parent, all.end - 1));
}

bool sides_differ(struct machine *const m[SIDES], const char *name)
{
	return name_differs(m, false, name);
}

bool sides_differ_now(struct machine *const m[SIDES], const char *name)
{
	return name_differs(m, true, name);
}

bool sides_differ_in(struct machine *const m[SIDES], uint64_t start, uint64_t end)
{
	struct compared sides[SIDES] = {compared_side(m[LEFT], false, NULL),
					compared_side(m[RIGHT], false, NULL)};

	return differ(sides, false, address_page(m[LEFT]->parent, start),
		      address_page(m[LEFT]->parent, end - 1));
}

size_t differing_names(struct machine *const m[SIDES], bool now, const char ***names)
{
	const struct fork_record *fork = compared_side(m[LEFT], now, NULL).fork;
	bool *asked = xcalloc(m[LEFT]->name_count + 1, sizeof(*asked));
	size_t n = 0, cap = 0;

	*names = NULL;
	for (size_t i = 0; fork && i < fork->vma_count; i++) {
		const struct vm_area *vma = fork->vmas[i].src;
		struct named_pages pages;

		for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = pages.last + 1) {
			pages = named_pages(vma->mm, page, vma_last(vma));
			if (!pages.name || asked[pages.name->id])
				continue;
			asked[pages.name->id] = true;
			if (!name_differs(m, now, pages.name->text))
				continue;
			GROW(*names, n, cap);
			(*names)[n++] = pages.name->text;
		}
	}
	free(asked);
	return n;
}
