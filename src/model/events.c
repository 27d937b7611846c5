/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "model/fork/entry_group.h"
#include "model/machine.h"

enum record_kind {
	RECORD_PTE,
	RECORD_FLAGS,
	RECORD_ANON_VMA,
	RECORD_UFFD,
	RECORD_POLICY,
	RECORD_ADD_VMA,
	RECORD_REMOVE_VMA,
	RECORD_NAMES,
	RECORD_STRETCH,
	RECORD_ADD_TABLES,
	RECORD_REMOVE_TABLES,
	RECORD_PROCESSES,
	RECORD_DEAD,
	RECORD_LAST_TOUCH,
};

struct journal_record {
	uint8_t kind, level;
	struct vm_area *vma;
	struct mm *mm;
	union {
		struct {
			uint64_t first, last;
			struct pte old, now;
		} pte;
		struct {
			uint64_t old, now;
		} value;
		struct {
			uint64_t first, last;
		} tables;
		struct {
			uint64_t start, end;
			const struct name *old, *now;
		} names;
		struct {
			const struct name *name;
			struct stretch old, now;
		} stretch;
		struct {
			struct uffd_ctx *old, *now;
		} uffd;
		struct {
			struct mm *old_parent, *old_child, *parent, *child;
		} processes;
	};
};

/* --- what a record does, and its reverse ----------------------------------- */

static void insert_vma(struct mm *mm, struct vm_area *vma)
{
	spans_insert(&mm->vmas, (struct span){vma->start, vma->end, vma});
}

static void delete_vma(struct mm *mm, struct vm_area *vma)
{
	assert(mm_vma_at(mm, vma->start) == vma);
	spans_remove(&mm->vmas, vma->start);
}

/* They have one name now, or none; and will have the other. */
static void rename_span(struct mm *mm, uint64_t start, uint64_t end, const struct name *from,
			const struct name *to)
{
	struct span_place place;
	const struct span *span;

	if (from) {
		struct span old;

		span = spans_find(&mm->names, start, &place);
		assert(span && span->start <= start && end <= span->end && span->value == from);
		old = *span;
		spans_remove(&mm->names, old.start);
		if (old.start < start)
			spans_insert(&mm->names, (struct span){old.start, start, old.value});
		if (end < old.end)
			spans_insert(&mm->names, (struct span){end, old.end, old.value});
	}
	if (!to)
		return;
	/* Maximal stretches: so that going back is exact. */
	span = spans_find(&mm->names, end, &place);
	if (span && span->start == end && span->value == to) {
		end = span->end;
		spans_remove(&mm->names, span->start);
	}
	spans_find(&mm->names, start, &place);
	span = spans_before(&mm->names, &place);
	if (span && span->end == start && span->value == to) {
		start = span->start;
		spans_remove(&mm->names, start);
	}
	spans_insert(&mm->names, (struct span){start, end, (void *)to});
}

static void set_stretch(struct mm *mm, const struct name *name, struct stretch stretch)
{
	if (name->id >= mm->stretch_count) {
		size_t count = name->id + name->id / 2 + 4;

		mm->stretches = xrealloc(mm->stretches, count, sizeof(*mm->stretches));
		memset(mm->stretches + mm->stretch_count, 0,
		       (count - mm->stretch_count) * sizeof(*mm->stretches));
		mm->stretch_count = count;
	}
	mm->stretches[name->id] = stretch;
}

#ifdef VMAFORK_CHECK
/* Are the pages up to `last` what the record is about to change? */
static void expect_entries(const struct machine *m, const struct journal_record *r, bool forward,
			   uint64_t last)
{
	struct pte pte = forward ? r->pte.old : r->pte.now;
	uint64_t end;

	/* What is not recorded may change unlike entries at once. */
	for (uint64_t page = r->pte.first; m->recording && page <= last; page = end + 1) {
		struct pte here = runs_at(&r->mm->pages, page, &end);

		assert(pte_equal(here, pte_advance(pte, page - r->pte.first)));
	}
}
#else
static void expect_entries(const struct machine *m, const struct journal_record *r, bool forward,
			   uint64_t last)
{
	(void)m;
	(void)r;
	(void)forward;
	(void)last;
}
#endif

/* The value after it; the machine has to have the one before it, so that time is exact. */
static uint64_t turn(const struct journal_record *r, bool forward, uint64_t value)
{
	assert(value == (forward ? r->value.old : r->value.now));
	return forward ? r->value.now : r->value.old;
}

static uint64_t anon_vma_value(unsigned anon_vma, bool cloned)
{
	return (uint64_t)anon_vma << 1 | cloned;
}

