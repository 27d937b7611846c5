/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dup_mmap() over many small VMAs at once. It is planned first which of them lie under one
 * PTE table and need nothing special, and what becomes of their entries. Up to the first one
 * that has to be duplicated by itself all are one group, if that is worth it.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "model/fork.h"
#include "model/fork/vma_group.h"

/* VMAs of more sorts are not put together. */
#define SORTS_MAX 8

/* --- planning ---------------------------------------------------------------------------- */

struct dup_plan {
	struct machine *m;
	uint32_t fork;
	struct mm *parent, *child;
	struct vma_group *group;
};

/* Does fork nothing to it for flags, a userfaultfd, or tables of huge pages? */
static bool is_plain(const struct vm_area *src)
{
	const uint64_t special = VM_DONTCOPY | VM_WIPEONFORK | VM_LOCKED | VM_LOCKONFAULT |
				 VM_UFFD_FLAGS;

	return !(src->flags & special) && !src->uffd && !is_vm_hugetlb_page(src);
}

static bool is_under(const struct vm_area *src, const struct group_part *table)
{
	return vma_first(src) >= table->first && vma_last(src) <= table->last;
}

/* How VMAs like this one fare; NULL: there are too many sorts. */
static struct vma_sort *sort_of(const struct dup_plan *plan, const struct vm_area *src)
{
	struct vma_group *group = plan->group;
	const struct vma_sort like = {
		.flags = src->flags, .backing = src->backing, .anon_vma = src->anon_vma != 0};
	struct vma_sort *sort;

	for (size_t i = 0; i < group->sorts; i++) {
		sort = &group->sort[i];
		if (sort->flags == like.flags && sort->backing == like.backing &&
		    sort->anon_vma == like.anon_vma)
			return sort;
	}
	if (group->sorts == SORTS_MAX)
		return NULL;
	GROW(group->sort, group->sorts, group->sort_cap);
	sort = &group->sort[group->sorts++];
	*sort = like;
	sort->decision =
		vma_needs_copy(machine_clauses(plan->m), src->flags, src->flags, like.anon_vma);
	return sort;
}

/* The levels at which the parent has a table there, and the child has none, as bits. */
static unsigned missing_levels(const struct dup_plan *plan)
{
	uint64_t table = page_table(plan->parent, plan->group->part.first);
	unsigned bits = plan->m->paging.table_bits, missing = 0;

	for (unsigned level = machine_top_level(plan->m) + 1; level-- > LEVEL_PTE;) {
		if (!rangeset_has(&plan->parent->tables[level], table >> bits * level))
			break;
		if (!rangeset_has(&plan->child->tables[level], table >> bits * level))
			missing |= 1u << level;
	}
	return missing;
}

/* Counts the entries of the VMA; false: one of them has to be copied alone. */
static bool count_entries(const struct dup_plan *plan, struct vm_area *src, struct vma_sort *sort,
			  uint32_t *events, uint64_t *entries)
{
	/* What the child's VMA will be like, as to its entries. */
	const struct vma_copy copy = {.m = plan->m, .src = src, .dst = src};
	const struct group_part *part = &plan->group->part;
	uint64_t page = vma_first(src), last = vma_last(src);
	struct part_run run;

	for (; page <= last && part_run_at(part, page, &run); page = run.last + 1) {
		const struct entry_rule *rule;

		if (run.pte.state == PTE_NONE)
			continue;
		rule = entry_rules_get(&sort->rules, &copy, run.pte);
		if (rule->alone)
			return false;
		(*events)++;
		*entries += rule->child.state != PTE_NONE ? min(run.last, last) - page + 1 : 0;
	}
	return true;
}

/* Adds a VMA; false: the group ends before it. */
static bool plan_vma(const struct dup_plan *plan, struct vm_area *src)
{
	struct vma_group *group = plan->group;
	struct vma_sort *sort;
	uint32_t events = 0;
	uint64_t entries = 0;
	bool walks;

	if (!is_plain(src) || !is_under(src, &group->part) || !(sort = sort_of(plan, src)))
		return false;
	walks = sort->decision.what == DECISION_COPY;
	if (walks && !count_entries(plan, src, sort, &events, &entries))
		return false;
	group->copies |= events != 0;
	if (walks && group->walker == SIZE_MAX) {
		group->walker = group->vmas;
		group->levels = missing_levels(plan);
		for (int level = 0; level < TABLE_LEVELS; level++)
			group->cost.tables[level] = group->levels >> level & 1;
	}
	if (walks && group->walker == group->vmas)
		events += (uint32_t)cost_tables(&group->cost);
	GROW(group->vma, group->vmas, group->vma_cap);
	group->vma[group->vmas++] = (struct group_vma){
		.event = group->count, .sort = (uint32_t)(sort - group->sort)};
	group->count += 3 + sort->anon_vma + events;
	group->cost.entries += entries;
	return true;
}

