/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MADV_GUARD_INSTALL and MADV_GUARD_REMOVE. */
#include <errno.h>

#include "model/calls/madvise_private.h"

/* Does MADV_GUARD_INSTALL of these pages end? */
static bool guard_finishes(const struct vm_area *vma, uint64_t first, uint64_t last_page)
{
	uint64_t last;

	if (vma_is_anonymous(vma))
		return true;
	for (uint64_t page = first; page <= last_page; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		/* Markers stay even where VM_UFFD_WP has gone. */
		if (pte.attrs & PTE_UFFD_WP &&
		    (vma->flags & VM_UFFD_WP || pte.state == PTE_MARKER))
			return false;
	}
	return true;
}

/* is_valid_guard_vma(), on a kernel that has guard regions at all. */
static bool guard_allowed(const struct machine *m, const struct vm_area *vma, uint64_t disallowed,
			  struct model_error *error)
{
	uint8_t how = machine_behaviour(m, BEHAVIOUR_GUARD_REGIONS);

	if (vma->flags & disallowed)
		return refuse(error, EINVAL, "%s is set", flag_in(vma->flags & disallowed));
	if (how == GUARD_ANON && !vma_is_anonymous(vma))
		return refuse(error, EINVAL, "%s supports guard regions in anonymous memory only",
			      m->kernel->name);
	return true;
}

bool madvise_guard_install(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			   struct model_error *error)
{
	uint8_t how = machine_behaviour(m, BEHAVIOUR_GUARD_REGIONS);
	struct pte guard = {.state = PTE_MARKER, .attrs = PTE_GUARD};

	if (!guard_allowed(m, vma, VM_SPECIAL | VM_HUGETLB | VM_LOCKED, error))
		return false;
	if (!guard_finishes(vma, first, last))
		return not_finished(error);
	if (how == GUARD_ANY_FLAG)
		change_flags(m, vma, vma->flags | VM_MAYBE_GUARD);
	if (how != GUARD_ANY_FLAG || vma_is_anonymous(vma))
		anon_vma_prepare(m, vma);
	zap_page_range(m, vma, first, last);
	mm_populate_tables(m, vma->mm, first, last, LEVEL_PTE);
	change_pte(m, vma->mm, first, last, guard);
	return true;
}

bool madvise_guard_remove(struct machine *m, struct vm_area *vma, uint64_t first,
			  uint64_t last_page, struct model_error *error)
{
	uint64_t last;

	if (!guard_allowed(m, vma, VM_SPECIAL | VM_HUGETLB, error))
		return false;
	for (uint64_t page = first; page <= last_page; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		last = min(last, last_page);
		if (pte.state == PTE_MARKER && pte.attrs & PTE_GUARD)
			change_pte(m, vma->mm, page, last, (struct pte){0});
	}
	return true;
}
