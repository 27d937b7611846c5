/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handle_mm_fault() as seen from outside: which entry it leaves, how
 * many faults it took, and which frames were copied.
 * Modelled on mm/memory.c, mm/huge_memory.c and mm/hugetlb.c of 6.1 to 7.3.
 */
#include <errno.h>

#include "model/fault_private.h"
#include "model/limits.h"
#include "model/pool.h"
#include "model/vma.h"

bool shared_prot_writable(const struct vm_area *vma)
{
	if ((vma->flags & (VM_SHARED | VM_WRITE)) != (VM_SHARED | VM_WRITE))
		return false;
	/* The file system, uffd-wp and soft-dirty are notified of the first store. */
	return vma->backing != BACKING_FILE && !(vma->flags & VM_UFFD_WP) &&
	       !vma_soft_dirty_enabled(vma);
}

/* --- signals, and waiting for a userfaultfd ------------------------------------- */

static enum touch_result uffd_wait(const struct vm_area *vma)
{
	/* Without a context (flags set by hand) there is no reader to wait for. */
	return !vma->uffd || uffd_has(vma, UFFD_FEATURE_SIGBUS) ? TOUCH_SIGBUS : TOUCH_BLOCKED;
}

/*
 * The result of touching a page with this entry. `exists`: it is a page of a
 * file, and lies within the file. False: not modelled.
 */
static bool judge(const struct touch *t, struct pte pte, bool exists,
		  enum touch_result *result, struct model_error *error)
{
	const struct vm_area *vma = t->vma;
	bool marked = pte.attrs & PTE_UFFD_WP;

	*result = TOUCH_OK;
	if (marked && t->write && !(vma->flags & VM_UFFD_WP) && !(pte.attrs & PTE_WRITE) &&
	    keeps_stale_bits(t->m, vma))
		return not_finished(error);
	switch ((enum pte_state)pte.state) {
	case PTE_MIGRATION:
		return not_modelled(error, "a touch that waits for a migration to end");
	case PTE_DEVICE_PRIVATE:
	case PTE_DEVICE_EXCLUSIVE:
		return not_modelled(error, "touching a %s entry: its driver decides",
				    pte_state_names[pte.state]);
	case PTE_HWPOISON:
		*result = TOUCH_SIGBUS;
		return true;
	case PTE_MARKER:
		/* Before wp-unpopulated anonymous memory had no markers. */
		if (pte.attrs & PTE_POISON ||
		    (vma_is_anonymous(vma) &&
		     !(machine_features(t->m, UFFD_FEATURE_WP_UNPOPULATED)))) {
			*result = TOUCH_SIGBUS;
			return true;
		}
		if (pte.attrs & PTE_GUARD) {
			*result = TOUCH_SIGSEGV;
			return true;
		}
		if (marked && t->write && vma->flags & VM_UFFD_WP &&
		    !uffd_has(vma, UFFD_FEATURE_WP_ASYNC))
			*result = uffd_wait(vma);
		/* fall through */
	case PTE_NONE:
		if (t->m->mm_count > 1 && shares_hugetlb_tables(vma))
			return not_modelled(error, "hugetlb page tables that processes share "
						   "(a shared mapping over a whole GiB)");
		if (vma->backing == BACKING_FILE && !exists)
			return not_modelled(error, "reading a page of a file from its disk: the file "
						   "system decides how many it reads");
		if (vma->flags & VM_UFFD_MISSING && !exists)
			*result = uffd_wait(vma);
		if (vma->flags & VM_UFFD_MINOR && exists)
			*result = uffd_wait(vma);
		if (vma->backing == BACKING_PFNMAP || vma->backing == BACKING_MIXEDMAP)
			*result = TOUCH_SIGBUS; /* filled at mmap; there is nothing to fault in */
		return true;
	case PTE_HUGE:
		if (frame_kind(pte.frame) == FRAME_PFN && t->write && !(pte.attrs & PTE_WRITE))
			return not_modelled(error, "a store to a read-only huge page of a driver: "
						   "the driver decides");
		/* fall through */
	default:
		if (marked && vma->flags & VM_UFFD_RWP && !uffd_has(vma, UFFD_FEATURE_RWP_ASYNC))
			*result = uffd_wait(vma);
		if (marked && t->write && vma->flags & VM_UFFD_WP &&
		    !uffd_has(vma, UFFD_FEATURE_WP_ASYNC))
			*result = uffd_wait(vma);
		return true;
	}
}

