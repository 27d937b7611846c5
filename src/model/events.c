/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"
#include "model/copy_private.h"
#include "model/fork/entry_group.h"
#include "model/fork/vma_group.h"
#include "model/journal_private.h"
#include "model/machine.h"

/* --- events and cost --------------------------------------------------------- */

uint64_t cost_tables(const struct cost *cost)
{
	uint64_t sum = 0;

	for (int level = 0; level < TABLE_LEVELS; level++)
		sum += cost->tables[level];
	return sum;
}

uint64_t cost_bytes(const struct cost *cost, const struct paging *paging)
{
	return (cost_tables(cost) + cost->copied) << paging->page_shift;
}

/* Adds (sign 1) or takes back (-1) what the first `pages` pages of an event cost. */
static void cost_event(struct cost *cost, const struct event *e, uint64_t pages, uint64_t sign)
{
	uint64_t n = pages < e->count ? pages : e->count;

	switch ((enum event_kind)e->kind) {
	case EVENT_TABLE:
		cost->tables[e->level] += sign * n;
		break;
	case EVENT_ENTRY:
		if (e->child.state == PTE_HUGE ||
		    (e->child.state != PTE_NONE && is_vm_hugetlb_page(e->src)))
			cost->entries += sign * (n / ptrs_per_table(e->src->mm->paging));
		else if (e->child.state != PTE_NONE)
			cost->entries += sign * n;
		if (e->outcome == OUTCOME_COPIED)
			cost->copied += sign * n;
		if (e->deposits)
			cost->tables[LEVEL_PTE] += sign * (n / ptrs_per_table(e->src->mm->paging));
		break;
	case EVENT_TOUCH:
		cost->faults += sign * e->faults;
		cost->cow_copies += sign * e->cow_copies;
		break;
	default:
		break;
	}
}

void cost_add_event(struct cost *cost, const struct event *event, uint64_t pages)
{
	cost_event(cost, event, pages, 1);
}

/* Those that are not stored as a whole, and parts of groups, that somebody has looked at lately. */
struct opened_events {
	struct event bare[16]; /* by number */
	struct {
		struct event *v;
		size_t first, n; /* n events, from number `first` on */
	} part[8];
	unsigned next;
};

/* Those of fork that have nothing of their own. */
static bool is_bare(const struct machine *m, const struct event *e)
{
	const struct fork_vma *vma;

	if (e->kind != EVENT_VMA && e->kind != EVENT_DUP && e->kind != EVENT_WIPE &&
	    e->kind != EVENT_ANON_VMA && e->kind != EVENT_DECIDE)
		return false;
	vma = &m->forks[e->fork].vmas[e->vma];
	return e->src == vma->src && e->dst == (e->kind == EVENT_VMA ? NULL : vma->dst);
}

/* The event as it was added. */
static struct event open_bare(const struct machine *m, const struct stored_event *e)
{
	const struct fork_vma *vma = &m->forks[e->fork].vmas[e->vma];

	return (struct event){.kind = e->kind, .op = e->op, .src = vma->src,
			      .dst = e->kind == EVENT_VMA ? NULL : vma->dst,
			      .address = vma->src->start, .fork = e->fork, .vma = e->vma,
			      .journal = e->journal, .number = e->number};
}

static struct stored_event *stored_number(const struct machine *m, size_t i)
{
	return segments_at(&m->stored, i, sizeof(struct stored_event));
}

static struct event *whole_number(const struct machine *m, size_t i)
{
	return segments_at(&m->whole, i, sizeof(struct event));
}

static struct event *whole_event(const struct machine *m, const struct stored_event *e)
{
	return e->whole ? whole_number(m, e->whole - 1u) : NULL;
}

static struct entry_group *group_of(const struct machine *m, const struct stored_event *e)
{
	return e->whole ? whole_event(m, e)->group : NULL;
}

bool event_takes_changes(const struct machine *m)
{
	const struct event *e = m->stored.n ? whole_event(m, stored_number(m, m->stored.n - 1)) : NULL;

	return !e || (!e->group && !e->vma_group);
}

