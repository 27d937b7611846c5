/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that ksmd has found equal. (mm/ksm.c)
 *
 *   a 0 -> A1        a 0 \
 *   a 1 -> A2   =>   a 1  > K1, which was A2
 *   b 5 -> A9        b 5 /
 *
 * The second page becomes the common one, where it is; the others' entries are built anew,
 * without the bits that the old ones had.
 */
#include "base/minmax.h"
#include "model/fault_private.h"
#include "model/hold.h"
#include "model/vma.h"

/* --- which pages ----------------------------------------------------------------------- */

/* A page of a folio: ksmd splits it, and the kernel maps what is left by what it contains. */
static bool folio_is_whole(const struct machine *m, const struct vm_area *vma, uint64_t page,
			   struct pte pte, const struct ranges *pages, struct model_error *error)
{
	uint64_t first = huge_first(vma->mm, page), last = huge_last(vma->mm, page);

	if (!(pte.frame & FRAME_LARGE))
		return true;
	if (ranges_count(pages, first, last) != last - first + 1)
		return not_modelled(error, "merging a part of a huge page: the result depends on its "
					   "content");
	return !folio_shared(m, vma->mm, page, pte.frame) ||
	       not_modelled(error, "merging a huge page that another process maps");
}

static bool may_merge_pte(const struct machine *m, const struct vm_area *vma, uint64_t page,
			  struct pte pte, struct model_error *error)
{
	unsigned long long number = mm_named_page(vma->mm, page);
	uint64_t last;

	if (pte.state != PTE_PRESENT && pte.state != PTE_HUGE)
		return refuse(error, MODEL_CANNOT, "page %llu is not present", number);
	if (!frame_is_anon(pte.frame))
		return refuse(error, MODEL_CANNOT, "page %llu is not anonymous memory", number);
	if (!(pte.attrs & PTE_PINNED || frame_held(m, pte.frame, &last)))
		return true;
	if (!(pte.attrs & PTE_PINNED) && !ksm_asks_holders(pte))
		return not_modelled(error, "merging page %llu, which is held: ksmd does not ask who "
					   "holds a page whose entry is clean and read-only", number);
	return refuse(error, MODEL_CANNOT, "page %llu is pinned", number);
}

/* The pages first..last of the VMA. *arg: all pages of the call. */
static bool may_merge(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		      const void *arg, struct model_error *error)
{
	uint64_t end, held_end;

	if (!(vma->flags & VM_MERGEABLE))
		return refuse(error, MODEL_CANNOT, "page %llu is not in a mergeable VMA",
			      (unsigned long long)mm_named_page(vma->mm, first));
	for (uint64_t page = first; page <= last; page = end + 1) {
		struct pte pte = vma_pte(vma, page, &end);

		machine_work(m, 1);
		if (!may_merge_pte(m, vma, page, pte, error) ||
		    !folio_is_whole(m, vma, page, pte, arg, error))
			return false;
		frame_held(m, pte.frame, &held_end);
		if (held_end - pte.frame < end - page)
			end = page + (held_end - pte.frame);
		if (pte.frame & FRAME_LARGE)
			end = min(end, huge_last(vma->mm, page));
	}
	return true;
}

static bool may_merge_all(struct machine *m, struct mm *mm, const struct ranges *pages,
			  struct model_error *error)
{
	uint64_t hole;

	for (size_t i = 0; i < pages->n; i++) {
		if (first_hole(mm, pages->v[i].first, pages->v[i].last, &hole))
			return refuse(error, MODEL_CANNOT, "page %llu is not mapped",
				      (unsigned long long)mm_named_page(mm, hole));
		if (!each_vma(m, mm, pages->v[i].first, pages->v[i].last, may_merge, pages, error))
			return false;
	}
	return ranges_count(pages, 0, UINT64_MAX) > 1 ||
	       refuse(error, MODEL_CANNOT, "ksm needs at least two pages");
}

/* --- merging ---------------------------------------------------------------------------- */

/* The page that the others become: one of ksmd's already, or else the second one. */
struct kept {
	uint64_t page;	/* its place */
	uint64_t frame; /* the frame that it has as a KSM page */
	bool was_ksm;
};

/* Do the VMAs of these pages let ksmd merge them? *last: as far as one answer reaches. */
static bool mergeable(const struct mm *mm, uint64_t page, uint64_t *last)
{
	const struct vm_area *vma = mm_vma_at(mm, page_address(mm, page));

	*last = vma ? min(*last, vma_last(vma)) : page;
	return vma && vma->flags & VM_MERGEABLE;
}

