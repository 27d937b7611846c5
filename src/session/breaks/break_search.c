/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for the nearest step at which a breakpoint holds. It goes from stretch to stretch
 * of the timeline: a single slot is looked at, and of a group of events its few rules say
 * whether one of them can be meant (entry_group_find). What VMAs are called changes with time,
 * so for `vma NAME` the machines go along, once for each fork or command.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "language/pattern.h"
#include "model/fork/entry_group.h"
#include "session/breaks/breakpoints.h"
#include "session/timeline_private.h"

#define NOWHERE SIZE_MAX

/* The stretches about one VMA in a fork, or of one later command. */
struct chapter {
	size_t first, end;
	size_t differs; /* the first slot in which the sides differ, or NOWHERE */
};

/* Whether a VMA has such a name, at the time at which the machines are. */
struct named_vma {
	const struct vm_area *vma; /* NULL: unknown */
	bool fits;
};

struct break_search {
	const struct breakpoints *breakpoints;
	struct budget *budget;
	struct timeline *t;
	bool forward;
	struct chapter chapter;
	bool there; /* the machines are in the fork that is command number `op` */
	uint32_t op;
	struct named_vma *named[2]; /* by side and breakpoint */
};

/* --- one event ---------------------------------------------------------------------------- */

/* What fork makes of an entry. */
struct fate {
	struct pte before, after, child;
	enum outcome outcome;
};

static bool entry_breaks(enum break_kind kind, const struct fate *fate)
{
	switch (kind) {
	case BREAK_WRITE_PROTECT:
		return fate->before.attrs & ~fate->after.attrs & PTE_WRITE;
	case BREAK_MARKER:
		return fate->before.state == PTE_MARKER ||
		       (fate->child.state != PTE_NONE &&
			fate->before.attrs & ~fate->child.attrs & PTE_UFFD_WP);
	case BREAK_COPY:
		return fate->outcome == OUTCOME_COPIED;
	default:
		return false;
	}
}

/* Of fork's own events. */
static bool fork_breaks(enum break_kind kind, const struct machine *m, const struct event *e)
{
	const struct fate fate = {e->before, e->after, e->child, (enum outcome)e->outcome};

	if (e->kind == EVENT_DECIDE)
		return kind == BREAK_COPY &&
		       m->forks[e->fork].vmas[e->vma].decision.what == DECISION_COPY;
	if (kind == BREAK_TABLE)
		return e->kind == EVENT_TABLE || e->deposits;
	return e->kind == EVENT_ENTRY && entry_breaks(kind, &fate);
}

/* Not for BREAK_DIVERGENCE and BREAK_VMA, which need more than one event. */
static bool event_breaks(enum break_kind kind, const struct machine *m, size_t number)
{
	const struct event *e = machine_event(m, number);

	if (e->kind <= EVENT_FORKED)
		return fork_breaks(kind, m, e);
	switch (kind) {
	case BREAK_FAULT:
		return e->kind == EVENT_TOUCH && (e->faults || e->signal);
	case BREAK_TABLE:
		return machine_event_effects(m, number).table;
	case BREAK_WRITE_PROTECT:
		return !e->by_child && machine_event_effects(m, number).unwrites;
	default:
		return false;
	}
}

/* --- vma NAME ----------------------------------------------------------------------------- */

static bool name_fits(const struct mm *mm, uint64_t start, uint64_t end, const char *pattern)
{
	for (uint64_t last; start < end; start = last) {
		const struct name *name = mm_name_at(mm, start, &last);

		if (name && pattern_fits(pattern, name->text))
			return true;
	}
	return false;
}

/* Is anything mapped at these addresses that has such a name? */
static bool any_fits(const struct mm *mm, uint64_t start, uint64_t end, const char *pattern)
{
	for_each_vma_range(mm, vma, start, end)
	{
		uint64_t from = start > vma->start ? start : vma->start;

		if (name_fits(mm, from, min(end, vma->end), pattern))
			return true;
	}
	return false;
}

static bool vma_fits(struct break_search *s, int side, size_t b, const struct vm_area *vma)
{
	struct named_vma *named = &s->named[side][b];

	if (named->vma != vma)
		*named = (struct named_vma){
			vma, any_fits(vma->mm, vma->start, vma->end, s->breakpoints->v[b].name)};
	return named->fits;
}

/* A call is about its pages, and about the VMA that holds the first. */
static bool event_is_about(struct break_search *s, int side, size_t b, size_t number)
{
	const struct machine *m = s->t->machine[side];
	const struct event *e = machine_event(m, number);
	const struct mm *mm = e->src ? e->src->mm : e->by_child ? m->child : m->parent;

	if (e->src &&
	    (e->kind <= EVENT_TOUCH || (e->src->start <= e->address && e->address < e->src->end)) &&
	    vma_fits(s, side, b, e->src))
		return true;
	return e->kind == EVENT_SYSCALL && e->count && mm &&
	       any_fits(mm, e->address, e->address + (e->count << mm->paging->page_shift),
			s->breakpoints->v[b].name);
}