/* `pages`: of a RECORD_PTE, how many of its pages; else all of it. */
static void play(struct machine *m, const struct journal_record *r, bool forward,
		 uint64_t pages)
{
	uint64_t last;

	switch ((enum record_kind)r->kind) {
	case RECORD_PTE:
		last = r->pte.last;
		if (pages && last - r->pte.first >= pages)
			last = r->pte.first + pages - 1;
		expect_entries(m, r, forward, last);
		runs_set(&r->mm->pages, r->pte.first, last,
			 forward ? r->pte.now : r->pte.old);
		break;
	case RECORD_FLAGS:
		r->vma->flags = turn(r, forward, r->vma->flags);
		break;
	case RECORD_ANON_VMA:
		last = turn(r, forward, anon_vma_value(r->vma->anon_vma, r->vma->anon_vma_cloned));
		r->vma->anon_vma = (unsigned)(last >> 1);
		r->vma->anon_vma_cloned = last & 1;
		break;
	case RECORD_UFFD:
		assert(r->vma->uffd == (forward ? r->uffd.old : r->uffd.now));
		r->vma->uffd = forward ? r->uffd.now : r->uffd.old;
		break;
	case RECORD_POLICY:
		r->vma->policy = (unsigned)turn(r, forward, r->vma->policy);
		break;
	case RECORD_ADD_VMA:
	case RECORD_REMOVE_VMA:
		if ((r->kind == RECORD_ADD_VMA) == forward)
			insert_vma(r->mm, r->vma);
		else
			delete_vma(r->mm, r->vma);
		break;
	case RECORD_NAMES:
		rename_span(r->mm, r->names.start, r->names.end,
			    forward ? r->names.old : r->names.now,
			    forward ? r->names.now : r->names.old);
		break;
	case RECORD_STRETCH:
		set_stretch(r->mm, r->stretch.name, forward ? r->stretch.now : r->stretch.old);
		break;
	case RECORD_ADD_TABLES:
	case RECORD_REMOVE_TABLES:
		if ((r->kind == RECORD_ADD_TABLES) == forward)
			rangeset_add(&r->mm->tables[r->level], r->tables.first, r->tables.last);
		else
			rangeset_remove(&r->mm->tables[r->level], r->tables.first, r->tables.last);
		break;
	case RECORD_PROCESSES:
		assert(m->parent == (forward ? r->processes.old_parent : r->processes.parent));
		assert(m->child == (forward ? r->processes.old_child : r->processes.child));
		m->parent = forward ? r->processes.parent : r->processes.old_parent;
		m->child = forward ? r->processes.child : r->processes.old_child;
		break;
	case RECORD_DEAD:
		r->mm->dead = turn(r, forward, r->mm->dead);
		break;
	case RECORD_LAST_TOUCH:
		r->mm->last_touch = (enum touch_result)turn(r, forward, r->mm->last_touch);
		break;
	}
}

static void change(struct machine *m, const struct journal_record *record)
{
	play(m, record, true, 0);
	m->work += 8; /* against 1 for looking */
	if (!m->recording || !machine_take(m, sizeof(*record) * 9 / 8))
		return;
	GROW(m->journal, m->journal_count, m->journal_cap);
	m->journal[m->journal_count++] = *record;
}

/* --- changes ----------------------------------------------------------------- */

/* Counts the copy of a table that others hold, which a change of the page will need. */
static void take_copy(struct machine *m, const struct mm *mm, uint64_t page)
{
	uint64_t last;
	struct entries entries = runs_table(&mm->pages, page_table(mm, page), &last);

	if (m->recording && entries.table)
		machine_take(m, pte_table_shared_bytes(entries.table));
}

void change_pte(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		struct pte pte)
{
	while (first <= last) {
		uint64_t end;
		struct pte old = runs_at(&mm->pages, first, &end);

		if (!m->recording || end > last)
			end = last;
		if (!pte_equal(old, pte) || !m->recording) {
			take_copy(m, mm, first);
			take_copy(m, mm, end);
			change(m, &(struct journal_record){
					  .kind = RECORD_PTE,
					  .mm = mm,
					  .pte = {first, end, old, pte},
				  });
		}
		pte = pte_advance(pte, end - first + 1);
		first = end + 1;
	}
}

void change_flags(struct machine *m, struct vm_area *vma, uint64_t flags)
{
	if (vma->flags != flags)
		change(m, &(struct journal_record){
				  .kind = RECORD_FLAGS,
				  .vma = vma,
				  .value = {vma->flags, flags},
			  });
}

