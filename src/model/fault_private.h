/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that model page faults share; nobody else includes this. */
#ifndef MODEL_FAULT_PRIVATE_H
#define MODEL_FAULT_PRIVATE_H

#include "base/minmax.h"
#include "model/fault.h"

/* What a store leaves behind: the processor and pte_mkdirty() set these. */
#define WRITTEN (PTE_WRITE | PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY)

struct touch {
	struct machine *m;
	struct vm_area *vma;
	bool write;
	bool by_child;
};

/* Says what happens to first..last, then does it. */
void fault_settle(const struct touch *t, uint64_t first, uint64_t last, struct pte pte,
		  enum outcome outcome, uint64_t faults, uint64_t cow_copies);

/* Has the context of this VMA that feature? */
static inline bool uffd_has(const struct vm_area *vma, uint32_t feature)
{
	return vma->uffd && (vma->uffd->features & feature);
}

/* Is the page in the page cache? *last: up to which page of the VMA it holds. */
bool page_cached(const struct vm_area *vma, uint64_t page, uint64_t *last);

/*
 * Each of these takes the fault on `page`, and on those behind it up to `last`
 * that fare the same, and returns the last page that is done. One that returns
 * page - 1 has only prepared it: it faults again.
 */
uint64_t fault_none(const struct touch *t, uint64_t page, uint64_t last, bool marked);
uint64_t fault_swap(const struct touch *t, uint64_t page, uint64_t last, struct pte pte);
uint64_t fault_write(const struct touch *t, uint64_t page, uint64_t last, struct pte pte);

#endif
