/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MADV_FREE: pages lose their dirty bits and PG_swapbacked. Reclaim then drops them, unless
 * they were written again by then. (mm/madvise.c, folio_mark_lazyfree())
 */
#include <errno.h>

#include "model/calls/madvise_private.h"

/* Is any of these pages locked by another process? Locked pages are unevictable. */
static bool locked_elsewhere(const struct machine *m, const struct mm *mm, uint64_t page)
{
	for (size_t i = 0; i < m->mm_count; i++) {
		const struct mm *other = m->mms[i];
		const struct vm_area *vma = other == mm || other->dead
						    ? NULL
						    : mm_vma_at(other, page_address(other, page));

		if (vma && vma->flags & VM_LOCKED)
			return true;
	}
	return false;
}

/* What becomes of a run that is alike, which ends at *last at the latest. */
static struct pte free_present(struct machine *m, const struct vm_area *vma, uint64_t page,
			       struct pte pte, uint64_t *last)
{
	uint64_t end;
	bool cached = rangeset_probe(&m->swap_cache, pte.frame, &end), mapped, shared;

	*last = min(*last, page + (end - pte.frame));
	mapped = frame_mapped(m, vma->mm, page, pte.frame, *last, last);
	shared = frame_shared(m, vma->mm, page, pte.frame, *last, last);
	if (cached && (mapped || shared)) /* folio_free_swap() */
		return pte;
	rangeset_remove(&m->swap_cache, pte.frame, pte.frame + (*last - page));
	if (!mapped || !locked_elsewhere(m, vma->mm, page))
		rangeset_add(&m->lazyfree, pte.frame, pte.frame + (*last - page));
	pte.attrs &= ~(PTE_DIRTY | PTE_YOUNG);
	return pte;
}

/* madvise_free_huge_pmd(): a whole unit, which no other process maps. */
static bool free_huge(struct machine *m, const struct vm_area *vma, uint64_t page, struct pte *pte,
		      uint64_t *last, struct model_error *error)
{
	if (folio_mapped_elsewhere(m, vma, page, *pte, *last, last))
		return true;
	if (pte->state != PTE_HUGE || !pmd_aligned(vma->mm, page) || !pmd_aligned(vma->mm, *last + 1))
		return not_modelled(error, "lazily freeing pages of a huge page: it is split, and its "
					   "content decides what is mapped then");
	*pte = free_present(m, vma, page, *pte, last);
	return true;
}

static bool free_run(struct machine *m, const struct vm_area *vma, uint64_t page, struct pte *pte,
		     uint64_t *last, struct model_error *error)
{
	switch ((enum pte_state)pte->state) {
	case PTE_SWAP:
	case PTE_HWPOISON:
		*pte = (struct pte){0};
		return true;
	case PTE_MARKER:
		if (pte->attrs & PTE_POISON)
			*pte = (struct pte){0};
		return true;
	case PTE_PRESENT:
	case PTE_HUGE:
		if (frame_kind(pte->frame) != FRAME_ANON || pte->attrs & PTE_SPECIAL)
			return true;
		if (pte->state == PTE_HUGE || pte->frame & FRAME_LARGE)
			return free_huge(m, vma, page, pte, last, error);
		*pte = free_present(m, vma, page, *pte, last);
		return true;
	default:
		return true;
	}
}

bool madvise_free(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last_page,
		  struct model_error *error)
{
	uint64_t forbidden = vma->flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB), last;

	if (forbidden)
		return refuse(error, EINVAL, "%s is set", flag_in(forbidden));
	if (!vma_is_anonymous(vma))
		return refuse(error, EINVAL, "free is for private anonymous memory");
	for (uint64_t page = first; page <= last_page && !m->exhausted; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last), before = pte;

		machine_work(m, m->mm_count);
		last = min(last, last_page);
		if (!free_run(m, vma, page, &pte, &last, error))
			return false;
		if (!pte_equal(pte, before))
			change_pte(m, vma->mm, page, last, pte);
	}
	return true;
}
