/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mseal, and what it forbids. (mm/mseal.c) */
#include <errno.h>

#include "model/calls/madvise_private.h"

bool refuse_sealed(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		   const void *arg, struct model_error *error)
{
	(void)m;
	(void)first;
	(void)last;
	(void)arg;
	return !(vma->flags & VM_SEALED) || refuse(error, EPERM, "%s is sealed", vma_name(vma));
}

bool discard_allowed(const struct vm_area *vma, enum advice advice, struct model_error *error)
{
	bool discards = advice == ADVICE_DONTNEED || advice == ADVICE_DONTNEED_LOCKED ||
			advice == ADVICE_FREE || advice == ADVICE_REMOVE || advice == ADVICE_DONTFORK ||
			advice == ADVICE_WIPEONFORK || advice == ADVICE_GUARD_INSTALL;

	if (!(vma->flags & VM_SEALED) || !discards || vma->flags & VM_WRITE || !vma_is_anonymous(vma))
		return true;
	return refuse(error, EPERM, "%s is sealed and cannot be written", vma_name(vma));
}

/* Seals pages of one VMA without looking at what is beside them. */
static bool seal_apart(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		       struct model_error *error)
{
	vma = vma_cut_out(m, vma, first, last, error);
	if (vma)
		change_flags(m, vma, vma->flags | VM_SEALED);
	return vma;
}

/*
 * Of several VMAs. 6.17 and 6.18 lose the place behind one that was joined with the one that
 * follows: what comes next is not joined with it.
 */
struct sealing {
	bool apart;
	uint64_t joined; /* page behind the VMA that was joined last */
};

static bool seal(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last, const void *arg,
		 struct model_error *error)
{
	struct sealing *sealing = *(struct sealing *const *)arg;
	struct vma_attrs attrs = vma_attrs(vma);

	if (vma->flags & VM_SEALED) {
		if (first >= sealing->joined)
			sealing->apart = false;
		return true;
	}
	if (sealing->apart && machine_behaviour(m, BEHAVIOUR_MSEAL) == MSEAL_LAST_APART) {
		sealing->apart = false;
		return seal_apart(m, vma, first, last, error);
	}
	attrs.flags |= VM_SEALED;
	vma = vma_modify(m, vma, first, last, attrs, error);
	if (!vma)
		return false;
	sealing->joined = vma_last(vma) + 1;
	sealing->apart = vma_last(vma) > last;
	return true;
}

bool vm_mseal(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
	      struct model_error *error)
{
	struct sealing sealing = {0}, *arg = &sealing;
	uint64_t hole;

	if (machine_behaviour(m, BEHAVIOUR_MSEAL) == MSEAL_NO)
		return refuse(error, ENOSYS, "%s has no mseal", m->kernel->name);
	if (first_hole(mm, first, last, &hole))
		return refuse(error, ENOMEM, "page %llu is not mapped",
			      (unsigned long long)mm_named_page(mm, hole));
	event_syscall(m, mm, "mseal", first, last);
	return each_vma_in_turn(m, mm, first, last, seal, &arg, "sealed", error);
}
