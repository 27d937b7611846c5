/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MADV_POPULATE_READ and MADV_POPULATE_WRITE. (mm/madvise.c, mm/gup.c) */
#include <errno.h>

#include "model/calls/madvise_private.h"

/* check_vma_flags(): what get_user_pages() takes without force. */
static bool accessible(const struct vm_area *vma, bool write, struct model_error *error)
{
	uint64_t device = vma->flags & (VM_IO | VM_PFNMAP);
	uint64_t wanted = write ? VM_WRITE : VM_READ;

	if (device)
		return refuse(error, EINVAL, "%s is set", flag_in(device));
	if (vma->backing == BACKING_SECRET)
		return refuse(error, EINVAL, "the kernel itself cannot fault in memory of memfd_secret");
	return vma->flags & wanted || refuse(error, EINVAL, "%s is not set", flag_in(wanted));
}

/* The errno where this page cannot be faulted in. */
static bool refuse_page(const struct vm_area *vma, uint64_t page, enum touch_result result,
			struct model_error *error)
{
	uint64_t last;
	struct pte pte = vma_pte(vma, page, &last);
	bool poisoned = pte.state == PTE_HWPOISON || (pte.state == PTE_MARKER && pte.attrs & PTE_POISON);

	if (result == TOUCH_BLOCKED)
		return refuse(error, MODEL_CANNOT, "it would wait for the userfaultfd forever");
	refuse(error, poisoned ? EHWPOISON : EFAULT, "page %llu cannot be faulted in (%s)",
	       (unsigned long long)mm_named_page(vma->mm, page), touch_result_names[result]);
	error_done(error, "the kernel has populated what precedes it");
	return false;
}

static bool populate_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			 const void *arg, struct model_error *error)
{
	bool write = *(const enum advice *)arg == ADVICE_POPULATE_WRITE;
	enum touch_result result;
	uint64_t page;

	if (!accessible(vma, write, error) || !fault_in(m, vma, first, last, write, &result, &page, error))
		return false;
	return result == TOUCH_OK || refuse_page(vma, page, result, error);
}

bool madvise_populate(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		      enum advice advice, struct model_error *error)
{
	uint8_t how = machine_behaviour(m, BEHAVIOUR_POPULATE);
	uint64_t hole, stop = last;
	bool holes = first_hole(mm, first, last, &hole);

	if (how == POPULATE_NO)
		return refuse(error, EINVAL, "%s has no %s", m->kernel->name, advice_names[advice]);
	if (holes && how == POPULATE_FRONT)
		stop = hole - 1;
	if (stop >= first &&
	    !each_vma_in_turn(m, mm, first, stop, populate_vma, &advice, "populated", error))
		return false;
	if (!holes)
		return true;
	if (how == POPULATE_FRONT)
		return refuse_hole(error, mm, first, hole, "populated");
	return refuse(error, ENOMEM, "page %llu is not mapped (the kernel has populated all mapped pages)",
		      (unsigned long long)mm_named_page(mm, hole));
}
