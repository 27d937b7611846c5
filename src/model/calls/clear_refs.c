/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 4 in /proc/PID/clear_refs: from now on the next store to each page is noticed. (fs/proc/task_mmu.c) */
#include "base/minmax.h"
#include "model/fault.h"
#include "model/syscalls.h"

/* pte_is_pinned(): who holds the page writes to it unnoticed. Not asked of a huge entry. */
static bool stays_writable(const struct vm_area *vma, struct pte pte)
{
	return pte.state == PTE_PRESENT && pte.attrs & PTE_WRITE && is_cow_mapping(vma->flags) &&
	       vma->mm->has_pinned && pte.attrs & PTE_PINNED;
}

/* clear_soft_dirty(), clear_soft_dirty_pmd() */
static struct pte clear_soft_dirty(const struct vm_area *vma, struct pte pte)
{
	if (!vma->mm->paging->soft_dirty || stays_writable(vma, pte))
		return pte;
	if (pte.state == PTE_PRESENT || pte.state == PTE_HUGE || pte.state == PTE_ZERO)
		pte.attrs &= ~PTE_WRITE;
	pte.attrs &= ~PTE_SOFT_DIRTY;
	return pte;
}

/* The walk passes over hugetlb and over device memory. */
static bool walked(const struct vm_area *vma)
{
	return !is_vm_hugetlb_page(vma) && !(vma->flags & VM_PFNMAP);
}

static void clear_vma(struct machine *m, struct vm_area *vma)
{
	uint64_t last;

	change_flags(m, vma, vma->flags & ~VM_SOFTDIRTY);
	if (!walked(vma))
		return;
	for (uint64_t page = vma_first(vma); page <= vma_last(vma) && !m->exhausted; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		machine_work(m, 1);
		if (pte.state != PTE_NONE)
			change_pte(m, vma->mm, page, last, clear_soft_dirty(vma, pte));
	}
}

void vm_clear_soft_dirty(struct machine *m, struct mm *mm)
{
	if (mm_first(mm))
		event_syscall(m, mm, "clear_refs", vma_first(mm_first(mm)), vma_last(mm_last(mm)));
	for_each_vma(mm, vma)
		clear_vma(m, vma);
}
