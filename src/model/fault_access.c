/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An entry that allows the access: who marks it young and dirty. A processor with hardware
 * access and dirty bits does so by itself. One without (aarch64 without FEAT_HAFDBS) faults, and
 * handle_pte_fault() or huge_pmd_set_accessed() does it, with ptep_set_access_flags(). Measured
 * on 6.12 and 7.3 with a Cortex-A72.
 */
#include "model/fault_private.h"

/*
 * follow_page_pte(FOLL_TOUCH) leaves the entry alone. What is to be written makes the page
 * dirty, instead of the entry.
 */
static uint64_t follow_only(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	if (!t->write || pte.attrs & PTE_DIRTY)
		return last;
	if (frame_kind(pte.frame) == FRAME_ANON)
		rangeset_remove(&t->m->lazyfree, pte.frame, pte.frame + (last - page));
	pte.attrs |= PTE_DIRTY;
	note_dirty(t->vma, page, last, pte);
	return last;
}

bool follow_forced(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	bool writes = pte.attrs & PTE_WRITE ||
		      (!(t->vma->flags & VM_WRITE) && frame_is_anon(pte.frame) &&
		       pte.attrs & PTE_EXCLUSIVE && !soft_dirty_wp(t->vma, pte));

	if (!writes || (pte.attrs & PTE_UFFD_WP && t->vma->flags & VM_UFFD_WP))
		return false;
	follow_only(t, page, last, pte);
	return true;
}

uint64_t fault_access(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	const uint16_t wanted = PTE_YOUNG | (t->write ? PTE_DIRTY : 0);
	uint64_t units = last - page + 1, end;
	bool faults;

	if (t->gup && pte.state != PTE_HUGE)
		return follow_only(t, page, last, pte);
	if (pte.state == PTE_HUGE) {
		uint64_t first = huge_first(t->vma->mm, page);

		last = huge_last(t->vma->mm, last);
		page = first;
		pte = vma_pte(t->vma, page, &end);
		units = (last - page + 1) / huge_pages(t->vma->mm);
	}
	/* follow_trans_huge_pmd(FOLL_TOUCH) marks a huge entry as touch_pmd() does, without a fault. */
	faults = !t->gup && !t->m->paging.hardware_bits && (pte.attrs & wanted) != wanted;
	pte.attrs |= wanted;
	fault_settle(t, page, last, pte, faults ? OUTCOME_MARKED : OUTCOME_ACCESSED, faults ? units : 0, 0);
	return last;
}
