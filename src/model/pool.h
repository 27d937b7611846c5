/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pool of huge pages, and who has reserved some (mm/hugetlb.c). A mapping reserves what it
 * may need, a shared one for its file, a private one for the process that made it; its child
 * has no reservation, and may find the pool empty.
 */
#ifndef MODEL_POOL_H
#define MODEL_POOL_H

#include "model/machine.h"

static inline bool pool_is_limited(const struct machine *m)
{
	return m->limits[LIMIT_HUGEPAGES] != UNLIMITED;
}

/* Huge pages that are in use, those that are reserved, and those that are neither. */
uint64_t pool_in_use(const struct machine *m);
uint64_t pool_reserved(const struct machine *m);
uint64_t pool_free(const struct machine *m);

/* hugetlb_reserve_pages(), for a new mapping. */
bool pool_reserve(struct machine *m, struct vm_area *vma, struct model_error *error);
/* These pages of a process are unmapped: what it had reserved for them is free again. */
void pool_release(struct mm *mm, uint64_t first, uint64_t last);

/*
 * mremap() has moved the pages first..last of this VMA to `to`. Its reservation goes with them;
 * that of pages which stay is lost: no process can use it, and nothing gives it back
 * (clear_vma_resv_huge_pages()).
 */
void pool_move(struct machine *m, const struct vm_area *vma, uint64_t first, uint64_t last,
	       uint64_t to);

/* Pages of a private mapping are about to be discarded: its owner has them reserved again. */
void pool_reserve_again(struct vm_area *vma, uint64_t first, uint64_t last);

/* Is there a page for this unit that nobody else can take? */
bool pool_has_reserved(const struct vm_area *vma, uint64_t page);
/* alloc_hugetlb_folio(): pages are put there, from the reservation if there is one. */
void pool_take(struct vm_area *vma, uint64_t first, uint64_t last);

/*
 * unmap_ref_private(): the owner of a mapping may keep the page at `first`, for which there is
 * no copy: it is taken away from all others, and they get no page of that mapping any more.
 */
bool pool_is_owner(const struct vm_area *vma, uint64_t page);
void pool_take_away(struct machine *m, struct vm_area *vma, uint64_t first);
/*
 * Does that come to an end? Not if another process has the page at an address at which this
 * kernel does not look for it.
 */
bool pool_can_take_away(struct machine *m, const struct vm_area *vma, uint64_t first);
/* Was a page of this mapping taken away from the process? */
bool pool_is_lost(const struct vm_area *vma, uint64_t page);

#endif