static void go_to(struct break_search *s, size_t slot)
{
	timeline_seek(s->t, slot, 0);
	s->there = false;
	for (int side = 0; side < 2; side++)
		for (size_t b = 0; b < s->breakpoints->n; b++)
			s->named[side][b].vma = NULL;
}

/* Names do not change in a fork; a command can give or take one. */
static bool is_about(struct break_search *s, int side, size_t b, size_t slot, size_t number)
{
	const struct event *e = machine_event(s->t->machine[side], number);
	bool fork = e->kind <= EVENT_FORKED;
	uint32_t op = e->op;

	if (!fork || !s->there || s->op != op)
		go_to(s, slot);
	s->there = fork;
	s->op = op;
	if (event_is_about(s, side, b, number))
		return true;
	if (fork)
		return false;
	go_to(s, slot + 1);
	return event_is_about(s, side, b, number);
}

/* --- divergence --------------------------------------------------------------------------- */

static const struct event *first_event(const struct timeline *t, size_t stretch)
{
	const struct slot *slot = &t->stretch[stretch].slot;
	int side = slot->event[0] == NO_EVENT;

	return machine_event(t->machine[side], slot->event[side]);
}

static bool begins_chapter(const struct timeline *t, size_t stretch)
{
	const struct event *e = first_event(t, stretch);
	uint32_t op = e->op;

	if (!stretch || e->kind <= EVENT_VMA || e->kind == EVENT_FORKED)
		return true;
	return e->kind > EVENT_FORKED && first_event(t, stretch - 1)->op != op;
}

static struct chapter chapter_of(const struct timeline *t, size_t stretch)
{
	struct chapter chapter = {stretch, stretch + 1, NOWHERE};

	while (!begins_chapter(t, chapter.first))
		chapter.first--;
	while (chapter.end < t->stretches && !begins_chapter(t, chapter.end))
		chapter.end++;
	for (size_t i = chapter.first; i < chapter.end && chapter.differs == NOWHERE; i++) {
		size_t differs = timeline_stretch_differs(t, i);

		if (differs < timeline_stretch_end(t, i))
			chapter.differs = differs;
	}
	return chapter;
}

/* The slot of the chapter of this stretch, or NOWHERE. */
static size_t divergence(struct break_search *s, size_t stretch)
{
	if (stretch < s->chapter.first || stretch >= s->chapter.end)
		s->chapter = chapter_of(s->t, stretch);
	return s->chapter.differs;
}

/* --- a stretch ---------------------------------------------------------------------------- */

/* Does it hold in this slot on that side? */
static bool holds(struct break_search *s, size_t b, size_t slot, int side)
{
	enum break_kind kind = s->breakpoints->v[b].kind;
	uint32_t event = timeline_slot(s->t, slot).event[side];

	if (kind == BREAK_DIVERGENCE)
		return divergence(s, timeline_stretch_at(s->t, slot)) == slot;
	if (event == NO_EVENT)
		return false;
	if (kind == BREAK_VMA)
		return is_about(s, side, b, slot, event);
	return event_breaks(kind, s->t->machine[side], event);
}

/* The rules of a group that are meant: bit i is rule i. */
static uint64_t wanted_rules(const struct entry_group *group, enum break_kind kind)
{
	uint64_t wanted = 0;

	for (size_t i = 0; i < group->rules.n && i < 64; i++) {
		const struct entry_rule *rule = &group->rules.v[i];
		struct pte pte = {.attrs = rule->attrs, .state = rule->state};
		const struct fate fate = {pte, pte_changed(pte, rule->after),
					  pte_changed(pte, rule->child),
					  (enum outcome)rule->outcome};

		if (!rule->alone && entry_breaks(kind, &fate))
			wanted |= UINT64_C(1) << i;
	}
	return wanted;
}

/* The first slot of a stretch of groups from `slot` on, or the last up to it. */
static size_t find_in_group(const struct break_search *s, enum break_kind kind, size_t stretch,
			    int side, size_t slot)
{
	const struct slot_stretch *at = &s->t->stretch[stretch];
	const struct machine *m = s->t->machine[side];
	size_t event = at->slot.event[side], begin, found;
	const struct entry_group *group;

	if (event == NO_EVENT)
		return NOWHERE;
	group = machine_event_group(m, event, &begin);
	found = entry_group_find(group, (uint32_t)(event - begin + (slot - at->first)), s->forward,
				 wanted_rules(group, kind));
	if (found == group->count || found < event - begin)
		return NOWHERE;
	found = at->first + (found - (event - begin));
	return found < timeline_stretch_end(s->t, stretch) ? found : NOWHERE;
}

