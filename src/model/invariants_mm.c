/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address space: VMAs, their entries, the tables over them; and two of them. */
#include <stdlib.h>

#include "base/alloc.h"
#include "model/invariants.h"

/* --- VMAs ----------------------------------------------------------------------------- */

static bool flags_check(const struct vm_area *vma, struct inconsistency *found)
{
	bool shared = vma->flags & VM_SHARED;

	if (!(vma->flags & VM_HUGETLB) != (vma->backing != BACKING_HUGETLB))
		return inconsistent(found, "VM_HUGETLB is set on hugetlb, and on nothing else", vma, 0);
	if (!backing_allows(vma->backing, shared) || (vma->flags & VM_MAYSHARE && !shared))
		return inconsistent(found, "a VMA is shared or private although its backing cannot be", vma, 0);
	if (vma_is_anonymous(vma) == (vma->object != NULL))
		return inconsistent(found, "anonymous memory has no file, all other has", vma, 0);
	return true;
}

static bool vma_check(const struct machine *m, const struct vm_area *vma,
		      struct inconsistency *found)
{
	uint64_t unit = vma->backing == BACKING_HUGETLB ? PMD_SIZE : PAGE_SIZE;

	if (vma->start >= vma->end || (vma->start | vma->end) & (unit - 1))
		return inconsistent(found, "a VMA is empty, or does not begin and end with a page", vma, 0);
	if (machine_vma(m, vma->mm, vma->name) != vma)
		return inconsistent(found, "a VMA is not found by its name", vma, 0);
	if (vma->uffd && vma->uffd->mm != vma->mm)
		return inconsistent(found, "a userfaultfd watches another process", vma, 0);
	if (vma->anon_vma > m->next_anon_vma || (vma->anon_vma_cloned && !vma->anon_vma))
		return inconsistent(found, "an anon_vma was never allocated, or a chain has none", vma,
				    vma->anon_vma);
	return flags_check(vma, found);
}

static bool vmas_check(const struct machine *m, const struct mm *mm, struct inconsistency *found)
{
	size_t named = 0;

	for (size_t i = 0; i < mm->vma_count; i++) {
		const struct vm_area *vma = mm->vmas[i];

		found->looked++;
		if (vma->mm != mm)
			return inconsistent(found, "a VMA belongs to another process", vma, i);
		if (i && mm->vmas[i - 1]->end > vma->start)
			return inconsistent(found, "VMAs are not sorted, or overlap", vma, i);
		if (!vma_check(m, vma, found))
			return false;
	}
	for (size_t i = 0; i < mm->by_name_count; i++)
		named += mm->by_name[i] != NULL;
	return named == mm->vma_count ||
	       inconsistent(found, "a name belongs to a VMA that no longer exists", NULL, named);
}

/* --- entries ---------------------------------------------------------------------------- */

/* What an entry of that state points to. */
static bool frame_fits(const struct vm_area *vma, struct pte pte)
{
	enum frame_kind kind = frame_kind(pte.frame);

	switch ((enum pte_state)pte.state) {
	case PTE_NONE:
	case PTE_MARKER:
	case PTE_ZERO:
		return !pte.frame;
	case PTE_HUGE:
		return kind != FRAME_NOTHING || (pte.attrs & PTE_SPECIAL && vma_is_anonymous(vma));
	case PTE_SWAP:
		return kind == FRAME_ANON && !(pte.frame & FRAME_LARGE);
	default:
		return kind != FRAME_NOTHING;
	}
}

static bool file_frames_fit(const struct vm_area *vma, uint64_t page, uint64_t last, struct pte pte)
{
	uint64_t at = vma->pgoff + page;
	struct range missing;

	if (!vma->object || pte.frame != vma->object->frame + at)
		return false;
	return !ranges_next(&vma->object->cached, at, at + (last - page), false, &missing);
}

