/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processors that leave young and dirty to the kernel: there a copied entry costs a fault, too. */
#include <inttypes.h>

#include "report/explain.h"

/* Entries of hugetlb are copied as they are: copy_hugetlb_page_range() does not call pte_mkold(). */
static bool copies_old(const struct paging *paging, const struct vm_area *src)
{
	return !paging->hardware_bits && !is_vm_hugetlb_page(src);
}

bool explain_old_entry(const struct event *e)
{
	bool mapped = e->child.state == PTE_PRESENT || e->child.state == PTE_ZERO ||
		      e->child.state == PTE_HUGE;

	return mapped && !(e->child.attrs & PTE_YOUNG) && copies_old(e->src->mm->paging, e->src);
}

/* Does a fault of the child that reads find pages of a file, and map many at once? */
static bool has_fault_around(const struct machine *m, const struct fork_vma *vma)
{
	return vma->src->object && !is_vm_hugetlb_page(vma->src) && m->fault_around > 1 &&
	       vma->src->backing != BACKING_SECRET &&
	       !(vma->decision.dst_flags & (VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP));
}

void explain_access_bits(const struct machine *m, const struct fork_vma *vma, bool deeper,
			 struct buf *out)
{
	bool copy = vma->decision.what == DECISION_COPY;

	if (!copies_old(&m->paging, vma->src) || (!copy && vma->decision.what != DECISION_SKIP))
		return;
	if (!deeper) {
		if (copy)
			buf_puts(out, " The copied entries are old, and the kernel marks them young, not "
				      "this processor: the child's first touch of each is a fault, a read, "
				      "too.");
		return;
	}
	if (!has_fault_around(m, vma) || vma->decision.anon_vma)
		return;
	buf_printf(out, copy ? " To skip would save faults here: each copied entry costs one at its first "
			       "touch, but a fault that reads maps up to %" PRIu64 " pages of the page cache, young."
			     : " To copy would cost more faults here: each copied entry costs one at its "
			       "first touch, but a fault that reads maps up to %" PRIu64 " pages of the page cache, young.",
		   m->fault_around);
}
