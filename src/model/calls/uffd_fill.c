/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * userfaultfd: the calls that fill pages, UFFDIO_COPY, _ZEROPAGE, _CONTINUE and _POISON.
 * Modelled on mfill_atomic() of mm/userfaultfd.c, 6.1 to 7.3. They fill page after page and
 * stop at the first that has an entry: EEXIST, or EAGAIN when some are filled by then.
 */
#include <errno.h>

#include "model/fault_private.h"
#include "model/limits.h"
#include "model/vma.h"

struct filling {
	struct machine *m;
	struct vm_area *vma;
	enum uffd_filling what;
	bool wp;
};

/* --- what the whole call is refused for ------------------------------------------ */

/* Does this kernel have the call, and its mode? */
static bool is_known(const struct machine *m, enum uffd_filling what, bool wp,
		     struct model_error *error)
{
	if (what == UFFD_POISON && !(machine_features(m, UFFD_FEATURE_POISON)))
		return refuse(error, EINVAL, "%s has no UFFDIO_POISON", m->kernel->name);
	if (what == UFFD_CONTINUE && !(machine_features(m, UFFD_FEATURE_MINOR_HUGETLBFS)))
		return refuse(error, EINVAL, "%s has no UFFDIO_CONTINUE", m->kernel->name);
	if (what == UFFD_CONTINUE && wp &&
	    machine_behaviour(m, BEHAVIOUR_UFFD_CONTINUE_WP) == UFFD_CONTINUE_WP_NO)
		return refuse(error, EINVAL, "%s has no UFFDIO_CONTINUE_MODE_WP", m->kernel->name);
	return true;
}

/* The backings that each call fills. */
static bool fits_backing(const struct filling *f, struct model_error *error)
{
	enum backing backing = f->vma->backing;
	const char *only = NULL;

	if (f->what == UFFD_CONTINUE && backing != BACKING_SHMEM && backing != BACKING_HUGETLB)
		only = "UFFDIO_CONTINUE works on shmem and hugetlb only";
	else if (f->what == UFFD_ZEROPAGE && backing == BACKING_HUGETLB)
		only = "there is no zero page of that size";
	else if (!vma_is_anonymous(f->vma) && backing != BACKING_SHMEM && backing != BACKING_HUGETLB)
		only = "only anonymous memory, shmem and hugetlb can be filled";
	return !only || refuse(error, EINVAL, "%s", only);
}

static bool may_fill(const struct filling *f, uint64_t first, uint64_t last,
		     struct model_error *error)
{
	const struct vm_area *vma = f->vma;

	/* uffd_mfill_lock(): one VMA has to hold it all. */
	if (!vma || last > vma_last(vma))
		return refuse(error, ENOENT, "the pages are not in one VMA");
	if (!vma->uffd)
		return refuse(error, ENOENT, "the VMA is not registered");
	if (f->wp && !(vma->flags & VM_UFFD_WP))
		return refuse(error, EINVAL, "the VMA is not registered for wp");
	if (!fits_backing(f, error) || !uffd_hugetlb_aligned(vma, first, last, error))
		return false;
	if (f->m->mm_count > 1 && shares_hugetlb_tables(vma))
		return not_modelled(error, "hugetlb page tables that processes share "
				    "(a shared mapping over a whole GiB)");
	return true;
}

/* --- pages -------------------------------------------------------------------------- */

/* May the call put something else in the place of this entry? (pte_none_mostly()) */
static bool is_free(const struct filling *f, struct pte pte)
{
	if (f->what == UFFD_ZEROPAGE && !(f->vma->flags & VM_SHARED))
		return pte.state == PTE_NONE;
	if (f->what == UFFD_POISON)
		return pte.state == PTE_NONE;
	if (pte.attrs & PTE_GUARD &&
	    machine_behaviour(f->m, BEHAVIOUR_UFFD_FILL_GUARD) == UFFD_FILL_GUARD_REFUSED)
		return false;
	return pte.state == PTE_NONE || pte.state == PTE_MARKER;
}

/* The errno for this page, 0: it can be filled; the answer holds up to *last. */
static int refusal(const struct filling *f, uint64_t page, uint64_t *last)
{
	struct pte pte = vma_pte(f->vma, page, last);
	bool file = f->vma->flags & VM_SHARED || f->what == UFFD_CONTINUE, has = false;
	uint64_t same;

	if (f->vma->object && file && f->what != UFFD_POISON) {
		has = page_exists(f->vma, page, &same);
		*last = min(*last, same);
	}
	if (f->what == UFFD_CONTINUE && !has)
		return EFAULT;
	if (!is_free(f, pte) || (f->what != UFFD_CONTINUE && has))
		return EEXIST;
	return 0;
}

