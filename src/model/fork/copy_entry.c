/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fork does with one entry, by its kind. The bits that matter:
 *
 *   cow        private and VM_MAYWRITE: parent and child lose the write bit
 *   protected  the child's VMA still has VM_UFFD_WP (or RWP): its uffd bits stay
 *   exclusive  PageAnonExclusive: gone once the page is shared, unless it is
 *              pinned; then the child gets a page of its own at once
 *
 * Runs carry frames; a copied run gets new ones.
 */
#include "model/fault.h"
#include "model/fork.h"

static bool cow(const struct vma_copy *copy)
{
	return is_cow_mapping(copy->src->flags);
}

static bool protected(const struct vma_copy *copy)
{
	return copy->dst->flags & (VM_UFFD_WP | VM_UFFD_RWP);
}

/* The child's uffd bit: kept only if its VMA is still protected. */
static uint16_t child_attrs(const struct vma_copy *copy, uint16_t attrs)
{
	return protected(copy) ? attrs : (uint16_t)(attrs & ~PTE_UFFD_WP);
}

/* copy_present_page(): the caller, who knows how many, fills in the frames. */
static void copy_pinned(const struct vma_copy *copy, struct pte pte, struct entry_copy *to)
{
	to->outcome = OUTCOME_COPIED;
	to->src = pte;
	to->dst = pte;
	to->dst.attrs = PTE_DIRTY | PTE_YOUNG | mm_soft_dirty(copy->dst->mm) | PTE_EXCLUSIVE;
	if (protected(copy) && pte.attrs & PTE_UFFD_WP)
		to->dst.attrs |= PTE_UFFD_WP;
	else if (copy->dst->flags & VM_WRITE)
		to->dst.attrs |= PTE_WRITE;
}

/*
 * An entry whose access RWP removed, and a child that is not registered: 7.3
 * restores access with the child's vm_page_prot, which in a private VMA has no
 * write bit.
 */
static uint16_t restored(const struct vma_copy *copy, struct pte pte)
{
	bool rwp = pte.attrs & PTE_UFFD_WP && copy->src->flags & VM_UFFD_RWP && !protected(copy);

	return rwp && shared_prot_writable(copy->dst) ? PTE_WRITE : 0;
}

static bool must_copy(const struct vma_copy *copy, struct pte pte)
{
	return copy->src->mm->has_pinned && (pte.attrs & PTE_PINNED) &&
	       (pte.attrs & PTE_EXCLUSIVE);
}

/* copy_present_ptes(). */
static void copy_present(const struct vma_copy *copy, struct pte pte, struct entry_copy *to)
{
	if (must_copy(copy, pte)) {
		copy_pinned(copy, pte, to);
		return;
	}
	if (pte.state == PTE_ZERO || pte.attrs & PTE_SPECIAL)
		to->outcome = OUTCOME_PFN;
	else
		to->outcome = frame_is_anon(pte.frame) ? OUTCOME_SHARED : OUTCOME_FILE;
	to->src = pte;
	to->src.attrs &= ~PTE_EXCLUSIVE;
	if (cow(copy))
		to->src.attrs &= ~PTE_WRITE;
	to->dst = to->src;
	to->dst.attrs = child_attrs(copy, to->dst.attrs & ~PTE_YOUNG) | restored(copy, pte);
	if (copy->src->flags & VM_SHARED)
		to->dst.attrs &= ~PTE_DIRTY;
}

/* copy_pte_marker(). */
static void copy_marker(const struct vma_copy *copy, struct pte pte, struct entry_copy *to)
{
	bool wp = copy->dst->flags & VM_UFFD_WP;

	to->src = to->dst = pte;
	switch (machine_behaviour(copy->m, BEHAVIOUR_MARKER_FORK)) {
	case MARKER_FORK_RAW_ALWAYS:
		break;
	case MARKER_FORK_RAW_IF_WP:
		if (!wp)
			to->dst.attrs = 0;
		break;
	case MARKER_FORK_PER_BIT:
		if (!wp)
			to->dst.attrs &= ~PTE_UFFD_WP;
		break;
	}
	if (!to->dst.attrs)
		to->dst = (struct pte){0};
	to->outcome = to->dst.attrs ? OUTCOME_MARKER : OUTCOME_DROPPED;
}

