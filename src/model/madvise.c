/* SPDX-License-Identifier: GPL-2.0-or-later */
/* madvise(): advice that changes a VMA's flags, and advice about its pages. */
#include <errno.h>

#include "base/alloc.h"
#include "model/fault.h"
#include "model/syscalls.h"

const char *const advice_names[ADVICES] = {
	[ADVICE_DONTFORK] = "dontfork",
	[ADVICE_DOFORK] = "dofork",
	[ADVICE_WIPEONFORK] = "wipeonfork",
	[ADVICE_KEEPONFORK] = "keeponfork",
	[ADVICE_HUGEPAGE] = "hugepage",
	[ADVICE_NOHUGEPAGE] = "nohugepage",
	[ADVICE_MERGEABLE] = "mergeable",
	[ADVICE_DONTNEED] = "dontneed",
	[ADVICE_PAGEOUT] = "pageout",
	[ADVICE_COLLAPSE] = "collapse",
	[ADVICE_GUARD_INSTALL] = "guard-install",
	[ADVICE_GUARD_REMOVE] = "guard-remove",
};

static const char *flag_in(uint64_t flags)
{
	return vm_flag_of(flags & -flags)->name;
}

/* --- advice about the VMA -------------------------------------------------------- */

static bool advise_flags(struct machine *m, struct vm_area *vma, enum advice advice,
			 struct model_error *error)
{
	static const struct {
		uint64_t set, clear;
	} change[] = {
		[ADVICE_DONTFORK] = {UINT64_C(1) << VM_DONTCOPY_NUMBER, 0},
		[ADVICE_DOFORK] = {0, UINT64_C(1) << VM_DONTCOPY_NUMBER},
		[ADVICE_WIPEONFORK] = {UINT64_C(1) << VM_WIPEONFORK_NUMBER, 0},
		[ADVICE_KEEPONFORK] = {0, UINT64_C(1) << VM_WIPEONFORK_NUMBER},
		[ADVICE_HUGEPAGE] = {UINT64_C(1) << VM_HUGEPAGE_NUMBER,
				     UINT64_C(1) << VM_NOHUGEPAGE_NUMBER},
		[ADVICE_NOHUGEPAGE] = {UINT64_C(1) << VM_NOHUGEPAGE_NUMBER,
				       UINT64_C(1) << VM_HUGEPAGE_NUMBER},
		[ADVICE_MERGEABLE] = {UINT64_C(1) << VM_MERGEABLE_NUMBER, 0},
	};
	bool special = m->kernel->behaviour[BEHAVIOUR_DOFORK_REFUSES] == DOFORK_REFUSES_SPECIAL;
	uint64_t refused = vma->flags & (special ? VM_SPECIAL : VM_IO);

	if (advice == ADVICE_DOFORK && refused)
		return refuse(error, EINVAL, "%s is set", flag_in(refused));
	if (advice == ADVICE_WIPEONFORK && (vma->object || vma->flags & VM_SHARED))
		return refuse(error, EINVAL, "wipeonfork is for private anonymous memory");
	if (advice == ADVICE_KEEPONFORK && vma->flags & VM_DROPPABLE)
		return refuse(error, EINVAL, "VM_DROPPABLE is set");
	if (advice == ADVICE_MERGEABLE &&
	    vma->flags & (VM_SHARED | VM_MAYSHARE | VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE))
		return true; /* ksm_madvise() ignores these without a word */
	change_flags(m, vma, (vma->flags & ~change[advice].clear) | change[advice].set);
	return true;
}

/* --- zapping ------------------------------------------------------------------------ */

/*
 * zap_page_range(): entries go away. A uffd-wp bit of a file-backed VMA becomes
 * a marker while VM_UFFD_WP is set; markers of it stay in any case, and so do
 * guard markers.
 */