/* How many it stands for; by which groups. */
static uint32_t stands_for(const struct event *e)
{
	assert(e);
	return e->group ? e->group->count : e->vma_group ? e->vma_group->count : 1;
}

static void put_groups(const struct event *e)
{
	entry_group_put(e->group);
	vma_group_put(e->vma_group);
}

static void add_cost(struct cost *cost, const struct cost *more, uint64_t sign)
{
	cost->entries += sign * more->entries;
	for (int level = 0; level < TABLE_LEVELS; level++)
		cost->tables[level] += sign * more->tables[level];
}

static uint32_t store_whole(struct machine *m, const struct event *event)
{
	*(struct event *)segments_add(&m->whole, sizeof(*event)) = *event;
	return (uint32_t)m->whole.n;
}

/* Are there more events than it can number? */
static bool is_full(const struct machine *m, const struct event *event)
{
	uint64_t more = event->group ? event->group->count : 1;

	return m->whole.n >= WHOLE_EVENTS_MAX || m->event_count + more > EVENTS_MAX ||
	       m->journal.n >= UINT32_MAX;
}

void event_add(struct machine *m, struct event event)
{
	bool bare = m->recording && !event.vma_group && is_bare(m, &event);
	size_t bytes = sizeof(struct stored_event) + (bare ? 0 : sizeof(event));
	uint32_t whole;

	m->exhausted |= m->recording && is_full(m, &event);
	if (!m->recording || !machine_take(m, bytes * 9 / 8)) {
		put_groups(&event);
		return;
	}
	assert(m->at == m->event_count && !m->at_pages);
	event.op = m->op;
	event.journal = (uint32_t)m->journal.n;
	event.number = (uint32_t)m->event_count;
	if (!m->opened)
		m->opened = xcalloc(1, sizeof(*m->opened));
	whole = bare ? 0 : store_whole(m, &event);
	*(struct stored_event *)segments_add(&m->stored, sizeof(struct stored_event)) =
		(struct stored_event){event.op,	  event.journal, event.number, event.fork,
				      event.vma, whole,		event.kind};
	if (event.group)
		m->cost.entries += event.group->entries;
	else if (event.vma_group)
		add_cost(&m->cost, &event.vma_group->cost, 1);
	else if (!bare)
		cost_event(&m->cost, &event, event.count, 1);
	m->event_count += stands_for(&event);
	m->at = m->event_count;
}

void event_syscall(struct machine *m, struct mm *mm, const char *text, uint64_t first,
		   uint64_t last)
{
	event_add(m, (struct event){
			     .kind = EVENT_SYSCALL,
			     .by_child = machine_child_acts(m, mm),
			     .text = text,
			     .src = mm_find(mm, page_address(mm, first)),
			     .address = page_address(mm, first),
			     .first = first,
			     .count = last - first + 1,
		     });
}

/* --- groups ---------------------------------------------------------------------- */

/* The stored event that is number i, or holds it. */
static size_t stored_at(const struct machine *m, size_t i)
{
	size_t at;

	if (m->stored.n == m->event_count)
		return i;
	BISECT(at, m->stored.n - 1, stored_number(m, at + 1)->number <= i);
	return at;
}

const struct entry_group *machine_event_group(const struct machine *m, size_t i, size_t *first)
{
	const struct stored_event *e = stored_number(m, stored_at(m, i));

	*first = e->number;
	return group_of(m, e);
}

/*
 * Opens the part of a group in which event i begins, or its VMA; that takes the place of what
 * was opened longest ago.
 */
static const struct event *open_part(const struct machine *m, const struct event *e, size_t i)
{
	struct opened_events *opened = m->opened;
	unsigned k = opened->next++ % ARRAY_SIZE(opened->part);
	uint32_t event = (uint32_t)(i - e->number);
	size_t part;

	free(opened->part[k].v);
	if (e->group) {
		part = entry_group_part(e->group, event);
		opened->part[k].v = entry_group_open(e, part);
		opened->part[k].first = e->number + e->group->part[part].events;
		opened->part[k].n = group_part_events(e->group, part);
	} else {
		part = vma_group_at(e->vma_group, event);
		opened->part[k].v = vma_group_open(m, e, part);
		opened->part[k].first = e->number + e->vma_group->vma[part].event;
		opened->part[k].n = vma_group_events(e->vma_group, part);
	}
	return &opened->part[k].v[i - opened->part[k].first];
}

