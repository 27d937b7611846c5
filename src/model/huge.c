/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Huge entries: where they fit, and how they are split. */
#include "base/minmax.h"
#include "model/fault.h"

bool huge_fits(const struct vm_area *vma, uint64_t page)
{
	return huge_first(vma->mm, page) >= vma_first(vma) && huge_last(vma->mm, page) <= vma_last(vma);
}

void split_huge_pmd(struct machine *m, struct vm_area *vma, uint64_t page)
{
	uint64_t first = huge_first(vma->mm, page), last;
	struct pte pte = vma_pte(vma, first, &last);
	uint64_t table = page_table(vma->mm, first);

	event_add(m, (struct event){
			     .kind = EVENT_SPLIT,
			     .src = vma,
			     .address = page_address(vma->mm, first),
			     .first = first,
			     .count = huge_pages(vma->mm),
			     .before = pte,
		     });
	if (!vma_is_anonymous(vma)) { /* the entry is dropped: its pages fault in again */
		pte = (struct pte){0};
	} else if (pte.attrs & PTE_SPECIAL) { /* __split_huge_zero_page_pmd(): new entries */
		pte.state = PTE_ZERO;
		pte.attrs = PTE_SPECIAL | PTE_YOUNG | (pte.attrs & PTE_UFFD_WP);
	} else {
		pte.state = PTE_PRESENT;
		if (pte.attrs & PTE_DIRTY && machine_behaviour(m, BEHAVIOUR_SPLIT_DIRTY) == SPLIT_DIRTY_LOST) {
			pte.attrs &= ~PTE_DIRTY; /* the page is dirty instead */
			rangeset_remove(&m->lazyfree, pte.frame, pte.frame + huge_pages(vma->mm) - 1);
		}
	}
	change_add_tables(m, vma->mm, LEVEL_PTE, table, table);
	change_pte(m, vma->mm, first, huge_last(vma->mm, page), pte);
}

void split_huge_edges(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last)
{
	uint64_t end;

	if (is_vm_hugetlb_page(vma))
		return;
	if (vma_pte(vma, first, &end).state == PTE_HUGE && !pmd_aligned(vma->mm, first))
		split_huge_pmd(m, vma, first);
	if (vma_pte(vma, last, &end).state == PTE_HUGE && !pmd_aligned(vma->mm, last + 1))
		split_huge_pmd(m, vma, last);
}

bool keeps_stale_bits(const struct machine *m, const struct vm_area *vma)
{
	return is_vm_hugetlb_page(vma) &&
	       machine_behaviour(m, BEHAVIOUR_HUGETLB_STALE_BIT) == HUGETLB_STALE_BIT_KEPT;
}

bool shares_hugetlb_tables(const struct vm_area *vma)
{
	const uint64_t span = UINT64_C(1) << table_shift(vma->mm->paging, LEVEL_PMD);

	return is_vm_hugetlb_page(vma) && vma->flags & VM_SHARED &&
	       !(vma->flags & (VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP)) &&
	       align_up(vma->start, span) + span <= vma->end;
}