static bool frames_are_known(const struct machine *m, struct pte pte, uint64_t pages)
{
	uint64_t frame = pte.frame & ~(FRAME_WAS_LARGE | FRAME_LARGE), end = frame + pages;

	switch (frame_kind(pte.frame)) {
	case FRAME_ANON:
		if (pte.frame & (FRAME_LARGE | FRAME_WAS_LARGE))
			return end <= (m->next_large & ~FRAME_LARGE);
		return end <= m->next_anon;
	case FRAME_PFN:
		return end <= m->next_pfn;
	default:
		return true;
	}
}

/* Pages first..last, which are of one run. */
static bool entries_check(const struct machine *m, const struct vm_area *vma, uint64_t page,
			  uint64_t last, struct pte pte, struct inconsistency *found)
{
	bool hugetlb = is_vm_hugetlb_page(vma);

	if (pte.state >= PTE_STATES || pte.attrs & ~pte_state_attrs[pte.state])
		return inconsistent(found, "an entry has an attribute that its state cannot have", vma, page);
	if (pte.state == PTE_MARKER && !pte.attrs)
		return inconsistent(found, "a marker marks nothing", vma, page);
	if (pte.state == PTE_ZERO && !vma_is_anonymous(vma))
		return inconsistent(found, "the zero page is mapped in a file's VMA", vma, page);
	if (!frame_fits(vma, pte))
		return inconsistent(found, "an entry of this state cannot point to such a page", vma, page);
	if (frame_kind(pte.frame) == FRAME_FILE && !file_frames_fit(vma, page, last, pte))
		return inconsistent(found, "an entry maps a page that its file does not have there", vma,
				    page);
	if (!frames_are_known(m, pte, last - page + 1))
		return inconsistent(found, "an entry points to a page that was never allocated", vma, page);
	if (pte.attrs & PTE_EXCLUSIVE && vma->flags & VM_SHARED)
		return inconsistent(found, "a page of a shared mapping is exclusive", vma, page);
	if ((pte.state == PTE_HUGE || hugetlb) &&
	    (!pmd_aligned(vma, page) || !pmd_aligned(vma, last + 1)))
		return inconsistent(found, "the pages of one huge entry differ", vma, page);
	if (pte.state == PTE_HUGE && pte.frame & FRAME_LARGE && pte.frame % PTRS_PER_PTE)
		return inconsistent(found, "a huge entry maps the middle of a huge page", vma, page);
	if (hugetlb && (pte.state == PTE_PRESENT || pte.state == PTE_SWAP || pte.state == PTE_ZERO))
		return inconsistent(found, "hugetlb memory has a small entry", vma, page);
	return true;
}

/* --- tables ------------------------------------------------------------------------------- */

static bool covers(const struct ranges *tables, uint64_t first, uint64_t last, bool want)
{
	struct range part;

	return !ranges_next(tables, first, last, !want, &part);
}

/* An entry is in a table; a huge one is in the table above, and has none below. */
static bool tables_hold(const struct vm_area *vma, uint64_t page, uint64_t last, struct pte pte,
			struct inconsistency *found)
{
	const struct ranges *tables = vma->mm->tables;
	uint64_t start = page_address(vma, page), end = page_address(vma, last + 1) - 1;
	bool huge = pte.state == PTE_HUGE || is_vm_hugetlb_page(vma);
	enum table_level level = huge ? LEVEL_PMD : LEVEL_PTE;

	if (pte.state == PTE_NONE)
		return true;
	if (!covers(&tables[level], start >> TABLE_SHIFT(level), end >> TABLE_SHIFT(level), true))
		return inconsistent(found, "an entry is in no page table", vma, page);
	if (huge && !covers(&tables[LEVEL_PTE], start >> TABLE_SHIFT(LEVEL_PTE),
			    end >> TABLE_SHIFT(LEVEL_PTE), false))
		return inconsistent(found, "under a huge entry there is a table", vma, page);
	return true;
}