/* copy_nonpresent_pte(). */
static void copy_nonpresent(const struct vma_copy *copy, struct pte pte, struct entry_copy *to)
{
	to->outcome = OUTCOME_SOFTWARE;
	to->src = to->dst = pte;
	switch ((enum pte_state)pte.state) {
	case PTE_SWAP:
		to->outcome = OUTCOME_SWAP;
		to->src.attrs &= ~PTE_EXCLUSIVE;
		break;
	case PTE_MIGRATION:
		if (!cow(copy))
			break;
		if (is_vm_hugetlb_page(copy->src) && pte.attrs & (PTE_WRITE | PTE_EXCLUSIVE))
			to->src.attrs &= ~PTE_SOFT_DIRTY;
		to->src.attrs &= ~(PTE_WRITE | PTE_EXCLUSIVE);
		break;
	case PTE_DEVICE_PRIVATE:
		to->src.attrs &= ~PTE_EXCLUSIVE;
		if (pte.attrs & PTE_WRITE && cow(copy))
			to->src.attrs &= ~(PTE_WRITE | PTE_SOFT_DIRTY);
		break;
	default:
		break;
	}
	to->dst = to->src;
	to->dst.attrs = child_attrs(copy, to->dst.attrs);
}

/* copy_huge_pmd(). */
static void copy_huge(const struct vma_copy *copy, struct pte pte, struct entry_copy *to)
{
	bool pfn = frame_kind(pte.frame) == FRAME_PFN;

	to->src = to->dst = pte;
	if (pfn ? machine_behaviour(copy->m, BEHAVIOUR_SPECIAL_PMD) == SPECIAL_PMD_SKIP
		: !vma_is_anonymous(copy->dst) || frame_kind(pte.frame) == FRAME_FILE) {
		to->outcome = OUTCOME_FILE_HUGE;
		to->dst = (struct pte){0};
		return;
	}
	if (must_copy(copy, pte)) {
		to->split = true;
		return;
	}
	if (!pfn) {
		to->src.attrs &= ~(PTE_WRITE | PTE_EXCLUSIVE);
		to->deposit = true;
	} else if (cow(copy)) {
		to->src.attrs &= ~PTE_WRITE;
	}
	to->outcome = pte.attrs & PTE_SPECIAL ? OUTCOME_PFN : OUTCOME_HUGE;
	to->dst = to->src;
	to->dst.attrs = child_attrs(copy, to->dst.attrs & ~PTE_YOUNG);
}

/* copy_hugetlb_page_range(), one entry. */
static void copy_hugetlb(const struct vma_copy *copy, struct pte pte, struct entry_copy *to)
{
	bool stale = machine_behaviour(copy->m, BEHAVIOUR_HUGETLB_UFFD_FORK) ==
		     HUGETLB_UFFD_FORK_STALE;

	if (must_copy(copy, pte)) {
		copy_pinned(copy, pte, to);
		if (stale) {
			to->dst.attrs &= ~PTE_UFFD_WP;
			to->dst.attrs |= PTE_WRITE;
		}
		if (copy->dst->flags & VM_WRITE)
			return;
		/* Older kernels make it as for a store, even if the VMA is not writable. */
		if (machine_behaviour(copy->m, BEHAVIOUR_HUGETLB_PINNED_COPY) ==
		    HUGETLB_PINNED_COPY_PROT)
			to->dst.attrs &= ~(PTE_DIRTY | PTE_SOFT_DIRTY);
		else if (!(to->dst.attrs & PTE_UFFD_WP))
			to->dst.attrs |= PTE_WRITE;
		return;
	}
	to->src = pte;
	to->outcome = OUTCOME_FILE;
	if (cow(copy)) {
		to->src.attrs &= ~(PTE_WRITE | PTE_EXCLUSIVE);
		to->outcome = OUTCOME_SHARED;
	}
	to->dst = to->src;
	if (!stale)
		to->dst.attrs = child_attrs(copy, to->dst.attrs) | restored(copy, pte);
}

struct entry_copy copy_entry(const struct vma_copy *copy, struct pte pte)
{
	struct entry_copy to = {0};

	switch ((enum pte_state)pte.state) {
	case PTE_PRESENT:
	case PTE_ZERO:
		copy_present(copy, pte, &to);
		break;
	case PTE_DEVICE_EXCLUSIVE:
		/* restore_exclusive_pte(): becomes an ordinary entry, and is copied as one. */
		pte.state = PTE_PRESENT;
		copy_present(copy, pte, &to);
		break;
	case PTE_HUGE:
		if (is_vm_hugetlb_page(copy->src))
			copy_hugetlb(copy, pte, &to);
		else
			copy_huge(copy, pte, &to);
		break;
	case PTE_MARKER:
		copy_marker(copy, pte, &to);
		break;
	default:
		copy_nonpresent(copy, pte, &to);
		break;
	}
	return to;
}
