/* SPDX-License-Identifier: GPL-2.0-or-later */
/* madvise(): advice that changes a VMA's flags, and advice about its pages. */
#include <errno.h>

#include "base/alloc.h"
#include "model/madvise_private.h"

const char *const advice_names[ADVICES] = {
#define A(name, word) [ADVICE_##name] = word,
	ADVICE_LIST(A)
#undef A
};

/* --- advice about the VMA -------------------------------------------------------- */

static bool advise_flags(struct machine *m, struct vm_area *vma, enum advice advice,
			 struct model_error *error)
{
	static const struct {
		uint64_t set, clear;
	} change[ADVICE_DONTNEED] = {
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
		return true; /* ksm_madvise() ignores these silently */
	change_flags(m, vma, (vma->flags & ~change[advice].clear) | change[advice].set);
	return true;
}

/* --- zapping ------------------------------------------------------------------------ */

void zap_page_range(struct machine *m, struct vm_area *vma, uint64_t page, uint64_t last_page)
{
	bool file = !vma_is_anonymous(vma), stale;
	uint64_t last;

	split_huge_edges(m, vma, page, last_page);
	for (; page <= last_page && !m->exhausted; page = last + 1) {
		struct pte pte = runs_at(&vma->pages, page, &last), now = {0};

		m->work++;
		if (last > last_page)
			last = last_page;
		if (pte.state == PTE_NONE || (pte.state == PTE_MARKER && pte.attrs & PTE_GUARD))
			continue;
		stale = is_vm_hugetlb_page(vma) ? keeps_stale_bits(m, vma) : pte.state == PTE_MARKER;
		if (file && pte.attrs & PTE_UFFD_WP && (stale || vma->flags & VM_UFFD_WP))
			now = (struct pte){.state = PTE_MARKER, .attrs = PTE_UFFD_WP};
		change_pte(m, vma, page, last, now);
	}
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
		zap_page_range(m, vma, first, last);
		if (m->kernel->behaviour[BEHAVIOUR_PT_RECLAIM] == PT_RECLAIM_YES &&
		    !is_vm_hugetlb_page(vma))
			reclaim_tables(m, vma, first, last);
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
		return madvise_pageout(m, vma, pages, error);
	case ADVICE_COLLAPSE:
		return madvise_collapse(m, vma, pages, error);
	case ADVICE_GUARD_INSTALL:
		return madvise_guard_install(m, vma, pages, error);
	case ADVICE_GUARD_REMOVE:
		return madvise_guard_remove(m, vma, pages, error);
	default:
		return advise_flags(m, vma, advice, error);
	}
}
