/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk. It descends one step for each level that exists in the parent; the child's
 * table of a level is allocated before the entries below are read, which is
 * why empty tables are normal.
 *
 *   copy_p4d_range   for each table of the parent ...
 *    copy_pud_range    allocate the child's, then
 *     copy_pmd_range     descend; handles huge entries
 *      copy_pte_range      handles all other entries, run by run
 */
#include "model/fork.h"

#include "base/minmax.h"
#include "model/fault.h"

/* VMAs that span more PTE tables than this are walked many tables at a time. */
#define ONE_BY_ONE 32

/* Allocates those of the child's tables first..last of this level that are missing. */
static void alloc_tables(const struct vma_copy *copy, enum table_level level,
			 uint64_t first, uint64_t last)
{
	struct mm *child = copy->dst->mm;
	struct range part;

	while (first <= last && rangeset_next(&child->tables[level], first, last, false, &part)) {
		struct event e = vma_copy_event(copy, EVENT_TABLE);

		e.level = (uint8_t)level;
		e.first = part.first;
		e.count = part.last - part.first + 1;
		e.address = part.first << table_shift(child->paging, level);
		if (e.address < copy->src->start)
			e.address = copy->src->start;
		event_add(copy->m, e);
		change_add_tables(copy->m, child, level, part.first, part.last);
		first = part.last + 1;
	}
}

static void copy_range(const struct vma_copy *copy, uint64_t start, uint64_t end);

/* copy_huge_pmd() saw a pinned page: splits the parent's entry, and copies small ones. */
static void split_and_copy(const struct vma_copy *copy, uint64_t page)
{
	const struct mm *mm = copy->src->mm;
	uint64_t table = page_table(mm, page);

	split_huge_pmd(copy->m, copy->src, page);
	alloc_tables(copy, LEVEL_PTE, table, table);
	copy_range(copy, page_address(mm, huge_first(mm, page)),
		   page_address(mm, huge_last(mm, page) + 1));
}

/* Copies the run at `page`, which ends before `stop`; returns the page behind it. */
static uint64_t copy_run(const struct vma_copy *copy, uint64_t page, uint64_t stop)
{
	struct machine *m = copy->m;
	struct entry_copy to;
	struct event e;
	uint64_t last;
	struct pte pte = vma_pte(copy->src, page, &last);

	last = min(last, stop - 1);
	if (pte.state == PTE_NONE)
		return last + 1;
	to = copy_entry(copy, pte);
	if (to.split) {
		split_and_copy(copy, page);
		return huge_last(copy->src->mm, page) + 1;
	}
	if (to.outcome == OUTCOME_COPIED)
		to.dst.frame = machine_new_frames(m, last - page + 1, pte.state == PTE_HUGE);
	e = vma_copy_event(copy, EVENT_ENTRY);
	e.outcome = (uint8_t)to.outcome;
	e.address = page_address(copy->src->mm, page);
	e.first = page;
	e.count = last - page + 1;
	e.before = pte;
	e.after = to.src;
	e.child = to.dst;
	e.deposits = to.deposit;
	event_add(m, e);
	change_entry(m, &e);
	return last + 1;
}

/* Copies the entries of [start, end): many runs as a group, others one by one. */
static void copy_range(const struct vma_copy *copy, uint64_t start, uint64_t end)
{
	uint64_t page = address_page(copy->src->mm, start), stop = address_page(copy->src->mm, end);

	while (page < stop && !copy->m->exhausted) {
		uint64_t group_end = stop;

		if (copy_group(copy, page, &group_end))
			page = group_end;
		while (page < group_end && !copy->m->exhausted)
			page = copy_run(copy, page, group_end);
		/* What a group cannot hold. */
		if (page < stop && !copy->m->exhausted)
			page = copy_run(copy, page, stop);
	}
}

/* copy_pmd_range() over one PMD table or many alike. */
static void copy_pmds(const struct vma_copy *copy, uint64_t start, uint64_t end, bool one_by_one)
{
	const unsigned shift = table_shift(&copy->m->paging, LEVEL_PTE);

	while (start < end && !copy->m->exhausted) {
		uint64_t table = start >> shift, last, stop;
		bool has = mm_has_table(copy->src->mm, LEVEL_PTE, table, &last);

		if (has && one_by_one)
			last = table;
		stop = last >= (end - 1) >> shift ? end : (last + 1) << shift;
		if (has)
			alloc_tables(copy, LEVEL_PTE, table, (stop - 1) >> shift);
		copy_range(copy, start, stop);
		start = stop;
	}
}

static void copy_level(const struct vma_copy *copy, enum table_level level, uint64_t start,
		       uint64_t end, bool one_by_one)
{
	const struct rangeset *tables = &copy->src->mm->tables[level];
	const unsigned shift = table_shift(&copy->m->paging, level);
	uint64_t first = start >> shift, last = (end - 1) >> shift;
	struct range part;

	while (first <= last && rangeset_next(tables, first, last, true, &part)) {
		uint64_t from, to;

		if (one_by_one)
			part.last = part.first;
		from = part.first << shift > start ? part.first << shift : start;
		to = part.last == last ? end : (part.last + 1) << shift;
		alloc_tables(copy, level, part.first, part.last);
		if (level == LEVEL_PMD)
			copy_pmds(copy, from, to, one_by_one);
		else
			copy_level(copy, level - 1, from, to, one_by_one);
		first = part.last + 1;
	}
}

/* copy_hugetlb_page_range(): looks up each huge page; skips those without a table. */
static void copy_hugetlb_range(const struct vma_copy *copy)
{
	const struct vm_area *vma = copy->src;
	const unsigned shift = table_shift(&copy->m->paging, LEVEL_PMD);
	uint64_t first = vma->start >> shift, last = (vma->end - 1) >> shift;
	struct range part;

	while (first <= last &&
	       rangeset_next(&vma->mm->tables[LEVEL_PMD], first, last, true, &part)) {
		uint64_t from = part.first << shift, to = (part.last + 1) << shift;

		from = from < vma->start ? vma->start : from;
		to = to > vma->end ? vma->end : to;
		for (int level = (int)machine_top_level(copy->m); level >= LEVEL_PMD; level--)
			alloc_tables(copy, (enum table_level)level,
				     from >> table_shift(&copy->m->paging, level),
				     (to - 1) >> table_shift(&copy->m->paging, level));
		copy_range(copy, from, to);
		first = part.last + 1;
	}
}

void copy_page_range(const struct vma_copy *copy)
{
	const struct vm_area *vma = copy->src;
	uint64_t span = page_table(vma->mm, vma_last(vma)) - page_table(vma->mm, vma_first(vma));

	if (is_vm_hugetlb_page(vma)) {
		copy_hugetlb_range(copy);
		return;
	}
	copy_level(copy, machine_top_level(copy->m), vma->start, vma->end, span <= ONE_BY_ONE);
}
