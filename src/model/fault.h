/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page faults, and those parts of them that other system calls need. */
#ifndef MODEL_FAULT_H
#define MODEL_FAULT_H

#include "model/machine.h"
#include "model/syscalls.h"

/* anon_vma_prepare(): gives the VMA an anon_vma, an adjacent VMA's where it fits. */
void anon_vma_prepare(struct machine *m, struct vm_area *vma);

/*
 * __get_user_pages() without a pin: faults in pages of the VMA. *result: TOUCH_OK, or how
 * *page ends, the first that cannot be: then nothing has changed. False: not modelled.
 */
bool fault_in(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last, bool write,
	      enum touch_result *result, uint64_t *page, struct model_error *error);

/*
 * populate_vma_page_range(): faults in pages of the VMA, for mlock and mprotect. An error
 * where one cannot be.
 */
bool populate(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
	      struct model_error *error);

/* Flags from mmap's and mprotect's PROT; VM_ACCOUNT if they make it count (accountable_mapping()). */
uint64_t prot_flags(unsigned prot);
uint64_t account_flag(uint64_t flags);

/*
 * Do entries of this shared VMA get the write bit at once, without write notification?
 * (VM_SHARED, VM_WRITE, and not vma_wants_writenotify().)
 */
bool shared_prot_writable(const struct vm_area *vma);

/* vma_soft_dirty_enabled(), as the kernel has it. So it is after clear-refs soft-dirty. */
static inline bool vma_flag_soft_dirty_enabled(const struct vm_area *vma)
{
	return vma->mm->paging->soft_dirty && !(vma->flags & VM_SOFTDIRTY);
}

/* Does the kernel want to know of the next store to each page? hugetlb has no part in it. */
static inline bool vma_soft_dirty_enabled(const struct vm_area *vma)
{
	return vma_flag_soft_dirty_enabled(vma) && !is_vm_hugetlb_page(vma);
}

/* pte_needs_soft_dirty_wp(): must this entry have no write bit because of that? */
static inline bool soft_dirty_wp(const struct vm_area *vma, struct pte pte)
{
	return vma_soft_dirty_enabled(vma) && !(pte.attrs & PTE_SOFT_DIRTY);
}

/* Are stores to clean pages of this shared VMA notified, by its file system or soft-dirty? */
static inline bool notified(const struct vm_area *vma)
{
	return vma->backing == BACKING_FILE || vma_soft_dirty_enabled(vma);
}

/*
 * Does a present entry get the write bit when its uffd protection is resolved,
 * whether it had the uffd bit or not?
 */
bool writable_resolved(const struct machine *m, const struct vm_area *vma, struct pte pte);

/*
 * A software entry after any change of its protection: a migration or
 * device-private entry becomes one of the read-only kind.
 */
struct pte change_softleaf_pte(const struct vm_area *vma, struct pte pte);

/* Splits huge entries over first..last that lie partly outside (__split_huge_pmd). */
void split_huge_edges(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last);
/* Splits the huge entry that holds this page. */
void split_huge_pmd(struct machine *m, struct vm_area *vma, uint64_t page);

/* Entries of these pages go: a dirty one leaves its page dirty (folio_mark_dirty()). */
void note_dirty(const struct vm_area *vma, uint64_t first, uint64_t last, struct pte pte);

/* The same for all pages of the VMA, where it shares a file. */
void note_all_dirty(const struct vm_area *vma);


/*
 * unmerge_ksm_pages(): each KSM page among these of the VMA is copied, so that the process
 * has one of its own. What takes VM_MERGEABLE away, or moves the entries, does so first.
 * False: the kernel would wait for a userfaultfd. (calls/ksm.c)
 */
bool unmerge_ksm_pages(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		       struct model_error *error);

/* False, EINVAL: the pages are a part of hugetlb pages, which userfaultfd handles as a whole. */
bool uffd_hugetlb_aligned(const struct vm_area *vma, uint64_t first, uint64_t last,
			  struct model_error *error);

/* Do uffd bits of this VMA's entries outlive VM_UFFD_WP? */
bool keeps_stale_bits(const struct machine *m, const struct vm_area *vma);

/* want_pmd_share(): may processes share this VMA's PMD tables? */
bool shares_hugetlb_tables(const struct vm_area *vma);

/* Is the whole unit of a huge entry that holds this page inside the VMA? */
bool huge_fits(const struct vm_area *vma, uint64_t page);

#endif
