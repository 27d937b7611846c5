/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/timeline.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/minmax.h"

/* --- aligning ------------------------------------------------------------------------ */

static bool walks(const struct event *e)
{
	return e->kind == EVENT_TABLE || e->kind == EVENT_SPLIT || e->kind == EVENT_ENTRY;
}

static struct event_key key_of(const struct event *e, uint64_t offset)
{
	struct event_key key = {.op = e->op, .stage = e->kind, .address = e->address};

	key.vma = e->kind == EVENT_FORK ? 0 : e->src ? e->src->start : UINT64_MAX;
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

	order = order ? order : compare(a->vma, b->vma);
	order = order ? order : compare(a->stage, b->stage);
	order = order ? order : compare(a->address, b->address);
	return order ? order : compare(a->rank, b->rank);
}

/* Pages (or tables) into which an event can be opened; 1: it is a single thing. */
static uint64_t event_pages(const struct event *e)
{
	return e->kind == EVENT_ENTRY && e->count ? e->count : 1;
}

struct cursor {
	const struct machine *m;
	size_t at;
	uint64_t offset; /* pages of that event that are in slots already */
};

static const struct event *head(const struct cursor *c)
{
	return c->at < c->m->event_count ? machine_event(c->m, c->at) : NULL;
}

static void take(struct cursor *c, struct slot *slot, int side, uint64_t pages)
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

/* Fills the next slot from both cursors; false at the end. */
static bool next_slot(struct cursor c[2], struct slot *slot)
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

		/* Up to where the other side's entries begin. */
		if (e[!side] && e[side]->kind == EVENT_ENTRY && e[!side]->kind == EVENT_ENTRY &&
		    key[0].op == key[1].op && key[0].vma == key[1].vma)
			pages = min(pages, (key[!side].address - key[side].address) >> e[side]->src->mm->paging->page_shift);
		take(&c[side], slot, side, pages);
	}
	return true;
}

static const struct decision *decision_of(const struct machine *m, const struct event *e)
{
	return &m->forks[e->fork].vmas[e->vma].decision;
}

static bool events_differ(const struct timeline *t, const struct slot *slot)
{
	const struct event *a, *b;
	const struct decision *p, *q;

	if (slot->event[0] == NO_EVENT || slot->event[1] == NO_EVENT)
		return true;
	a = machine_event(t->machine[0], slot->event[0]);
	b = machine_event(t->machine[1], slot->event[1]);
	if (a->kind != b->kind || a->outcome != b->outcome || a->signal != b->signal ||
	    a->new_flags != b->new_flags || a->faults != b->faults)
		return true;
	switch ((enum event_kind)a->kind) {
	case EVENT_DECIDE:
		p = decision_of(t->machine[0], a);
		q = decision_of(t->machine[1], b);
		return p->what != q->what || p->fired != q->fired;
	case EVENT_TABLE:
		return a->count != b->count;
	case EVENT_ENTRY:
	case EVENT_TOUCH:
		return a->child.state != b->child.state || a->child.attrs != b->child.attrs ||
		       a->after.state != b->after.state || a->after.attrs != b->after.attrs;
	default:
		return false;
	}
}

void timeline_deinit(struct timeline *t)
{
	free(t->slots);
	*t = (struct timeline){0};
}

void timeline_update(struct timeline *t, struct machine *const machine[2], uint64_t builds)
{
	bool differ = t->divergence < t->count;
	struct cursor c[2];
	struct slot slot;

	if (builds != t->builds) {
		t->aligned[0] = t->aligned[1] = t->count = 0;
		t->builds = builds;
		differ = false;
	}
	for (int side = 0; side < 2; side++) {
		assert(t->aligned[side] <= machine[side]->event_count);
		t->machine[side] = machine[side];
		c[side] = (struct cursor){machine[side], t->aligned[side], 0};
	}
	/* Later commands come later in the order: existing slots stay as they are. */
	while (next_slot(c, &slot)) {
		for (int side = 0; side < 2; side++)
			slot.latest[side] = slot.event[side] != NO_EVENT ? (uint32_t)t->count
					    : t->count	? t->slots[t->count - 1].latest[side]
							: NO_EVENT;
		GROW(t->slots, t->count, t->cap);
		t->slots[t->count] = slot;
		if (!differ && events_differ(t, &slot)) {
			t->divergence = t->count;
			differ = true;
		}
		t->count++;
	}
	for (int side = 0; side < 2; side++)
		t->aligned[side] = c[side].at;
	if (!differ)
		t->divergence = t->count;
}

