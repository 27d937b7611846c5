/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/decide.h"

#include "model/ranges.h"
#include "observe/paging.h"

/* The tables that are needed, by level and number. */
struct needed_tables {
	struct ranges level[TABLE_LEVELS];
	uint64_t deposits; /* deposited for huge entries of anonymous memory */
};

static uint64_t count(const struct ranges *set)
{
	uint64_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += set->v[i].last - set->v[i].first + 1;
	return n;
}

static int64_t all_tables(const struct needed_tables *tables)
{
	int64_t n = (int64_t)tables->deposits;

	for (enum table_level level = LEVEL_PTE; level <= paging_top(paging_observed()); level++)
		n += (int64_t)count(&tables->level[level]);
	return n;
}

static void need_range(struct needed_tables *tables, uint64_t start, uint64_t end, enum table_level from)
{
	for (enum table_level level = from; level <= paging_top(paging_observed()); level++)
		ranges_add(&tables->level[level], start >> TABLE_SHIFT(level),
			   (end - 1) >> TABLE_SHIFT(level));
}

/* Does a VMA have entries for certain? *maybe: some that may be none. */
static bool has_entries(const struct seen_vma *vma, bool *maybe)
{
	bool has = false;

	*maybe = !vma->pages_known;
	for (size_t i = 0; vma->pages_known && i < vma->run_count; i++) {
		bool none = vma->runs[i].page.states & 1u << PTE_NONE;

		has |= !none;
		*maybe |= none && seen_state(vma->runs[i].page) < 0;
	}
	return has;
}

static void need_entries(struct needed_tables *tables, const struct seen_vma *vma)
{
	for (size_t i = 0; i < vma->run_count; i++) {
		const struct seen_run *run = &vma->runs[i];
		uint64_t start = vma->start + run->first * PAGE_SIZE;
		bool huge = seen_state(run->page) == PTE_HUGE || vma->backing == BACKING_HUGETLB;

		if (run->page.states & 1u << PTE_NONE)
			continue;
		need_range(tables, start, start + run->count * PAGE_SIZE, huge ? LEVEL_PMD : LEVEL_PTE);
		if (huge && vma->backing != BACKING_HUGETLB)
			tables->deposits += run->count / PTRS_PER_PTE;
	}
}

/* Would walking the parent's VMA have needed a table that is not needed otherwise? */
static bool would_add(const struct needed_tables *tables, const struct seen_vma *vma)
{
	for (size_t i = 0; i < vma->run_count; i++) {
		const struct seen_run *run = &vma->runs[i];
		uint64_t first = vma->start + run->first * PAGE_SIZE;
		uint64_t last = first + run->count * PAGE_SIZE - 1;
		/* A huge entry needs no table of its own below the PMD. */
		bool huge = vma->backing == BACKING_HUGETLB || run->page.states & 1u << PTE_HUGE;
		enum table_level level = huge ? LEVEL_PMD : LEVEL_PTE;

		if (run->page.states & 1u << PTE_NONE)
			continue;
		if (ranges_count(&tables->level[level], first >> TABLE_SHIFT(level),
				 last >> TABLE_SHIFT(level)) == 0)
			return true;
	}
	return false;
}

void decide(struct seen_moment *moment)
{
	const struct seen_process *parent = &moment->parent, *child = &moment->child;
	struct needed_tables tables = {0}, most = {0};
	size_t open = 0, last_open = 0;
	int64_t needed, possible;

	for (size_t i = 0; i < parent->vma_count; i++) {
		struct seen_vma *src = &parent->vmas[i];
		const struct seen_vma *vma = seen_vma_at(child, src->start);
		bool maybe;

		if (!vma) {
			src->decision = DECISION_DONTCOPY;
		} else if (vma->flags_known & VM_WIPEONFORK && vma->flags & VM_WIPEONFORK) {
			src->decision = DECISION_WIPE;
		} else if (has_entries(vma, &maybe)) {
			src->decision = DECISION_COPY;
			need_entries(&tables, vma);
			/* The walk may have met empty tables, or those of an adjacent VMA. */
			need_range(&most, vma->start, vma->end, LEVEL_PTE);
		} else {
			open++;
			last_open = i;
		}
	}
	/* The minimum that the entries need, and the maximum that copying those VMAs can allocate. */
	needed = all_tables(&tables);
	possible = all_tables(&most);
	for (size_t i = 0; open && i < parent->vma_count; i++) {
		struct seen_vma *src = &parent->vmas[i];
		bool maybe;

		if (src->decision != SEEN_NO_DECISION)
			continue;
		if (moment->tables == needed && has_entries(src, &maybe) && would_add(&tables, src))
			src->decision = DECISION_SKIP;
		if (moment->tables > possible && open == 1 && i == last_open)
			src->decision = DECISION_COPY;
	}
	for (enum table_level level = LEVEL_PTE; level < TABLE_LEVELS; level++) {
		ranges_deinit(&tables.level[level]);
		ranges_deinit(&most.level[level]);
	}
}
