/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Huge entries: where they fit, and how they are split. */
#include "model/fault.h"

uint64_t huge_first(const struct vm_area *vma, uint64_t page)
{
	uint64_t address = page_address(vma, page) & ~(PMD_SIZE - 1);

	return address < vma->start ? 0 : address_page(vma, address);
}

uint64_t huge_last(const struct vm_area *vma, uint64_t page)
{
	return address_page(vma, (page_address(vma, page) | (PMD_SIZE - 1)) + 1) - 1;
}

bool huge_fits(const struct vm_area *vma, uint64_t page)
{
	uint64_t address = page_address(vma, page) & ~(PMD_SIZE - 1);

	return address >= vma->start && address + PMD_SIZE <= vma->end;
}

void split_huge_pmd(struct machine *m, struct vm_area *vma, uint64_t page)
{
	uint64_t first = huge_first(vma, page), last;
	struct pte pte = runs_at(&vma->pages, first, &last);
	uint64_t table = page_address(vma, first) >> TABLE_SHIFT(LEVEL_PTE);

	event_add(m, (struct event){
			     .kind = EVENT_SPLIT,
			     .src = vma,
			     .address = page_address(vma, first),
			     .first = first,
			     .count = PTRS_PER_PTE,
			     .before = pte,
		     });
	if (!vma_is_anonymous(vma)) { /* the entry is dropped: its pages fault in again */
		pte = (struct pte){0};
	} else if (pte.attrs & PTE_SPECIAL) { /* __split_huge_zero_page_pmd(): new entries */
		pte.state = PTE_ZERO;
		pte.attrs = PTE_SPECIAL | PTE_YOUNG | (pte.attrs & PTE_UFFD_WP);
	} else {
		pte.state = PTE_PRESENT;
	}
	change_add_tables(m, vma->mm, LEVEL_PTE, table, table);
	change_pte(m, vma, first, first + PTRS_PER_PTE - 1, pte);
}

void split_huge_edges(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last)
{
	uint64_t end;

	if (is_vm_hugetlb_page(vma))
		return;
	if (runs_at(&vma->pages, first, &end).state == PTE_HUGE && !pmd_aligned(vma, first))
		split_huge_pmd(m, vma, first);
	if (runs_at(&vma->pages, last, &end).state == PTE_HUGE && !pmd_aligned(vma, last + 1))
		split_huge_pmd(m, vma, last);
}

bool keeps_stale_bits(const struct machine *m, const struct vm_area *vma)
{
	return is_vm_hugetlb_page(vma) &&
	       m->kernel->behaviour[BEHAVIOUR_HUGETLB_STALE_BIT] == HUGETLB_STALE_BIT_KEPT;
}

bool shares_hugetlb_tables(const struct vm_area *vma)
{
	const uint64_t span = UINT64_C(1) << TABLE_SHIFT(LEVEL_PMD);

	return is_vm_hugetlb_page(vma) && vma->flags & VM_SHARED &&
	       !(vma->flags & (VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP)) &&
	       ((vma->start + span - 1) & ~(span - 1)) + span <= vma->end;
}