/* Is the page in the page cache? *last: the last page of the VMA with the same answer. */
bool page_cached(const struct vm_area *vma, uint64_t page, uint64_t *last)
{
	uint64_t end;
	bool cached;

	*last = vma_last(vma);
	if (!vma->object)
		return false;
	cached = rangeset_probe(&vma->object->cached, linear_page_index(vma, page), &end);
	if (end - linear_page_index(vma, page) < *last - page)
		*last = object_page(vma, end);
	return cached;
}

bool page_exists(const struct vm_area *vma, uint64_t page, uint64_t *last)
{
	uint64_t end;
	bool swapped;

	if (page_cached(vma, page, last))
		return true;
	if (vma->backing != BACKING_SHMEM)
		return false;
	swapped = rangeset_probe(&vma->object->swapped, linear_page_index(vma, page), &end);
	if (end - linear_page_index(vma, page) < *last - page)
		*last = object_page(vma, end);
	return swapped;
}

/*
 * The processor reads the entries only: a store to a writable one never reaches the VMA. With
 * PROT_NONE there is no access to any. *page: the first page that is not writable, if any.
 */
static bool all_writable(const struct vm_area *vma, uint64_t first, uint64_t last_page,
			 uint64_t *page)
{
	uint64_t last;

	*page = first;
	if (!(vma->flags & VM_ACCESS_FLAGS))
		return false;
	for (; *page <= last_page; *page = last + 1) {
		struct pte pte = vma_pte(vma, *page, &last);

		if ((pte.state != PTE_PRESENT && pte.state != PTE_HUGE) || !(pte.attrs & PTE_WRITE))
			return false;
	}
	return true;
}

/* Does a touch of this unit take a page out of the pool? The first store to a file's page does. */
static bool unit_takes_page(const struct touch *t, uint64_t first, struct pte pte, bool none, bool file)
{
	uint64_t end = huge_last(t->vma->mm, first);

	if (none)
		return !file || (t->write && !(t->vma->flags & VM_SHARED));
	return t->write && !(pte.attrs & PTE_WRITE) && !huge_is_mine(t, first, pte, &end);
}

/* Is there a huge page for this unit, or is none needed? *taken: it is taken away from others. */
static bool unit_has_page(struct touch *t, uint64_t first, bool *taken)
{
	const struct vm_area *vma = t->vma;
	uint64_t end, same;
	struct pte pte = vma_pte(vma, first, &end);
	bool none = pte.state == PTE_NONE || pte.state == PTE_MARKER;
	bool file = none ? page_cached(vma, first, &same) : frame_kind(pte.frame) == FRAME_FILE;

	if (none && pool_is_lost(vma, first))
		return false;
	if (!unit_takes_page(t, first, pte, none, file) ||
	    ((none || file) && pool_has_reserved(vma, first)))
		return true;
	if (t->room) {
		t->room--;
		return true;
	}
	return *taken = !none && !file && pool_is_owner(vma, first);
}

/*
 * The result for pages of hugetlb, the first that the pool has nothing for is *page. False: the
 * kernel tries for ever to take a page away from others.
 */
static bool judge_pool(struct touch *t, uint64_t first, uint64_t last, enum touch_result *result,
		       uint64_t *page, struct model_error *error)
{
	if (!is_vm_hugetlb_page(t->vma) || !pool_is_limited(t->m))
		return true;
	for (uint64_t at = first; at <= last; at = huge_last(t->vma->mm, at) + 1) {
		bool taken = false;

		if (!unit_has_page(t, huge_first(t->vma->mm, at), &taken)) {
			*result = TOUCH_SIGBUS;
			*page = at;
			return true;
		}
		if (taken && !pool_can_take_away(t->m, t->vma, huge_first(t->vma->mm, at)))
			return not_finished(error);
	}
	return true;
}

