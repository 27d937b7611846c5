/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address space: VMAs, their entries, the tables over them; and two of them. */
#include <stdlib.h>

#include "base/alloc.h"
#include "model/check/invariants.h"

/* --- VMAs ----------------------------------------------------------------------------- */

static bool flags_check(const struct vm_area *vma, struct inconsistency *found)
{
	bool shared = vma->flags & VM_SHARED;

	if (!(vma->flags & VM_HUGETLB) != (vma->backing != BACKING_HUGETLB))
		return inconsistent(found, "VM_HUGETLB is set on hugetlb, and on nothing else", vma, 0);
	if (!backing_allows(vma->backing, shared) ||
	    (vma->flags & VM_MAYSHARE && !shared && !flags_opened_for_reading(vma->backing, vma->flags)))
		return inconsistent(found, "a VMA is shared or private although its backing cannot be", vma, 0);
	if (vma_is_anonymous(vma) == (vma->object != NULL))
		return inconsistent(found, "anonymous memory has no file, all other has", vma, 0);
	return true;
}

static bool vma_check(const struct machine *m, const struct vm_area *vma,
		      struct inconsistency *found)
{
	const struct paging *paging = vma->mm->paging;
	uint64_t unit = vma->backing == BACKING_HUGETLB ? pmd_size(paging) : page_size(paging);

	if (vma->start >= vma->end || (vma->start | vma->end) & (unit - 1))
		return inconsistent(found, "a VMA is empty, or does not begin and end with a page", vma, 0);
	if (vma->uffd && vma->uffd->mm != vma->mm)
		return inconsistent(found, "a userfaultfd watches another process", vma, 0);
	if (vma->anon_vma > m->next_anon_vma || (vma->anon_vma_cloned && !vma->anon_vma))
		return inconsistent(found, "an anon_vma was never allocated, or a chain has none", vma,
				    vma->anon_vma);
	return flags_check(vma, found);
}

/* Each address of a mapping has a name, whose stretch it lies in. */
static bool names_check(const struct mm *mm, struct inconsistency *found)
{
	struct span_place place;
	const struct span *span;

	if (!spans_are_sound(&mm->names))
		return inconsistent(found, "names are not sorted, or overlap", NULL, 0);
	for (span = spans_find(&mm->names, 0, &place); span; span = spans_next(&mm->names, &place)) {
		struct stretch stretch = mm_stretch(mm, span->value);

		found->looked++;
		if (span->start < stretch.start || span->end > stretch.end)
			return inconsistent(found, "an address has a name that does not reach there", NULL,
					    span->start);
	}
	for_each_vma(mm, vma)
		for (uint64_t at = vma->start, end; at < vma->end; at = end)
			/* A stack can grow over addresses that never had one. */
			if (!mm_name_at(mm, at, &end) && !vma_is_anonymous(vma))
				return inconsistent(found, "a mapped address has no name", vma, at);
	return true;
}

static bool vmas_check(const struct machine *m, const struct mm *mm, struct inconsistency *found)
{
	if (!spans_are_sound(&mm->vmas))
		return inconsistent(found, "VMAs are not sorted, or overlap", NULL, 0);
	for_each_vma(mm, vma) {
		found->looked++;
		if (vma->mm != mm)
			return inconsistent(found, "a VMA belongs to another process", vma, 0);
		if (!vma_check(m, vma, found))
			return false;
	}
	return names_check(mm, found);
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
	uint64_t at = linear_page_index(vma, page);
	struct range missing;

	if (!vma->object || pte.frame != vma->object->frame + at)
		return false;
	return !rangeset_next(&vma->object->cached, at, at + (last - page), false, &missing);
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
	case FRAME_KSM:
		return frame < m->next_ksm;
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
	/* UFFDIO_ZEROPAGE puts it into private memory of a file. */
	if (pte.state == PTE_ZERO && vma->flags & VM_SHARED)
		return inconsistent(found, "the zero page is mapped in shared memory", vma, page);
	if (!frame_fits(vma, pte))
		return inconsistent(found, "an entry of this state cannot point to such a page", vma, page);
	if (frame_kind(pte.frame) == FRAME_FILE && !file_frames_fit(vma, page, last, pte))
		return inconsistent(found, "an entry maps a page that its file does not have there", vma,
				    page);
	if (!frames_are_known(m, pte, last - page + 1))
		return inconsistent(found, "an entry points to a page that was never allocated", vma, page);
	if (frame_kind(pte.frame) == FRAME_KSM && pte.attrs & (PTE_EXCLUSIVE | PTE_WRITE))
		return inconsistent(found, "a merged page is exclusive or writable", vma, page);
	if (pte.attrs & PTE_EXCLUSIVE && vma->flags & VM_SHARED)
		return inconsistent(found, "a page of a shared mapping is exclusive", vma, page);
	if ((pte.state == PTE_HUGE || hugetlb) &&
	    (!pmd_aligned(vma->mm, page) || !pmd_aligned(vma->mm, last + 1)))
		return inconsistent(found, "the pages of one huge entry differ", vma, page);
	if (pte.state == PTE_HUGE && pte.frame & FRAME_LARGE && pte.frame % huge_pages(vma->mm))
		return inconsistent(found, "a huge entry maps the middle of a huge page", vma, page);
	if (hugetlb && (pte.state == PTE_PRESENT || pte.state == PTE_SWAP || pte.state == PTE_ZERO))
		return inconsistent(found, "hugetlb memory has a small entry", vma, page);
	return true;
}