static void zap(struct machine *m, struct vm_area *vma, uint64_t page, uint64_t last_page)
{
	bool file = !vma_is_anonymous(vma);
	uint64_t last;

	split_huge_edges(m, vma, page, last_page);
	for (; page <= last_page; page = last + 1) {
		struct pte pte = runs_at(&vma->pages, page, &last), now = {0};

		if (last > last_page)
			last = last_page;
		if (pte.state == PTE_NONE || (pte.state == PTE_MARKER && pte.attrs & PTE_GUARD))
			continue;
		if (file && pte.attrs & PTE_UFFD_WP &&
		    (pte.state == PTE_MARKER || vma->flags & VM_UFFD_WP))
			now = (struct pte){.state = PTE_MARKER, .attrs = PTE_UFFD_WP};
		change_pte(m, vma, page, last, now);
	}
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* CONFIG_PT_RECLAIM: PTE tables wholly inside the range that are empty now are freed. */
static void reclaim_tables(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last)
{
	uint64_t start = (page_address(vma, first) + PMD_SIZE - 1) & ~(PMD_SIZE - 1);
	uint64_t end = page_address(vma, last + 1) & ~(PMD_SIZE - 1), at, run;

	if (start >= end)
		return;
	for (at = address_page(vma, start); at < address_page(vma, end); at = run + 1) {
		bool none = runs_at(&vma->pages, at, &run).state == PTE_NONE;
		uint64_t from = (page_address(vma, at) + PMD_SIZE - 1) & ~(PMD_SIZE - 1);
		uint64_t to = min(page_address(vma, run + 1), end) & ~(PMD_SIZE - 1);

		if (none && from < to)
			change_remove_tables(m, vma->mm, LEVEL_PTE, from >> TABLE_SHIFT(LEVEL_PTE),
					     (to >> TABLE_SHIFT(LEVEL_PTE)) - 1);
	}
}

static bool dontneed(struct machine *m, struct vm_area *vma, const struct ranges *pages,
		     struct model_error *error)
{
	uint64_t forbidden = vma->flags & (VM_PFNMAP | VM_LOCKED);

	if (!is_vm_hugetlb_page(vma) && forbidden)
		return refuse(error, EINVAL, "%s is set", flag_in(forbidden));
	for (size_t i = 0; is_vm_hugetlb_page(vma) && i < pages->n; i++)
		if (!pmd_aligned(vma, pages->v[i].first))
			return refuse(error, EINVAL, "page %llu is not the first of a hugetlb page",
				      (unsigned long long)pages->v[i].first);
	for (size_t i = 0; i < pages->n; i++) {
		uint64_t first = pages->v[i].first, last = pages->v[i].last;

		if (is_vm_hugetlb_page(vma)) { /* the end is rounded down */
			uint64_t count = (last - first + 1) & ~(uint64_t)(PTRS_PER_PTE - 1);

			if (!count)
				continue;
			last = first + count - 1;
		}
		zap(m, vma, first, last);
		if (m->kernel->behaviour[BEHAVIOUR_PT_RECLAIM] && !is_vm_hugetlb_page(vma))
			reclaim_tables(m, vma, first, last);
	}
	return true;
}

/* --- pageout --------------------------------------------------------------------------- */

/* The page cache gives pages up; what is in no file, and was written, goes to swap. */
static void evict(const struct vm_area *vma, uint64_t first, uint64_t last, bool dirty)
{
	ranges_remove(&vma->object->cached, vma->pgoff + first, vma->pgoff + last);
	if (vma->backing == BACKING_SHMEM && dirty)
		ranges_add(&vma->object->swapped, vma->pgoff + first, vma->pgoff + last);
}

/* Does another process map this page, or for a huge page any part of it? */
static bool mapped_elsewhere(const struct machine *m, const struct vm_area *vma, uint64_t page,
			     struct pte pte, uint64_t limit, uint64_t *last)
{
	uint64_t first = huge_first(vma, page), base = pte.frame & ~(uint64_t)(PTRS_PER_PTE - 1);
	bool shared = frame_shared(m, vma, page, pte.frame, limit, last);

	if (shared || !(pte.frame & FRAME_LARGE))
		return shared;
	*last = min(*last, huge_last(vma, page));
	for (uint64_t at = first, same; at <= huge_last(vma, page) && !shared; at = same + 1)
		shared = frame_shared(m, vma, at, base + (at - first), huge_last(vma, page), &same);
	return shared;
}

/* One run: shrink_folio_list(). */
static void page_out(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		     struct pte pte)
{
	struct pte now = {0};

	if (pte.state == PTE_HUGE)
		mm_populate_tables(m, vma->mm, page_address(vma, first),
				   page_address(vma, last + 1), LEVEL_PTE);
	if (frame_kind(pte.frame) == FRAME_ANON) {
		now = pte;
		now.state = PTE_SWAP;
		now.attrs &= PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_EXCLUSIVE;
	} else {
		if (!(pte.attrs & PTE_PINNED)) /* else it is unmapped, and kept */
			evict(vma, first, last, pte.attrs & PTE_DIRTY);
		if (pte.attrs & PTE_UFFD_WP && vma->flags & VM_UFFD_WP)
			now = (struct pte){.state = PTE_MARKER, .attrs = PTE_UFFD_WP};
	}
	change_pte(m, vma, first, last, now);
}

static bool pageout(struct machine *m, struct vm_area *vma, const struct ranges *pages,
		    struct model_error *error)
{
	uint64_t forbidden = vma->flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB), last;

	if (forbidden)
		return refuse(error, EINVAL, "%s is set", flag_in(forbidden));
	for (size_t i = 0; i < pages->n; i++) {
		for (uint64_t page = pages->v[i].first; page <= pages->v[i].last; page = last + 1) {
			struct pte pte = runs_at(&vma->pages, page, &last);
			bool anon = frame_kind(pte.frame) == FRAME_ANON;

			last = min(last, pages->v[i].last);
			if ((pte.state != PTE_PRESENT && pte.state != PTE_HUGE) || !pte.frame ||
			    pte.attrs & PTE_SPECIAL || (anon && pte.attrs & PTE_PINNED))
				continue;
			/* Only pages that this process alone maps are taken. */
			if (mapped_elsewhere(m, vma, page, pte, last, &last))
				continue;
			if (pte.state == PTE_HUGE &&
			    (!pmd_aligned(vma, page) || !pmd_aligned(vma, last + 1)))
				return not_modelled(error, "paging out a part of a huge page: what "
							   "becomes of the rest depends on its content");
			page_out(m, vma, page, last, pte);
		}
	}
	return true;
}