/*
 * Pages that this one asks for, new ones of shmem, are charged one by one, but where the
 * mapping was charged as a whole. Returns how many of them there is room for.
 */
static uint64_t charge_pages(struct touch *t, uint64_t pages)
{
	if (t->vma->backing != BACKING_SHMEM || t->vma->object->promised)
		return pages;
	pages = min(pages, t->commit_room);
	t->commit_room -= t->commit_room == UINT64_MAX ? 0 : pages;
	return pages;
}

/* Pages of one VMA. *page: the first that is not TOUCH_OK, or not modelled. */
static bool judge_vma(struct touch *t, uint64_t first, uint64_t last,
		      enum touch_result *result, uint64_t *page, struct model_error *error)
{
	const struct vm_area *vma = t->vma;
	uint64_t end;

	*page = first;
	if (!t->force && (t->write ? !(vma->flags & VM_WRITE) && !all_writable(vma, first, last, page)
				   : !(vma->flags & VM_ACCESS_FLAGS))) {
		*result = TOUCH_SIGSEGV;
		return true;
	}
	for (*page = first; *page <= last; *page = end + 1) {
		struct pte pte = vma_pte(vma, *page, &end);
		uint64_t same, room;
		bool exists = page_exists(vma, *page, &same);

		machine_work(t->m, 1);
		end = min(min(end, same), last);
		if (!judge(t, pte, exists, result, error))
			return false;
		if (*result != TOUCH_OK)
			return true;
		room = end - *page + 1;
		if (!exists && (pte.state == PTE_NONE || pte.state == PTE_MARKER))
			room = charge_pages(t, room);
		if (room <= end - *page) {
			*page += room;
			*result = TOUCH_SIGBUS;
			return true;
		}
	}
	return true;
}

/* The same for pages that are not mapped: t->vma grows down to the first, or is NULL. */
static bool judge_unmapped(const struct touch *t, uint64_t first, enum touch_result *result,
			   uint64_t *page, struct model_error *error)
{
	const struct vm_area *vma = t->vma;

	*page = first;
	if (!vma || (!t->force && !(vma->flags & (t->write ? VM_WRITE : VM_ACCESS_FLAGS)))) {
		*result = TOUCH_SIGSEGV;
		return true;
	}
	return judge(t, (struct pte){0}, false, result, error);
}

/* acct_stack_growth(): whatever it is, it is charged. */
static bool may_grow(struct touch *t, uint64_t page)
{
	uint64_t pages = vma_first(t->vma) - page;

	if (t->commit_room == UINT64_MAX)
		return true;
	if (pages > t->commit_room)
		return false;
	t->commit_room -= pages;
	return true;
}

bool judge_all(struct touch *t, const struct mm *mm, const struct ranges *pages,
		      enum touch_result *result, uint64_t *page, struct model_error *error)
{
	*result = TOUCH_OK;
	t->room = pool_free(t->m);
	t->commit_room = commit_room(t->m);
	for (size_t i = 0; i < pages->n; i++) {
		uint64_t first = pages->v[i].first, last;

		for (; first <= pages->v[i].last; first = last + 1) {
			bool mapped, ok;

			t->vma = mm_vma_at(mm, page_address(mm, first));
			mapped = t->vma;
			if (!mapped && t->grows)
				t->vma = vma_growing_to(mm, first);
			if (!mapped && t->vma && !may_grow(t, first))
				t->vma = NULL;
			last = !t->vma ? first : mapped ? vma_last(t->vma) : vma_first(t->vma) - 1;
			last = min(pages->v[i].last, last);
			ok = mapped ? judge_vma(t, first, last, result, page, error)
				    : judge_unmapped(t, first, result, page, error);
			if (!ok)
				return false;
			if (mapped && !judge_pool(t, first, *result == TOUCH_OK ? last : *page - 1,
						  result, page, error))
				return false;
			if (*result != TOUCH_OK)
				return true;
		}
	}
	return true;
}

