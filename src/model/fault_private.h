/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the files that model page faults. */
#ifndef MODEL_FAULT_PRIVATE_H
#define MODEL_FAULT_PRIVATE_H

#include "base/minmax.h"
#include "model/fault.h"

struct touch {
	struct machine *m;
	struct vm_area *vma;
	bool write;
	uint64_t room; /* huge pages that the touch may still take: judge_all() */
	uint64_t commit_room; /* the same: pages that may still be promised; UINT64_MAX: any */
	bool grows; /* may a growsdown VMA grow? */
	bool gup;   /* faultin_page(): no processor sets bits of the entries */
	bool fast;  /* get_user_pages_fast(): huge entries are left alone, too */
	bool force; /* FOLL_FORCE: a store that the VMA need not allow */
};

/* mkwrite(pte_mkdirty()): what a store makes of an entry that may be written. */
static inline uint16_t written_writable(const struct touch *t)
{
	return PTE_WRITE | PTE_DIRTY | PTE_YOUNG | mm_soft_dirty(t->vma->mm);
}

/* maybe_mkwrite(pte_mkdirty()): what the fault for a store sets. */
static inline uint16_t written(const struct touch *t)
{
	return written_writable(t) & ~(t->vma->flags & VM_WRITE ? 0 : PTE_WRITE);
}

/*
 * The same where the fault on an empty page of anonymous memory makes an entry: one that may be written
 * is dirty at once, by a load as well. Where soft-dirty has to notice a store, a second fault
 * follows, which sets the bits.
 */
static inline uint16_t written_anew(const struct touch *t)
{
	bool noticed = t->write && vma_soft_dirty_enabled(t->vma);

	return t->vma->flags & VM_WRITE || noticed ? written(t) : PTE_YOUNG;
}

/* May the huge entry at `first` be made writable as it is? *end: where the answer changes, or less. */
bool huge_is_mine(const struct touch *t, uint64_t first, struct pte pte, uint64_t *end);

/* Records the event for first..last, then changes the entries. */
void fault_settle(const struct touch *t, uint64_t first, uint64_t last, struct pte pte,
		  enum outcome outcome, uint64_t faults, uint64_t cow_copies);

/* Does the context of this VMA have that feature? */
static inline bool uffd_has(const struct vm_area *vma, uint32_t feature)
{
	return vma->uffd && (vma->uffd->features & feature);
}

/* Is the page in the page cache? *last: the last page of the VMA with the same answer. */
bool page_cached(const struct vm_area *vma, uint64_t page, uint64_t *last);
/* The same, in the page cache or in swap. */
bool page_exists(const struct vm_area *vma, uint64_t page, uint64_t *last);

/* Pages of the VMA's file come into the page cache. */
void cache_pages(const struct vm_area *vma, uint64_t first, uint64_t last);

/*
 * What touching these pages leads to. False: not modelled. *page: the first that is not
 * TOUCH_OK, or not modelled. Changes nothing but t->vma.
 */
bool judge_all(struct touch *t, const struct mm *mm, const struct ranges *pages,
	       enum touch_result *result, uint64_t *page, struct model_error *error);
/* Touches all pages, for which judge_all() has said TOUCH_OK. */
bool touch_all(struct touch *t, const struct mm *mm, const struct ranges *pages,
	       struct model_error *error);

/* Pages of a file that are mapped now may have been pinned before. (pin.c) */
void mark_pinned_before(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last);

/*
 * Each of these handles the fault on `page`, and on the following ones up to `last`
 * with the same result, and returns the last page that is done. One that returns
 * page - 1 has only prepared it: the page faults again.
 */
uint64_t fault_none(const struct touch *t, uint64_t page, uint64_t last, bool marked);
/*
 * What a fault on a page without an entry leaves behind when its userfaultfd answers with
 * SIGBUS, or shmem may not get a page: all that the kernel does before it asks.
 */
void fault_unanswered(const struct touch *t, uint64_t page);
uint64_t fault_swap(const struct touch *t, uint64_t page, uint64_t last, struct pte pte);
uint64_t fault_write(const struct touch *t, uint64_t page, uint64_t last, struct pte pte);
/* Their entry allows the access. (fault_access.c) */
uint64_t fault_access(const struct touch *t, uint64_t page, uint64_t last, struct pte pte);

/*
 * can_follow_write_pte() of a store with FOLL_FORCE: the page is written without a fault, and
 * its entry stays. A page of a file becomes dirty. False: it has to be faulted in.
 */
bool follow_forced(const struct touch *t, uint64_t page, uint64_t last, struct pte pte);

/*
 * wp_can_reuse_anon_folio(): does this small page, which is not exclusive, belong to this
 * process alone, with no reference beside that of its entry? *last: limited to the pages
 * with the same answer.
 */
bool anon_reusable(const struct touch *t, uint64_t page, uint64_t *last, struct pte pte);
/* The same for the huge page of an entry that begins at `first`; *end: whole units. */
bool huge_reusable(const struct touch *t, uint64_t first, uint64_t *end, struct pte pte);

/*
 * Faults with FAULT_FLAG_UNSHARE: pages of first..last that are mapped, may be copied on
 * write and are not exclusive become so, without the write bit. any: those of a file, too,
 * and the zero page. judge_unshare() has to be asked before, with the room that judge_all() has
 * left: has the pool enough for those of hugetlb? (fault_unshare.c)
 */
bool judge_unshare(struct touch *t, uint64_t first, uint64_t last, bool any,
		   struct model_error *error);
void fault_unshare(const struct touch *t, uint64_t first, uint64_t last, bool any);

#endif
