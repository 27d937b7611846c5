/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mlock, munlock, and the faulting in of pages. (mm/mlock.c, mm/gup.c) */
#include <errno.h>

#include "base/minmax.h"
#include "model/fault.h"
#include "model/syscalls.h"
#include "model/vma.h"

bool populate(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
	      struct model_error *error)
{
	bool write = (vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
	enum touch_result result;
	uint64_t page;

	if (vma->flags & VM_LOCKONFAULT)
		return true;
	if (vma->backing == BACKING_SECRET)
		return refuse(error, ENOMEM, "the kernel itself cannot fault in memory of memfd_secret");
	if (!fault_in(m, vma, first, last, write, &result, &page, error))
		return false;
	if (result == TOUCH_BLOCKED)
		return not_modelled(error, "mlock of pages that wait for a userfaultfd");
	if (result != TOUCH_OK && page > first && !populate(m, vma, first, page - 1, error))
		return false;
	if (result != TOUCH_OK)
		return refuse(error, ENOMEM, "page %llu could not be faulted in (%s)",
			      (unsigned long long)mm_named_page(vma->mm, page), touch_result_names[result]);
	return true;
}

static bool lockable(const struct vm_area *vma)
{
	return vma->backing != BACKING_SECRET && !(vma->flags & (VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE));
}

/* munlock_folio(): pages that no VMA locks any more can be evicted again. */
static void munlock_pages(struct machine *m, const struct vm_area *vma, uint64_t first, uint64_t last)
{
	uint64_t end;

	for (uint64_t page = first; page <= last; page = end + 1) {
		struct pte pte = vma_pte(vma, page, &end);

		end = min(end, last);
		if (pte.state == PTE_PRESENT || pte.state == PTE_HUGE)
			rangeset_remove(&m->mlocked, pte.frame, pte.frame + (end - page));
	}
}

/* mlock_fixup(): *arg: the flags that the VMA gets. */
static bool mlock_fixup(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			const void *arg, struct model_error *error)
{
	struct vma_attrs attrs = vma_attrs(vma);

	if (!lockable(vma))
		return true;
	attrs.flags = (attrs.flags & ~(VM_LOCKED | VM_LOCKONFAULT)) | *(const uint64_t *)arg;
	if (vma->flags & VM_LOCKED && !(attrs.flags & VM_LOCKED))
		munlock_pages(m, vma, first, last);
	return vma_modify(m, vma, first, last, attrs, error);
}

/* What __mm_populate() does with a VMA; also with onfault, as not all VMAs get VM_LOCKONFAULT. */
static bool populate_locked(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			    const void *arg, struct model_error *error)
{
	(void)arg;
	return vma->flags & (VM_IO | VM_PFNMAP) || populate(m, vma, first, last, error);
}

bool vm_mlock(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, bool onfault,
	      struct model_error *error)
{
	uint64_t flags = VM_LOCKED | (onfault ? VM_LOCKONFAULT : 0), hole;

	if (first_hole(mm, first, last, &hole))
		return refuse_hole(error, mm, first, hole, "locked, without faulting it in,");
	event_syscall(m, mm, onfault ? "mlock2" : "mlock", first, last);
	if (!each_vma(m, mm, first, last, mlock_fixup, &flags, error))
		return false;
	if (each_vma(m, mm, first, last, populate_locked, NULL, error))
		return true;
	error_done(error, "the kernel has locked the whole range, and faulted in the pages before it");
	return false;
}

bool vm_munlock(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		struct model_error *error)
{
	uint64_t flags = 0, hole;

	if (first_hole(mm, first, last, &hole))
		return refuse_hole(error, mm, first, hole, "unlocked");
	event_syscall(m, mm, "munlock", first, last);
	return each_vma(m, mm, first, last, mlock_fixup, &flags, error);
}
