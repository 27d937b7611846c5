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

/* Entries of a block that can have the contiguous bit. */
static uint64_t cont_ptes(const struct paging *paging)
{
	return paging->page_shift == PAGE_SHIFT_DEFAULT ? 16 : 128;
}

/*
 * contpte_ptep_set_access_flags(): the entries of an aligned block that map a large folio in a
 * row become young and dirty together, with one fault. The kernel makes such blocks where it sets
 * many entries at once, as fork and a split do, and ends one where it changes a single entry:
 * they are in one run until then. Moves *page and *last to the ends of the blocks that are touched,
 * or *last to the end of the pages that are in none. Returns how many faults that is.
 */
static uint64_t contpte_faults(const struct touch *t, struct pte pte, uint64_t *page, uint64_t *last)
{
	const struct vm_area *vma = t->vma;
	const uint64_t block = cont_ptes(vma->mm->paging);
	uint64_t first = *page & ~(block - 1), end = 0;
	struct pte of_first = first < vma_first(vma) ? (struct pte){0} : vma_pte(vma, first, &end);
	bool aligned = !((pte.frame ^ *page) & (block - 1));

	if (!aligned || end < (first | (block - 1)) ||
	    !pte_equal(pte_advance(of_first, *page - first), pte)) {
		*last = min(*last, first | (block - 1));
		return *last - *page + 1;
	}
	*page = first;
	*last = min(*last | (block - 1), ((end + 1) & ~(block - 1)) - 1);
	return (*last - *page + 1) / block;
}

/* Can entries like this one be part of such a block? */
static bool may_be_contpte(const struct touch *t, struct pte pte)
{
	return t->vma->mm->paging->arch == ARCH_AARCH64 && pte.state == PTE_PRESENT &&
	       frame_kind(pte.frame) == FRAME_ANON && pte.frame & FRAME_LARGE &&
	       machine_behaviour(t->m, BEHAVIOUR_CONTPTE) == CONTPTE_YES;
}

uint64_t fault_access(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	const uint16_t wanted = PTE_YOUNG | (t->write ? PTE_DIRTY : 0);
	/* follow_trans_huge_pmd(FOLL_TOUCH) marks a huge entry as touch_pmd() does, without a fault. */
	bool faults = !t->gup && !t->m->paging.hardware_bits && (pte.attrs & wanted) != wanted;
	uint64_t count = last - page + 1, end;

	if (t->gup && (pte.state != PTE_HUGE || t->fast))
		return follow_only(t, page, last, pte);
	if (pte.state == PTE_HUGE) {
		uint64_t first = huge_first(t->vma->mm, page);

		last = huge_last(t->vma->mm, last);
		page = first;
		pte = vma_pte(t->vma, page, &end);
		count = (last - page + 1) / huge_pages(t->vma->mm);
	} else if (faults && may_be_contpte(t, pte)) {
		count = contpte_faults(t, pte, &page, &last);
		pte = vma_pte(t->vma, page, &end);
	}
	pte.attrs |= wanted;
	fault_settle(t, page, last, pte, faults ? OUTCOME_MARKED : OUTCOME_ACCESSED, faults ? count : 0, 0);
	return last;
}