const struct event *machine_event(const struct machine *m, size_t i)
{
	struct opened_events *opened = m->opened;
	const struct stored_event *e;
	const struct event *whole;
	struct event *bare;

	assert(i < m->event_count);
	for (unsigned k = 0; k < ARRAY_SIZE(opened->part); k++)
		if (i - opened->part[k].first < opened->part[k].n)
			return &opened->part[k].v[i - opened->part[k].first];
	e = stored_number(m, stored_at(m, i));
	whole = whole_event(m, e);
	if (whole)
		return whole->group || whole->vma_group ? open_part(m, whole, i) : whole;
	bare = &opened->bare[i % ARRAY_SIZE(opened->bare)];
	*bare = open_bare(m, e);
	return bare;
}

void event_moved(struct machine *m, size_t event, uint64_t to)
{
	if (event < m->event_count) /* else nothing is recorded */
		whole_event(m, stored_number(m, stored_at(m, event)))->to = to;
}

void events_free(struct machine *m)
{
	for (size_t i = 0; i < m->whole.n; i++)
		put_groups(whole_number(m, i));
	for (unsigned k = 0; m->opened && k < ARRAY_SIZE(m->opened->part); k++)
		free(m->opened->part[k].v);
	free(m->opened);
	segments_deinit(&m->stored);
	segments_deinit(&m->whole);
	segments_deinit(&m->journal);
}

/* --- copies of the machine ---------------------------------------------------------- */

void events_copy(const struct copying *c)
{
	struct machine *to = c->to;

	to->opened = c->from->opened ? xcalloc(1, sizeof(*to->opened)) : NULL;
	segments_copy(&to->stored, &c->from->stored, sizeof(struct stored_event));
	segments_copy(&to->whole, &c->from->whole, sizeof(struct event));
	for (size_t i = 0; i < to->whole.n; i++) {
		struct event *e = whole_number(to, i);

		e->src = copied_vma(c, e->src);
		e->dst = copied_vma(c, e->dst);
		if (e->group)
			e->group->refs++;
		if (e->vma_group)
			e->vma_group->refs++;
	}
}

static void add_shared_bytes(struct bytes *bytes, uint64_t all, uint32_t refs)
{
	bytes->all += all;
	bytes->own += all / refs;
}

void events_add_bytes(const struct machine *m, struct bytes *bytes)
{
	uint64_t own = m->stored.n * sizeof(struct stored_event) + m->whole.n * sizeof(struct event) +
		       m->journal.n * sizeof(struct journal_record);

	bytes->all += own;
	bytes->own += own;
	for (size_t i = 0; i < m->whole.n; i++) {
		const struct event *e = whole_number(m, i);

		if (e->group)
			add_shared_bytes(bytes, e->group->bytes, e->group->refs);
		if (e->vma_group)
			add_shared_bytes(bytes, e->vma_group->bytes, e->vma_group->refs);
	}
}

/* --- moving --------------------------------------------------------------------- */

static size_t journal_end(const struct machine *m, size_t stored)
{
	return stored + 1 < m->stored.n ? stored_number(m, stored + 1)->journal : m->journal.n;
}

static size_t event_end(const struct machine *m, const struct stored_event *e)
{
	return e->number + (e->whole ? stands_for(whole_event(m, e)) : 1u);
}

struct event_effects machine_event_effects(const struct machine *m, size_t i)
{
	size_t stored = stored_at(m, i), end = journal_end(m, stored);
	struct event_effects effects = {false, false};

	for (size_t r = stored_number(m, stored)->journal; r < end; r++)
		journal_effects(journal_number(m, r), &effects);
	return effects;
}