/* --- touching ---------------------------------------------------------------- */

/* Records the event for first..last, then changes the entries. */
void fault_settle(const struct touch *t, uint64_t first, uint64_t last, struct pte pte,
		   enum outcome outcome, uint64_t faults, uint64_t cow_copies)
{
	struct vm_area *vma = t->vma;
	uint64_t end;
	struct pte before = vma_pte(vma, first, &end);

	if (faults == 0 && pte_equal(before, pte))
		return;
	/* A uffd-wp marker is first installed or cleared, and the access faults once more;
	 * not a stale hugetlb marker. */
	if (before.state == PTE_MARKER &&
	    (vma->flags & VM_UFFD_WP ? t->write : !is_vm_hugetlb_page(vma)))
		faults *= 2;
	event_add(t->m, (struct event){
				.kind = EVENT_TOUCH,
				.outcome = (uint8_t)outcome,
				.by_child = machine_child_acts(t->m, vma->mm),
				.write = t->write,
				.src = vma,
				.address = page_address(vma->mm, first),
				.first = first,
				.count = last - first + 1,
				.before = before,
				.after = pte,
				.faults = faults,
				.cow_copies = cow_copies,
			});
	if (pte.state != PTE_NONE)
		mm_populate_tables(t->m, vma->mm, first, last, pte.state == PTE_HUGE ? LEVEL_PMD : LEVEL_PTE);
	change_pte(t->m, vma->mm, first, last, pte);
	if (frame_kind(pte.frame) == FRAME_FILE)
		mark_pinned_before(t->m, vma, first, last);
}

/*
 * do_uffd_rwp(), do_huge_pmd_uffd_rwp(): with rwp-async the first touch removes the
 * protection of the whole entry. Then the access is retried.
 */
static uint64_t fault_rwp(const struct touch *t, uint64_t page, uint64_t last)
{
	struct vm_area *vma = t->vma;
	uint64_t first = page, faults = last - page + 1, end;
	struct pte pte = vma_pte(vma, page, &end);

	if (pte.state == PTE_HUGE) {
		first = huge_first(vma->mm, page);
		last = huge_last(vma->mm, last);
		pte = vma_pte(vma, first, &end);
		faults = (last - first + 1) / huge_pages(vma->mm);
	}
	pte.attrs = (pte.attrs & ~PTE_UFFD_WP) | PTE_YOUNG;
	if (writable_resolved(t->m, vma, pte))
		pte.attrs |= PTE_WRITE;
	fault_settle(t, first, last, pte, OUTCOME_REUSED, faults, 0);
	return page - 1;
}

/* An entry under RWP is swapped in protected, for any access; then as above. */
static uint64_t fault_swap_rwp(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	struct touch load = *t;

	load.write = false;
	fault_swap(&load, page, last, pte);
	return page - 1;
}

/* Touches page and the following ones up to last with the same result; returns the last one. */
static uint64_t touch_run(const struct touch *t, uint64_t page, uint64_t last)
{
	uint64_t end;
	struct pte pte = vma_pte(t->vma, page, &end);
	bool rwp = pte.attrs & PTE_UFFD_WP && t->vma->flags & VM_UFFD_RWP;

	last = min(last, end);
	switch ((enum pte_state)pte.state) {
	case PTE_NONE:
		return fault_none(t, page, last, false);
	case PTE_MARKER:
		return fault_none(t, page, last, true);
	case PTE_SWAP:
		return rwp ? fault_swap_rwp(t, page, last, pte) : fault_swap(t, page, last, pte);
	default:
		break;
	}
	if (rwp)
		return fault_rwp(t, page, last);
	if (t->force && follow_forced(t, page, last, pte))
		return last;
	if (!t->write || pte.attrs & PTE_WRITE)
		return fault_access(t, page, last, pte);
	return fault_write(t, page, last, pte);
}

/* At most: fault in a page, remove its protection, split its huge entry. */
#define PREPARATIONS 3

