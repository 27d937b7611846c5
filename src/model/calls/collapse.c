/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MADV_COLLAPSE: small pages become huge ones (mm/khugepaged.c). */
#include <errno.h>

#include "model/calls/madvise_private.h"
#include "model/hold.h"

/* May the 2 MiB unit that starts at `first` become one huge page? */
static bool can_collapse(const struct machine *m, const struct vm_area *vma, uint64_t first,
			 struct model_error *error)
{
	uint64_t page = first, stop = huge_last(vma->mm, first), last, held;
	uint64_t marker = UINT64_MAX;
	bool writable = machine_behaviour(m, BEHAVIOUR_COLLAPSE) != COLLAPSE_IF_WRITABLE;

	for (; page <= stop; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		writable |= pte.state == PTE_PRESENT && pte.attrs & PTE_WRITE;
		switch ((enum pte_state)pte.state) {
		case PTE_NONE:
		case PTE_ZERO:
			if (vma->flags & VM_UFFD_FLAGS)
				return refuse(error, EBUSY, "page %llu is a hole, and a userfaultfd watches it",
					      (unsigned long long)mm_named_page(vma->mm, page));
			break;
		case PTE_HUGE:
			return true;
		case PTE_PRESENT:
			if (frame_held(m, pte.frame, &held) || frame_kind(pte.frame) == FRAME_KSM)
				return refuse(error, EAGAIN, "page %llu has extra references, or is a KSM page",
					      (unsigned long long)mm_named_page(vma->mm, page));
			if (held - pte.frame < last - page)
				last = page + (held - pte.frame);
			if (pte.attrs & PTE_PINNED)
				return refuse(error, EAGAIN, "page %llu is pinned",
					      (unsigned long long)mm_named_page(vma->mm, page));
			/* fall through */
		case PTE_SWAP:
			if (pte.attrs & PTE_UFFD_WP)
				return refuse(error, EINVAL, "page %llu is write-protected",
					      (unsigned long long)mm_named_page(vma->mm, page));
			break;
		case PTE_MARKER:
			/* The scan takes it for a swap entry, unless uffd-wp; the copy then fails. */
			marker = page;
			if (pte.attrs & PTE_UFFD_WP)
				stop = page;
			break;
		default:
			return not_modelled(error, "collapsing %s entries", pte_state_names[pte.state]);
		}
	}
	if (!writable)
		return refuse(error, EINVAL, "%s collapses only ranges with a writable page",
			      m->kernel->name);
	if (marker != UINT64_MAX)
		return refuse(error, EINVAL, "page %llu has a marker", (unsigned long long)mm_named_page(vma->mm, marker));
	return true;
}

/*
 * The last page of the units from `first` on that are all alike: one run of entries that has
 * tables everywhere, or nowhere; at least the first unit.
 */
static uint64_t units_alike(const struct mm *mm, uint64_t first, uint64_t run_end, uint64_t table_end)
{
	uint64_t tables = table_end >= mm->pages.pages >> mm->paging->table_bits
				  ? mm->pages.pages - 1
				  : ((table_end + 1) << mm->paging->table_bits) - 1;
	uint64_t end = huge_first(mm, min(run_end, tables) + 1) - 1;

	return end < huge_last(mm, first) || end == UINT64_MAX ? huge_last(mm, first) : end;
}

/* The units that first..last holds whole, and that are not huge; false: one cannot be. */
static bool find_units(struct machine *m, const struct vm_area *vma, uint64_t first, uint64_t last,
		       struct ranges *units, struct model_error *error)
{
	const struct mm *mm = vma->mm;
	uint64_t end, table_end, stop;
	bool all = true, ok = true;

	for (; ok && huge_last(mm, first) <= last; first = stop + 1) {
		bool huge = vma_pte(vma, first, &end).state == PTE_HUGE;
		bool table = mm_has_table(mm, LEVEL_PTE, page_table(mm, first), &table_end);

		stop = units_alike(mm, first, min(end, last), table_end);
		if (huge)
			continue;
		if (!table)
			all = refuse(error, EINVAL, "no page table at page %llu",
				     (unsigned long long)mm_named_page(mm, first));
		else if (!can_collapse(m, vma, first, error))
			all = false;
		/* Goes on after an error, and returns the last one; a hole (EBUSY) ends the call. */
		ok = all || (error->err > 0 && error->err != EBUSY);
		ranges_add(units, first, stop);
	}
	return ok && all;
}

bool madvise_collapse(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		      struct model_error *error)
{
	const struct mm *mm = vma->mm;
	uint64_t forbidden = vma->flags & (VM_NOHUGEPAGE | VM_SPECIAL | VM_HUGETLB);
	uint64_t start = pmd_aligned(mm, first) ? first : huge_last(mm, first) + 1;
	struct ranges units = {0};
	bool ok;

	if (machine_behaviour(m, BEHAVIOUR_COLLAPSE) == COLLAPSE_NONE)
		return refuse(error, EINVAL, "%s has no MADV_COLLAPSE", m->kernel->name);
	if (forbidden)
		return refuse(error, EINVAL, "%s is set", flag_in(forbidden));
	if (!vma_is_anonymous(vma))
		return not_modelled(error, "collapsing pages of a file");
	if (!vma->anon_vma)
		return refuse(error, EINVAL, "nothing has been written there (no anon_vma)");
	if (!huge_fits(vma, vma_first(vma)) && !huge_fits(vma, vma_first(vma) + huge_pages(mm) - 1))
		return refuse(error, EINVAL, "no aligned %llu KiB fits into the VMA",
			      (unsigned long long)pmd_size(mm->paging) >> 10);
	if (machine_behaviour(m, BEHAVIOUR_COLLAPSE_INSIDE) == COLLAPSE_INSIDE_REFUSED &&
	    start > last + 1 && huge_first(mm, last + 1) < start)
		return refuse(error, EINVAL, "pages %llu-%llu lie inside one unit of a huge page",
			      (unsigned long long)mm_named_page(mm, first),
			      (unsigned long long)mm_named_page(mm, last));
	ok = find_units(m, vma, start, last, &units, error);
	for (size_t i = 0; ok && i < units.n; i++) {
		struct pte pte = {
			.state = PTE_HUGE,
			.attrs = PTE_DIRTY | mm_soft_dirty(vma->mm) | PTE_YOUNG | PTE_EXCLUSIVE |
				 (vma->flags & VM_WRITE ? PTE_WRITE : 0),
		};

		pte.frame = machine_new_frames(m, units.v[i].last - units.v[i].first + 1, true);
		/* The PTE tables are deposited for the huge entries. */
		change_remove_tables(m, vma->mm, LEVEL_PTE, page_table(mm, units.v[i].first),
				     page_table(mm, units.v[i].last));
		change_pte(m, vma->mm, units.v[i].first, units.v[i].last, pte);
	}
	ranges_deinit(&units);
	return ok;
}
