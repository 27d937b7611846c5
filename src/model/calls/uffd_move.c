/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * userfaultfd: UFFDIO_MOVE, which moves pages to other addresses of the same process.
 * Modelled on move_pages() of mm/userfaultfd.c, 6.8 to 7.3. It takes page after page and
 * stops at the first that cannot be moved: EAGAIN when some have moved by then.
 */
#include <errno.h>

#include "model/fault_private.h"
#include "model/vma.h"

struct moving {
	struct machine *m;
	struct vm_area *src, *dst;
	uint64_t first, last, to; /* of the whole call */
};

/* --- what the whole call is refused for ------------------------------------------ */

/* vma_move_compatible() */
static bool fits_move(const struct vm_area *vma, const char *which, struct model_error *error)
{
	uint64_t forbidden = vma->flags & (VM_PFNMAP | VM_IO | VM_HUGETLB | VM_MIXEDMAP);

	if (vma->flags & VM_SHARED)
		return refuse(error, EINVAL, "the %s is shared", which);
	if (forbidden)
		return refuse(error, EINVAL, "the %s has %s", which,
			      vm_flag_of(forbidden & -forbidden)->name);
	if (!vma_is_anonymous(vma))
		return refuse(error, EINVAL, "the %s is not anonymous", which);
	return true;
}

/* validate_move_areas() */
static bool fits_both(const struct moving *v, const struct uffd_ctx *ctx, struct model_error *error)
{
	uint64_t differ = v->src->flags ^ v->dst->flags;

	if (differ & VM_ACCESS_FLAGS)
		return refuse(error, EINVAL, "source and destination have different protections");
	if (differ & VM_LOCKED)
		return refuse(error, EINVAL, "only one of source and destination is locked");
	if (!(v->src->flags & VM_WRITE))
		return refuse(error, EINVAL, "source and destination cannot be written");
	if (v->dst->uffd != ctx)
		return refuse(error, EINVAL, "the destination is not registered with %s", ctx->name);
	return fits_move(v->src, "source", error) && fits_move(v->dst, "destination", error);
}

static bool may_move(const struct moving *v, const struct uffd_ctx *ctx, struct model_error *error)
{
	if (!(machine_features(v->m, UFFD_FEATURE_MOVE)))
		return refuse(error, EINVAL, "%s has no UFFDIO_MOVE", v->m->kernel->name);
	if (!v->dst || !v->src)
		return refuse(error, ENOENT, "nothing is mapped at the %s", v->dst ? "source" : "destination");
	if (v->last > vma_last(v->src))
		return refuse(error, EINVAL, "the source is not in one VMA");
	if (v->to + (v->last - v->first) > vma_last(v->dst))
		return refuse(error, EINVAL, "the destination is not in one VMA");
	return fits_both(v, ctx, error);
}

/* --- one page ----------------------------------------------------------------------- */

/* Can a page with this entry be moved? Its errno, or 0. */
static int immovable(struct pte pte)
{
	switch ((enum pte_state)pte.state) {
	case PTE_NONE:
		return ENOENT;
	case PTE_ZERO:
		return 0;
	case PTE_HUGE:
		if (pte.attrs & PTE_SPECIAL)
			return 0;
		/* fall through */
	case PTE_PRESENT:
		return pte.attrs & PTE_EXCLUSIVE && !(pte.attrs & PTE_PINNED) ? 0 : EBUSY;
	case PTE_SWAP:
		return pte.attrs & PTE_EXCLUSIVE ? 0 : EBUSY;
	default:
		return EFAULT;
	}
}

static const char *why_immovable(int err)
{
	switch (err) {
	case ENOENT:
		return "has no entry";
	case EEXIST:
		return "already has an entry";
	case EBUSY:
		return "is shared or pinned: not exclusive";
	default:
		return "is neither in memory nor in swap";
	}
}

static bool refuse_page(const struct moving *v, int err, uint64_t page, uint64_t offset,
			struct model_error *error)
{
	unsigned long long number = mm_named_page(v->src->mm, page);

	if (!offset)
		return refuse(error, err, "page %llu %s", number, why_immovable(err));
	return refuse(error, EAGAIN, "page %llu %s; the kernel has moved those before it", number,
		      why_immovable(err));
}

/* May the huge entry move as it is? (move_splits_huge_pmd(), and a PMD without a table) */
static bool moves_huge(const struct moving *v, uint64_t page, uint64_t to, uint64_t *table_last)
{
	const struct mm *mm = v->src->mm;

	return pmd_aligned(mm, page) && pmd_aligned(mm, to) && huge_last(mm, page) <= v->last &&
	       !mm_has_table(mm, LEVEL_PTE, page_table(mm, to), table_last);
}

