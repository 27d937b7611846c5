/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/fork/vma_group.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"
#include "model/journal_private.h"

void vma_group_put(struct vma_group *group)
{
	if (!group || --group->refs)
		return;
	entries_put(group->part.before);
	entries_put(group->part.after);
	entries_put(group->part.child_before);
	entries_put(group->part.child);
	for (size_t i = 0; i < group->sorts; i++)
		entry_rules_deinit(&group->sort[i].rules);
	free(group->sort);
	free(group->vma);
	free(group);
}

/* --- events ----------------------------------------------------------------------------- */

size_t vma_group_at(const struct vma_group *group, uint32_t event)
{
	size_t at;

	BISECT(at, group->vmas - 1, group->vma[at + 1].event <= event);
	return at;
}

uint32_t vma_group_events(const struct vma_group *group, size_t vma)
{
	uint32_t next = vma + 1 < group->vmas ? group->vma[vma + 1].event : group->count;

	return next - group->vma[vma].event;
}

/* Events that are being opened. */
struct opening {
	struct event common; /* what the next one has in common with those before */
	struct event *v;
	size_t n;
};

static struct event *open_next(struct opening *to, enum event_kind kind)
{
	struct event *e = &to->v[to->n++];

	*e = to->common;
	e->kind = (uint8_t)kind;
	to->common.number++;
	return e;
}

/* alloc_tables(), from the top down. */
static void open_tables(struct opening *to, const struct vma_group *group)
{
	const struct mm *mm = to->common.src->mm;

	for (int level = TABLE_LEVELS - 1; level >= LEVEL_PTE; level--) {
		const unsigned shift = table_shift(mm->paging, (enum table_level)level);
		struct event *e;

		if (!(group->levels >> level & 1))
			continue;
		e = open_next(to, EVENT_TABLE);
		e->level = (uint8_t)level;
		e->first = to->common.address >> shift;
		e->count = 1;
		e->address = max(e->first << shift, to->common.address);
	}
}

static void open_entries(struct opening *to, const struct vma_group *group,
			 const struct entry_rules *rules)
{
	const struct vm_area *src = to->common.src;
	uint64_t page = vma_first(src), last = vma_last(src);
	struct part_run run;

	for (; page <= last && part_run_at(&group->part, page, &run); page = run.last + 1) {
		const struct entry_rule *rule;
		struct event *e;

		if (run.pte.state == PTE_NONE)
			continue;
		rule = entry_rules_find(rules, run.pte);
		e = open_next(to, EVENT_ENTRY);
		e->outcome = rule->outcome;
		e->address = page_address(src->mm, run.first);
		e->first = run.first;
		e->count = min(run.last, last) - run.first + 1;
		e->before = run.pte;
		e->after = pte_changed(run.pte, rule->after);
		e->child = pte_changed(run.pte, rule->child);
	}
}

struct event *vma_group_open(const struct machine *m, const struct event *event, size_t vma)
{
	const struct vma_group *group = event->vma_group;
	const struct fork_vma *record = &m->forks[event->fork].vmas[event->vma + vma];
	const struct vma_sort *sort = &group->sort[group->vma[vma].sort];
	struct opening to = {.common = {
		.op = event->op, .fork = event->fork, .vma = event->vma + (uint32_t)vma,
		.journal = event->journal, .number = event->number + group->vma[vma].event,
		.src = record->src, .address = record->src->start}};

	to.v = xmalloc(vma_group_events(group, vma) * sizeof(*to.v));
	open_next(&to, EVENT_VMA);
	to.common.dst = record->dst;
	open_next(&to, EVENT_DUP);
	if (group->vma[vma].anon_vma)
		open_next(&to, EVENT_ANON_VMA);
	open_next(&to, EVENT_DECIDE);
	if (sort->decision.what == DECISION_COPY) {
		if (vma == group->walker)
			open_tables(&to, group);
		open_entries(&to, group, &sort->rules);
	}
	assert(to.n == vma_group_events(group, vma));
	return to.v;
}

/* --- playing ---------------------------------------------------------------------------- */

void vma_group_play_event(struct machine *m, const struct event *event, const struct event *opened,
			  bool forward, uint64_t pages)
{
	unsigned anon_vma = event->vma_group->vma[opened->vma - event->vma].anon_vma;

	journal_play_copy(m, opened, anon_vma, forward, pages);
}

static void play_anon_vma(struct vm_area *dst, unsigned anon_vma, bool forward)
{
	if (!anon_vma)
		return;
	assert(dst->anon_vma == (forward ? 0 : anon_vma) && dst->anon_vma_cloned == !forward);
	dst->anon_vma = forward ? anon_vma : 0;
	dst->anon_vma_cloned = forward;
}

/* What the VMAs are for the child: duplicated, with an anon_vma. They are all that it has there. */
static void play_vmas(struct machine *m, const struct event *event, bool forward)
{
	const struct vma_group *group = event->vma_group;
	const struct fork_vma *record = &m->forks[event->fork].vmas[event->vma];
	struct spans *vmas = &record->dst->mm->vmas;
	size_t removed;

	for (size_t i = 0; i < group->vmas; i++) {
		struct vm_area *dst = record[i].dst;

		if (forward)
			spans_insert(vmas, (struct span){dst->start, dst->end, dst});
		play_anon_vma(dst, group->vma[i].anon_vma, forward);
	}
	if (forward)
		return;
	removed = spans_remove_all(vmas, record->dst->start, record[group->vmas - 1].dst->end);
	assert(removed == group->vmas);
	(void)removed;
}

static void play_tables(struct machine *m, const struct event *event, bool forward)
{
	const struct vma_group *group = event->vma_group;
	const struct fork_vma *record = &m->forks[event->fork].vmas[event->vma + group->walker];
	struct opening to = {.common = {.src = record->src, .dst = record->dst,
					.address = record->src->start}};
	struct event tables[TABLE_LEVELS];

	to.v = tables;
	open_tables(&to, group);
	for (size_t i = 0; i < to.n; i++)
		journal_play_copy(m, &tables[i], 0, forward, 0);
}

#ifdef VMAFORK_CHECK
/* Has the process these entries in that table? */
static void expect_entries(const struct mm *mm, const struct group_part *part,
			   struct entries entries)
{
	struct group_part expected = {.first = part->first, .last = part->last, .before = entries};
	struct part_run run;
	uint64_t end;

	for (uint64_t page = part->first; part_run_at(&expected, page, &run); page = end + 1) {
		assert(pte_equal(runs_at(&mm->pages, page, &end), run.pte));
		end = min(end, run.last);
	}
}
#else
static void expect_entries(const struct mm *mm, const struct group_part *part,
			   struct entries entries)
{
	(void)mm;
	(void)part;
	(void)entries;
}
#endif

static void play_entries(struct mm *parent, struct mm *child, const struct group_part *part,
			 bool forward)
{
	uint64_t table = page_table(parent, part->first);

	expect_entries(parent, part, forward ? part->before : part->after);
	expect_entries(child, part, forward ? part->child_before : part->child);
	runs_put(&parent->pages, table, forward ? part->after : part->before);
	runs_put(&child->pages, table, forward ? part->child : part->child_before);
}

void vma_group_play(struct machine *m, const struct event *event, bool forward)
{
	const struct vma_group *group = event->vma_group;

	if (forward)
		play_vmas(m, event, true);
	if (group->levels)
		play_tables(m, event, forward);
	if (group->copies)
		play_entries(event->src->mm, m->forks[event->fork].child, &group->part, forward);
	if (!forward)
		play_vmas(m, event, false);
}
