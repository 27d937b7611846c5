/* SPDX-License-Identifier: GPL-2.0-or-later */
/* anon_vma_prepare(), and whether two adjacent VMAs can share an anon_vma. (mm/rmap.c, mm/vma.c) */
#include "model/fault.h"
#include "model/vma.h"

/*
 * Can these two adjacent VMAs, a below b, share an anon_vma?
 * (anon_vma_compatible() in mm/mmap.c, later mm/vma.c.)
 */
static bool anon_vma_compatible(const struct machine *m, const struct vm_area *a,
				const struct vm_area *b)
{
	uint64_t differ = a->flags ^ b->flags;

	return a->end == b->start && a->policy == b->policy && object_continues(a, b) &&
	       index_continues(m, a, b) &&
	       !(differ & ~(VM_ACCESS_FLAGS | VM_SOFTDIRTY | VM_MAYBE_GUARD));
}

/* reusable_anon_vma() */
static bool reusable(const struct vm_area *vma)
{
	return vma->anon_vma && !vma->anon_vma_cloned;
}

void anon_vma_prepare(struct machine *m, struct vm_area *vma)
{
	const struct vm_area *behind = mm_next(vma), *before = mm_before(vma);

	if (vma->anon_vma)
		return;
	if (behind && reusable(behind) && anon_vma_compatible(m, vma, behind))
		change_anon_vma(m, vma, behind->anon_vma, false);
	else if (before && reusable(before) && anon_vma_compatible(m, before, vma))
		change_anon_vma(m, vma, before->anon_vma, false);
	else
		change_anon_vma(m, vma, ++m->next_anon_vma, false);
}