/* --- collapse ---------------------------------------------------------------------------- */

/* May the 2 MiB unit that starts at `first` become one huge page? */
static bool can_collapse(const struct vm_area *vma, uint64_t first, struct model_error *error)
{
	uint64_t page = first, stop = first + PTRS_PER_PTE - 1, last, marker = UINT64_MAX;

	for (; page <= stop; page = last + 1) {
		struct pte pte = runs_at(&vma->pages, page, &last);

		switch ((enum pte_state)pte.state) {
		case PTE_NONE:
		case PTE_ZERO:
			if (vma->flags & VM_UFFD_FLAGS)
				return refuse(error, EBUSY, "page %llu is a hole, and a userfaultfd watches it",
					      (unsigned long long)page);
			break;
		case PTE_HUGE:
			return true;
		case PTE_PRESENT:
			if (pte.attrs & PTE_PINNED)
				return refuse(error, EAGAIN, "page %llu is pinned",
					      (unsigned long long)page);
			/* fall through */
		case PTE_SWAP:
			if (pte.attrs & PTE_UFFD_WP)
				return refuse(error, EINVAL, "page %llu is write-protected",
					      (unsigned long long)page);
			break;
		case PTE_MARKER:
			/* Taken for swap by the scan, unless uffd-wp; found out at the end. */
			marker = page;
			if (pte.attrs & PTE_UFFD_WP)
				stop = page;
			break;
		default:
			return not_modelled(error, "collapsing %s entries", pte_state_names[pte.state]);
		}
	}
	if (marker != UINT64_MAX)
		return refuse(error, EINVAL, "page %llu has a marker", (unsigned long long)marker);
	return true;
}

