/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copy_pte_range() over many runs at once. The walk is planned first: which tables it meets,
 * how many runs they have, and what becomes of each sort of entry. Up to the first entry that
 * has to be copied by itself (pinned, huge) all is one group, if that is worth it.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "model/fork.h"
#include "model/fork/entry_group.h"

/* --- planning ---------------------------------------------------------------------------- */

struct plan {
	const struct vma_copy *copy;
	struct entry_group *group;
	struct pte last; /* the last entry of the part before */
	bool stopped;	 /* by an entry that is copied alone, at group->end */
};

/* Are all entries of the part's table in the part? */
static bool holds_all(const struct group_part *part)
{
	const struct pte_table *table = part->before.table;
	unsigned first, last, end;

	if (!table)
		return false;
	first = (unsigned)part->first & (table->shape->pages - 1u);
	last = (unsigned)part->last & (table->shape->pages - 1u);
	end = table->shape->n - 1u;
	if (first && (pte_table_kind(table, 0)->state != PTE_NONE || pte_table_end(table, 0) < first))
		return false;
	return last + 1 == table->shape->pages ||
	       (pte_table_kind(table, end)->state == PTE_NONE && table->shape->run[end].first <= last + 1);
}

/* Counts the part's events and entries by its kinds; false: they have to be looked at. */
static bool count_kinds(struct plan *plan, const struct group_part *part)
{
	const struct pte_table *table = part->before.table;
	struct entry_group *group = plan->group;
	uint64_t entries = 0;
	uint32_t events = 0;

	if (!holds_all(part))
		return false;
	for (unsigned i = 0; i < table->n; i++) {
		const struct pte_kind *kind = &table->kind[i];
		const struct entry_rule *rule;

		if (!kind->uses || kind->state == PTE_NONE)
			continue;
		rule = entry_rules_get(&group->rules, plan->copy,
				       (struct pte){kind->frame, kind->attrs, kind->state});
		if (rule->alone)
			return false;
		events += kind->uses;
		entries += rule->child.state != PTE_NONE ? kind->pages : 0;
	}
	group->count += events;
	group->entries += entries;
	return true;
}

/* The same run by run, up to an entry that is copied alone. */
static void count_runs(struct plan *plan, struct group_part *part)
{
	struct entry_group *group = plan->group;
	struct part_run run;

	for (uint64_t page = part->first; part_run_at(part, page, &run); page = run.last + 1) {
		const struct entry_rule *rule;

		if (run.pte.state == PTE_NONE)
			continue;
		rule = entry_rules_get(&group->rules, plan->copy, run.pte);
		if (rule->alone) {
			plan->stopped = true;
			group->end = run.first;
			part->last = run.first - 1;
			return;
		}
		group->count++;
		group->entries += rule->child.state != PTE_NONE ? run.last - run.first + 1 : 0;
	}
}

static void plan_part(struct plan *plan, uint64_t first, uint64_t last, struct entries entries)
{
	struct entry_group *group = plan->group;
	struct group_part part = {.first = first, .last = last, .entries = group->entries,
				  .events = group->count, .before = entries};
	struct part_run run;

	part_run_at(&part, first, &run);
	part.goes_on = run.pte.state != PTE_NONE && group->parts &&
		       group->part[group->parts - 1].last == first - 1 &&
		       pte_equal(pte_advance(plan->last, 1), run.pte);
	if (!count_kinds(plan, &part))
		count_runs(plan, &part);
	if (part.last + 1 == first) /* copied alone from its start on */
		return;
	group->count -= part.goes_on;
	entries_get(part.before);
	GROW(group->part, group->parts, group->part_cap);
	group->part[group->parts++] = part;
	part_run_at(&part, part.last, &run);
	plan->last = run.pte;
}

/* What a group over [first, end) would hold. */
static struct plan plan_group(const struct vma_copy *copy, uint64_t first, uint64_t end)
{
	const struct mm *mm = copy->src->mm;
	struct plan plan = {.copy = copy, .group = xcalloc(1, sizeof(*plan.group))};
	struct entry_group *group = plan.group;

	group->refs = 1;
	group->first = first;
	group->end = end;
	for (uint64_t page = first, last; page < end && !plan.stopped; page = last + 1) {
		uint64_t table = page_table(mm, page), last_table;
		struct entries entries = runs_table(&mm->pages, table, &last_table);

		machine_work(copy->m, 1);
		last = min(((last_table + 1) << mm->paging->table_bits) - 1, end - 1);
		if (entries.table) {
			plan_part(&plan, page, last, entries);
		} else if (entries.pte.state != PTE_NONE) {
			entries.pte = pte_advance(entries.pte, page_slot(mm, page));
			plan_part(&plan, page, last, entries);
		}
	}
	return plan;
}

