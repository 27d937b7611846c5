/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long-term pins. (pin_user_pages() in mm/gup.c) */
#include <errno.h>

#include "model/fault_private.h"
#include "model/vma.h"

static void mark_pinned(struct machine *m, struct mm *mm, uint64_t first, uint64_t last)
{
	uint64_t end;

	for (uint64_t page = first; page <= last; page = end + 1) {
		struct pte pte = runs_at(&mm->pages, page, &end);

		end = min(end, last);
		if (pte.state != PTE_PRESENT && pte.state != PTE_HUGE)
			continue;
		pte.attrs |= PTE_PINNED;
		change_pte(m, mm, page, end, pte);
	}
}

void mark_pinned_before(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last)
{
	uint64_t at = linear_page_index(vma, first), end = linear_page_index(vma, last);
	struct range part;

	while (at <= end && rangeset_next(&vma->object->pinned, at, end, true, &part)) {
		mark_pinned(m, vma->mm, object_page(vma, part.first), object_page(vma, part.last));
		at = part.last + 1;
	}
}

/* The other pages of this page's large folio, where small entries map them. */
static void pin_folio(struct machine *m, struct vm_area *vma, uint64_t page)
{
	uint64_t last, base = vma_pte(vma, page, &last).frame, stop;

	if (!(base & FRAME_LARGE))
		return;
	base &= ~(huge_pages(vma->mm) - 1);
	stop = huge_last(vma->mm, page);
	for (uint64_t at = huge_first(vma->mm, page); at <= stop; at = last + 1) {
		struct pte pte = runs_at(&vma->mm->pages, at, &last);

		last = min(last, stop);
		if (pte.frame - base < huge_pages(vma->mm))
			mark_pinned(m, vma->mm, at, last);
	}
}

/* A folio is pinned as a whole. */
static void pin_range(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last)
{
	if (is_vm_hugetlb_page(vma)) {
		first = huge_first(vma->mm, first);
		last = min(huge_last(vma->mm, last), vma_last(vma));
	}
	mark_pinned(m, vma->mm, first, last);
	pin_folio(m, vma, first);
	pin_folio(m, vma, last);
	if (vma->flags & VM_SHARED)
		rangeset_add(&vma->object->pinned, linear_page_index(vma, first),
			   linear_page_index(vma, last));
}

/* May these pages of the VMA be pinned? *arg: does the kernel pin no pages of files? */
static bool may_pin(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		    const void *arg, struct model_error *error)
{
	(void)m;
	(void)first;
	(void)last;
	if (vma->flags & (VM_PFNMAP | VM_IO))
		return refuse(error, EFAULT, "device memory cannot be pinned");
	if (vma->backing == BACKING_SECRET)
		return refuse(error, EFAULT, "memory of memfd_secret cannot be pinned");
	if (vma->backing == BACKING_FILE && vma->flags & VM_SHARED && !*(const bool *)arg)
		return refuse(error, EFAULT, "pages whose writes the file system tracks cannot be pinned");
	return true;
}

/* The kernel pins them, checks, and unpins them again. */
static bool stay_pinned(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			const void *arg, struct model_error *error)
{
	(void)first;
	(void)last;
	if ((vma->backing == BACKING_FILE || vma->backing == BACKING_MIXEDMAP) && *(const bool *)arg)
		return refuse(error, EOPNOTSUPP, "%s pins no pages of a file mapping",
			      m->kernel->name);
	return true;
}

static bool pin_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		    const void *arg, struct model_error *error)
{
	(void)arg;
	(void)error;
	pin_range(m, vma, first, last);
	return true;
}

static bool each_range(struct machine *m, struct mm *mm, const struct ranges *pages, vma_call *call,
		       const void *arg, struct model_error *error)
{
	for (size_t i = 0; i < pages->n; i++)
		if (!each_vma(m, mm, pages->v[i].first, pages->v[i].last, call, arg, error))
			return false;
	return true;
}

bool vm_pin(struct machine *m, struct mm *mm, const struct ranges *pages,
	    struct model_error *error)
{
	struct touch t = {.m = m, .write = true};
	bool no_files = machine_behaviour(m, BEHAVIOUR_PIN_FILE) == PIN_FILE_NONE;
	enum touch_result result;
	uint64_t page;

	if (!each_range(m, mm, pages, may_pin, &no_files, error) ||
	    !judge_all(&t, mm, pages, &result, &page, error))
		return false;
	if (result == TOUCH_BLOCKED)
		return refuse(error, MODEL_CANNOT, "pinning would wait for the userfaultfd forever");
	if (result != TOUCH_OK)
		return refuse(error, EFAULT, "a page cannot be written (%s)",
			      touch_result_names[result]);
	if (!each_range(m, mm, pages, stay_pinned, &no_files, error))
		return false;
	event_syscall(m, mm, "pin_user_pages", pages->v[0].first, pages->v[pages->n - 1].last);
	if (!touch_all(&t, mm, pages, error))
		return false;
	mm->has_pinned = true;
	return each_range(m, mm, pages, pin_vma, NULL, error);
}
