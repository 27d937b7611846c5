/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/timeline.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"
#include "model/fork/entry_group.h"
#include "session/timeline_private.h"

/* --- aligning ------------------------------------------------------------------------ */

static bool walks(const struct event *e)
{
	return e->kind == EVENT_TABLE || e->kind == EVENT_SPLIT || e->kind == EVENT_ENTRY;
}

static struct event_key key_of(const struct event *e, uint64_t offset)
{
	struct event_key key = {.op = e->op, .stage = e->kind};

	/*
	 * Not all by VMA: where one side has one VMA and the other has two, the entries of
	 * the second one come after its decision.
	 */
	if (walks(e) || e->kind == EVENT_TOUCH || e->kind == EVENT_SYSCALL)
		key.address = e->address;
	else if (e->kind != EVENT_FORK)
		key.address = e->src ? e->src->start : UINT64_MAX;
	if (walks(e))
		key.stage = EVENT_TABLE;
	/* A huge entry is split before the PTE table for its pieces. */
	if (e->kind == EVENT_TABLE)
		key.rank = 2 * (TABLE_LEVELS - e->level);
	else
		key.rank = 2 * TABLE_LEVELS + (e->kind == EVENT_SPLIT ? -1 : 1);
	if (e->kind == EVENT_ENTRY)
		key.address += offset << e->src->mm->paging->page_shift;
	return key;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_keys(const struct event_key *a, const struct event_key *b)
{
	int order = compare(a->op, b->op);

	order = order ? order : compare(a->address, b->address);
	order = order ? order : compare(a->stage, b->stage);
	return order ? order : compare(a->rank, b->rank);
}

/* Pages (or tables) into which an event can be opened; 1: it is a single thing. */
static uint64_t event_pages(const struct event *e)
{
	return e->kind == EVENT_ENTRY && e->count ? e->count : 1;
}

static const struct event *head(const struct timeline_cursor *c)
{
	return c->at < c->m->event_count ? machine_event(c->m, c->at) : NULL;
}

static void take(struct timeline_cursor *c, struct slot *slot, int side, uint64_t pages)
{
	slot->event[side] = (uint32_t)c->at;
	slot->from[side] = c->offset;
	slot->to[side] = c->offset + pages;
	c->offset += pages;
	if (c->offset >= event_pages(head(c))) {
		c->at++;
		c->offset = 0;
	}
}

/*
 * Of the next `pages` pages of an event, those that come before the other side's next
 * event: up to where its entries begin, or its next VMA.
 */
static uint64_t pages_before(const struct event *e, uint64_t pages, const struct event_key *key,
			     const struct event *other, const struct event_key *other_key)
{
	uint64_t until = UINT64_MAX;

	if (e->kind != EVENT_ENTRY || !other->src || other->op != e->op)
		return pages;
	if (other->src->start > key->address)
		until = other->src->start;
	else if (other->kind == EVENT_ENTRY)
		until = other_key->address;
	return min(pages, (until - key->address) >> e->src->mm->paging->page_shift);
}

/* Fills the next slot from both cursors; false at the end. */
static bool next_slot(struct timeline_cursor c[2], struct slot *slot)
{
	const struct event *e[2] = {head(&c[0]), head(&c[1])};
	struct event_key key[2];
	int order;

	*slot = (struct slot){.event = {NO_EVENT, NO_EVENT}};
	if (!e[0] && !e[1])
		return false;
	for (int side = 0; side < 2; side++)
		if (e[side])
			key[side] = key_of(e[side], c[side].offset);
	order = !e[0] ? 1 : !e[1] ? -1 : compare_keys(&key[0], &key[1]);
	if (order == 0) {
		uint64_t pages = min(event_pages(e[0]) - c[0].offset, event_pages(e[1]) - c[1].offset);

		take(&c[0], slot, 0, pages);
		take(&c[1], slot, 1, pages);
	} else {
		int side = order > 0;
		uint64_t pages = event_pages(e[side]) - c[side].offset;

		if (e[!side])
			pages = pages_before(e[side], pages, &key[side], e[!side], &key[!side]);
		take(&c[side], slot, side, pages);
	}
	return true;
}

/* --- groups ---------------------------------------------------------------------------- */

struct part_place timeline_part_place(const struct timeline_cursor *c)
{
	struct part_place at = {0};
	size_t first;