/* Pages that shmem is charged for one by one; how many of first..last it may get. */
static uint64_t charged(const struct filling *f, uint64_t first, uint64_t last)
{
	const struct vm_area *vma = f->vma;
	bool asks = f->what == UFFD_COPY || f->what == UFFD_ZEROPAGE;

	if (!asks || vma->backing != BACKING_SHMEM || !(vma->flags & VM_SHARED) || vma->object->promised)
		return last - first + 1;
	return min(commit_room(f->m), last - first + 1);
}

/* The new entry of `page`, and of those behind it. */
static struct pte filled(const struct filling *f, uint64_t page, uint64_t pages)
{
	const struct vm_area *vma = f->vma;
	bool hugetlb = is_vm_hugetlb_page(vma), shared = vma->flags & VM_SHARED;
	struct pte pte = {
		.state = hugetlb ? PTE_HUGE : PTE_PRESENT,
		.attrs = PTE_YOUNG | PTE_DIRTY | mm_soft_dirty(vma->mm),
	};

	if (f->what == UFFD_POISON)
		return (struct pte){.state = PTE_MARKER, .attrs = PTE_POISON};
	if (f->what == UFFD_ZEROPAGE && !shared)
		return (struct pte){.state = PTE_ZERO, .attrs = PTE_YOUNG | PTE_SPECIAL};
	if (shared || f->what == UFFD_CONTINUE) {
		pte.frame = vma->object->frame + linear_page_index(vma, page);
	} else {
		pte.frame = machine_new_frames(f->m, pages, hugetlb);
		pte.attrs |= PTE_EXCLUSIVE;
	}
	if (f->wp)
		pte.attrs |= PTE_UFFD_WP;
	else if (vma->flags & VM_WRITE && (shared || f->what != UFFD_CONTINUE))
		pte.attrs |= PTE_WRITE;
	return pte;
}

/* Pages of a run, none of which is refused. */
static void fill_run(const struct filling *f, uint64_t first, uint64_t last)
{
	struct vm_area *vma = f->vma;
	struct pte pte = filled(f, first, last - first + 1);

	if (frame_kind(pte.frame) == FRAME_FILE)
		cache_pages(vma, first, last);
	mm_populate_tables(f->m, vma->mm, first, last,
			   is_vm_hugetlb_page(vma) ? LEVEL_PMD : LEVEL_PTE);
	change_pte(f->m, vma->mm, first, last, pte);
	if (frame_kind(pte.frame) == FRAME_FILE)
		mark_pinned_before(f->m, vma, first, last);
}

static bool refuse_page(const struct filling *f, int err, uint64_t first, uint64_t page,
			struct model_error *error)
{
	const struct mm *mm = f->vma->mm;
	unsigned long long at = mm_named_page(mm, page);
	const char *why = err == EFAULT	  ? "is not in the page cache"
			  : err == ENOMEM ? "would pass the limit of committed memory"
					  : "already has an entry";

	if (err == EEXIST && f->vma->flags & VM_SHARED &&
	    vma_pte(f->vma, page, &page).state == PTE_NONE)
		why = "is already in the page cache";
	if (at == mm_named_page(mm, first))
		return refuse(error, err, "page %llu %s", at, why);
	return refuse(error, EAGAIN, "page %llu %s; the kernel has filled those before it", at, why);
}

static const char *const call_names[] = {
	[UFFD_POISON] = "UFFDIO_POISON",
	[UFFD_ZEROPAGE] = "UFFDIO_ZEROPAGE",
	[UFFD_COPY] = "UFFDIO_COPY",
	[UFFD_CONTINUE] = "UFFDIO_CONTINUE",
};

bool uffd_fill(struct machine *m, struct mm *mm, uint64_t first, uint64_t last_page,
	       enum uffd_filling what, bool wp, struct model_error *error)
{
	struct filling f = {m, mm_vma_at(mm, page_address(mm, first)), what, wp};
	uint64_t page, last, room;
	int err;

	if (!is_known(m, what, wp, error) || !may_fill(&f, first, last_page, error))
		return false;
	for (page = first; page <= last_page; page = last + 1) {
		err = refusal(&f, page, &last);
		machine_work(m, 1);
		if (err)
			return refuse_page(&f, err, first, page, error);
	}
	room = charged(&f, first, last_page); /* none of them exists */
	if (room <= last_page - first)
		return refuse_page(&f, ENOMEM, first, first + room, error);
	event_syscall(m, mm, call_names[what], first, last_page);
	if (!(f.vma->flags & VM_SHARED))
		anon_vma_prepare(m, f.vma);
	for (page = first; page <= last_page && !m->exhausted; page = last + 1) {
		refusal(&f, page, &last);
		last = min(last, last_page);
		machine_work(m, m->mm_count);
		fill_run(&f, page, last);
	}
	return true;
}