/* The pages that ksmd comes to first and second, and where it finds them. */
struct visit {
	uint64_t page[2]; /* as the call has them */
	uint64_t at[2];
	unsigned count;
};

/* The two with the lowest addresses stay. */
static void visit_page(struct visit *visit, uint64_t page, uint64_t at)
{
	unsigned i = visit->count;

	while (i && at < visit->at[i - 1])
		i--;
	if (i == 2)
		return;
	if (i == 0) {
		visit->page[1] = visit->page[0];
		visit->at[1] = visit->at[0];
	}
	visit->page[i] = page;
	visit->at[i] = at;
	visit->count += visit->count < 2;
}

/* A run of the call's pages, and a process in which they are looked for. */
struct sought {
	const struct mm *mm;
	uint64_t page, home; /* of the first */
	struct pte pte;	     /* the same */
	struct visit *visit;
};

static void visit_run(const struct whereabouts *where, void *arg)
{
	const struct sought *sought = arg;
	uint64_t stop = where->page + where->count - 1, last;

	for (uint64_t at = where->page; at <= stop; at = last + 1) {
		struct pte pte = runs_at(&sought->mm->pages, at, &last);
		uint64_t nth = where->home - sought->home + (at - where->page);
		bool seen;

		last = min(last, stop);
		seen = mergeable(sought->mm, at, &last) && pte.frame == pte_advance(sought->pte, nth).frame;
		if (seen)
			visit_page(sought->visit, sought->page + nth, at);
		if (seen && last > at)
			visit_page(sought->visit, sought->page + nth + 1, at + 1);
	}
}

/* Which of the call's pages it sees in this process, which may be another one. */
static void visit_mm(const struct mm *mm, const struct mm *of, const struct ranges *pages,
		     struct visit *visit)
{
	struct visit here = {.count = 0};
	uint64_t last, moved;

	for (size_t i = 0; i < pages->n; i++)
		for (uint64_t page = pages->v[i].first; page <= pages->v[i].last; page = last + 1) {
			struct sought sought = {mm, page, mm_home(of, page, &moved),
						runs_at(&of->pages, page, &last), &here};

			last = min(min(last, moved), pages->v[i].last);
			mm_each_whereabouts(mm, sought.home, sought.home + (last - page), visit_run,
					    &sought);
		}
	for (unsigned i = 0; i < here.count && visit->count < 2; i++)
		if (!visit->count || visit->page[0] != here.page[i])
			visit->page[visit->count++] = here.page[i];
}

/* Process by process, in the order in which they have said that memory is mergeable. */
static uint64_t second_visited(const struct machine *m, const struct mm *of, const struct ranges *pages)
{
	struct visit visit = {.count = 0};

	for (unsigned turn = 1; turn <= m->next_ksm_turn; turn++)
		for (size_t i = 0; i < m->mm_count; i++)
			if (m->mms[i]->ksm_turn == turn && !m->mms[i]->dead)
				visit_mm(m->mms[i], of, pages, &visit);
	visit_mm(of, of, pages, &visit); /* made mergeable by hand */
	return visit.page[1];
}

static struct kept choose_kept(struct machine *m, const struct mm *mm, const struct ranges *pages)
{
	uint64_t last;

	for (size_t i = 0; i < pages->n; i++)
		for (uint64_t page = pages->v[i].first; page <= pages->v[i].last; page = last + 1) {
			struct pte pte = runs_at(&mm->pages, page, &last);

			if (frame_kind(pte.frame) == FRAME_KSM)
				return (struct kept){page, pte.frame, true};
		}
	return (struct kept){second_visited(m, mm, pages), m->next_ksm++, false};
}

/* replace_page(): an entry like any new one that is read-only. */
static struct pte merged_pte(const struct kept *kept)
{
	return (struct pte){.state = PTE_PRESENT, .attrs = PTE_YOUNG, .frame = kept->frame};
}

/* write_protect_page() of the page that stays: its entry keeps the other bits. */
static struct pte kept_pte(const struct kept *kept, struct pte pte)
{
	pte.state = PTE_PRESENT;
	pte.attrs &= ~(PTE_WRITE | PTE_DIRTY | PTE_EXCLUSIVE);
	pte.frame = kept->frame;
	return pte;
}