/* --- moving ----------------------------------------------------------------------------- */

/* Pages that can be opened in that slot (1: none). */
static uint64_t slot_pages(const struct slot *slot)
{
	uint64_t left = slot->to[0] - slot->from[0], right = slot->to[1] - slot->from[1];

	return left > right ? left : right;
}

/* Moves one machine to the point after `slots` slots and `page` pages of the next. */
static void seek_side(struct timeline *t, int side, size_t slots, uint64_t page)
{
	struct machine *m = t->machine[side];
	uint32_t latest = slots ? t->slots[slots - 1].latest[side] : NO_EVENT;
	size_t events = 0;
	uint64_t pages = 0;

	if (latest != NO_EVENT) {
		const struct slot *last = &t->slots[latest];

		events = last->event[side];
		pages = last->to[side];
		if (pages >= event_pages(machine_event(m, events))) {
			events++;
			pages = 0;
		}
	}
	if (page && t->slots[slots].event[side] != NO_EVENT) {
		const struct slot *next = &t->slots[slots];

		if (next->to[side] - next->from[side] > 1)
			pages = min(next->from[side] + page, next->to[side]);
	}
	machine_seek(m, events, pages);
}

void timeline_seek(struct timeline *t, size_t slot, uint64_t page)
{
	if (slot >= t->count) {
		slot = t->count;
		page = 0;
	} else if (page >= slot_pages(&t->slots[slot])) {
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
	const struct slot *slot = &t->slots[i];
	int side = slot->event[0] == NO_EVENT;

	return key_of(machine_event(t->machine[side], slot->event[side]), slot->from[side] + page);
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
		       : slot_key(t, t->at - 1, slot_pages(&t->slots[t->at - 1]) - 1);
	return (struct moment){.at = MOMENT_AFTER, .last = last};
}

/* How many pages of slot i, which begins before that moment, are done in it. */
static uint64_t pages_until(const struct timeline *t, size_t i, const struct event_key *last)
{
	struct event_key key = slot_key(t, i, 0);

	if (last->op != key.op || last->vma != key.vma || last->stage != key.stage)
		return UINT64_MAX;
	return ((last->address - key.address) >> t->machine[0]->paging.page_shift) + (last->rank >= key.rank);
}

void timeline_return(struct timeline *t, const struct moment *moment)
{
	size_t i = moment->at == MOMENT_AFTER ? t->count : 0;

	for (; i > 0; i--) {
		struct event_key key = slot_key(t, i - 1, 0);

		if (compare_keys(&key, &moment->last) <= 0)
			break;
	}
	if (moment->at == MOMENT_END)
		timeline_seek(t, t->count, 0);
	else if (i)
		timeline_seek(t, i - 1, pages_until(t, i - 1, &moment->last));
	else
		timeline_seek(t, 0, 0);
}

static uint8_t slot_kind(const struct timeline *t, size_t i)
{
	int side = t->slots[i].event[0] == NO_EVENT;

	return machine_event(t->machine[side], t->slots[i].event[side])->kind;
}

/* Is a step of this grain complete when slot i has happened and the next one has not? */
static bool stops_after(const struct timeline *t, size_t i, enum grain grain)
{
	uint8_t kind, next;

	if (i + 1 >= t->count)
		return true;
	kind = slot_kind(t, i);
	next = slot_kind(t, i + 1);
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
	while (!stops_after(t, i, grain))
		i++;
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
		timeline_seek(t, i - 1, slot_pages(&t->slots[i - 1]) - 1);
		return true;
	}
	if (t->page) {
		timeline_seek(t, i, 0);
		if (grain == GRAIN_RUN)
			return true;
	}
	if (i == 0)
		return false;
	for (i--; i > 0 && !stops_after(t, i - 1, grain); i--)
		;
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
			uint64_t here = slot_pages(&t->slots[t->at]) - t->page;
			uint64_t take = min(here, left);

			timeline_seek(t, t->at, t->page + take);
			left -= take;
		}
		while (left && n < 0 && (t->at || t->page)) {
			uint64_t take;

			if (!t->page)
				timeline_seek(t, t->at - 1, slot_pages(&t->slots[t->at - 1]) - 1);
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

	if ((!t->page && t->at == 0) || t->slots[i].event[side] == NO_EVENT)
		return NULL;
	return machine_event(t->machine[side], t->slots[i].event[side]);
}

size_t timeline_fork_start(const struct timeline *t, size_t slot)
{
	while (slot > 0 && (slot >= t->count || slot_kind(t, slot) != EVENT_FORK))
		slot--;
	return slot;
}