/* --- tables ------------------------------------------------------------------------------- */

static bool covers(const struct rangeset *tables, uint64_t first, uint64_t last, bool want)
{
	struct range part;

	return !rangeset_next(tables, first, last, !want, &part);
}

/* An entry is in a table; a huge one is in the table above, and has none below. */
static bool tables_hold(const struct vm_area *vma, uint64_t page, uint64_t last, struct pte pte,
			struct inconsistency *found)
{
	const struct rangeset *tables = vma->mm->tables;
	const unsigned bits = vma->mm->paging->table_bits;
	bool huge = pte.state == PTE_HUGE || is_vm_hugetlb_page(vma);
	enum table_level level = huge ? LEVEL_PMD : LEVEL_PTE;

	if (pte.state == PTE_NONE)
		return true;
	if (!covers(&tables[level], page >> bits * (level + 1), last >> bits * (level + 1), true))
		return inconsistent(found, "an entry is in no page table", vma, page);
	if (huge && !covers(&tables[LEVEL_PTE], page >> bits, last >> bits, false))
		return inconsistent(found, "under a huge entry there is a table", vma, page);
	return true;
}

/* A table covers a part of a VMA: munmap() frees the others. */
static bool tables_are_used(const struct mm *mm, enum table_level level, struct range tables)
{
	const unsigned shift = table_shift(mm->paging, level);

	for (uint64_t table = tables.first; table <= tables.last;) {
		const struct vm_area *vma = mm_find(mm, table << shift);

		if (!vma || vma->start >= (table + 1) << shift)
			return false;
		table = ((vma->end - 1) >> shift) + 1;
	}
	return true;
}

static bool table_sets_check(const struct machine *m, const struct mm *mm,
			     struct inconsistency *found)
{
	struct range part;

	for (enum table_level level = LEVEL_PTE; level < TABLE_LEVELS; level++) {
		if (!rangeset_is_sound(&mm->tables[level]))
			return inconsistent(found, "tables are not sorted, maximal ranges", NULL, level);
		if (level > machine_top_level(m) && rangeset_from(&mm->tables[level], 0, &part))
			return inconsistent(found, "there are tables above the top level", NULL, level);
	}
	return true;
}

