/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by dup_mmap() and copy_page_range(). */
#ifndef MODEL_FORK_H
#define MODEL_FORK_H

#include "model/machine.h"

/* One VMA that is being copied from parent to child. */
struct vma_copy {
	struct machine *m;
	uint32_t fork, vma; /* indices into the machine's records */
	struct vm_area *src, *dst;
};

/* An event of this copy, with their common fields filled in. */
struct event vma_copy_event(const struct vma_copy *copy, enum event_kind kind);

/*
 * Can the child's copy of this VMA be charged, beside the pages that are? Adds them if it is
 * charged. VMAs are in order of address.
 */
bool fork_may_account(const struct machine *m, const struct vm_area *src, uint64_t *committed);

/*
 * copy_page_range() after the decision: walks the parent's tables over the
 * VMA, allocates the child's, and handles every entry. (mm/memory.c)
 */
void copy_page_range(const struct vma_copy *copy);

/*
 * Copies the entries of pages first .. *end - 1 as one event that stands for many. *end: the
 * first page that cannot be part of it. False: up to there they are too few, and nothing was
 * done. `first` must not be inside of a run of the VMA.
 */
bool copy_group(const struct vma_copy *copy, uint64_t first, uint64_t *end);

/*
 * The result for one entry: the parent's entry after fork, the child's, and the
 * outcome. `pte` must not be none. (copy_present_ptes(), copy_nonpresent_pte(),
 * copy_huge_pmd(), copy_hugetlb_page_range())
 */
struct entry_copy {
	struct pte src, dst;
	enum outcome outcome;
	bool deposit; /* a PTE table is deposited for each huge entry */
	bool split;   /* the huge entry must be split first; the other members are unset */
};
struct entry_copy copy_entry(const struct vma_copy *copy, struct pte pte);

#endif