/* Makes plan->group what a group of VMAs from `first` on would be. */
static void plan_group(struct dup_plan *plan, size_t first, uint64_t *committed)
{
	const struct fork_record *fork = &plan->m->forks[plan->fork];
	uint64_t page = vma_first(fork->vmas[first].src), last;
	struct vma_group *group = plan->group = xcalloc(1, sizeof(*group));

	group->refs = 1;
	group->walker = SIZE_MAX;
	group->part = (struct group_part){.first = huge_first(plan->parent, page),
					  .last = huge_last(plan->parent, page)};
	group->part.before = entries_get(
		runs_table(&plan->parent->pages, page_table(plan->parent, page), &last));
	for (size_t i = first; i < fork->vma_count; i++) {
		struct vm_area *src = fork->vmas[i].src;
		uint64_t charged = *committed;

		if (!fork_may_account(plan->m, src, &charged) || !plan_vma(plan, src))
			break;
		*committed = charged;
	}
}

/* --- carrying out -------------------------------------------------------------------------- */

/* Appends the pages first..last of a part's table to another one. */
static void append_same(struct pte_table **to, const struct group_part *from, uint64_t first,
			uint64_t last)
{
	struct part_run run;

	for (; first <= last && part_run_at(from, first, &run); first = run.last + 1)
		pte_table_append(to, (unsigned)(first - from->first), run.pte);
}

/* The same to the parent's table and the child's, after fork. */
static void append_copied(struct pte_table **after, struct pte_table **child,
			  const struct group_part *part, const struct vm_area *vma,
			  const struct entry_rules *rules)
{
	uint64_t page = vma_first(vma), last = vma_last(vma);
	struct part_run run;

	for (; page <= last && part_run_at(part, page, &run); page = run.last + 1) {
		const struct entry_rule *rule =
			run.pte.state == PTE_NONE ? NULL : entry_rules_find(rules, run.pte);
		unsigned at = (unsigned)(page - part->first);

		pte_table_append(after, at, rule ? pte_changed(run.pte, rule->after) : run.pte);
		pte_table_append(child, at, rule ? pte_changed(run.pte, rule->child) : run.pte);
	}
}

/* The tables of parent and child after the group. */
static void copy_entries(const struct dup_plan *plan, const struct fork_vma *vma)
{
	struct vma_group *group = plan->group;
	struct group_part *part = &group->part, child_before = *part;
	const unsigned pages = (unsigned)(part->last - part->first + 1);
	struct pte_table *after = pte_table_begin(pages, pages);
	struct pte_table *child = pte_table_begin(pages, pages);
	uint64_t page = part->first, last, bytes;

	part->child_before = child_before.before = entries_get(
		runs_table(&plan->child->pages, page_table(plan->child, page), &last));
	for (size_t i = 0; i < group->vmas; i++, vma++) {
		const struct vma_sort *sort = &group->sort[group->vma[i].sort];

		if (sort->decision.what != DECISION_COPY)
			continue;
		append_same(&after, part, page, vma_first(vma->src) - 1);
		append_same(&child, &child_before, page, vma_first(vma->src) - 1);
		append_copied(&after, &child, part, vma->src, &sort->rules);
		page = vma_last(vma->src) + 1;
	}
	append_same(&after, part, page, part->last);
	append_same(&child, &child_before, page, part->last);
	part->after = pte_table_finish(after);
	part->child = pte_table_finish(child);
	bytes = entries_bytes(part->after, NULL) + entries_bytes(part->child, NULL);
	group->bytes += bytes;
	machine_take(plan->m, bytes);
}

/* vm_area_dup(), anon_vma_fork(), and the decision. */
static void dup_vmas(const struct dup_plan *plan, struct fork_vma *vma)
{
	struct vma_group *group = plan->group;

	for (size_t i = 0; i < group->vmas; i++, vma++) {
		const struct vm_area *src = vma->src;

		vma->dst = machine_new_vma_like(plan->m, src);
		vma->dst->anon_vma = 0;
		vma->dst->anon_vma_cloned = false;
		vma->dst->mm = plan->child;
		vma->decision = group->sort[group->vma[i].sort].decision;
		if (src->anon_vma)
			group->vma[i].anon_vma = ++plan->m->next_anon_vma;
	}
}

static uint64_t bytes_of(const struct vma_group *group)
{
	return sizeof(*group) + group->vma_cap * sizeof(*group->vma) +
	       group->sort_cap * sizeof(*group->sort);
}

size_t dup_group(struct machine *m, uint32_t fork, size_t first, uint64_t *committed)
{
	struct fork_vma *vma = &m->forks[fork].vmas[first];
	struct dup_plan plan = {m, fork, m->forks[fork].parent, m->forks[fork].child, NULL};
	uint64_t charged = *committed;
	struct event e = {.kind = EVENT_VMA, .src = vma->src, .address = vma->src->start,
			  .fork = fork, .vma = (uint32_t)first};
	size_t vmas;

	plan_group(&plan, first, &charged);
	vmas = plan.group->vmas;
	if (vmas < m->group_runs || !vmas || !machine_take(m, bytes_of(plan.group))) {
		vma_group_put(plan.group);
		return 0;
	}
	plan.group->bytes = bytes_of(plan.group) + entries_bytes(plan.group->part.before, NULL);
	dup_vmas(&plan, vma);
	if (plan.group->copies)
		copy_entries(&plan, vma);
	e.vma_group = plan.group;
	event_add(m, e);
	if (m->exhausted) /* and the group is gone */
		return vmas;
	*committed = charged;
	machine_work(m, 8 * vmas);
	vma_group_play(m, &e, true);
	return vmas;
}
