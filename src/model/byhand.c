/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States that no system call can produce: those of hardware, races and drivers. */
#include <errno.h>

#include "model/fault.h"
#include "model/syscalls.h"

bool set_flags_by_hand(struct machine *m, struct vm_area *vma, uint64_t add, uint64_t remove,
		       struct model_error *error)
{
	uint64_t flags = (vma->flags | add) & ~remove;

	if (!flags_fit(vma->backing, vma->flags & VM_SHARED, flags, error))
		return false;
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .src = vma, .text = "flags",
				    .address = vma->start});
	change_flags(m, vma, flags);
	return true;
}

void set_anon_vma_by_hand(struct machine *m, struct vm_area *vma, bool on)
{
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .src = vma, .text = "anon_vma",
				    .address = vma->start});
	if (on)
		anon_vma_prepare(m, vma);
	else if (vma->anon_vma)
		change_anon_vma(m, vma, 0, false);
}

/* Which frame an entry made by hand points to. */
static uint64_t frame_by_hand(struct machine *m, const struct vm_area *vma, enum pte_state state,
			      uint16_t attrs, uint64_t first, uint64_t last)
{
	uint64_t pages = last - first + 1, frame;

	switch (state) {
	case PTE_NONE:
	case PTE_MARKER:
	case PTE_ZERO:
		return 0;
	case PTE_HUGE:
		if (attrs & PTE_SPECIAL && vma_is_anonymous(vma))
			return 0; /* the huge zero page */
		/* fall through */
	case PTE_PRESENT:
		if (attrs & PTE_SPECIAL) {
			frame = m->next_pfn;
			m->next_pfn += pages;
			return frame;
		}
		if (vma->object && !(attrs & PTE_EXCLUSIVE) &&
		    !(is_vm_hugetlb_page(vma) && !(vma->flags & VM_SHARED))) {
			first += vma->pgoff;
			last += vma->pgoff;
			ranges_add(&vma->object->cached, first, last);
			ranges_remove(&vma->object->swapped, first, last);
			if (attrs & PTE_PINNED)
				ranges_add(&vma->object->pinned, first, last);
			else
				ranges_remove(&vma->object->pinned, first, last);
			return vma->object->frame + first;
		}
		return machine_new_frames(m, pages, state == PTE_HUGE);
	default:
		return machine_new_frames(m, pages, false);
	}
}

static bool check_by_hand(const struct vm_area *vma, const struct ranges *pages,
			  enum pte_state state, uint16_t attrs, struct model_error *error)
{
	uint16_t odd = attrs & ~pte_state_attrs[state];
	uint64_t last;

	if (odd)
		return refuse(error, EINVAL, "an entry of state %s cannot have the attribute %s",
			      pte_state_names[state], pte_attr_names[__builtin_ctz(odd)]);
	if (state == PTE_MARKER && !attrs)
		return refuse(error, EINVAL, "a marker is uffd-wp, guard or poison");
	if (state == PTE_ZERO && !vma_is_anonymous(vma))
		return refuse(error, EINVAL, "the zero page is mapped in anonymous memory only");
	if (attrs & PTE_EXCLUSIVE && vma->flags & VM_SHARED)
		return refuse(error, EINVAL, "a shared mapping has no anonymous pages to be exclusive");
	for (size_t i = 0; i < pages->n; i++) {
		uint64_t page = pages->v[i].first;
		bool whole = pmd_aligned(vma, page) && pmd_aligned(vma, pages->v[i].last + 1);

		if ((state == PTE_HUGE || is_vm_hugetlb_page(vma)) && !whole)
			return refuse(error, EINVAL, "a huge entry covers 512 pages from a 2 MiB "
						     "boundary on, not %llu-%llu",
				      (unsigned long long)page,
				      (unsigned long long)pages->v[i].last);
		for (; page <= pages->v[i].last; page = last + 1)
			if (runs_at(&vma->pages, page, &last).state == PTE_HUGE &&
			    (!pmd_aligned(vma, page) ||
			     (last >= pages->v[i].last && !whole &&
			      !pmd_aligned(vma, pages->v[i].last + 1))))
				return refuse(error, EINVAL, "page %llu is under a huge entry: set all "
							     "of its 512 pages",
					      (unsigned long long)page);
	}
	if (is_vm_hugetlb_page(vma) && state != PTE_NONE && state != PTE_HUGE &&
	    state != PTE_MARKER && state != PTE_HWPOISON && state != PTE_MIGRATION)
		return refuse(error, EINVAL, "a hugetlb entry cannot have the state %s", pte_state_names[state]);
	return true;
}

bool set_pte_by_hand(struct machine *m, struct vm_area *vma, const struct ranges *pages,
		     enum pte_state state, uint16_t attrs, struct model_error *error)
{
	bool huge = state == PTE_HUGE || is_vm_hugetlb_page(vma);

	if (!check_by_hand(vma, pages, state, attrs, error))
		return false;
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .src = vma, .text = "pte",
				    .address = vma->start});
	if (state == PTE_ZERO)
		attrs |= PTE_SPECIAL;
	for (size_t i = 0; i < pages->n && !m->exhausted; i++) {
		uint64_t first = pages->v[i].first, last = pages->v[i].last;
		struct pte pte = {
			.state = (uint8_t)state,
			.attrs = attrs,
			.frame = frame_by_hand(m, vma, state, attrs, first, last),
		};

		if (state == PTE_HUGE && !is_vm_hugetlb_page(vma))
			change_remove_tables(m, vma->mm, LEVEL_PTE,
					     page_address(vma, first) >> TABLE_SHIFT(LEVEL_PTE),
					     page_address(vma, last) >> TABLE_SHIFT(LEVEL_PTE));
		if (state != PTE_NONE)
			mm_populate_tables(m, vma->mm, page_address(vma, first),
					   page_address(vma, last + 1), huge ? LEVEL_PMD : LEVEL_PTE);
		change_pte(m, vma, first, last, pte);
	}
	if (attrs & PTE_PINNED)
		vma->mm->has_pinned = true;
	return true;
}