/* A table covers a part of a VMA: munmap() frees the others. */
static bool tables_are_used(const struct mm *mm, enum table_level level, struct range tables)
{
	for (uint64_t table = tables.first; table <= tables.last;) {
		uint64_t start = table << TABLE_SHIFT(level), end = (table + 1) << TABLE_SHIFT(level);
		size_t i = mm_find(mm, start);

		if (i == mm->vma_count || mm->vmas[i]->start >= end)
			return false;
		table = ((mm->vmas[i]->end - 1) >> TABLE_SHIFT(level)) + 1;
	}
	return true;
}

static bool table_sets_check(const struct machine *m, const struct mm *mm,
			     struct inconsistency *found)
{
	for (enum table_level level = LEVEL_PTE; level < TABLE_LEVELS; level++) {
		if (!ranges_are_sound(&mm->tables[level]))
			return inconsistent(found, "tables are not sorted, maximal ranges", NULL, level);
		if (level > machine_top_level(m) && mm->tables[level].n)
			return inconsistent(found, "there are tables above the top level", NULL, level);
	}
	return true;
}

static bool tables_check(const struct machine *m, const struct mm *mm, struct inconsistency *found)
{
	enum table_level top = machine_top_level(m);

	if (!table_sets_check(m, mm, found))
		return false;
	for (enum table_level level = LEVEL_PTE; level <= top; level++) {
		const struct ranges *tables = &mm->tables[level];

		found->looked += tables->n;
		for (size_t i = 0; i < tables->n; i++) {
			const struct range *r = &tables->v[i];

			if (level < top &&
			    !covers(&mm->tables[level + 1], r->first >> 9, r->last >> 9, true))
				return inconsistent(found, "a table is in no table of the level above", NULL,
						    r->first);
			if (!tables_are_used(mm, level, *r))
				return inconsistent(found, "a table covers no VMA", NULL, r->first);
		}
	}
	return true;
}

/* --- one page, one address -------------------------------------------------------------------- */

