/* SPDX-License-Identifier: GPL-2.0-or-later */
/* anon_vma_prepare(), and whether two adjacent VMAs can share an anon_vma. (mm/rmap.c, mm/vma.c) */
#include "model/fault.h"

bool object_continues(const struct vm_area *a, const struct vm_area *b)
{
	if (!a->object && !b->object)
		return a->backing == b->backing;
	return a->object == b->object && a->pgoff + vma_pages(a) == b->pgoff;
}

/*
 * Can these two adjacent VMAs, a below b, share an anon_vma?
 * (anon_vma_compatible() in mm/mmap.c, later mm/vma.c.)
 */
static bool anon_vma_compatible(const struct vm_area *a, const struct vm_area *b)
{
	uint64_t differ = a->flags ^ b->flags;

	return a->end == b->start && object_continues(a, b) &&
	       !(differ & ~(VM_READ | VM_WRITE | VM_EXEC | VM_SOFTDIRTY | VM_MAYBE_GUARD));
}

void anon_vma_prepare(struct machine *m, struct vm_area *vma)
{
	const struct mm *mm = vma->mm;
	size_t i;

	if (vma->anon_vma)
		return;
	i = mm_find(mm, vma->start);
	for (int side = 1; side >= 0; side--) {
		const struct vm_area *near;

		if (side ? i + 1 >= mm->vma_count : i == 0)
			continue;
		near = mm->vmas[side ? i + 1 : i - 1];
		if (!near->anon_vma || near->anon_vma_cloned)
			continue;
		if (side ? anon_vma_compatible(vma, near) : anon_vma_compatible(near, vma)) {
			change_anon_vma(m, vma, near->anon_vma, false);
			return;
		}
	}
	change_anon_vma(m, vma, ++m->next_anon_vma, false);
}
