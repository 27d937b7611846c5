/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FAULT_FLAG_UNSHARE: before a page is pinned for reading, the process gets one of its own,
 * so that the pin sees later stores. The entry stays read-only. (do_wp_page(),
 * do_huge_pmd_wp_page() and hugetlb_wp() with `unshare`)
 */
#include <errno.h>

#include "model/fault_private.h"
#include "model/pool.h"

/* The entry of a new page: wp_page_copy() keeps these bits of the old one. */
static struct pte unshared_pte(const struct touch *t, struct pte old, enum pte_state state,
			       uint64_t pages)
{
	return (struct pte){
		.state = (uint8_t)state,
		.attrs = (old.attrs & (PTE_SOFT_DIRTY | PTE_UFFD_WP)) | PTE_YOUNG | PTE_EXCLUSIVE,
		.frame = machine_new_frames(t->m, pages, state == PTE_HUGE),
	};
}

static uint64_t unshare_small(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	bool zero = pte.state == PTE_ZERO;
	bool reuse = frame_is_anon(pte.frame) && anon_reusable(t, page, &last, pte);
	uint64_t n = last - page + 1;

	if (reuse) {
		rangeset_remove(&t->m->swap_cache, pte.frame, pte.frame + n - 1);
		pte.attrs |= PTE_EXCLUSIVE;
		fault_settle(t, page, last, pte, OUTCOME_REUSED, n, 0);
		return last;
	}
	anon_vma_prepare(t->m, t->vma);
	fault_settle(t, page, last, unshared_pte(t, pte, PTE_PRESENT, n),
		     zero ? OUTCOME_ZEROED : OUTCOME_COW, n, zero ? 0 : n);
	return last;
}

/* Only an anonymous page can be reused. A THP that cannot is split; the fault is retried. */
static uint64_t unshare_huge(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	const struct vm_area *vma = t->vma;
	uint64_t first = huge_first(vma->mm, page), end = huge_last(vma->mm, last), units;
	bool reuse = frame_is_anon(pte.frame);

	pte = vma_pte(vma, first, &units);
	end = min(end, units);
	if (is_vm_hugetlb_page(vma) && pool_is_limited(t->m))
		end = huge_last(vma->mm, first); /* the pool may have no page for the next one */
	if (reuse)
		reuse = huge_reusable(t, first, &end, pte);
	units = (end - first + 1) / huge_pages(vma->mm);
	if (reuse) {
		pte.attrs |= PTE_EXCLUSIVE;
		fault_settle(t, first, end, pte, OUTCOME_REUSED, units, 0);
		return end;
	}
	if (is_vm_hugetlb_page(vma) && frame_kind(pte.frame) == FRAME_FILE) {
		anon_vma_prepare(t->m, t->vma);
		pool_take(t->vma, first, end);
	} else if (is_vm_hugetlb_page(vma) && !pool_free(t->m)) { /* judge_unshare(): it is the owner's */
		pool_take_away(t->m, t->vma, first);
		pte.attrs |= PTE_EXCLUSIVE;
		fault_settle(t, first, end, pte, OUTCOME_REUSED, units, 0);
		return end;
	}
	if (is_vm_hugetlb_page(vma)) {
		fault_settle(t, first, end, unshared_pte(t, pte, PTE_HUGE, end - first + 1),
			     OUTCOME_COW, units, units);
		return end;
	}
	split_huge_pmd(t->m, t->vma, page);
	return page - 1;
}

/* gup_must_unshare() */
static bool must_unshare(const struct vm_area *vma, struct pte pte, bool any)
{
	if (pte.state != PTE_PRESENT && pte.state != PTE_HUGE && pte.state != PTE_ZERO)
		return false;
	if (frame_is_anon(pte.frame))
		return !(pte.attrs & PTE_EXCLUSIVE);
	return any && is_cow_mapping(vma->flags) && frame_kind(pte.frame) != FRAME_PFN;
}

/* A page of hugetlb, which has to be unshared: where is its copy to come from? */
static bool judge_unit(struct touch *t, uint64_t first, struct pte pte, struct model_error *error)
{
	uint64_t end = huge_last(t->vma->mm, first);

	bool file = frame_kind(pte.frame) == FRAME_FILE;

	if (file ? pool_has_reserved(t->vma, first) : huge_reusable(t, first, &end, pte))
		return true;
	if (t->room) {
		t->room--;
		return true;
	}
	if (file || !pool_is_owner(t->vma, first))
		return refuse(error, EFAULT, "page %llu cannot be copied: the pool of huge pages is empty",
			      (unsigned long long)mm_named_page(t->vma->mm, first));
	return pool_can_take_away(t->m, t->vma, first) || not_finished(error);
}

bool judge_unshare(struct touch *t, uint64_t first, uint64_t last, bool any,
		   struct model_error *error)
{
	uint64_t end;

	if (!is_vm_hugetlb_page(t->vma) || !pool_is_limited(t->m))
		return true;
	for (uint64_t page = huge_first(t->vma->mm, first); page <= last; page = huge_last(t->vma->mm, page) + 1) {
		struct pte pte = vma_pte(t->vma, page, &end);

		if (must_unshare(t->vma, pte, any) && !judge_unit(t, page, pte, error))
			return false;
	}
	return true;
}

void fault_unshare(const struct touch *t, uint64_t first, uint64_t last, bool any)
{
	uint64_t end;

	for (uint64_t page = first; page <= last && !t->m->exhausted; page = end + 1) {
		struct pte pte = vma_pte(t->vma, page, &end);

		machine_work(t->m, t->m->mm_count);
		end = min(end, last);
		if (!must_unshare(t->vma, pte, any))
			continue;
		end = pte.state == PTE_HUGE ? unshare_huge(t, page, end, pte)
					    : unshare_small(t, page, end, pte);
	}
}