static bool collapse(struct machine *m, struct vm_area *vma, const struct ranges *pages,
		     struct model_error *error)
{
	uint64_t forbidden = vma->flags & (VM_NOHUGEPAGE | VM_SPECIAL | VM_HUGETLB);
	struct ranges units = {0};
	bool ok = true;

	if (!m->kernel->behaviour[BEHAVIOUR_COLLAPSE])
		return refuse(error, EINVAL, "%s has no MADV_COLLAPSE", m->kernel->name);
	if (forbidden)
		return refuse(error, EINVAL, "%s is set", flag_in(forbidden));
	if (!vma_is_anonymous(vma))
		return not_modelled(error, "collapsing pages of a file");
	if (!vma->anon_vma)
		return refuse(error, EINVAL, "nothing was ever written there (no anon_vma)");
	if (!huge_fits(vma, 0) && !huge_fits(vma, PTRS_PER_PTE - 1))
		return refuse(error, EINVAL, "no aligned 2 MiB fits into %s", vma->name);
	for (size_t i = 0; ok && i < pages->n; i++) {
		uint64_t start = page_address(vma, pages->v[i].first) + PMD_SIZE - 1;
		uint64_t first = address_page(vma, start & ~(PMD_SIZE - 1));

		if (first > pages->v[i].last + 1 && huge_first(vma, pages->v[i].last + 1) < first)
			ok = refuse(error, EINVAL, "pages %llu-%llu lie inside one 2 MiB unit",
				    (unsigned long long)pages->v[i].first,
				    (unsigned long long)pages->v[i].last);
		for (; ok && first + PTRS_PER_PTE - 1 <= pages->v[i].last; first += PTRS_PER_PTE) {
			uint64_t last;
			bool table = mm_has_table(vma->mm, LEVEL_PTE,
						  page_address(vma, first) >> TABLE_SHIFT(LEVEL_PTE),
						  &last);

			if (runs_at(&vma->pages, first, &last).state == PTE_HUGE)
				continue;
			if (!table)
				ok = refuse(error, EINVAL, "there is no page table at page %llu",
					    (unsigned long long)first);
			else
				ok = can_collapse(vma, first, error);
			ranges_add(&units, first, first + PTRS_PER_PTE - 1);
		}
	}
	for (size_t i = 0; ok && i < units.n; i++) {
		struct pte pte = {
			.state = PTE_HUGE,
			.attrs = PTE_DIRTY | PTE_SOFT_DIRTY | PTE_YOUNG | PTE_EXCLUSIVE |
				 (vma->flags & VM_WRITE ? PTE_WRITE : 0),
		};

		pte.frame = machine_new_frames(m, units.v[i].last - units.v[i].first + 1, true);
		/* The tables are put by for the huge entries. */
		change_remove_tables(m, vma->mm, LEVEL_PTE,
				     page_address(vma, units.v[i].first) >> TABLE_SHIFT(LEVEL_PTE),
				     page_address(vma, units.v[i].last) >> TABLE_SHIFT(LEVEL_PTE));
		change_pte(m, vma, units.v[i].first, units.v[i].last, pte);
	}
	ranges_deinit(&units);
	return ok;
}

/* --- guard regions ------------------------------------------------------------------------ */

/*
 * In a file-backed VMA uffd-wp bits and markers survive the zap that makes room
 * for the guards, so that the call tries again for ever.
 */
