/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mprotect. (mm/mprotect.c) */
#include <errno.h>

#include "base/alloc.h"
#include "model/fault.h"
#include "model/limits.h"
#include "model/syscalls.h"
#include "model/vma.h"

/* The write bit of a present entry after mprotect (can_change_pte_writable). */
static bool writable_after(const struct machine *m, const struct vm_area *vma, struct pte pte)
{
	if (!(vma->flags & VM_WRITE))
		return false;
	if (pte.attrs & PTE_UFFD_WP && vma->flags & (VM_UFFD_WP | VM_UFFD_RWP))
		return false;
	if (soft_dirty_wp(vma, pte))
		return false;
	if (vma->flags & VM_SHARED)
		return shared_prot_writable(vma) ||
		       (vma->backing == BACKING_FILE && pte.attrs & PTE_DIRTY);
	if (is_vm_hugetlb_page(vma) || !(pte.attrs & PTE_EXCLUSIVE))
		return false;
	if (machine_behaviour(m, BEHAVIOUR_MPROTECT_UPGRADE) == MPROTECT_UPGRADE_DIRTY)
		return pte.state == PTE_PRESENT && pte.attrs & PTE_DIRTY;
	return true;
}

struct pte change_softleaf_pte(const struct vm_area *vma, struct pte pte)
{
	if (!(pte.attrs & PTE_WRITE) ||
	    (pte.state != PTE_MIGRATION && pte.state != PTE_DEVICE_PRIVATE))
		return pte;
	/* The entry is built anew, and not all of the old bits are carried over. */
	pte.attrs &= ~PTE_WRITE;
	if (pte.state == PTE_DEVICE_PRIVATE || is_vm_hugetlb_page(vma))
		pte.attrs &= ~PTE_SOFT_DIRTY;
	if (is_vm_hugetlb_page(vma))
		pte.attrs &= ~PTE_UFFD_WP;
	return pte;
}

/* change_protection(). */
static void change_protection(struct machine *m, const struct vm_area *vma, uint64_t first,
			      uint64_t last_page)
{
	uint64_t last;

	for (uint64_t page = first; page <= last_page && !m->exhausted; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		machine_work(m, 1);
		if (last > last_page)
			last = last_page;
		if (pte.state == PTE_PRESENT || pte.state == PTE_HUGE)
			pte.attrs = (pte.attrs & ~PTE_WRITE) |
				    (writable_after(m, vma, pte) ? PTE_WRITE : 0);
		else
			pte = change_softleaf_pte(vma, pte);
		change_pte(m, vma->mm, page, last, pte);
	}
}

/* mprotect_fixup(): one VMA. */
static bool mprotect_fixup(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			   const void *arg, struct model_error *error)
{
	struct vma_attrs attrs = vma_attrs(vma);
	uint64_t before = attrs.flags;

	attrs.flags = (before & ~VM_ACCESS_FLAGS) | *(const uint64_t *)arg;
	if (attrs.flags == before)
		return true;
	split_huge_edges(m, vma, first, last);
	/* Unaccounts memory that was never used. */
	if (machine_behaviour(m, BEHAVIOUR_MPROTECT_ACCOUNT) == MPROTECT_ACCOUNT_DROPPED &&
	    vma_is_anonymous(vma) && !vma->anon_vma)
		attrs.flags &= ~VM_ACCOUNT;
	if (!(attrs.flags & VM_ACCOUNT) && account_flag(attrs.flags)) {
		if (!may_commit_more(m, last - first + 1, error))
			return false;
		attrs.flags |= VM_ACCOUNT;
	}
	vma = vma_modify(m, vma, first, last, attrs, error);
	if (!vma)
		return false;
	change_protection(m, vma, first, last);
	/* Faults in locked memory that becomes writable; ignores errors of the kernel. */
	if ((before & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && attrs.flags & VM_WRITE) {
		struct model_error why = {0};

		if (!populate(m, vma, first, last, &why) && why.err == MODEL_NOT_MODELLED) {
			*error = why;
			return false;
		}
	}
	return true;
}

/* May the pages of this VMA be given these flags? Then they are. */
static bool protect_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			const void *arg, struct model_error *error)
{
	const struct {
		uint64_t wanted, allowed;
	} may[] = {
		{VM_READ, VM_MAYREAD}, {VM_WRITE, VM_MAYWRITE}, {VM_EXEC, VM_MAYEXEC},
	};

	if (!refuse_sealed(m, vma, first, last, NULL, error))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(may); i++)
		if (*(const uint64_t *)arg & may[i].wanted && !(vma->flags & may[i].allowed))
			return refuse(error, EACCES, "%s is not set", vm_flag_of(may[i].allowed)->name);
	return mprotect_fixup(m, vma, first, last, arg, error);
}

bool vm_mprotect(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, unsigned prot,
		 struct model_error *error)
{
	uint64_t flags = prot_flags(prot), hole = last + 1;
	bool holes = first_hole(mm, first, last, &hole);

	if (hole == first)
		return refuse_hole(error, mm, first, hole, "");
	event_syscall(m, mm, "mprotect", first, last);
	if (!each_vma_in_turn(m, mm, first, hole - 1, protect_vma, &flags, "protected", error))
		return false;
	return !holes || refuse_hole(error, mm, first, hole, "protected");
}
