/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copy-on-write and swap-in: do_wp_page(), do_huge_pmd_wp_page(), do_swap_page(). */
#include "model/fault_private.h"
#include "model/hold.h"
#include "model/pool.h"

/*
 * wp_can_reuse_anon_folio() for a PTE-mapped page of a 2 MiB folio that no other
 * process maps. First, every mapped page held a reference, so only the last one
 * could be reused; later none, to free the folio sooner; since 6.15 all but the
 * last.
 */
static bool large_folio_reusable(const struct touch *t, uint64_t page, struct pte pte)
{
	uint64_t mapped = folio_pages_mapped(t->vma->mm, page, pte.frame);

	switch (machine_behaviour(t->m, BEHAVIOUR_LARGE_FOLIO_REUSE)) {
	case LARGE_FOLIO_REUSE_LAST:
		return mapped == 1;
	case LARGE_FOLIO_REUSE_NEVER:
		return false;
	case LARGE_FOLIO_REUSE_ALL_BUT_LAST:
		return mapped > 1;
	}
	return false;
}

bool anon_reusable(const struct touch *t, uint64_t page, uint64_t *last, struct pte pte)
{
	bool large = pte.frame & FRAME_LARGE, held, reuse;
	uint64_t end;

	if (frame_kind(pte.frame) == FRAME_KSM)
		return false;
	held = frame_held(t->m, pte.frame, &end);
	if (end - pte.frame < *last - page)
		*last = page + (end - pte.frame);
	held |= (pte.attrs & PTE_PINNED) != 0;
	if (large && folio_shared(t->m, t->vma->mm, page, pte.frame)) {
		*last = min(*last, huge_last(t->vma->mm, page));
		return false;
	}
	if (large) {
		/* One page at a time: copying it changes the answer for the next. */
		*last = page;
		return !held && large_folio_reusable(t, page, pte);
	}
	reuse = !frame_shared(t->m, t->vma->mm, page, pte.frame, *last, &end) && !held;
	*last = end;
	return reuse;
}

/* do_wp_page() on an anonymous page. */
static uint64_t wp_anon(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	bool reuse = pte.attrs & PTE_EXCLUSIVE || anon_reusable(t, page, &last, pte);
	uint64_t n = last - page + 1;

	pte.attrs |= written(t) | PTE_EXCLUSIVE;
	if (reuse) { /* folio_free_swap() */
		rangeset_remove(&t->m->swap_cache, pte.frame, pte.frame + n - 1);
	} else {
		pte.attrs &= ~(PTE_PINNED | PTE_UFFD_WP);
		pte.frame = machine_new_frames(t->m, n, false);
	}
	fault_settle(t, page, last, pte, reuse ? OUTCOME_REUSED : OUTCOME_COW, n, reuse ? 0 : n);
	return last;
}

/* A store to a present 4 KiB entry, or to the zero page, that may not be written. */
static uint64_t wp_page(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	uint64_t n = last - page + 1;
	bool zero = pte.state == PTE_ZERO;

	/* wp-async: the bit is cleared first. A stale one, without VM_UFFD_WP, stays. */
	if (t->vma->flags & VM_UFFD_WP)
		pte.attrs &= ~PTE_UFFD_WP;
	if (t->vma->flags & VM_SHARED) {
		pte.attrs |= written_writable(t);
		note_dirty(t->vma, page, last, pte);
		fault_settle(t, page, last, pte, OUTCOME_REUSED, n, 0);
		return last;
	}
	if (frame_is_anon(pte.frame))
		return wp_anon(t, page, last, pte);
	anon_vma_prepare(t->m, t->vma);
	pte = (struct pte){
		.state = PTE_PRESENT,
		.attrs = written(t) | PTE_EXCLUSIVE,
		.frame = machine_new_frames(t->m, n, false),
	};
	fault_settle(t, page, last, pte, zero ? OUTCOME_ZEROED : OUTCOME_COW, n, zero ? 0 : n);
	return last;
}