/* --- carrying out -------------------------------------------------------------------------- */

/* All entries of a table: its kinds change, and what they become is the child's table. */
static void copy_table(const struct vma_copy *copy, const struct entry_group *group,
		       struct group_part *part)
{
	const struct pte_table *table = part->before.table;
	struct pte_change small[16], *change = small;
	struct pte_change *after, *child;
	struct mm *parent = copy->src->mm, *mm = copy->dst->mm;
	uint64_t last, number = page_table(parent, part->first);

	if (2u * table->n > ARRAY_SIZE(small))
		change = xmalloc(2u * table->n * sizeof(*change));
	after = change;
	child = change + table->n;
	for (unsigned i = 0; i < table->n; i++) {
		const struct pte_kind *kind = &table->kind[i];
		struct pte pte = {kind->frame, kind->attrs, kind->state};
		const struct entry_rule *rule = entry_rules_find(&group->rules, pte);

		after[i] = rule ? rule->after : pte_no_change(pte);
		child[i] = rule ? rule->child : pte_no_change(pte);
	}
	part->after = pte_table_map(part->before.table, after);
	part->child = pte_table_map(part->before.table, child);
	part->child_before = entries_get(runs_table(&mm->pages, number, &last));
	runs_put(&parent->pages, number, part->after);
	runs_put(&mm->pages, number, part->child);
	if (change != small)
		free(change);
}

/* Table and VMA overlap in part, or the entries are all alike. */
static void copy_runs(const struct vma_copy *copy, const struct entry_group *group,
		      struct group_part *part)
{
	struct mm *parent = copy->src->mm, *child = copy->dst->mm;
	uint64_t table = page_table(parent, part->first), last;
	struct part_run run;

	if (part->before.table)
		part->child_before = entries_get(runs_table(&child->pages, table, &last));
	for (uint64_t page = part->first; part_run_at(part, page, &run); page = run.last + 1) {
		const struct entry_rule *rule;

		if (run.pte.state == PTE_NONE)
			continue;
		rule = entry_rules_find(&group->rules, run.pte);
		runs_set(&parent->pages, page, run.last, pte_changed(run.pte, rule->after));
		runs_set(&child->pages, page, run.last, pte_changed(run.pte, rule->child));
	}
	if (!part->before.table)
		return;
	part->after = entries_get(runs_table(&parent->pages, table, &last));
	part->child = entries_get(runs_table(&child->pages, table, &last));
}

static uint64_t bytes_of(const struct entry_group *group)
{
	return sizeof(*group) + group->rules.n * sizeof(*group->rules.v) +
	       group->part_cap * sizeof(*group->part);
}

/* Has the process no entries at all in the table of that page? */
static bool has_none(const struct mm *mm, uint64_t page)
{
	uint64_t last;
	struct entries entries = runs_table(&mm->pages, page_table(mm, page), &last);

	return !entries.table && entries.pte.state == PTE_NONE;
}

static void carry_out(const struct vma_copy *copy, struct entry_group *group)
{
	/* When memory is exhausted nobody looks any more. */
	for (size_t i = 0; i < group->parts && !copy->m->exhausted; i++) {
		struct group_part *part = &group->part[i];
		const struct pte_table *table = part->before.table;

		machine_work(copy->m, 16);
		if (holds_all(part) && has_none(copy->dst->mm, part->first))
			copy_table(copy, group, part);
		else
			copy_runs(copy, group, part);
		if (table) {
			uint64_t bytes = entries_bytes(part->after, table) + entries_bytes(part->child, table);

			group->bytes += bytes + entries_bytes(part->before, NULL);
			machine_take(copy->m, bytes);
		}
	}
}

bool copy_group(const struct vma_copy *copy, uint64_t first, uint64_t *end)
{
	struct event e = vma_copy_event(copy, EVENT_ENTRY);
	struct plan plan;

	if (*end - first < copy->m->group_runs) /* as many runs, at the most */
		return false;
	plan = plan_group(copy, first, *end);
	*end = plan.group->end;
	if (plan.group->count < copy->m->group_runs || !machine_take(copy->m, bytes_of(plan.group))) {
		entry_group_put(plan.group);
		return false;
	}
	plan.group->bytes = bytes_of(plan.group);
	e.group = plan.group;
	event_add(copy->m, e);
	if (copy->m->exhausted) /* and the group is gone */
		return false;
	carry_out(copy, plan.group);
	return true;
}