static int by_frame(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* An anonymous page is mapped at one address of a process. */
static bool frames_are_single(const struct mm *mm, struct inconsistency *found)
{
	struct range *frames = NULL;
	size_t n = 0, cap = 0;
	bool ok = true;

	for (size_t i = 0; i < mm->vma_count; i++) {
		const struct runs *runs = &mm->vmas[i]->pages;
		uint64_t last;

		for (uint64_t page = 0; page < runs->pages; page = last + 1) {
			uint64_t frame = runs_at(runs, page, &last).frame;

			if (frame_kind(frame) != FRAME_ANON)
				continue;
			GROW(frames, n, cap);
			frames[n++] = (struct range){frame, frame + (last - page)};
		}
	}
	if (n)
		qsort(frames, n, sizeof(*frames), by_frame);
	for (size_t i = 1; ok && i < n; i++)
		if (frames[i].first <= frames[i - 1].last)
			ok = inconsistent(found, "an anonymous page is mapped twice", NULL,
					  frames[i].first);
	free(frames);
	return ok;
}

bool mm_check(const struct machine *m, const struct mm *mm, struct inconsistency *found)
{
	found->mm = mm;
	if (!vmas_check(m, mm, found) || !tables_check(m, mm, found))
		return false;
	for (size_t i = 0; i < mm->vma_count; i++) {
		const struct vm_area *vma = mm->vmas[i];
		uint64_t last;

		if (vma->pages.pages != vma_pages(vma) || !runs_are_sound(&vma->pages))
			return inconsistent(found, "runs are not sorted and maximal, or do not cover the "
						   "VMA", vma, 0);
		found->looked += vma->pages.count;
		for (uint64_t page = 0; page < vma->pages.pages; page = last + 1) {
			struct pte pte = runs_at(&vma->pages, page, &last);

			if (!entries_check(m, vma, page, last, pte, found) ||
			    !tables_hold(vma, page, last, pte, found))
				return false;
		}
	}
	if (!frames_are_single(mm, found))
		return false;
	found->mm = NULL;
	return true;
}

/* --- parent and child ------------------------------------------------------------------------------ */

/* The entries of both at the same addresses: a page that both have is exclusive to neither. */
static bool share_check(const struct vm_area *parent, const struct vm_area *child,
			struct inconsistency *found)
{
	uint64_t at = parent->start > child->start ? parent->start : child->start;
	uint64_t end = parent->end < child->end ? parent->end : child->end;

	while (at < end) {
		uint64_t page = address_page(child, at), theirs = address_page(parent, at), last, other;
		struct pte a = runs_at(&parent->pages, theirs, &other);
		struct pte b = runs_at(&child->pages, page, &last);
		uint16_t alone = (a.attrs | b.attrs) & (PTE_EXCLUSIVE | PTE_WRITE);

		found->looked++;
		if (a.frame == b.frame && frame_kind(a.frame) == FRAME_ANON && alone &&
		    is_cow_mapping(child->flags))
			return inconsistent(found, "a page that parent and child share is exclusive or "
						   "writable", child, page);
		last -= page;
		other -= theirs;
		at += ((last < other ? last : other) + 1) << PAGE_SHIFT;
	}
	return true;
}

static uint64_t count_tables(const struct ranges *tables)
{
	return ranges_count(tables, 0, UINT64_MAX);
}

/* What a fork did to a child that has not changed since. */
static bool fork_check(const struct machine *m, const struct fork_record *fork,
		       struct inconsistency *found)
{
	uint64_t tables[TABLE_LEVELS] = {0};

	for (size_t i = 0; i < fork->vma_count; i++) {
		const struct fork_vma *vma = &fork->vmas[i];
		bool copied = vma->decision.what == DECISION_COPY;
		uint64_t last;

		found->looked++;
		if (!vma->dst != (vma->decision.what == DECISION_DONTCOPY))
			return inconsistent(found, "the child lacks a VMA, or has one that fork leaves out",
					    vma->src, i);
		if (!vma->dst)
			continue;
		if (vma->dst->start != vma->src->start || vma->dst->end != vma->src->end ||
		    vma->dst->name != vma->src->name || vma->dst->object != vma->src->object)
			return inconsistent(found, "the child's VMA is not the parent's", vma->dst, i);
		if ((vma->dst->anon_vma != 0) !=
		    (vma->src->anon_vma && vma->decision.what != DECISION_WIPE))
			return inconsistent(found, "the child's anon_vma does not go with the parent's",
					    vma->dst, i);
		if (!copied && (runs_at(&vma->dst->pages, 0, &last).state != PTE_NONE ||
				last + 1 != vma->dst->pages.pages))
			return inconsistent(found, "the child has entries that fork did not copy", vma->dst, 0);
	}
	for (size_t i = fork->first_event; i < fork->end_event; i++)
		if (m->events[i].kind == EVENT_TABLE)
			tables[m->events[i].level] += m->events[i].count;
	for (int level = 0; level < TABLE_LEVELS; level++)
		if (tables[level] != count_tables(&fork->child->tables[level]))
			return inconsistent(found, "the child's tables are not as many as were counted", NULL,
					    (uint64_t)level);
	return true;
}

bool sharing_check(const struct machine *m, struct inconsistency *found)
{
	const struct fork_record *fork = m->fork_count ? &m->forks[m->fork_count - 1] : NULL;

	if (fork && m->at == fork->end_event && m->event_count == fork->end_event &&
	    !fork_check(m, fork, found))
		return false;
	if (!m->child || m->child->dead || m->parent->dead)
		return true;
	for (size_t i = 0, j = 0; i < m->parent->vma_count && j < m->child->vma_count;) {
		const struct vm_area *parent = m->parent->vmas[i], *child = m->child->vmas[j];

		found->looked++;
		if (parent->start < child->end && child->start < parent->end &&
		    !share_check(parent, child, found))
			return false;
		if (parent->end <= child->end)
			i++;
		else
			j++;
	}
	return true;
}