/*
 * Does another process map any part of the huge page at `first`? *end is set to
 * where the answer changes, at least one whole unit further.
 */
static bool huge_shared(const struct touch *t, uint64_t first, uint64_t frame, uint64_t *end)
{
	const uint64_t pages = huge_pages(t->vma->mm);
	uint64_t unit = huge_last(t->vma->mm, first), at, same;
	bool shared = frame_shared(t->m, t->vma->mm, first, frame, *end, &same);

	/* Another process's table may map small parts of it. */
	for (at = same + 1; at <= unit; at = same + 1)
		shared |= frame_shared(t->m, t->vma->mm, at, frame + (at - first), unit, &same);
	if (same < unit)
		same = unit;
	*end = min(*end, first + (same - first + 1) / pages * pages - 1);
	return shared;
}

bool huge_reusable(const struct touch *t, uint64_t first, uint64_t *end, struct pte pte)
{
	bool shared = huge_shared(t, first, pte.frame, end), held;
	uint64_t same;

	if (is_vm_hugetlb_page(t->vma)) /* hugetlb_wp() counts the entries, and no references */
		return !shared && !(pte.attrs & PTE_PINNED);
	held = frame_held(t->m, pte.frame, &same);
	if (same - pte.frame < *end - first)
		*end = first + (same - pte.frame);
	return !shared && !held && !(pte.attrs & PTE_PINNED);
}

bool huge_is_mine(const struct touch *t, uint64_t first, struct pte pte, uint64_t *end)
{
	if (t->vma->flags & VM_SHARED || pte.attrs & PTE_EXCLUSIVE)
		return true;
	return pte_has_frame(pte) && frame_kind(pte.frame) == FRAME_ANON &&
	       huge_reusable(t, first, end, pte);
}

/* hugetlb_wp() without a page for the copy: the owner keeps this one, if it is no page of a file. */
static bool keep_unit(const struct touch *t, uint64_t first, struct pte pte, uint64_t *end)
{
	if (!is_vm_hugetlb_page(t->vma) || !pool_is_limited(t->m))
		return false;
	*end = huge_last(t->vma->mm, first); /* the next one may find a page */
	if (frame_kind(pte.frame) == FRAME_FILE || pool_free(t->m) || !pool_is_owner(t->vma, first))
		return false;
	pool_take_away(t->m, t->vma, first);
	return true;
}

/* do_huge_pmd_wp_page(), hugetlb_wp(): a store to a huge entry that may not be written. */
static uint64_t wp_huge(const struct touch *t, uint64_t page, uint64_t last)
{
	struct vm_area *vma = t->vma;
	const uint64_t unit = huge_pages(vma->mm);
	uint64_t first = huge_first(vma->mm, page), end, units, whole;
	struct pte pte = vma_pte(vma, first, &end);
	bool zero = pte.attrs & PTE_SPECIAL && !pte_has_frame(pte);
	bool hugetlb = is_vm_hugetlb_page(vma), mine;
	/* With wp-async the bit is cleared page by page, so the entry must be split. */
	bool split = pte.attrs & PTE_UFFD_WP && vma->flags & VM_UFFD_WP && !hugetlb;

	end = min(end, huge_last(vma->mm, last));
	mine = huge_is_mine(t, first, pte, &end) || keep_unit(t, first, pte, &end);
	units = (end - first + 1) / unit;
	pte.attrs = (pte.attrs & ~(zero ? PTE_SPECIAL : 0)) | written(t);
	if (!mine || hugetlb || vma->flags & VM_UFFD_WP)
		pte.attrs &= ~PTE_UFFD_WP;
	if (!(vma->flags & VM_SHARED))
		pte.attrs |= PTE_EXCLUSIVE;
	if (mine && !split) {
		fault_settle(t, first, end, pte, OUTCOME_REUSED, units, 0);
		return end;
	}
	if (!mine)
		pte.attrs &= ~PTE_PINNED;
	if (hugetlb && frame_kind(pte.frame) == FRAME_FILE) { /* the first page of its own */
		anon_vma_prepare(t->m, vma);
		pool_take(vma, first, end);
	}
	if (hugetlb || (zero && !split && machine_behaviour(t->m, BEHAVIOUR_HUGE_ZERO_WRITE) ==
						  HUGE_ZERO_REPLACE)) {
		pte.frame = machine_new_frames(t->m, units * unit, true);
		fault_settle(t, first, end, pte, zero ? OUTCOME_ZEROED : OUTCOME_COW, units,
			     zero ? 0 : units);
		return end;
	}
	whole = page == first ? (min(last, end) - first + 1) / unit * unit : 0;
	if (!whole || frame_kind(pte.frame) == FRAME_FILE) {
		split_huge_pmd(t->m, vma, page);
		return page - 1; /* faults again, now on a small entry */
	}
	/* Every page of these units is written: the entry is split, then page by page. */
	pte.state = PTE_PRESENT;
	if (!mine)
		pte.frame = machine_new_frames(t->m, whole, false);
	fault_settle(t, first, first + whole - 1, pte,
		     mine ? OUTCOME_REUSED : zero ? OUTCOME_ZEROED : OUTCOME_COW, whole,
		     mine || zero ? 0 : whole);
	return first + whole - 1;
}