static void merge_pages(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			const struct kept *kept)
{
	mm_populate_tables(m, mm, first, last, LEVEL_PTE); /* over what was huge */
	change_pte(m, mm, first, last, merged_pte(kept));
}

/* A run of the call's pages that has to be merged in another process, too. */
struct merging {
	struct machine *m;
	struct mm *mm;
	uint64_t page, home; /* of the run's first, in the call's own process */
	struct pte pte;	     /* the same */
	const struct kept *kept;
};

/* Its entries there that have the same frames. */
static void merge_others(const struct whereabouts *where, void *arg)
{
	const struct merging *run = arg;
	const struct kept *kept = run->kept;
	uint64_t stop = where->page + where->count - 1, end;
	/* From a page there to the same one in the call's own process. */
	uint64_t distance = run->page + (where->home - run->home) - where->page;

	for (uint64_t at = where->page; at <= stop; at = end + 1) {
		uint64_t page = at + distance;
		struct pte pte = runs_at(&run->mm->pages, at, &end);
		bool same = pte.state == PTE_PRESENT &&
			    pte.frame == pte_advance(run->pte, page - run->page).frame;
		bool at_kept, merges;

		machine_work(run->m, 1);
		end = min(end, stop);
		at_kept = page <= kept->page && kept->page <= end + distance && !kept->was_ksm;
		merges = mergeable(run->mm, at, &end);
		if (!same)
			continue;
		/* The page that stays is a KSM page for all who map it. */
		if (at_kept && page < kept->page)
			end = min(end, kept->page - 1 - distance);
		else if (at_kept)
			end = at;
		if (at_kept && page == kept->page)
			change_pte(run->m, run->mm, at, at, kept_pte(kept, pte));
		else if (merges)
			merge_pages(run->m, run->mm, at, end, kept);
	}
}

/* One run of entries of the call's own process. */
static void merge_run(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		      struct pte pte, const struct kept *kept)
{
	struct pte here = pte_advance(pte, kept->page - first);
	bool at_kept = first <= kept->page && kept->page <= last && !kept->was_ksm;
	uint64_t moved;

	if (pte.frame == kept->frame)
		return;
	for (uint64_t page = first; page <= last; page = moved + 1) {
		uint64_t home = mm_home(mm, page, &moved);

		moved = min(moved, last);
		for (size_t i = 0; i < m->mm_count; i++) {
			struct merging run = {m, m->mms[i], page, home,
					      pte_advance(pte, page - first), kept};

			if (run.mm != mm && !run.mm->dead)
				mm_each_whereabouts(run.mm, home, home + (moved - page), merge_others, &run);
		}
	}
	merge_pages(m, mm, first, last, kept);
	if (at_kept)
		change_pte(m, mm, kept->page, kept->page, kept_pte(kept, here));
}

bool vm_ksm(struct machine *m, struct mm *mm, const struct ranges *pages, struct model_error *error)
{
	struct kept kept;
	uint64_t last;

	if (!may_merge_all(m, mm, pages, error))
		return false;
	kept = choose_kept(m, mm, pages);
	event_syscall(m, mm, "ksmd", pages->v[0].first, pages->v[pages->n - 1].last);
	for (size_t i = 0; i < pages->n; i++)
		for (uint64_t page = pages->v[i].first; page <= pages->v[i].last; page = last + 1) {
			struct pte pte = runs_at(&mm->pages, page, &last);

			machine_work(m, m->mm_count);
			last = min(last, pages->v[i].last);
			merge_run(m, mm, page, last, pte, &kept);
		}
	return true;
}

/* --- unmerging --------------------------------------------------------------------------- */

bool unmerge_ksm_pages(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		       struct model_error *error)
{
	bool writes = machine_behaviour(m, BEHAVIOUR_KSM_BREAK) == KSM_BREAK_WRITES;
	struct touch t = {.m = m, .vma = vma, .write = writes, .force = writes};
	uint64_t end;

	for (uint64_t page = first; page <= last && !m->exhausted; page = end + 1) {
		struct pte pte = vma_pte(vma, page, &end);

		end = min(end, last);
		if (pte.state != PTE_PRESENT || frame_kind(pte.frame) != FRAME_KSM)
			continue;
		if (writes && pte.attrs & PTE_UFFD_WP && vma->flags & VM_UFFD_WP)
			return refuse(error, MODEL_CANNOT, "unmerging would wait for the userfaultfd forever");
		if (writes)
			end = fault_write(&t, page, end, pte);
		else
			fault_unshare(&t, page, end, false);
	}
	return true;
}
