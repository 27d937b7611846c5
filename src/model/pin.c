/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pins, references, and a debugger's stores. (pin_user_pages() and others in mm/gup.c) */
#include <errno.h>

#include "model/fault_private.h"
#include "model/hold.h"
#include "model/vma.h"

static void mark_pinned(struct machine *m, struct mm *mm, uint64_t first, uint64_t last)
{
	uint64_t end;

	for (uint64_t page = first; page <= last; page = end + 1) {
		struct pte pte = runs_at(&mm->pages, page, &end);

		end = min(end, last);
		/* Whether a zero page is pinned is asked nowhere, a huge one neither. */
		if ((pte.state != PTE_PRESENT && pte.state != PTE_HUGE) || pte.attrs & PTE_SPECIAL)
			continue;
		pte.attrs |= PTE_PINNED;
		change_pte(m, mm, page, end, pte);
	}
}

void mark_pinned_before(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last)
{
	uint64_t base = vma->object->frame, at = base + linear_page_index(vma, first);
	uint64_t end = base + linear_page_index(vma, last);
	struct range part;

	while (at <= end && rangeset_next(&m->pinned, at, end, true, &part)) {
		mark_pinned(m, vma->mm, object_page(vma, part.first - base),
			    object_page(vma, part.last - base));
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

/* What a call asks of pages, and how. */
struct grab {
	enum pin_kind kind;
	bool no_files; /* does the kernel pin no pages of files? */
};

/* A hugetlb page is held as a whole. */
static bool grab_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		     const void *arg, struct model_error *error)
{
	const struct grab *grab = arg;
	bool pin = grab->kind != PIN_SHORT;

	(void)error;
	hold_pages(m, vma->mm, first, last, pin);
	if (!pin)
		return true;
	if (is_vm_hugetlb_page(vma)) {
		first = huge_first(vma->mm, first);
		last = min(huge_last(vma->mm, last), vma_last(vma));
	}
	mark_pinned(m, vma->mm, first, last);
	pin_folio(m, vma, first);
	pin_folio(m, vma, last);
	return true;
}

/*
 * Has the VMA to allow reading? get_user_pages_fast() looks at the entries first, and there
 * memory that can only be written is as good as any.
 */
static bool may_read(const struct vm_area *vma, uint64_t first, uint64_t last, bool fast)
{
	uint64_t end;

	for (uint64_t page = first; page <= last && !(vma->flags & VM_READ); page = end + 1) {
		struct pte pte = vma_pte(vma, page, &end);

		if (!fast || !(vma->flags & VM_WRITE) ||
		    (pte.state != PTE_PRESENT && pte.state != PTE_HUGE))
			return false;
	}
	return true;
}

/* check_vma_flags(): may these pages of the VMA be pinned? */
static bool may_pin(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		    const void *arg, struct model_error *error)
{
	const struct grab *grab = arg;

	(void)m;
	if (vma->flags & (VM_PFNMAP | VM_IO))
		return refuse(error, EFAULT, "device memory cannot be pinned");
	if (vma->backing == BACKING_SECRET)
		return refuse(error, EFAULT, "memory of memfd_secret cannot be pinned");
	if (grab->kind != PIN_WRITE)
		return may_read(vma, first, last, grab->kind == PIN_SHORT) ||
		       refuse(error, EFAULT, "VM_READ is not set");
	if (vma->backing == BACKING_FILE && vma->flags & VM_SHARED && !grab->no_files)
		return refuse(error, EFAULT, "pages whose writes the file system tracks cannot be pinned");
	return true;
}

/* The kernel pins them, checks, and unpins them again. */
static bool stay_pinned(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			const void *arg, struct model_error *error)
{
	const struct grab *grab = arg;

	(void)first;
	(void)last;
	if (grab->kind == PIN_WRITE && grab->no_files &&
	    (vma->backing == BACKING_FILE || vma->backing == BACKING_MIXEDMAP))
		return refuse(error, EOPNOTSUPP, "%s pins no pages of a file mapping",
			      m->kernel->name);
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

/* Pages of one VMA, pinned for reading. */
static bool unshare_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			const void *arg, struct model_error *error)
{
	struct touch t = {.m = m, .vma = vma};
	unsigned how = machine_behaviour(m, BEHAVIOUR_PIN_READ);

	(void)arg;
	(void)error;
	if (how != PIN_READ_SHARES)
		fault_unshare(&t, first, last, how == PIN_READ_UNSHARES_ALL);
	return true;
}

/* *arg: the touch that comes before. */
static bool judge_unshare_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			      const void *arg, struct model_error *error)
{
	struct touch *t = *(struct touch *const *)arg;
	unsigned how = machine_behaviour(m, BEHAVIOUR_PIN_READ);

	t->vma = vma;
	return how == PIN_READ_SHARES ||
	       judge_unshare(t, first, last, how == PIN_READ_UNSHARES_ALL, error);
}

static const struct {
	const char *call;
	const char *cannot;
} pin_words[] = {
	[PIN_WRITE] = {"pin_user_pages", "written"},
	[PIN_READ] = {"pin_user_pages for reading", "read"},
	[PIN_SHORT] = {"get_user_pages", "read"},
};