/* split_folio(): the pages of a large folio that small entries map, wherever they are mapped. */
static void split_large(struct machine *m, const struct mm *mm, uint64_t page, struct pte pte)
{
	uint64_t pages = huge_pages(mm), base = pte.frame & ~(pages - 1), last;
	uint64_t first = page - (pte.frame - base);

	for (size_t i = 0; i < m->mm_count; i++)
		for (uint64_t at = first; at < first + pages; at = last + 1) {
			struct pte here = runs_at(&m->mms[i]->pages, at, &last);

			last = min(last, first + pages - 1);
			if (m->mms[i]->dead || here.frame - base >= pages)
				continue;
			here.frame ^= FRAME_LARGE | FRAME_WAS_LARGE;
			if (here.state == PTE_HUGE) {
				here.state = PTE_PRESENT;
				mm_populate_tables(m, m->mms[i], at, last, LEVEL_PTE);
			}
			change_pte(m, m->mms[i], at, last, here);
		}
}

/* The entry after the move (move_present_pte(), move_swap_pte(), move_zeropage_pte()). */
static struct pte moved(const struct moving *v, struct pte pte)
{
	if (pte.state == PTE_SWAP) {
		pte.attrs |= mm_soft_dirty(v->dst->mm);
	} else if (pte.state == PTE_ZERO || pte.attrs & PTE_SPECIAL) {
		pte.attrs = PTE_YOUNG | PTE_SPECIAL;
	} else {
		pte.attrs = PTE_YOUNG | PTE_DIRTY | mm_soft_dirty(v->dst->mm) | PTE_EXCLUSIVE;
		if (v->dst->flags & VM_WRITE)
			pte.attrs |= PTE_WRITE;
	}
	return pte;
}

/*
 * Moves the page, and those behind it that are alike; *done: how many. 0: it has been split,
 * and is to be looked at again.
 */
static bool move_run(const struct moving *v, uint64_t page, uint64_t to, uint64_t *done,
		     struct model_error *error)
{
	struct mm *mm = v->src->mm;
	uint64_t last, free_last, table;
	struct pte pte = vma_pte(v->src, page, &last);
	struct pte there = vma_pte(v->dst, to, &free_last);
	int err = immovable(pte);
	bool large = pte.frame & FRAME_LARGE;

	*done = 0;
	if (err == ENOENT)
		return refuse_page(v, err, page, page - v->first, error);
	if (there.state != PTE_NONE)
		return refuse_page(v, EEXIST, page, page - v->first, error);
	if (pte.state == PTE_HUGE && !moves_huge(v, page, to, &table)) {
		if (err && !(pte.attrs & PTE_EXCLUSIVE))
			return refuse_page(v, err, page, page - v->first, error);
		if (err) /* a pinned folio cannot be split: the call tries until it is */
			return not_finished(error);
		split_huge_pmd(v->m, v->src, page);
		return true;
	}
	if (err && large && pte.state == PTE_PRESENT && pte.attrs & PTE_EXCLUSIVE)
		return not_finished(error);
	if (err)
		return refuse_page(v, err, page, page - v->first, error);
	if (large && pte.state == PTE_PRESENT) {
		split_large(v->m, mm, page, pte);
		return true;
	}
	if (pte.state == PTE_HUGE && pte.attrs & PTE_SPECIAL &&
	    machine_behaviour(v->m, BEHAVIOUR_UFFD_MOVE_ZERO) == UFFD_MOVE_ZERO_NO)
		return not_finished(error);
	last = min(last, v->last);
	if (pte.state == PTE_HUGE)
		last = huge_last(mm, page);
	*done = min(last - page, free_last - to) + 1;
	mm_populate_tables(v->m, mm, to, to + *done - 1, pte.state == PTE_HUGE ? LEVEL_PMD : LEVEL_PTE);
	change_pte(v->m, mm, page, page + *done - 1, (struct pte){0});
	change_pte(v->m, mm, to, to + *done - 1, moved(v, pte));
	return true;
}

bool uffd_move(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, uint64_t first,
	       uint64_t last, uint64_t to, struct model_error *error)
{
	struct moving v = {m, mm_vma_at(mm, page_address(mm, first)), mm_vma_at(mm, page_address(mm, to)),
			   first, last, to};
	uint64_t done;

	if (!may_move(&v, ctx, error))
		return false;
	event_syscall(m, mm, "UFFDIO_MOVE", first, last);
	anon_vma_prepare(m, v.dst);
	for (uint64_t page = first; page <= last && !m->exhausted; page += done) {
		machine_work(m, m->mm_count);
		if (!move_run(&v, page, to + (page - first), &done, error))
			return false;
	}
	return true;
}