	if (c->at >= c->m->event_count || c->offset)
		return at;
	at.group = machine_event_group(c->m, c->at, &first);
	if (!at.group)
		return at;
	at.part = entry_group_part(at.group, (uint32_t)(c->at - first));
	if (at.group->part[at.part].events != c->at - first)
		at.group = NULL;
	return at;
}

static bool same_runs(const struct group_part *a, const struct group_part *b)
{
	struct part_run x, y;
	uint64_t page = a->first;

	if (a->before.table && b->before.table &&
	    pte_tables_alike(a->before.table, b->before.table))
		return true;
	for (; part_run_at(a, page, &x) && part_run_at(b, page, &y); page = x.last + 1)
		if (x.last != y.last || (x.pte.state == PTE_NONE) != (y.pte.state == PTE_NONE))
			return false;
	return true;
}

/* Do the events that begin in these parts go together, one by one? */
static bool parts_fit(const struct part_place *a, const struct part_place *b)
{
	const struct group_part *x = &a->group->part[a->part], *y = &b->group->part[b->part];

	return x->first == y->first && x->last == y->last && x->goes_on == y->goes_on &&
	       same_runs(x, y) &&
	       entry_group_run_end(a->group, a->part) == entry_group_run_end(b->group, b->part);
}

/* How many events of both sides go together from here on, or 0. */
static size_t events_together(const struct timeline_cursor c[2])
{
	struct part_place at[2] = {timeline_part_place(&c[0]), timeline_part_place(&c[1])};
	struct event_key key[2];
	size_t n = 0;

	if (!at[0].group || !at[1].group)
		return 0;
	for (int side = 0; side < 2; side++)
		key[side] = key_of(head(&c[side]), 0);
	if (compare_keys(&key[0], &key[1]))
		return 0;
	for (; at[0].part < at[0].group->parts && at[1].part < at[1].group->parts;
	     at[0].part++, at[1].part++) {
		if (!parts_fit(&at[0], &at[1]))
			break;
		n += group_part_events(at[0].group, at[0].part);
	}
	return n;
}

/* How many events of that side's group come before all others of the other side, or 0. */
static size_t events_alone(const struct timeline_cursor c[2], int side)
{
	const struct event *e = head(&c[side]), *other = head(&c[!side]);
	const struct entry_group *group;
	struct event_key last, next;
	size_t first;

	if (!e || c[side].offset)
		return 0;
	group = machine_event_group(c[side].m, c[side].at, &first);
	if (!group)
		return 0;
	if (other) {
		last = key_of(e, group->end - 1 - e->first);
		next = key_of(other, c[!side].offset);
		if (compare_keys(&last, &next) >= 0)
			return 0;
	}
	return first + group->count - c[side].at;
}

/* Fills the next slots from groups: the first one and how many; 0: they are single ones. */
static size_t next_slots(struct timeline_cursor c[2], struct slot *slot)
{
	size_t n = events_together(c);
	bool takes[2] = {n, n};

	for (int side = 0; side < 2 && !n; side++) {
		n = events_alone(c, side);
		takes[side] = n;
	}
	*slot = (struct slot){.event = {NO_EVENT, NO_EVENT}};
	for (int side = 0; side < 2; side++) {
		if (!takes[side])
			continue;
		slot->event[side] = (uint32_t)c[side].at;
		slot->to[side] = event_pages(head(&c[side]));
		c[side].at += n;
	}
	return n;
}

/* --- slots -------------------------------------------------------------------------------- */

size_t timeline_stretch_end(const struct timeline *t, size_t stretch)
{
	return stretch + 1 < t->stretches ? t->stretch[stretch + 1].first : t->count;
}

size_t timeline_stretch_at(const struct timeline *t, size_t i)
{
	size_t at;

	if (t->stretches == t->count)
		return i;
	BISECT(at, t->stretches - 1, t->stretch[at + 1].first <= i);
	return at;
}

/* The slot, without the pages of its events. */
static struct slot slot_events(const struct timeline *t, size_t i)
{
	const struct slot_stretch *stretch = &t->stretch[timeline_stretch_at(t, i)];
	struct slot slot = stretch->slot;

