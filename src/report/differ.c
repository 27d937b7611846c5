/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/differ.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "report/label.h"
#include "report/now.h"

/* What is compared of one side. */
struct compared {
	struct machine *m;
	const struct fork_record *fork; /* NULL: none yet */
	const struct name *name;	/* only pages of this name; NULL: all */
};

static struct compared compared_side(struct machine *m, bool now)
{
	struct compared side = {.m = m};

	if (now)
		side.fork = fork_now(m);
	else if (m->fork_count)
		side.fork = &m->forks[m->fork_count - 1];
	return side;
}

static const struct mm *child_of(const struct compared *side)
{
	return side->m->child && !side->m->child->dead ? side->m->child : NULL;
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

/* What the fork did with the VMA that held the page, and up to where that is the same. */
static const struct fork_vma *decision_at(const struct compared *side, uint64_t page, uint64_t *last)
{
	const struct mm *parent = side->fork ? side->fork->parent : NULL;
	const struct fork_vma *vma =
		parent ? fork_vma_from(side->fork, page_address(parent, page)) : NULL;

	if (!vma)
		return NULL;
	if (vma_first(vma->src) > page) {
		*last = min(*last, vma_first(vma->src) - 1);
		return NULL;
	}
	*last = min(*last, vma_last(vma->src));
	return is_called(side, parent, page, last) ? vma : NULL;
}

/* The child, if it has that page mapped, and calls it so; up to *last it is the same. */
static const struct mm *child_with(const struct compared *side, uint64_t page, uint64_t *last)
{
	const struct mm *child = child_of(side);
	const struct vm_area *vma = child ? mm_find(child, page_address(child, page)) : NULL;

	if (!vma)
		return NULL;
	if (vma_first(vma) > page) {
		*last = min(*last, vma_first(vma) - 1);
		return NULL;
	}
	*last = min(*last, vma_last(vma));
	return is_called(side, child, page, last) ? child : NULL;
}

static bool is_decided(const struct compared *side, const struct fork_vma *vma)
{
	return vma && decided_now(side->m, side->fork, vma);
}

/* Do the sides decide differently about the page? Up to *last the answer is the same. */
static bool decision_differs(const struct compared sides[SIDES], bool now, uint64_t page,
			     uint64_t *last)
{
	const struct fork_vma *a = decision_at(&sides[LEFT], page, last);
	const struct fork_vma *b = decision_at(&sides[RIGHT], page, last);

	if (now && !(is_decided(&sides[LEFT], a) && is_decided(&sides[RIGHT], b)))
		return false;
	return !a || !b ? a != b : a->decision.what != b->decision.what;
}

static bool is_forking(const struct compared *side)
{
	return side->fork && side->m->at < side->fork->end_event;
}

/* The same about the child's entry. While a fork runs, only about what both have decided. */
static bool entry_differs(const struct compared sides[SIDES], bool now, uint64_t page, uint64_t *last)
{
	const struct mm *a, *b;

	if (now && (is_forking(&sides[LEFT]) || is_forking(&sides[RIGHT])))
		for (int side = 0; side < SIDES; side++)
			if (!is_decided(&sides[side], decision_at(&sides[side], page, last)))
				return false;
	a = child_with(&sides[LEFT], page, last);
	b = child_with(&sides[RIGHT], page, last);
	return a && b ? !runs_agree(&a->pages, &b->pages, page, last) : a != b;
}

typedef bool page_differs(const struct compared sides[SIDES], bool now, uint64_t page, uint64_t *last);

/* Of the addresses [start, end). */
static bool any_differs(page_differs *differs, const struct compared sides[SIDES], bool now,
			struct stretch range)
{
	const struct mm *mm = sides[LEFT].m->parent;
	uint64_t end, last = address_page(mm, range.end - 1);

	if (range.start >= range.end)
		return false;
	for (uint64_t page = address_page(mm, range.start); page <= last; page = end + 1) {
		end = last;
		if (differs(sides, now, page, &end))
			return true;
	}
	return false;
}

static void widen(struct stretch *all, const struct mm *mm, const struct name *name)
{
	struct stretch stretch = mm ? mm_stretch(mm, name) : (struct stretch){0};

	if (stretch.start == stretch.end)
		return;
	all->start = min(all->start, stretch.start);
	all->end = stretch.end > all->end ? stretch.end : all->end;
}

/* Points both sides at a name; false: one of them never had it. */
static bool compare_name(struct compared sides[SIDES], const char *text)
{
	for (int side = 0; side < SIDES; side++)
		sides[side].name = machine_name(sides[side].m, text);
	return sides[LEFT].name && sides[RIGHT].name;
}

/* The machines must be back at the fork. */
static bool decisions_differ(const struct compared sides[SIDES], bool now)
{
	struct stretch all = {UINT64_MAX, 0};

	for (int side = 0; side < SIDES; side++)
		widen(&all, sides[side].fork ? sides[side].fork->parent : NULL, sides[side].name);
	return any_differs(decision_differs, sides, now, all);
}

static bool entries_differ(const struct compared sides[SIDES], bool now)
{
	struct stretch all = {UINT64_MAX, 0};

	for (int side = 0; side < SIDES; side++)
		widen(&all, child_of(&sides[side]), sides[side].name);
	return any_differs(entry_differs, sides, now, all);
}

static void return_to_fork(const struct compared sides[SIDES], struct point_in_time point[SIDES])
{
	for (int side = 0; side < SIDES; side++)
		if (sides[side].fork)
			point[side] = fork_return_to(sides[side].m, sides[side].fork);
}

static void leave_fork(const struct compared sides[SIDES], const struct point_in_time point[SIDES])
{
	for (int side = 0; side < SIDES; side++)
		if (sides[side].fork)
			fork_leave(sides[side].m, point[side]);
}

bool sides_differ(struct machine *const m[SIDES], const char *name)
{
	struct compared sides[SIDES] = {compared_side(m[LEFT], false), compared_side(m[RIGHT], false)};
	struct point_in_time point[SIDES] = {0};
	bool differ;

	if (!compare_name(sides, name))
		return sides[LEFT].name != sides[RIGHT].name;
	return_to_fork(sides, point);
	differ = decisions_differ(sides, false);
	leave_fork(sides, point);
	return differ || entries_differ(sides, false);
}

bool sides_differ_in(struct machine *const m[SIDES], uint64_t start, uint64_t end)
{
	const struct compared sides[SIDES] = {compared_side(m[LEFT], false),
					      compared_side(m[RIGHT], false)};
	struct stretch range = {start, end};

	return any_differs(decision_differs, sides, false, range) ||
	       any_differs(entry_differs, sides, false, range);
}

struct compared_names {
	const char **v;
	bool *differs;
	size_t n, cap;
};

/* The names of the left side's fork, by address, each once; and whether the decisions differ. */
static void collect_names(struct compared sides[SIDES], bool now, struct compared_names *list)
{
	const struct fork_record *fork = sides[LEFT].fork;
	bool *seen = xcalloc(sides[LEFT].m->name_count + 1, sizeof(*seen));

	for (size_t i = 0; fork && i < fork->vma_count; i++) {
		const struct vm_area *vma = fork->vmas[i].src;
		struct named_pages pages;

		for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = pages.last + 1) {
			pages = named_pages(vma->mm, page, vma_last(vma));
			if (!pages.name || seen[pages.name->id])
				continue;
			seen[pages.name->id] = true;
			if (list->n == list->cap) {
				list->cap = list->cap ? 2 * list->cap : 16;
				list->v = xrealloc(list->v, list->cap, sizeof(*list->v));
				list->differs = xrealloc(list->differs, list->cap, sizeof(bool));
			}
			list->v[list->n] = pages.name->text;
			list->differs[list->n++] = !compare_name(sides, pages.name->text) ||
						   decisions_differ(sides, now);
		}
	}
	free(seen);
}

size_t differing_names(struct machine *const m[SIDES], bool now, const char ***names)
{
	struct compared sides[SIDES] = {compared_side(m[LEFT], now), compared_side(m[RIGHT], now)};
	struct point_in_time point[SIDES] = {0};
	struct compared_names list = {0};
	size_t n = 0;

	return_to_fork(sides, point);
	collect_names(sides, now, &list);
	leave_fork(sides, point);
	for (size_t i = 0; i < list.n; i++)
		if (list.differs[i] || (compare_name(sides, list.v[i]) && entries_differ(sides, now)))
			list.v[n++] = list.v[i];
	free(list.differs);
	*names = list.v;
	return n;
}