/*
 * do_swap_page(), with a swap device that is read synchronously (zram): an entry
 * without another user comes back exclusive, unless the page is in the swap cache:
 * because another process swapped it in before, or because the kernel always uses it.
 */
uint64_t fault_swap(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	const struct vm_area *vma = t->vma;
	uint64_t end, n;
	bool shared = frame_shared(t->m, vma->mm, page, pte.frame, last, &end), guarded, copy = false;
	bool exclusive = pte.attrs & PTE_EXCLUSIVE, cached;

	cached = rangeset_probe(&t->m->swap_cache, pte.frame, &n);
	if (n - pte.frame < end - page)
		end = page + (n - pte.frame);
	if (machine_behaviour(t->m, BEHAVIOUR_SWAPIN_CACHE) == SWAPIN_CACHE_BYPASSED)
		exclusive |= !shared && !cached;
	/* should_try_to_free_swap(): a written or locked page leaves the swap cache. */
	exclusive |= !shared && vma->flags & VM_LOCKED;
	if (shared)
		rangeset_add(&t->m->swap_cache, pte.frame, pte.frame + (end - page));
	else if (t->write || vma->flags & VM_LOCKED)
		rangeset_remove(&t->m->swap_cache, pte.frame, pte.frame + (end - page));
	guarded = pte.attrs & PTE_UFFD_WP && vma->flags & (VM_UFFD_WP | VM_UFFD_RWP);
	last = end;
	n = last - page + 1;
	pte.state = PTE_PRESENT;
	pte.attrs &= PTE_SOFT_DIRTY | PTE_UFFD_WP;
	pte.attrs |= PTE_YOUNG | (exclusive ? PTE_EXCLUSIVE : 0);
	if (t->write) {
		copy = shared && !exclusive;
		if (copy || vma->flags & VM_UFFD_WP)
			pte.attrs &= ~PTE_UFFD_WP;
		pte.attrs |= written(t) | PTE_EXCLUSIVE;
		if (copy)
			pte.frame = machine_new_frames(t->m, n, false);
	} else if (exclusive && !guarded && vma->flags & VM_WRITE && !soft_dirty_wp(vma, pte) &&
		   machine_behaviour(t->m, BEHAVIOUR_SWAPIN) == SWAPIN_WRITABLE) {
		pte.attrs |= PTE_WRITE;
	}
	fault_settle(t, page, last, pte, copy ? OUTCOME_COW : OUTCOME_SWAPIN, n, copy ? n : 0);
	return last;
}

uint64_t fault_write(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	return pte.state == PTE_HUGE ? wp_huge(t, page, last) : wp_page(t, page, last, pte);
}