	for (int side = 0; side < 2; side++) {
		if (slot.event[side] == NO_EVENT)
			continue;
		slot.event[side] += (uint32_t)(i - stretch->first);
		slot.latest[side] = (uint32_t)i;
	}
	return slot;
}

struct slot timeline_slot(const struct timeline *t, size_t i)
{
	struct slot slot = slot_events(t, i);

	if (!t->stretch[timeline_stretch_at(t, i)].group)
		return slot;
	for (int side = 0; side < 2; side++)
		if (slot.event[side] != NO_EVENT)
			slot.to[side] = event_pages(machine_event(t->machine[side], slot.event[side]));
	return slot;
}

/* Have slot i and those before it only earlier events of that side? */
static bool slot_is_before(const struct timeline *t, size_t i, int side, size_t event)
{
	uint32_t latest = slot_events(t, i).latest[side];

	return latest == NO_EVENT || slot_events(t, latest).event[side] < event;
}

size_t timeline_slot_of(const struct timeline *t, int side, size_t event)
{
	size_t at;

	BISECT(at, t->count, slot_is_before(t, at, side, event));
	return at;
}

/* --- updating ------------------------------------------------------------------------------ */

void timeline_deinit(struct timeline *t)
{
	free(t->stretch);
	*t = (struct timeline){0};
}

static void add_slots(struct timeline *t, struct slot slot, size_t n, bool group)
{
	for (int side = 0; side < 2; side++)
		slot.latest[side] = slot.event[side] != NO_EVENT ? (uint32_t)t->count
				    : t->count ? slot_events(t, t->count - 1).latest[side]
					       : NO_EVENT;
	GROW(t->stretch, t->stretches, t->cap);
	t->stretch[t->stretches++] = (struct slot_stretch){t->count, slot, group};
	t->count += n;
}

void timeline_update(struct timeline *t, struct machine *const machine[2], uint64_t builds)
{
	bool differ = t->divergence < t->count;
	struct timeline_cursor c[2];
	struct slot slot;

	if (builds != t->builds) {
		t->aligned[0] = t->aligned[1] = t->stretches = t->count = 0;
		t->builds = builds;
		differ = false;
	}
	for (int side = 0; side < 2; side++) {
		assert(t->aligned[side] <= machine[side]->event_count);
		t->machine[side] = machine[side];
		c[side] = (struct timeline_cursor){machine[side], t->aligned[side], 0};
	}
	/* Later commands come later in the order: existing slots stay as they are. */
	for (;;) {
		size_t n = next_slots(c, &slot);

		if (!n && !next_slot(c, &slot))
			break;
		add_slots(t, slot, n ? n : 1, n);
		if (!differ) {
			t->divergence = timeline_stretch_differs(t, t->stretches - 1);
			differ = t->divergence < t->count;
		}
	}
	for (int side = 0; side < 2; side++)
		t->aligned[side] = c[side].at;
	if (!differ)
		t->divergence = t->count;
}

/* --- moving ----------------------------------------------------------------------------- */

/* Pages that can be opened in that slot (1: none). */
static uint64_t slot_pages(const struct timeline *t, size_t i)
{
	struct slot slot = timeline_slot(t, i);
	uint64_t left = slot.to[0] - slot.from[0], right = slot.to[1] - slot.from[1];

	return left > right ? left : right;
}

/* Moves one machine to the point after `slots` slots and `page` pages of the next. */
static void seek_side(struct timeline *t, int side, size_t slots, uint64_t page)
{
	struct machine *m = t->machine[side];
	uint32_t latest = slots ? timeline_slot(t, slots - 1).latest[side] : NO_EVENT;
	size_t events = 0;
	uint64_t pages = 0;

	if (latest != NO_EVENT) {
		struct slot last = timeline_slot(t, latest);

		events = last.event[side];
		pages = last.to[side];
		if (pages >= event_pages(machine_event(m, events))) {
			events++;
			pages = 0;
		}
	}
	if (page) {
		struct slot next = timeline_slot(t, slots);

		if (next.event[side] != NO_EVENT && next.to[side] - next.from[side] > 1)
			pages = min(next.from[side] + page, next.to[side]);
	}
	machine_seek(m, events, pages);
}

void timeline_seek(struct timeline *t, size_t slot, uint64_t page)
{
	if (slot >= t->count) {
		slot = t->count;
		page = 0;
	} else if (page >= slot_pages(t, slot)) {
		slot++;
		page = 0;
	}
	t->at = slot;
	t->page = page;
	for (int side = 0; side < 2; side++)
		seek_side(t, side, slot, page);
}

/* The place of a slot in that order, from one of its pages on. */
static struct event_key slot_key(const struct timeline *t, size_t i, uint64_t page)
{
	struct slot slot = timeline_slot(t, i);
	int side = slot.event[0] == NO_EVENT;