/* Pages of one VMA. */
static bool touch_vma(const struct touch *t, uint64_t page, uint64_t last,
		      struct model_error *error)
{
	unsigned prepared = 0;
	uint64_t next;

	for (; page <= last && !t->m->exhausted; page = next) {
		machine_work(t->m, t->m->mm_count);
		next = touch_run(t, page, last) + 1;
		prepared = next == page ? prepared + 1 : 0;
		if (prepared > PREPARATIONS)
			return not_modelled(error, "page %llu faults again and again",
					    (unsigned long long)mm_named_page(t->vma->mm, page));
	}
	return true;
}

bool touch_all(struct touch *t, const struct mm *mm, const struct ranges *pages,
		      struct model_error *error)
{
	for (size_t i = 0; i < pages->n; i++) {
		uint64_t first = pages->v[i].first, last;

		for (; first <= pages->v[i].last && !t->m->exhausted; first = last + 1) {
			t->vma = mm_vma_at(mm, page_address(mm, first));
			if (!t->vma)
				t->vma = vma_grow(t->m, vma_growing_to(mm, first), first);
			last = min(pages->v[i].last, vma_last(t->vma));
			if (!touch_vma(t, first, last, error))
				return false;
		}
	}
	return true;
}

static struct event signal_event(const struct touch *t, enum touch_result signal,
				 const struct mm *mm, uint64_t page)
{
	return (struct event){
		.kind = EVENT_TOUCH,
		.outcome = OUTCOME_SIGNAL,
		.by_child = machine_child_acts(t->m, mm),
		.write = t->write,
		.signal = (uint8_t)signal,
		.src = t->vma,
		.address = page_address(mm, page),
		.first = page,
		.count = 1,
	};
}

/* A fault where nothing is mapped, and nothing grows: what expand_downwards() does all the same. */
static void refuse_growth(struct machine *m, const struct mm *mm, uint64_t page)
{
	struct vm_area *asked = vma_asked_to_grow(mm, page);

	if (asked)
		anon_vma_prepare(m, asked);
}

bool vm_touch(struct machine *m, struct mm *mm, const struct ranges *pages, bool write,
	      enum touch_result *result, struct model_error *error)
{
	struct touch t = {.m = m, .write = write, .grows = true};
	enum touch_result verdict;
	uint64_t page = 0;

	if (!judge_all(&t, mm, pages, &verdict, &page, error))
		return false;
	*result = verdict;
	if (verdict == TOUCH_OK) {
		if (!touch_all(&t, mm, pages, error))
			return false;
	} else {
		struct vm_area *failing = t.vma;

		t.vma = mm_vma_at(mm, page_address(mm, pages->v[0].first));
		event_add(m, signal_event(&t, verdict, mm, pages->v[0].first));
		t.vma = failing;
		if (!failing)
			refuse_growth(m, mm, page);
		else if (page < vma_first(failing))
			t.vma = vma_grow(m, failing, page);
		if (verdict == TOUCH_SIGBUS)
			fault_unanswered(&t, page);
	}
	change_last_touch(m, mm, verdict);
	return true;
}

bool fault_in(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last, bool write,
	      enum touch_result *result, uint64_t *page, struct model_error *error)
{
	struct mm *mm = vma->mm;
	struct touch t = {.m = m, .write = write, .gup = true};
	struct ranges pages = {0};
	bool ok;

	ranges_add(&pages, first, last);
	ok = judge_all(&t, mm, &pages, result, page, error) &&
	     (*result != TOUCH_OK || touch_all(&t, mm, &pages, error));
	ranges_deinit(&pages);
	return ok;
}

uint64_t vm_touch_failing(struct machine *m, struct mm *mm, const struct ranges *pages,
			  bool write)
{
	struct touch t = {.m = m, .write = write, .grows = true};
	struct model_error error;
	enum touch_result result;
	uint64_t page = pages->v[pages->n - 1].last + 1;

	judge_all(&t, mm, pages, &result, &page, &error);
	return page;
}