/* The nearer one in the direction of the search. */
static size_t nearer(const struct break_search *s, size_t a, size_t b)
{
	if (a == NOWHERE || b == NOWHERE)
		return a == NOWHERE ? b : a;
	return s->forward == (a < b) ? a : b;
}

/* The divergence, if it is in the stretch, not on the wrong side of `slot`. */
static size_t find_divergence(struct break_search *s, size_t stretch, size_t slot)
{
	size_t from = s->forward ? slot : s->t->stretch[stretch].first;
	size_t end = s->forward ? timeline_stretch_end(s->t, stretch) : slot + 1;
	size_t differs = divergence(s, stretch);

	return from <= differs && differs < end ? differs : NOWHERE;
}

/* Where in the stretch it holds on that side, nearest to `slot` in the direction; or NOWHERE. */
static size_t find_on_side(struct break_search *s, size_t b, size_t stretch, int side, size_t slot)
{
	enum break_kind kind = s->breakpoints->v[b].kind;

	if (kind == BREAK_DIVERGENCE)
		return find_divergence(s, stretch, slot);
	/* A group is about one VMA. */
	if (!s->t->stretch[stretch].group || kind == BREAK_VMA)
		return holds(s, b, slot, side) ? slot : NOWHERE;
	return find_in_group(s, kind, stretch, side, slot);
}

/* Steps of a budget: to look at a stretch; of a group, a step is for so many slots. */
#define STRETCH_STEPS 2
#define SLOTS_A_STEP 128

static size_t find_in_stretch(struct break_search *s, size_t stretch, size_t slot)
{
	size_t found = NOWHERE;
	size_t slots = timeline_stretch_end(s->t, stretch) - s->t->stretch[stretch].first;

	budget_spend(s->budget, s->breakpoints->n * (STRETCH_STEPS + slots / SLOTS_A_STEP));
	for (size_t b = 0; b < s->breakpoints->n; b++)
		for (int side = 0; side < 2; side++)
			found = nearer(s, found, find_on_side(s, b, stretch, side, slot));
	return found;
}

/* --- the search --------------------------------------------------------------------------- */

/* The first slot that can be a stop, or NOWHERE. Time stands after a stop. */
static size_t begin(const struct timeline *t, bool forward)
{
	size_t begun = t->at + (t->page > 0);

	if (forward)
		return t->at < t->count ? t->at : NOWHERE;
	return begun >= 2 ? begun - 2 : NOWHERE;
}

static size_t find_slot(struct break_search *s, size_t slot)
{
	size_t stretch, found = NOWHERE;

	if (slot == NOWHERE)
		return NOWHERE;
	stretch = timeline_stretch_at(s->t, slot);
	/* Before the first one it is the largest number. */
	for (; stretch < s->t->stretches && found == NOWHERE && budget_lasts(s->budget);
	     stretch += s->forward ? 1 : SIZE_MAX) {
		const struct slot_stretch *at = &s->t->stretch[stretch];
		size_t last = timeline_stretch_end(s->t, stretch) - 1;

		found = find_in_stretch(s, stretch,
					s->forward ? (slot > at->first ? slot : at->first)
						   : min(slot, last));
	}
	return found;
}

bool breakpoints_find(const struct breakpoints *breakpoints, struct timeline *t, bool forward,
		      struct budget *budget, struct break_stop *stop)
{
	struct break_search s = {
		.breakpoints = breakpoints, .budget = budget, .t = t, .forward = forward};
	size_t n = breakpoints->n ? breakpoints->n : 1, at = t->at;
	uint64_t page = t->page;

	*stop = (struct break_stop){.slot = NOWHERE};
	for (int side = 0; side < 2; side++)
		s.named[side] = xcalloc(n, sizeof(*s.named[side]));
	stop->slot = find_slot(&s, begin(t, forward));
	for (int side = 0; side < 2 && stop->slot != NOWHERE; side++) {
		stop->holds[side] = xcalloc(n, sizeof(*stop->holds[side]));
		for (size_t b = 0; b < breakpoints->n; b++)
			stop->holds[side][b] = holds(&s, b, stop->slot, side);
	}
	for (int side = 0; side < 2; side++)
		free(s.named[side]);
	timeline_seek(t, at, page);
	return stop->slot != NOWHERE;
}

void break_stop_deinit(struct break_stop *stop)
{
	for (int side = 0; side < 2; side++)
		free(stop->holds[side]);
	*stop = (struct break_stop){0};
}