	return key_of(machine_event(t->machine[side], slot.event[side]), slot.from[side] + page);
}

struct moment moment_after(const struct machine *left, const struct machine *right)
{
	const struct machine *machine[2] = {left, right};
	struct moment moment = {0};

	for (int side = 0; side < 2; side++) {
		size_t n = machine[side]->event_count;
		struct event_key key;

		if (!n)
			continue;
		key = key_of(machine_event(machine[side], n - 1),
			     event_pages(machine_event(machine[side], n - 1)) - 1);
		if (moment.at == MOMENT_START || compare_keys(&key, &moment.last) > 0)
			moment.last = key;
		moment.at = MOMENT_AFTER;
	}
	return moment;
}

struct moment timeline_moment(const struct timeline *t)
{
	struct event_key last;

	if (t->at >= t->count)
		return (struct moment){.at = MOMENT_END};
	if (!t->page && !t->at)
		return (struct moment){0};
	last = t->page ? slot_key(t, t->at, t->page - 1)
		       : slot_key(t, t->at - 1, slot_pages(t, t->at - 1) - 1);
	return (struct moment){.at = MOMENT_AFTER, .last = last};
}

/* How many pages of slot i, which begins before that moment, are done in it. */
static uint64_t pages_until(const struct timeline *t, size_t i, const struct event_key *last)
{
	struct event_key key = slot_key(t, i, 0);

	if (last->op != key.op || last->stage != key.stage)
		return UINT64_MAX;
	return ((last->address - key.address) >> t->machine[0]->paging.page_shift) + (last->rank >= key.rank);
}

/* How many slots of a stretch do not come after that place in the order. */
static size_t slots_until(const struct timeline *t, size_t stretch, const struct event_key *last)
{
	size_t first = t->stretch[stretch].first, n;
	struct event_key key;

	BISECT(n, timeline_stretch_end(t, stretch) - first,
	       (key = slot_key(t, first + n, 0), compare_keys(&key, last) <= 0));
	return n;
}

void timeline_return(struct timeline *t, const struct moment *moment)
{
	size_t s = moment->at == MOMENT_AFTER ? t->stretches : 0, i = 0;

	for (; s > 0 && !i; s--) {
		size_t n = slots_until(t, s - 1, &moment->last);

		i = n ? t->stretch[s - 1].first + n : 0;
	}
	if (moment->at == MOMENT_END)
		timeline_seek(t, t->count, 0);
	else if (i)
		timeline_seek(t, i - 1, pages_until(t, i - 1, &moment->last));
	else
		timeline_seek(t, 0, 0);
}

uint8_t timeline_slot_kind(const struct timeline *t, size_t i)
{
	const struct slot_stretch *stretch = &t->stretch[timeline_stretch_at(t, i)];
	int side = stretch->slot.event[0] == NO_EVENT;

	/* Those of a group are of one kind. */
	return machine_event(t->machine[side], stretch->slot.event[side])->kind;
}

/* No step of more than a run ends between these slots: the stretch that holds slot i. */
static size_t stretch_first(const struct timeline *t, size_t i)
{
	return t->stretch[timeline_stretch_at(t, i)].first;
}

static size_t stretch_last(const struct timeline *t, size_t i)
{
	return timeline_stretch_end(t, timeline_stretch_at(t, i)) - 1;
}

/* Is a step of this grain complete when slot i has happened and the next one has not? */
static bool stops_after(const struct timeline *t, size_t i, enum grain grain)
{
	uint8_t kind, next;

	if (i + 1 >= t->count)
		return true;
	kind = timeline_slot_kind(t, i);
	next = timeline_slot_kind(t, i + 1);
	switch (grain) {
	case GRAIN_VMA:
		return next == EVENT_VMA || next == EVENT_FORKED || next == EVENT_FORK ||
		       kind >= EVENT_FORKED;
	case GRAIN_TABLE:
		return next == EVENT_TABLE || next == EVENT_VMA || next == EVENT_FORKED ||
		       kind >= EVENT_FORKED || kind == EVENT_DECIDE;
	default:
		return true;
	}
}

static bool step_forward(struct timeline *t, enum grain grain)
{
	size_t i = t->at;

	if (i >= t->count)
		return false;
	if (grain == GRAIN_PAGE) {
		timeline_seek(t, i, t->page + 1);
		return true;
	}
	if (grain < GRAIN_RUN)
		i = stretch_last(t, i);
	while (!stops_after(t, i, grain))
		i = stretch_last(t, i + 1);
	timeline_seek(t, i + 1, 0);
	return true;
}

static bool step_back(struct timeline *t, enum grain grain)
{
	size_t i = t->at;

	if (grain == GRAIN_PAGE) {
		if (t->page) {
			timeline_seek(t, i, t->page - 1);
			return true;
		}
		if (i == 0)
			return false;
		timeline_seek(t, i - 1, slot_pages(t, i - 1) - 1);
		return true;
	}
	if (t->page) {
		timeline_seek(t, i, 0);
		if (grain == GRAIN_RUN)
			return true;
	}
	if (i == 0)
		return false;
	for (i--; i > 0; i--) {
		if (grain < GRAIN_RUN)
			i = stretch_first(t, i);
		if (!i || stops_after(t, i - 1, grain))
			break;
	}
	timeline_seek(t, i, 0);
	return true;
}

bool timeline_step(struct timeline *t, long n, enum grain grain)
{
	bool moved = true;

	if (grain == GRAIN_PAGE && (n > 1024 || n < -1024)) {
		/* Far: count off whole slots instead of single pages. */
		uint64_t left = (uint64_t)(n < 0 ? -n : n);

		while (left && n > 0 && t->at < t->count) {
			uint64_t here = slot_pages(t, t->at) - t->page;
			uint64_t take = min(here, left);

			timeline_seek(t, t->at, t->page + take);
			left -= take;
		}
		while (left && n < 0 && (t->at || t->page)) {
			uint64_t take;

			if (!t->page)
				timeline_seek(t, t->at - 1, slot_pages(t, t->at - 1) - 1);
			else
				timeline_seek(t, t->at, t->page - 1);
			left--;
			take = min(left, t->page);
			timeline_seek(t, t->at, t->page - take);
			left -= take;
		}
		return left == 0;
	}
	for (; moved && n > 0; n--)
		moved = step_forward(t, grain);
	for (; moved && n < 0; n++)
		moved = step_back(t, grain);
	return moved;
}

const struct event *timeline_event(const struct timeline *t, int side)
{
	size_t i = t->page ? t->at : t->at - 1;

	struct slot slot;

	if (!t->page && t->at == 0)
		return NULL;
	slot = timeline_slot(t, i);
	return slot.event[side] == NO_EVENT ? NULL : machine_event(t->machine[side], slot.event[side]);
}

size_t timeline_fork_start(const struct timeline *t, size_t slot)
{
	while (slot > 0 && (slot >= t->count || timeline_slot_kind(t, slot) != EVENT_FORK))
		slot = slot >= t->count ? t->count - 1 : stretch_first(t, slot) - 1;
	return slot;
}