size_t machine_event_vmas(const struct machine *m, size_t i, struct vma_change *changes, size_t most)
{
	size_t stored = stored_at(m, i), end = journal_end(m, stored), n = 0;

	for (size_t r = stored_number(m, stored)->journal; r < end && n < most; r++)
		n += journal_vma(journal_number(m, r), &changes[n]);
	return n;
}

/* The first `pages` pages of an event that is stored by itself; 0: all of it. */
static void play_event(struct machine *m, size_t stored, bool forward, uint64_t pages)
{
	const struct event *e = whole_event(m, stored_number(m, stored));
	size_t from = stored_number(m, stored)->journal, to = journal_end(m, stored);

	m->moved += to - from + 1;
	if (e && e->kind == EVENT_ENTRY)
		journal_play_entry(m, e, forward, pages);
	if (forward)
		for (size_t r = from; r < to; r++)
			journal_play(m, journal_number(m, r), true, pages);
	else
		for (size_t r = to; r > from; r--)
			journal_play(m, journal_number(m, r - 1), false, pages);
	if (e)
		cost_event(&m->cost, e, pages ? pages : e->count, forward ? 1 : UINT64_MAX);
}

/* An event of a group of VMAs. */
static void play_opened(struct machine *m, const struct event *group, size_t i, bool forward,
			uint64_t pages)
{
	const struct event *e = machine_event(m, i);

	vma_group_play_event(m, group, e, forward, pages);
	cost_event(&m->cost, e, pages ? pages : e->count, forward ? 1 : UINT64_MAX);
}

static void play_vmas(struct machine *m, const struct event *e, size_t from, size_t to,
		      bool forward)
{
	if (to - from == e->vma_group->count) {
		vma_group_play(m, e, forward);
		add_cost(&m->cost, &e->vma_group->cost, forward ? 1 : UINT64_MAX);
		return;
	}
	for (size_t i = 0; i < to - from; i++)
		play_opened(m, e, forward ? from + i : to - 1 - i, forward, 0);
}

/* All events from..to - 1, which are in one that is stored. */
static void play_events(struct machine *m, size_t stored, size_t from, size_t to, bool forward)
{
	const struct event *e = whole_event(m, stored_number(m, stored));

	m->moved += to - from;
	if (e && e->group)
		entry_group_play(e, entry_group_page(e->group, (uint32_t)(from - e->number)),
				 entry_group_page(e->group, (uint32_t)(to - e->number)), forward,
				 &m->cost);
	else if (e && e->vma_group)
		play_vmas(m, e, from, to, forward);
	else
		play_event(m, stored, forward, 0);
	m->at = forward ? to : from;
}

/* The first pages of the next event. */
static void play_pages(struct machine *m, uint64_t pages, bool forward)
{
	size_t stored = stored_at(m, m->at);
	const struct event *e = whole_event(m, stored_number(m, stored));

	if (e && e->group) {
		uint64_t first = entry_group_page(e->group, (uint32_t)(m->at - e->number));

		entry_group_play(e, first, first + pages, forward, &m->cost);
	} else if (e && e->vma_group) {
		play_opened(m, e, m->at, forward, pages);
	} else {
		play_event(m, stored, forward, pages);
	}
}

void machine_seek(struct machine *m, size_t events, uint64_t pages)
{
	assert(!pages || events >= m->event_count || machine_event(m, events)->kind == EVENT_ENTRY);
	if (m->at_pages)
		play_pages(m, m->at_pages, false);
	m->at_pages = 0;
	if (m->at < events && m->at < m->event_count)
		for (size_t s = stored_at(m, m->at); m->at < events && s < m->stored.n; s++)
			play_events(m, s, m->at, min(events, event_end(m, stored_number(m, s))), true);
	if (m->at > events)
		for (size_t s = stored_at(m, m->at - 1); m->at > events; s--)
			play_events(m, s, events > stored_number(m, s)->number ? events : stored_number(m, s)->number,
				    m->at, false);
	if (pages && m->at < m->event_count) {
		play_pages(m, pages, true);
		m->at_pages = pages;
	}
}

void machine_seek_end(struct machine *m)
{
	machine_seek(m, m->event_count, 0);
}