static bool guard_loops(const struct vm_area *vma, const struct ranges *pages)
{
	uint64_t last;

	if (vma_is_anonymous(vma) || !(vma->flags & VM_UFFD_WP))
		return false;
	for (size_t i = 0; i < pages->n; i++)
		for (uint64_t page = pages->v[i].first; page <= pages->v[i].last; page = last + 1)
			if (runs_at(&vma->pages, page, &last).attrs & PTE_UFFD_WP)
				return true;
	return false;
}

static bool guard_install(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			  struct model_error *error)
{
	uint8_t how = m->kernel->behaviour[BEHAVIOUR_GUARD_REGIONS];
	uint64_t forbidden = vma->flags & (VM_SPECIAL | VM_HUGETLB | VM_LOCKED);
	struct pte guard = {.state = PTE_MARKER, .attrs = PTE_GUARD};

	if (how == GUARD_NONE)
		return refuse(error, EINVAL, "%s has no guard regions", m->kernel->name);
	if (forbidden)
		return refuse(error, EINVAL, "%s is set", flag_in(forbidden));
	if (how == GUARD_ANON && !vma_is_anonymous(vma))
		return refuse(error, EINVAL, "%s guards anonymous memory only", m->kernel->name);
	if (guard_loops(vma, pages))
		return not_modelled(error, "guard-install over uffd-wp entries of a file: "
					   "the kernel tries again for ever");
	if (how == GUARD_ANY_FLAG)
		change_flags(m, vma, vma->flags | VM_MAYBE_GUARD);
	if (how != GUARD_ANY_FLAG || vma_is_anonymous(vma))
		anon_vma_prepare(m, vma);
	for (size_t i = 0; i < pages->n; i++) {
		zap(m, vma, pages->v[i].first, pages->v[i].last);
		mm_populate_tables(m, vma->mm, page_address(vma, pages->v[i].first),
				   page_address(vma, pages->v[i].last + 1), LEVEL_PTE);
		change_pte(m, vma, pages->v[i].first, pages->v[i].last, guard);
	}
	return true;
}

static bool guard_remove(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			 struct model_error *error)
{
	uint64_t forbidden = vma->flags & (VM_SPECIAL | VM_HUGETLB), last;
	uint8_t how = m->kernel->behaviour[BEHAVIOUR_GUARD_REGIONS];

	if (how == GUARD_NONE)
		return refuse(error, EINVAL, "%s has no guard regions", m->kernel->name);
	if (forbidden)
		return refuse(error, EINVAL, "%s is set", flag_in(forbidden));
	if (how == GUARD_ANON && !vma_is_anonymous(vma))
		return refuse(error, EINVAL, "%s guards anonymous memory only", m->kernel->name);
	for (size_t i = 0; i < pages->n; i++) {
		for (uint64_t page = pages->v[i].first; page <= pages->v[i].last; page = last + 1) {
			struct pte pte = runs_at(&vma->pages, page, &last);

			last = min(last, pages->v[i].last);
			if (pte.state == PTE_MARKER && pte.attrs & PTE_GUARD)
				change_pte(m, vma, page, last, (struct pte){0});
		}
	}
	return true;
}

bool vm_madvise(struct machine *m, struct vm_area *vma, enum advice advice,
		const struct ranges *pages, struct model_error *error)
{
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .src = vma,
				    .text = advice_names[advice], .address = vma->start});
	switch (advice) {
	case ADVICE_DONTNEED:
		return dontneed(m, vma, pages, error);
	case ADVICE_PAGEOUT:
		return pageout(m, vma, pages, error);
	case ADVICE_COLLAPSE:
		return collapse(m, vma, pages, error);
	case ADVICE_GUARD_INSTALL:
		return guard_install(m, vma, pages, error);
	case ADVICE_GUARD_REMOVE:
		return guard_remove(m, vma, pages, error);
	default:
		return advise_flags(m, vma, advice, error);
	}
}
