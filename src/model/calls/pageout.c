/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MADV_COLD and MADV_PAGEOUT: which pages are reclaimed, and the entries that replace them. */
#include <errno.h>

#include "model/calls/madvise_private.h"
#include "model/hold.h"

/* Page-cache pages are dropped; dirty shmem pages go to swap. */
static void evict(const struct vm_area *vma, uint64_t first, uint64_t last, bool dirty)
{
	first = linear_page_index(vma, first);
	last = linear_page_index(vma, last);
	rangeset_remove(&vma->object->cached, first, last);
	rangeset_remove(&vma->object->dirty, first, last);
	if (vma->backing == BACKING_SHMEM && dirty)
		rangeset_add(&vma->object->swapped, first, last);
}

/* Is the file's page mapped at another address of any process, too? */
static bool mapped_again(struct machine *m, const struct vm_area *vma, uint64_t page,
			 uint64_t frame, uint64_t *last)
{
	uint64_t index = linear_page_index(vma, page), end;
	bool again = false;

	for (size_t i = 0; i < m->mm_count && !again; i++) {
		if (m->mms[i]->dead)
			continue;
		machine_work(m, mm_vma_count(m->mms[i]));
		for_each_vma(m->mms[i], other) {
			struct pte pte;
			uint64_t at;

			if (other->object != vma->object || index >= other->pgoff + vma_pages(other))
				continue;
			if (index < other->pgoff) {
				*last = min(*last, page + (other->pgoff - index) - 1);
				continue;
			}
			at = object_page(other, index);
			if (at == page && other->mm == vma->mm)
				continue;
			pte = vma_pte(other, at, &end);
			again |= pte.frame == frame && (pte.state == PTE_PRESENT || pte.state == PTE_HUGE);
			*last = min(*last, page + (end - at));
		}
	}
	return again;
}

bool folio_mapped_elsewhere(const struct machine *m, const struct vm_area *vma, uint64_t page,
			    struct pte pte, uint64_t limit, uint64_t *last)
{
	bool shared = frame_mapped(m, vma->mm, page, pte.frame, limit, last);

	if (m->mm_count == 1)
		return false;
	if (shared || !(pte.frame & FRAME_LARGE))
		return shared;
	*last = min(*last, huge_last(vma->mm, page));
	return folio_mapped(m, vma->mm, page, pte.frame);
}

/* try_to_unmap_one(): an anonymous page that needs no place in swap. */
static bool dropped(const struct machine *m, const struct vm_area *vma, struct pte pte)
{
	return frame_kind(pte.frame) == FRAME_ANON &&
	       (vma->flags & VM_DROPPABLE ||
		(!(pte.attrs & PTE_DIRTY) && rangeset_has(&m->lazyfree, pte.frame)));
}

/* Does the kernel split it, and map its pages that contain only zeros to the zero page? */
static bool splits_written(const struct machine *m, struct pte pte)
{
	return machine_behaviour(m, BEHAVIOUR_LAZYFREE_HUGE) == LAZYFREE_HUGE_SPLIT_WRITTEN &&
	       (pte.state == PTE_HUGE || pte.frame & FRAME_LARGE) && frame_kind(pte.frame) == FRAME_ANON &&
	       pte.attrs & PTE_DIRTY && rangeset_has(&m->lazyfree, pte.frame);
}

/* Of a page that ksmd has merged: have all other entries gone? */
static bool ksm_mapped_once(const struct machine *m, uint64_t frame)
{
	uint64_t count = 0, last;

	for (size_t i = 0; i < m->mm_count; i++) {
		const struct runs *runs = &m->mms[i]->pages;

		for (uint64_t page = 0; !m->mms[i]->dead && page < runs->pages; page = last + 1)
			if (runs_at(runs, page, &last).frame == frame)
				count += last - page + 1;
	}
	return count == 1;
}

/*
 * Can fault-around map it again? A dirty page of a file is left to writeback, marked PG_reclaim.
 * That is PG_readahead to next_uptodate_folio(), which leaves such a page to a fault of its own,
 * as it does one that is gone. A pinned page is kept before that is asked.
 */
static bool stays_in_cache(const struct vm_area *vma, struct pte pte, bool held)
{
	bool dirty_file = vma->backing == BACKING_FILE && pte.attrs & PTE_DIRTY;

	return pte.attrs & PTE_PINNED || (held && !dirty_file);
}

