/* SPDX-License-Identifier: GPL-2.0-or-later */
/* madvise(): advice that changes a VMA's flags, and advice about its pages. */
#include <errno.h>

#include "base/alloc.h"
#include "model/calls/madvise_private.h"
#include "model/pool.h"

const char *const advice_names[ADVICES] = {
#define A(name, word) [ADVICE_##name] = word,
	ADVICE_LIST(A)
#undef A
};

/* As the system call has it. */
static const char *const advice_calls[ADVICES] = {
#define A(name, word) [ADVICE_##name] = "madvise(MADV_" #name ")",
	ADVICE_LIST(A)
#undef A
};

/* --- advice about the VMA -------------------------------------------------------- */

/* The flags of VMAs that the kernel does not give this advice. */
static uint64_t flags_refused(const struct machine *m, const struct vm_area *vma, enum advice advice)
{
	switch (advice) {
	case ADVICE_DOFORK:
		return machine_behaviour(m, BEHAVIOUR_DOFORK_REFUSES) == DOFORK_REFUSES_SPECIAL ? VM_SPECIAL
												: VM_IO;
	case ADVICE_KEEPONFORK:
		return VM_DROPPABLE;
	case ADVICE_DODUMP:
		return VM_DROPPABLE | (is_vm_hugetlb_page(vma) ? 0 : VM_SPECIAL);
	default:
		return 0;
	}
}

static bool advise_flags(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			 enum advice advice, struct model_error *error)
{
	static const struct {
		uint64_t set, clear;
	} change[ADVICE_DONTNEED] = {
		[ADVICE_UNMERGEABLE] = {0, UINT64_C(1) << VM_MERGEABLE_NUMBER},
		[ADVICE_DONTDUMP] = {UINT64_C(1) << VM_DONTDUMP_NUMBER, 0},
		[ADVICE_DODUMP] = {0, UINT64_C(1) << VM_DONTDUMP_NUMBER},
		[ADVICE_NORMAL] = {0, UINT64_C(1) << VM_SEQ_READ_NUMBER |
					      UINT64_C(1) << VM_RAND_READ_NUMBER},
		[ADVICE_SEQUENTIAL] = {UINT64_C(1) << VM_SEQ_READ_NUMBER,
				       UINT64_C(1) << VM_RAND_READ_NUMBER},
		[ADVICE_RANDOM] = {UINT64_C(1) << VM_RAND_READ_NUMBER,
				   UINT64_C(1) << VM_SEQ_READ_NUMBER},
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
	struct vma_attrs attrs = vma_attrs(vma);
	uint64_t refused = vma->flags & flags_refused(m, vma, advice);

	if (refused)
		return refuse(error, EINVAL, "%s is set", flag_in(refused));
	if (advice == ADVICE_WIPEONFORK && (vma->object || vma->flags & VM_SHARED))
		return refuse(error, EINVAL, "wipeonfork is for private anonymous memory");
	if (advice == ADVICE_MERGEABLE &&
	    vma->flags & (VM_SHARED | VM_MAYSHARE | VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE))
		return true; /* ksm_madvise() ignores these silently */
	if (advice == ADVICE_MERGEABLE && !vma->mm->ksm_turn)
		vma->mm->ksm_turn = ++m->next_ksm_turn;
	if (advice == ADVICE_UNMERGEABLE && vma->flags & VM_MERGEABLE &&
	    !unmerge_ksm_pages(m, vma, first, last, error))
		return false;
	attrs.flags = (attrs.flags & ~change[advice].clear) | change[advice].set;
	if (vma_modify(m, vma, first, last, attrs, error))
		return true;
	if (error->err == ENOMEM) /* madvise_vma_behavior() */
		error->err = EAGAIN;
	return false;
}

/* --- zapping ------------------------------------------------------------------------ */

void zap_page_range(struct machine *m, struct vm_area *vma, uint64_t page, uint64_t last_page)
{
	bool file = !vma_is_anonymous(vma), stale;
	uint64_t last;

	split_huge_edges(m, vma, page, last_page);
	for (; page <= last_page && !m->exhausted; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last), now = {0};

		machine_work(m, 1);
		if (last > last_page)
			last = last_page;
		if (pte.state == PTE_NONE || (pte.state == PTE_MARKER && pte.attrs & PTE_GUARD))
			continue;
		stale = is_vm_hugetlb_page(vma) ? keeps_stale_bits(m, vma) : pte.state == PTE_MARKER;
		if (file && pte.attrs & PTE_UFFD_WP && (stale || vma->flags & VM_UFFD_WP))
			now = (struct pte){.state = PTE_MARKER, .attrs = PTE_UFFD_WP};
		note_dirty(vma, page, last, pte);
		change_pte(m, vma->mm, page, last, now);
	}
}

