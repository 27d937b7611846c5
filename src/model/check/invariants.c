/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/check/invariants.h"

#include <assert.h>

#include "base/alloc.h"

bool inconsistent(struct inconsistency *found, const char *what, const struct vm_area *vma,
		  uint64_t at)
{
	found->what = what;
	found->vma = vma;
	if (vma)
		found->mm = vma->mm;
	found->at = at;
	return false;
}

/* --- events and costs ----------------------------------------------------------- */

static bool cost_equal(const struct cost *a, const struct cost *b)
{
	for (int level = 0; level < TABLE_LEVELS; level++)
		if (a->tables[level] != b->tables[level])
			return false;
	return a->entries == b->entries && a->copied == b->copied && a->faults == b->faults &&
	       a->cow_copies == b->cow_copies;
}

static bool forks_check(const struct machine *m, struct inconsistency *found)
{
	size_t end = 0;

	for (size_t i = 0; i < m->fork_count; i++) {
		const struct fork_record *fork = &m->forks[i];

		found->looked++;
		if (fork->first_event < end || fork->first_event >= fork->end_event ||
		    fork->end_event > m->event_count)
			return inconsistent(found, "a fork's events do not follow those of the fork before",
					    NULL, i);
		end = fork->end_event;
		if (machine_event(m, fork->first_event)->kind !=
			    (fork->kind == FORK_FORK ? EVENT_FORK : EVENT_SYSCALL) ||
		    machine_event(m, end - 1)->kind !=
			    (fork->kind == FORK_FORK ? EVENT_FORKED : EVENT_SYSCALL))
			return inconsistent(found, "a fork does not begin and end with its events", NULL, i);
	}
	return true;
}

bool events_check(const struct machine *m, struct inconsistency *found)
{
	struct cost cost = {0};
	uint32_t journal = 0, op = 0;

	if (m->at > m->event_count || (m->at_pages && machine_event(m, m->at)->kind != EVENT_ENTRY))
		return inconsistent(found, "the point in time is behind the events, or inside one "
					   "that has no pages", NULL, m->at);
	if (!m->recording && (m->event_count || m->journal.n))
		return inconsistent(found, "something was recorded before the first fork", NULL, 0);
	for (size_t i = 0; i < m->event_count; i++) {
		const struct event *e = machine_event(m, i);

		found->looked++;
		if (e->journal > m->journal.n || e->journal < journal)
			return inconsistent(found, "the journal is not in the order of the events", NULL, i);
		if (e->op > m->op || e->op < op)
			return inconsistent(found, "events are not in the order of the commands", NULL, i);
		/* Those of a fork name its record; a split is of no VMA of it. */
		if (e->kind <= EVENT_FORKED && e->kind != EVENT_SPLIT &&
		    (e->fork >= m->fork_count ||
		     (e->src && e->vma >= m->forks[e->fork].vma_count)))
			return inconsistent(found, "an event names a fork or a VMA that does not exist", NULL, i);
		if (i < m->at)
			cost_add_event(&cost, e, e->count);
		journal = e->journal;
		op = e->op;
	}
	if (m->at_pages)
		cost_add_event(&cost, machine_event(m, m->at), m->at_pages);
	if (!cost_equal(&cost, &m->cost))
		return inconsistent(found, "the costs are not those of the events up to here", NULL, m->at);
	return forks_check(m, found);
}

/* --- back and forth ---------------------------------------------------------------- */

static void mix(uint64_t *digest, uint64_t value)
{
	*digest = (*digest ^ value) * UINT64_C(1099511628211);
	*digest ^= *digest >> 29;
}

static void mix_vma(uint64_t *digest, const struct vm_area *vma)
{
	mix(digest, (uintptr_t)vma);
	mix(digest, vma->flags);
	mix(digest, (uint64_t)vma->anon_vma << 1 | vma->anon_vma_cloned);
	mix(digest, (uintptr_t)vma->uffd);
	mix(digest, vma->policy);
}

static void mix_mm(uint64_t *digest, const struct mm *mm)
{
	struct span_place place;
	const struct span *span;
	struct range part;
	uint64_t last;

	mix(digest, (uintptr_t)mm);
	if (!mm)
		return;
	mix(digest, (uint64_t)mm->last_touch << 1 | mm->dead);
	for_each_vma(mm, vma)
		mix_vma(digest, vma);
	for (uint64_t page = 0; page < mm->pages.pages; page = last + 1) {
		struct pte pte = runs_at(&mm->pages, page, &last);

		mix(digest, page);
		mix(digest, pte.frame);
		mix(digest, (uint64_t)pte.state << 16 | pte.attrs);
	}
	for (span = spans_find(&mm->names, 0, &place); span; span = spans_next(&mm->names, &place)) {
		mix(digest, span->start);
		mix(digest, ((const struct name *)span->value)->id);
	}
	for (span = spans_find(&mm->moved, 0, &place); span; span = spans_next(&mm->moved, &place)) {
		mix(digest, span->start);
		mix(digest, (uintptr_t)span->value);
	}
	for (int level = 0; level < TABLE_LEVELS; level++)
		for_each_range(&mm->tables[level], part) {
			mix(digest, part.first);
			mix(digest, part.last);
		}
}