void change_anon_vma(struct machine *m, struct vm_area *vma, unsigned anon_vma,
		     bool cloned)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_ANON_VMA,
			  .vma = vma,
			  .value = {anon_vma_value(vma->anon_vma, vma->anon_vma_cloned),
				    anon_vma_value(anon_vma, cloned)},
		  });
}

void change_uffd(struct machine *m, struct vm_area *vma, struct uffd_ctx *ctx)
{
	if (vma->uffd != ctx)
		change(m, &(struct journal_record){
				  .kind = RECORD_UFFD,
				  .vma = vma,
				  .uffd = {vma->uffd, ctx},
			  });
}

void change_policy(struct machine *m, struct vm_area *vma, unsigned policy)
{
	if (vma->policy != policy)
		change(m, &(struct journal_record){
				  .kind = RECORD_POLICY,
				  .vma = vma,
				  .value = {vma->policy, policy},
			  });
}

void change_add_vma(struct machine *m, struct mm *mm, struct vm_area *vma)
{
	vma->mm = mm;
	change(m, &(struct journal_record){.kind = RECORD_ADD_VMA, .vma = vma, .mm = mm});
}

void change_remove_vma(struct machine *m, struct vm_area *vma)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_REMOVE_VMA, .vma = vma, .mm = vma->mm});
}

void change_names(struct machine *m, struct mm *mm, uint64_t start, uint64_t end,
		  const struct name *name)
{
	uint64_t stop;

	for (; start < end; start = stop) {
		const struct name *old = mm_name_at(mm, start, &stop);

		if (stop > end)
			stop = end;
		if (old != name)
			change(m, &(struct journal_record){
					  .kind = RECORD_NAMES,
					  .mm = mm,
					  .names = {start, stop, old, name},
				  });
	}
}

void change_stretch(struct machine *m, struct mm *mm, const struct name *name,
		    struct stretch stretch)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_STRETCH,
			  .mm = mm,
			  .stretch = {name, mm_stretch(mm, name), stretch},
		  });
}

static void change_tables(struct machine *m, struct mm *mm, enum table_level level,
			  uint64_t first, uint64_t last, bool add)
{
	struct range part;

	while (first <= last && rangeset_next(&mm->tables[level], first, last, !add, &part)) {
		change(m, &(struct journal_record){
				  .kind = add ? RECORD_ADD_TABLES : RECORD_REMOVE_TABLES,
				  .level = (uint8_t)level,
				  .mm = mm,
				  .tables = {part.first, part.last},
			  });
		first = part.last + 1;
	}
}

void change_add_tables(struct machine *m, struct mm *mm, enum table_level level,
		       uint64_t first, uint64_t last)
{
	change_tables(m, mm, level, first, last, true);
}

void change_remove_tables(struct machine *m, struct mm *mm, enum table_level level,
			  uint64_t first, uint64_t last)
{
	change_tables(m, mm, level, first, last, false);
}

void change_processes(struct machine *m, struct mm *parent, struct mm *child)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_PROCESSES,
			  .processes = {m->parent, m->child, parent, child},
		  });
}

void change_dead(struct machine *m, struct mm *mm, bool dead)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_DEAD, .mm = mm, .value = {mm->dead, dead}});
}

void change_last_touch(struct machine *m, struct mm *mm, enum touch_result result)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_LAST_TOUCH,
			  .mm = mm,
			  .value = {mm->last_touch, result},
		  });
}

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

/* Parts of groups that somebody has looked at lately. */
struct opened_events {
	struct {
		struct event *v;
		size_t first, n; /* n events, from number `first` on */
	} part[4];
	unsigned next;
};

void event_add(struct machine *m, struct event event)
{
	if (!m->recording || !machine_take(m, sizeof(event) * 9 / 8)) {
		entry_group_free(event.group);
		return;
	}
	assert(m->at == m->event_count && !m->at_pages);
	event.op = m->op;
	event.journal = (uint32_t)m->journal_count;
	event.number = (uint32_t)m->event_count;
	GROW(m->stored, m->stored_count, m->stored_cap);
	m->stored[m->stored_count++] = event;
	if (event.group && !m->opened)
		m->opened = xcalloc(1, sizeof(*m->opened));
	if (event.group)
		m->cost.entries += event.group->entries;
	else
		cost_event(&m->cost, &event, event.count, 1);
	m->event_count += event.group ? event.group->count : 1;
	m->at = m->event_count;
}