/* CONFIG_PT_RECLAIM: PTE tables wholly inside the range that are empty now are freed. */
static void reclaim_tables(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last)
{
	const struct mm *mm = vma->mm;
	uint64_t start = huge_last(mm, first - 1) + 1, end = huge_first(mm, last + 1), run;

	for (uint64_t at = start; at < end; at = run + 1) {
		bool none = vma_pte(vma, at, &run).state == PTE_NONE;
		uint64_t from = huge_last(mm, at - 1) + 1, to = huge_first(mm, min(run + 1, end));

		if (none && from < to)
			change_remove_tables(m, vma->mm, LEVEL_PTE, page_table(mm, from),
					     page_table(mm, to) - 1);
	}
}

static bool dontneed(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		     enum advice advice, struct model_error *error)
{
	uint64_t forbidden = vma->flags & (VM_PFNMAP | (advice == ADVICE_DONTNEED ? VM_LOCKED : 0));

	if (is_vm_hugetlb_page(vma) && machine_behaviour(m, BEHAVIOUR_DONTNEED) == DONTNEED_ALL)
		forbidden = 0;
	else
		forbidden |= vma->flags & VM_HUGETLB;
	if (forbidden)
		return refuse(error, EINVAL, "%s is set", flag_in(forbidden));
	if (is_vm_hugetlb_page(vma)) { /* the end is rounded down */
		if (!pmd_aligned(vma->mm, first))
			return refuse(error, EINVAL, "page %llu is not the first of a hugetlb page",
				      (unsigned long long)mm_named_page(vma->mm, first));
		last = huge_first(vma->mm, last + 1) - 1;
		if (last < first)
			return true;
	}
	if (is_vm_hugetlb_page(vma) && machine_behaviour(m, BEHAVIOUR_HUGETLB_RESERVE) == HUGETLB_RESERVE_KEPT)
		pool_reserve_again(vma, first, last);
	zap_page_range(m, vma, first, last);
	if (machine_behaviour(m, BEHAVIOUR_PT_RECLAIM) == PT_RECLAIM_YES &&
	    !is_vm_hugetlb_page(vma))
		reclaim_tables(m, vma, first, last);
	return true;
}

/* Those that send an event first (userfaultfd_remove()). */
static bool tells_remove(enum advice advice)
{
	return advice == ADVICE_DONTNEED || advice == ADVICE_DONTNEED_LOCKED || advice == ADVICE_FREE ||
	       advice == ADVICE_REMOVE;
}

/* madvise_vma_behavior(): one VMA. */
static bool advise(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		   const void *arg, struct model_error *error)
{
	enum advice advice = *(const enum advice *)arg;

	if (!discard_allowed(vma, advice, error))
		return false;
	if (tells_remove(advice) && !uffd_event_is_read(vma, UFFD_FEATURE_EVENT_REMOVE, error))
		return false;
	switch (advice) {
	case ADVICE_DONTNEED:
	case ADVICE_DONTNEED_LOCKED:
		return dontneed(m, vma, first, last, advice, error);
	case ADVICE_FREE:
		return madvise_free(m, vma, first, last, error);
	case ADVICE_COLD:
	case ADVICE_PAGEOUT:
		return madvise_cold_or_pageout(m, vma, first, last, advice, error);
	case ADVICE_REMOVE:
		return madvise_remove(m, vma, first, last, error);
	case ADVICE_COLLAPSE:
		return madvise_collapse(m, vma, first, last, error);
	case ADVICE_GUARD_INSTALL:
		return madvise_guard_install(m, vma, first, last, error);
	case ADVICE_GUARD_REMOVE:
		return madvise_guard_remove(m, vma, first, last, error);
	default:
		return advise_flags(m, vma, first, last, advice, error);
	}
}

/* madvise_behavior_valid() */
static bool has_advice(const struct machine *m, enum advice advice, struct model_error *error)
{
	bool guard = advice == ADVICE_GUARD_INSTALL || advice == ADVICE_GUARD_REMOVE;

	if (guard && machine_behaviour(m, BEHAVIOUR_GUARD_REGIONS) == GUARD_NONE)
		return refuse(error, EINVAL, "%s has no guard regions", m->kernel->name);
	if (advice == ADVICE_DONTNEED_LOCKED && machine_behaviour(m, BEHAVIOUR_DONTNEED) == DONTNEED_PLAIN)
		return refuse(error, EINVAL, "%s has no dontneed-locked", m->kernel->name);
	return true;
}

bool vm_madvise(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		enum advice advice, struct model_error *error)
{
	uint64_t hole;

	if (!has_advice(m, advice, error))
		return false;
	event_syscall(m, mm, advice_calls[advice], first, last);
	if (advice == ADVICE_POPULATE_READ || advice == ADVICE_POPULATE_WRITE)
		return madvise_populate(m, mm, first, last, advice, error);
	if (!each_vma_in_turn(m, mm, first, last, advise, &advice, "advised", error))
		return false;
	return !first_hole(mm, first, last, &hole) ||
	       refuse(error, ENOMEM, "page %llu is not mapped (the kernel has advised all mapped pages)",
		      (unsigned long long)mm_named_page(mm, hole));
}