/* Everything that the journal records, as one number. */
static uint64_t digest_of(const struct machine *m)
{
	uint64_t digest = UINT64_C(14695981039346656037);

	mix_mm(&digest, m->parent);
	mix_mm(&digest, m->child);
	mix(&digest, m->cost.entries);
	mix(&digest, cost_bytes(&m->cost, &m->paging));
	mix(&digest, m->cost.faults);
	mix(&digest, m->cost.cow_copies);
	return digest;
}

/* The events of the last command, taken back and played again. */
static bool seek_check(struct machine *m, struct inconsistency *found)
{
	uint64_t before = digest_of(m);
	size_t from = m->event_count;

	while (from && machine_event(m, from - 1)->op == m->op)
		from--;
	machine_seek(m, from, 0);
	machine_seek_end(m);
	return digest_of(m) == before ||
	       inconsistent(found, "going back and forth again is not exact", NULL, from);
}

/* --- the machine --------------------------------------------------------------------- */

static bool objects_check(const struct machine *m, struct inconsistency *found)
{
	for (const struct object *object = m->objects; object; object = object->next) {
		const struct rangeset *sets[] = {&object->cached, &object->swapped, &object->dirty};
		struct range part, both;

		for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
			found->looked += sets[i]->chunks + 1;
			if (!rangeset_is_sound(sets[i]))
				return inconsistent(found, "a file's page sets are not sorted, maximal "
							   "ranges", NULL, object->frame);
		}
		for_each_range(&object->swapped, part)
			if (rangeset_next(&object->cached, part.first, part.last, true, &both))
				return inconsistent(found, "a page of a file is in the page cache and in swap",
						    NULL, both.first);
	}
	return true;
}

/* Frames that have a state of their own. */
static bool frames_check(const struct machine *m, struct inconsistency *found)
{
	struct range part, both;

	if (!rangeset_is_sound(&m->swap_cache))
		return inconsistent(found, "the swap cache is not sorted, maximal ranges", NULL, 0);
	if (!rangeset_is_sound(&m->lazyfree))
		return inconsistent(found, "the lazily freed frames are not sorted, maximal ranges", NULL, 0);
	if (!rangeset_is_sound(&m->mlocked))
		return inconsistent(found, "the unevictable frames are not sorted, maximal ranges", NULL, 0);
	for_each_range(&m->lazyfree, part)
		if (rangeset_next(&m->swap_cache, part.first, part.last, true, &both))
			return inconsistent(found, "a page is lazily freed and in the swap cache", NULL,
					    both.first);
	return true;
}

/* What a process holds is in the sets of all that is held. */
static bool holds_check(const struct machine *m, struct inconsistency *found)
{
	if (!rangeset_is_sound(&m->held) || !rangeset_is_sound(&m->pinned))
		return inconsistent(found, "the held frames are not sorted, maximal ranges", NULL, 0);
	for (size_t i = 0; i < m->hold_count; i++) {
		const struct hold *hold = &m->holds[i];
		uint64_t last = hold->frame + (hold->pages.last - hold->pages.first);
		struct range missing;

		found->looked++;
		if (rangeset_next(&m->held, hold->frame, last, false, &missing) ||
		    (hold->pin && rangeset_next(&m->pinned, hold->frame, last, false, &missing)))
			return inconsistent(found, "a page that a process holds is not held", NULL,
					    missing.first);
	}
	return true;
}

static bool processes_check(const struct machine *m, struct inconsistency *found)
{
	if (m->parent->number >= m->mm_count || m->mms[m->parent->number] != m->parent)
		return inconsistent(found, "the parent is not a process of this machine", NULL,
				    m->parent->number);
	if (m->child && (m->child->number >= m->mm_count || m->mms[m->child->number] != m->child))
		return inconsistent(found, "the child is not a process of this machine", NULL,
				    m->child->number);
	if (m->borrow != BORROW_NOTHING && m->child != m->parent)
		return inconsistent(found, "the child does not use the memory that it borrows", NULL,
				    m->child ? m->child->number : 0);
	return m->borrow != BORROW_NOTHING || m->child != m->parent ||
	       inconsistent(found, "the child is its own parent", NULL, m->parent->number);
}

/* Of a process that is gone its last state is kept, to be shown; files go on without it. */
static bool live_check(const struct machine *m, const struct mm *mm, struct inconsistency *found)
{
	return !mm || mm->dead || mm_check(m, mm, found);
}

bool machine_check(struct machine *m, struct inconsistency *found)
{
	assert(!m->exhausted && m->at == m->event_count && !m->at_pages);
	*found = (struct inconsistency){0};
	return processes_check(m, found) && objects_check(m, found) && frames_check(m, found) &&
	       holds_check(m, found) &&
	       live_check(m, m->parent, found) && live_check(m, m->child, found) &&
	       sharing_check(m, found) && events_check(m, found) && seek_check(m, found);
}