static bool tables_check(const struct machine *m, const struct mm *mm, struct inconsistency *found)
{
	enum table_level top = machine_top_level(m);
	struct range part;

	if (!table_sets_check(m, mm, found))
		return false;
	for (enum table_level level = LEVEL_PTE; level <= top; level++)
		for_each_range(&mm->tables[level], part) {
			found->looked++;
			if (level < top &&
			    !covers(&mm->tables[level + 1], part.first >> mm->paging->table_bits,
				    part.last >> mm->paging->table_bits, true))
				return inconsistent(found, "a table is in no table of the level above", NULL,
						    part.first);
			if (!tables_are_used(mm, level, part))
				return inconsistent(found, "a table covers no VMA", NULL, part.first);
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

	for (uint64_t page = 0, last; page < mm->pages.pages; page = last + 1) {
		uint64_t frame = runs_at(&mm->pages, page, &last).frame;

		if (frame_kind(frame) != FRAME_ANON)
			continue;
		GROW(frames, n, cap);
		frames[n++] = (struct range){frame, frame + (last - page)};
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

/* Where nothing is mapped there are no entries; elsewhere they fit their VMA. */
static bool pages_check(const struct machine *m, const struct mm *mm, struct inconsistency *found)
{
	uint64_t last;

	if (!runs_are_sound(&mm->pages))
		return inconsistent(found, "runs are not sorted and maximal", NULL, 0);
	found->looked += mm->pages.count;
	for (uint64_t page = 0; page < mm->pages.pages; page = last + 1) {
		struct pte pte = runs_at(&mm->pages, page, &last);
		const struct vm_area *vma;

		if (pte.state == PTE_NONE)
			continue;
		vma = mm_vma_at(mm, page_address(mm, page));
		if (!vma)
			return inconsistent(found, "there is an entry where nothing is mapped", NULL, page);
		pte = vma_pte(vma, page, &last);
		if (!entries_check(m, vma, page, last, pte, found) ||
		    !tables_hold(vma, page, last, pte, found))
			return false;
	}
	return true;
}

bool mm_check(const struct machine *m, const struct mm *mm, struct inconsistency *found)
{
	found->mm = mm;
	if (!vmas_check(m, mm, found) || !tables_check(m, mm, found) ||
	    !pages_check(m, mm, found) || !frames_are_single(mm, found))
		return false;
	found->mm = NULL;
	return true;
}

/* --- parent and child ------------------------------------------------------------------------------ */

/* A private page that another process has, too, is not exclusive, and not writable. */
static bool share_check(const struct mm *mm, const struct mm *other, struct inconsistency *found)
{
	uint64_t last;

	for (uint64_t page = 0; page < mm->pages.pages; page = last + 1) {
		struct pte pte = runs_at(&mm->pages, page, &last);
		uint64_t moved, same, home = mm_home(mm, page, &moved);
		const struct vm_area *vma;

		found->looked++;
		if (frame_kind(pte.frame) != FRAME_ANON || !(pte.attrs & (PTE_EXCLUSIVE | PTE_WRITE)))
			continue;
		last = last < moved ? last : moved;
		vma = mm_vma_at(mm, page_address(mm, page));
		if (mm_has_frame(other, home, pte.frame, home + (last - page), &same) && vma &&
		    is_cow_mapping(vma->flags))
			return inconsistent(found, "a page that parent and child share is exclusive or "
						   "writable", vma, page);
		last = page + (same - home);
	}
	return true;
}

static uint64_t count_tables(const struct rangeset *tables)
{
	return rangeset_count(tables, 0, UINT64_MAX);
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
		    vma->dst->object != vma->src->object)
			return inconsistent(found, "the child's VMA is not the parent's", vma->dst, i);
		if ((vma->dst->anon_vma != 0) !=
		    (vma->src->anon_vma && vma->decision.what != DECISION_WIPE))
			return inconsistent(found, "the child's anon_vma does not go with the parent's",
					    vma->dst, i);
		if (!copied && (vma_pte(vma->dst, vma_first(vma->dst), &last).state != PTE_NONE ||
				last != vma_last(vma->dst)))
			return inconsistent(found, "the child has entries that fork did not copy", vma->dst, 0);
	}
	for (size_t i = fork->first_event; i < fork->end_event; i++)
		if (machine_event(m, i)->kind == EVENT_TABLE)
			tables[machine_event(m, i)->level] += machine_event(m, i)->count;
	for (int level = 0; level < TABLE_LEVELS; level++)
		if (tables[level] != count_tables(&fork->child->tables[level]))
			return inconsistent(found, "the child's tables are not as many as were counted", NULL,
					    (uint64_t)level);
	return true;
}

bool sharing_check(const struct machine *m, struct inconsistency *found)
{
	const struct fork_record *fork = m->fork_count ? &m->forks[m->fork_count - 1] : NULL;

	if (fork && fork->kind == FORK_FORK && m->at == fork->end_event && m->event_count == fork->end_event &&
	    !fork_check(m, fork, found))
		return false;
	if (!m->child || m->child == m->parent || m->child->dead || m->parent->dead)
		return true;
	return share_check(m->parent, m->child, found) && share_check(m->child, m->parent, found);
}