/* One run: shrink_folio_list(). held: others than entries hold the pages, so they stay in memory. */
static void page_out(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		     struct pte pte, bool held)
{
	bool whole = pte.state == PTE_HUGE && dropped(m, vma, pte) &&
		     machine_behaviour(m, BEHAVIOUR_LAZYFREE_HUGE) == LAZYFREE_HUGE_WHOLE;
	struct pte now = {0};

	if (pte.state == PTE_HUGE && !whole)
		mm_populate_tables(m, vma->mm, first, last, LEVEL_PTE);
	if (dropped(m, vma, pte)) {
		rangeset_remove(&m->swap_cache, pte.frame, pte.frame + (last - first));
		rangeset_remove(&m->lazyfree, pte.frame, pte.frame + (last - first));
	} else if (frame_kind(pte.frame) == FRAME_ANON) {
		now = pte;
		now.state = PTE_SWAP;
		now.attrs &= PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_EXCLUSIVE;
		/* They are swapped in as small pages, whatever folio they belonged to. */
		if (now.frame & FRAME_LARGE)
			now.frame ^= FRAME_LARGE | FRAME_WAS_LARGE;
		if (held)
			rangeset_add(&m->swap_cache, now.frame, now.frame + (last - first));
		else
			rangeset_remove(&m->swap_cache, now.frame, now.frame + (last - first));
		rangeset_remove(&m->lazyfree, pte.frame, pte.frame + (last - first));
	} else {
		if (stays_in_cache(vma, pte, held)) /* is unmapped, and kept */
			note_dirty(vma, first, last, pte);
		else
			evict(vma, first, last, pte.attrs & PTE_DIRTY);
		if (pte.attrs & PTE_UFFD_WP && vma->flags & VM_UFFD_WP)
			now = (struct pte){.state = PTE_MARKER, .attrs = PTE_UFFD_WP};
	}
	change_pte(m, vma->mm, first, last, now);
}

/* May this run be reclaimed? It is mapped once, and on a list of pages that can be. */
static bool reclaimable(struct machine *m, const struct vm_area *vma, uint64_t page, struct pte pte,
			uint64_t *last)
{
	bool anon = frame_kind(pte.frame) == FRAME_ANON;

	if ((pte.state != PTE_PRESENT && pte.state != PTE_HUGE) || !pte.frame || pte.attrs & PTE_SPECIAL)
		return false;
	return !folio_mapped_elsewhere(m, vma, page, pte, *last, last) &&
	       !(!anon && vma->object->mapped_again && mapped_again(m, vma, page, pte.frame, last));
}

/* Ends the run where that changes whether the pages were lazily freed, or are unevictable. */
static void end_at_frames(const struct machine *m, uint64_t page, struct pte pte, uint64_t *last)
{
	uint64_t end;

	if (!pte.frame)
		return;
	rangeset_probe(&m->lazyfree, pte.frame, &end);
	*last = min(*last, page + (end - pte.frame));
	rangeset_probe(&m->mlocked, pte.frame, &end);
	*last = min(*last, page + (end - pte.frame));
}

/* A run that is mapped once. */
static void cold_or_pageout(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			    struct pte pte, bool held, enum advice advice)
{
	bool anon = frame_kind(pte.frame) == FRAME_ANON;
	bool stays = vma->backing == BACKING_SECRET || (anon && pte.attrs & PTE_PINNED) ||
		     (pte.frame && rangeset_has(&m->mlocked, pte.frame));

	if (advice == ADVICE_PAGEOUT && stays &&
	    machine_behaviour(m, BEHAVIOUR_PAGEOUT_YOUNG) == PAGEOUT_YOUNG_KEPT)
		return;
	if (advice == ADVICE_PAGEOUT && !stays) {
		if (held && dropped(m, vma, pte)) { /* not what somebody holds */
			if (vma->flags & VM_DROPPABLE ||
			    machine_behaviour(m, BEHAVIOUR_LAZYFREE_HELD) == LAZYFREE_HELD_KEPT)
				return;
			rangeset_remove(&m->lazyfree, pte.frame, pte.frame + (last - first));
		}
		page_out(m, vma, first, last, pte, held);
		return;
	}
	pte.attrs &= ~PTE_YOUNG;
	change_pte(m, vma->mm, first, last, pte);
}

bool madvise_cold_or_pageout(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last_page,
			     enum advice advice, struct model_error *error)
{
	uint64_t forbidden = vma->flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB), last;

	if (forbidden)
		return refuse(error, EINVAL, "%s is set", flag_in(forbidden));
	if (vma->backing == BACKING_MIXEDMAP) /* a driver's pages are on no LRU list */
		return true;
	for (uint64_t page = first; page <= last_page && !m->exhausted; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);
		uint64_t end;
		bool held;

		machine_work(m, m->mm_count);
		last = min(last, last_page);
		if (frame_kind(pte.frame) == FRAME_KSM) {
			if (ksm_mapped_once(m, pte.frame))
				return not_modelled(error, "reclaim of a merged page that is mapped once");
			continue;
		}
		end_at_frames(m, page, pte, &last);
		if (!reclaimable(m, vma, page, pte, &last))
			continue;
		held = frame_held(m, pte.frame, &end);
		if (end - pte.frame < last - page)
			last = page + (end - pte.frame);
		/* The kernel splits it, and maps the pages that contain only zeros to the zero page. */
		if ((pte.state == PTE_HUGE || pte.frame & FRAME_LARGE) &&
		    (!pmd_aligned(vma->mm, page) || !pmd_aligned(vma->mm, last + 1)))
			return not_modelled(error, "%s a part of a huge page: the result depends on "
						   "its content",
					    advice == ADVICE_PAGEOUT ? "paging out" : "marking as cold");
		if (advice == ADVICE_PAGEOUT && !(vma->flags & VM_DROPPABLE) && splits_written(m, pte))
			return not_modelled(error, "paging out a huge page that was written since it was lazily "
						   "freed: it is split, and its content decides what is mapped then");
		cold_or_pageout(m, vma, page, last, pte, held, advice);
	}
	return true;
}