void event_syscall(struct machine *m, struct mm *mm, const char *text, uint64_t first,
		   uint64_t last)
{
	event_add(m, (struct event){
			     .kind = EVENT_SYSCALL,
			     .by_child = mm == m->child,
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
	size_t lo = 0, hi = m->stored_count - 1;

	if (m->stored_count == m->event_count)
		return i;
	while (lo < hi) {
		size_t mid = lo + (hi - lo + 1) / 2;

		if (m->stored[mid].number <= i)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

const struct entry_group *machine_event_group(const struct machine *m, size_t i, size_t *first)
{
	const struct event *e = &m->stored[stored_at(m, i)];

	*first = e->number;
	return e->group;
}

/* Opens the part in which event i begins; it takes the place of the one opened longest ago. */
static const struct event *open_part(struct opened_events *opened, const struct event *e, size_t i)
{
	unsigned k = opened->next++ % ARRAY_SIZE(opened->part);
	size_t part = entry_group_part(e->group, (uint32_t)(i - e->number));

	free(opened->part[k].v);
	opened->part[k].v = entry_group_open(e, part);
	opened->part[k].first = e->number + e->group->part[part].events;
	opened->part[k].n = group_part_events(e->group, part);
	return &opened->part[k].v[i - opened->part[k].first];
}

const struct event *machine_event(const struct machine *m, size_t i)
{
	struct opened_events *opened = m->opened;
	const struct event *e;

	assert(i < m->event_count);
	for (unsigned k = 0; opened && k < ARRAY_SIZE(opened->part); k++)
		if (i - opened->part[k].first < opened->part[k].n)
			return &opened->part[k].v[i - opened->part[k].first];
	e = &m->stored[stored_at(m, i)];
	return e->group ? open_part(opened, e, i) : e;
}

void events_free(struct machine *m)
{
	for (size_t i = 0; i < m->stored_count; i++)
		entry_group_free(m->stored[i].group);
	for (unsigned k = 0; m->opened && k < ARRAY_SIZE(m->opened->part); k++)
		free(m->opened->part[k].v);
	free(m->opened);
	free(m->stored);
	free(m->journal);
}

/* --- moving --------------------------------------------------------------------- */

static size_t journal_end(const struct machine *m, size_t stored)
{
	return stored + 1 < m->stored_count ? m->stored[stored + 1].journal : m->journal_count;
}

static size_t event_end(const struct event *e)
{
	return e->number + (e->group ? e->group->count : 1u);
}

/* The first `pages` pages of an event that is stored by itself; 0: all of it. */
static void play_event(struct machine *m, size_t stored, bool forward, uint64_t pages)
{
	const struct event *e = &m->stored[stored];
	size_t from = e->journal, to = journal_end(m, stored);

	m->work += to - from + 1;
	if (forward)
		for (size_t r = from; r < to; r++)
			play(m, &m->journal[r], true, pages);
	else
		for (size_t r = to; r > from; r--)
			play(m, &m->journal[r - 1], false, pages);
	cost_event(&m->cost, e, pages ? pages : e->count, forward ? 1 : UINT64_MAX);
}

/* All events from..to - 1, which are in one that is stored. */
static void play_events(struct machine *m, size_t stored, size_t from, size_t to, bool forward)
{
	const struct event *e = &m->stored[stored];

	if (e->group)
		entry_group_play(e, entry_group_page(e->group, (uint32_t)(from - e->number)),
				 entry_group_page(e->group, (uint32_t)(to - e->number)), forward,
				 &m->cost);
	else
		play_event(m, stored, forward, 0);
	m->at = forward ? to : from;
}

/* The first pages of the next event. */
static void play_pages(struct machine *m, uint64_t pages, bool forward)
{
	size_t stored = stored_at(m, m->at);
	const struct event *e = &m->stored[stored];
	uint64_t first;

	if (!e->group) {
		play_event(m, stored, forward, pages);
		return;
	}
	first = entry_group_page(e->group, (uint32_t)(m->at - e->number));
	entry_group_play(e, first, first + pages, forward, &m->cost);
}

void machine_seek(struct machine *m, size_t events, uint64_t pages)
{
	assert(!pages || events >= m->event_count || machine_event(m, events)->kind == EVENT_ENTRY);
	if (m->at_pages)
		play_pages(m, m->at_pages, false);
	m->at_pages = 0;
	if (m->at < events && m->at < m->event_count)
		for (size_t s = stored_at(m, m->at); m->at < events && s < m->stored_count; s++)
			play_events(m, s, m->at, min(events, event_end(&m->stored[s])), true);
	if (m->at > events)
		for (size_t s = stored_at(m, m->at - 1); m->at > events; s--)
			play_events(m, s, events > m->stored[s].number ? events : m->stored[s].number,
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
