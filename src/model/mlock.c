/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mlock, munlock, and the faulting in of pages. (mm/mlock.c, mm/gup.c) */
#include <errno.h>

#include "model/fault.h"
#include "model/syscalls.h"
#include "model/vma.h"

bool populate(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
	      struct model_error *error)
{
	struct ranges pages = {0};
	bool write = (vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE, ok;
	enum touch_result saved = vma->mm->last_touch, result;

	if (vma->flags & VM_LOCKONFAULT)
		return true;
	ranges_add(&pages, first, last);
	ok = vm_touch(m, vma->mm, &pages, write, &result, error);
	ranges_deinit(&pages);
	if (!ok)
		return false;
	if (vma->mm->last_touch != saved)
		change_last_touch(m, vma->mm, saved);
	if (result == TOUCH_BLOCKED)
		return not_modelled(error, "mlock of pages that wait for a userfaultfd");
	if (result != TOUCH_OK)
		return refuse(error, ENOMEM, "a page could not be faulted in (%s)",
			      touch_result_names[result]);
	return true;
}

static bool lockable(const struct vm_area *vma)
{
	return !(vma->flags & (VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE));
}

/* mlock_fixup(): *arg: the flags that the VMA gets. */
static bool mlock_fixup(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			const void *arg, struct model_error *error)
{
	struct vma_attrs attrs = vma_attrs(vma);

	if (!lockable(vma))
		return true;
	attrs.flags = (attrs.flags & ~(VM_LOCKED | VM_LOCKONFAULT)) | *(const uint64_t *)arg;
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
		return refuse_hole(error, mm, first, hole);
	event_syscall(m, mm, onfault ? "mlock2" : "mlock", first, last);
	return each_vma(m, mm, first, last, mlock_fixup, &flags, error) &&
	       each_vma(m, mm, first, last, populate_locked, NULL, error);
}

bool vm_munlock(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		struct model_error *error)
{
	uint64_t flags = 0, hole;

	if (first_hole(mm, first, last, &hole))
		return refuse_hole(error, mm, first, hole);
	event_syscall(m, mm, "munlock", first, last);
	return each_vma(m, mm, first, last, mlock_fixup, &flags, error);
}