/* Would faulting the pages in succeed? */
static bool can_fault_in(struct touch *t, struct mm *mm, const struct ranges *pages,
			 enum pin_kind kind, struct model_error *error)
{
	enum touch_result result;
	uint64_t page;

	if (!judge_all(t, mm, pages, &result, &page, error))
		return false;
	if (result == TOUCH_BLOCKED)
		return refuse(error, MODEL_CANNOT, "pinning would wait for the userfaultfd forever");
	return result == TOUCH_OK || refuse(error, EFAULT, "a page cannot be %s (%s)",
					    pin_words[kind].cannot, touch_result_names[result]);
}

bool vm_pin(struct machine *m, struct mm *mm, const struct ranges *pages, enum pin_kind kind,
	    struct model_error *error)
{
	struct touch t = {.m = m, .write = kind == PIN_WRITE, .gup = kind == PIN_SHORT,
			  .fast = kind == PIN_SHORT}, *touch = &t;
	struct grab grab = {kind, machine_behaviour(m, BEHAVIOUR_PIN_FILE) == PIN_FILE_NONE};

	if (!each_range(m, mm, pages, may_pin, &grab, error) ||
	    !can_fault_in(&t, mm, pages, kind, error) ||
	    !each_range(m, mm, pages, stay_pinned, &grab, error))
		return false;
	if (kind == PIN_READ && !each_range(m, mm, pages, judge_unshare_vma, &touch, error))
		return false;
	event_syscall(m, mm, pin_words[kind].call, pages->v[0].first, pages->v[pages->n - 1].last);
	if (!touch_all(&t, mm, pages, error))
		return false;
	if (kind == PIN_READ && !each_range(m, mm, pages, unshare_vma, NULL, error))
		return false;
	mm->has_pinned |= kind != PIN_SHORT;
	return each_range(m, mm, pages, grab_vma, &grab, error);
}

void vm_unpin(struct machine *m, struct mm *mm, const struct ranges *pages)
{
	if (!pages->n)
		return;
	event_syscall(m, mm, "unpin_user_pages", pages->v[0].first, pages->v[pages->n - 1].last);
	for (size_t i = 0; i < pages->n; i++)
		hold_end(m, mm, pages->v[i].first, pages->v[i].last);
}

/* --- a debugger's store ------------------------------------------------------------------ */

/* check_vma_flags() with FOLL_FORCE | FOLL_WRITE, as access_remote_vm() reports it. */
static bool may_poke(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		     const void *arg, struct model_error *error)
{
	(void)m;
	(void)first;
	(void)last;
	(void)arg;
	if (vma->flags & (VM_PFNMAP | VM_IO))
		return refuse(error, EIO, "device memory cannot be written so");
	if (vma->backing == BACKING_SECRET)
		return refuse(error, EIO, "memory of memfd_secret cannot be written so");
	if (vma->flags & VM_WRITE)
		return true;
	if (is_vm_hugetlb_page(vma) && machine_behaviour(m, BEHAVIOUR_HUGETLB_FORCE) == HUGETLB_FORCE_NO)
		return refuse(error, EIO, "hugetlb memory is only written where VM_WRITE is set");
	/* can_follow_write_pmd() wants a soft-dirty bit, which hugetlb_wp() does not set there: it faults again. */
	if (is_vm_hugetlb_page(vma) && is_cow_mapping(vma->flags) && vma_flag_soft_dirty_enabled(vma))
		return not_finished(error);
	return is_cow_mapping(vma->flags) ||
	       refuse(error, EIO, "a shared mapping is only written where VM_WRITE is set");
}

/* set_page_dirty_lock() in __access_remote_vm(): the page of the file is dirty, not its entry alone. */
static bool dirty_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		      const void *arg, struct model_error *error)
{
	uint64_t end;

	(void)m;
	(void)arg;
	(void)error;
	for (uint64_t page = first; page <= last; page = end + 1) {
		struct pte pte = vma_pte(vma, page, &end);

		end = min(end, last);
		pte.attrs |= PTE_DIRTY;
		note_dirty(vma, page, end, pte);
	}
	return true;
}

bool vm_poke(struct machine *m, struct mm *mm, const struct ranges *pages, struct model_error *error)
{
	struct touch t = {.m = m, .write = true, .grows = true, .force = true};
	enum touch_result result;
	uint64_t page;

	if (!each_range(m, mm, pages, may_poke, NULL, error) ||
	    !judge_all(&t, mm, pages, &result, &page, error))
		return false;
	if (result == TOUCH_BLOCKED)
		return refuse(error, MODEL_CANNOT, "the store would wait for the userfaultfd forever");
	if (result != TOUCH_OK)
		return refuse(error, EIO, "page %llu cannot be written (%s)",
			      (unsigned long long)mm_named_page(mm, page), touch_result_names[result]);
	event_syscall(m, mm, "access_remote_vm", pages->v[0].first, pages->v[pages->n - 1].last);
	return touch_all(&t, mm, pages, error) && each_range(m, mm, pages, dirty_vma, NULL, error);
}
