/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handle_mm_fault() as a person sees it from outside: which entry stands there
 * afterwards, how many faults it took, and which frames were copied.
 * Modelled on mm/memory.c, mm/huge_memory.c and mm/hugetlb.c of 6.1 to 7.3.
 */
#include "model/fault.h"

#include <errno.h>

#include "base/alloc.h"

/* What a store leaves behind: the processor and pte_mkdirty() set these. */
#define WRITTEN (PTE_WRITE | PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY)

struct touch {
	struct machine *m;
	struct vm_area *vma;
	bool write;
	bool by_child;
};

/* --- small helpers shared with the other system calls ----------------------- */

uint64_t huge_first(const struct vm_area *vma, uint64_t page)
{
	uint64_t address = page_address(vma, page) & ~(PMD_SIZE - 1);

	return address < vma->start ? 0 : address_page(vma, address);
}

bool huge_fits(const struct vm_area *vma, uint64_t page)
{
	uint64_t address = page_address(vma, page) & ~(PMD_SIZE - 1);

	return address >= vma->start && address + PMD_SIZE <= vma->end;
}

bool object_continues(const struct vm_area *a, const struct vm_area *b)
{
	if (!a->object && !b->object)
		return a->backing == b->backing;
	return a->object == b->object && a->pgoff + vma_pages(a) == b->pgoff;
}

bool anon_vma_compatible(const struct vm_area *a, const struct vm_area *b)
{
	uint64_t differ = a->flags ^ b->flags;

	return a->end == b->start && object_continues(a, b) &&
	       !(differ & ~(VM_READ | VM_WRITE | VM_EXEC | VM_SOFTDIRTY | VM_MAYBE_GUARD));
}

void anon_vma_prepare(struct machine *m, struct vm_area *vma)
{
	const struct mm *mm = vma->mm;
	size_t i;

	if (vma->anon_vma)
		return;
	i = mm_find(mm, vma->start);
	for (int side = 1; side >= 0; side--) {
		const struct vm_area *near;

		if (side ? i + 1 >= mm->vma_count : i == 0)
			continue;
		near = mm->vmas[side ? i + 1 : i - 1];
		if (!near->anon_vma || near->anon_vma_cloned)
			continue;
		if (side ? anon_vma_compatible(vma, near) : anon_vma_compatible(near, vma)) {
			change_anon_vma(m, vma, near->anon_vma, false);
			return;
		}
	}
	change_anon_vma(m, vma, ++m->next_anon_vma, false);
}

bool shared_prot_writable(const struct vm_area *vma)
{
	if ((vma->flags & (VM_SHARED | VM_WRITE)) != (VM_SHARED | VM_WRITE))
		return false;
	/* A file system wants to know of the first store; so does uffd-wp. */
	return vma->backing != BACKING_FILE && !(vma->flags & VM_UFFD_WP);
}

static bool async(const struct vm_area *vma, uint32_t feature)
{
	return vma->uffd && (vma->uffd->features & feature);
}

/* --- huge entries ------------------------------------------------------------- */

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
	/* Of a file's huge entry nothing stays: its pages fault in again. */
	if (frame_kind(pte.frame) == FRAME_FILE)
		pte = (struct pte){0};
	else
		pte.state = pte.attrs & PTE_SPECIAL ? PTE_ZERO : PTE_PRESENT;
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

/* thp_vma_allowable_order(), for an anonymous fault. */
static bool thp_allowed(const struct machine *m, const struct vm_area *vma)
{
	if (!vma_is_anonymous(vma) || vma->flags & (VM_NOHUGEPAGE | VM_SPECIAL))
		return false;
	return m->thp == THP_ALWAYS || (m->thp == THP_MADVISE && vma->flags & VM_HUGEPAGE);
}

bool shares_hugetlb_tables(const struct vm_area *vma)
{
	const uint64_t span = UINT64_C(1) << TABLE_SHIFT(LEVEL_PMD);

	return is_vm_hugetlb_page(vma) && vma->flags & VM_SHARED &&
	       !(vma->flags & (VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP)) &&
	       ((vma->start + span - 1) & ~(span - 1)) + span <= vma->end;
}

/* --- who gets a signal, or waits ------------------------------------------------ */

static enum touch_result uffd_wait(const struct vm_area *vma)
{
	return async(vma, UFFD_FEATURE_SIGBUS) ? TOUCH_SIGBUS : TOUCH_BLOCKED;
}

/*
 * What comes of touching a page with this entry. `cached`: the page cache has
 * the page. False: not modelled.
 */
static bool judge(const struct touch *t, struct pte pte, bool cached,
		  enum touch_result *result, struct model_error *error)
{
	const struct vm_area *vma = t->vma;
	bool marked = pte.attrs & PTE_UFFD_WP;

	*result = TOUCH_OK;
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
		if (pte.attrs & PTE_POISON) {
			*result = TOUCH_SIGBUS;
			return true;
		}
		if (pte.attrs & PTE_GUARD) {
			*result = TOUCH_SIGSEGV;
			return true;
		}
		if (marked && t->write && vma->flags & VM_UFFD_WP &&
		    !async(vma, UFFD_FEATURE_WP_ASYNC))
			*result = uffd_wait(vma);
		/* fall through */
	case PTE_NONE:
		if (t->m->mm_count > 1 && shares_hugetlb_tables(vma))
			return not_modelled(error, "hugetlb page tables that processes share "
						   "(a shared mapping over a whole GiB)");
		if (vma->flags & VM_UFFD_MISSING && !cached)
			*result = uffd_wait(vma);
		if (vma->flags & VM_UFFD_MINOR && cached)
			*result = uffd_wait(vma);
		if (vma->backing == BACKING_PFNMAP || vma->backing == BACKING_MIXEDMAP)
			*result = TOUCH_SIGBUS; /* filled at mmap; there is nothing to fault in */
		return true;
	default:
		if (marked && vma->flags & VM_UFFD_RWP && !async(vma, UFFD_FEATURE_RWP_ASYNC))
			*result = uffd_wait(vma);
		if (marked && t->write && vma->flags & VM_UFFD_WP &&
		    !async(vma, UFFD_FEATURE_WP_ASYNC))
			*result = uffd_wait(vma);
		return true;
	}
}

/* Is the page in the page cache? *last: up to which page of the VMA it holds. */
static bool page_cached(const struct vm_area *vma, uint64_t page, uint64_t *last)
{
	uint64_t end;
	bool cached;

	*last = vma_pages(vma) - 1;
	if (!vma->object || (vma->backing == BACKING_HUGETLB && !(vma->flags & VM_SHARED)))
		return false;
	cached = ranges_probe(&vma->object->cached, vma->pgoff + page, &end);
	if (end - vma->pgoff < *last)
		*last = end - vma->pgoff;
	return cached;
}

static bool judge_all(const struct touch *t, const struct ranges *pages,
		      enum touch_result *result, struct model_error *error)
{
	const struct vm_area *vma = t->vma;

	*result = TOUCH_OK;
	if (t->write ? !(vma->flags & VM_WRITE)
		     : !(vma->flags & (VM_READ | VM_WRITE | VM_EXEC))) {
		*result = TOUCH_SIGSEGV;
		return true;
	}
	for (size_t i = 0; i < pages->n; i++) {
		uint64_t page = pages->v[i].first, end;

		for (; page <= pages->v[i].last; page = end + 1) {
			struct pte pte = runs_at(&vma->pages, page, &end);
			uint64_t same;
			bool cached = page_cached(vma, page, &same);

			if (same < end)
				end = same;
			if (!judge(t, pte, cached, result, error))
				return false;
			if (*result != TOUCH_OK)
				return true;
		}
	}
	return true;
}

/* --- filling in --------------------------------------------------------------------- */

/* Says what happens to first..last, then does it. */
static void settle(const struct touch *t, uint64_t first, uint64_t last, struct pte pte,
		   enum outcome outcome, uint64_t faults, uint64_t cow_copies)
{
	struct vm_area *vma = t->vma;
	uint64_t end;
	struct pte before = runs_at(&vma->pages, first, &end);

	if (faults == 0 && pte_equal(before, pte))
		return;
	/* A uffd-wp marker is first installed or cleared, and faults once more. */
	if (before.state == PTE_MARKER && (t->write || !(vma->flags & VM_UFFD_WP)))
		faults *= 2;
	event_add(t->m, (struct event){
				.kind = EVENT_TOUCH,
				.outcome = (uint8_t)outcome,
				.by_child = t->by_child,
				.write = t->write,
				.src = vma,
				.address = page_address(vma, first),
				.first = first,
				.count = last - first + 1,
				.before = before,
				.after = pte,
				.faults = faults,
				.cow_copies = cow_copies,
			});
	if (pte.state != PTE_NONE)
		mm_populate_tables(t->m, vma->mm, page_address(vma, first),
				   page_address(vma, last + 1),
				   pte.state == PTE_HUGE ? LEVEL_PMD : LEVEL_PTE);
	change_pte(t->m, vma, first, last, pte);
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* do_huge_pmd_anonymous_page() over as many whole units as look alike. */
static bool fault_huge(const struct touch *t, uint64_t page, uint64_t last, uint64_t *done)
{
	struct vm_area *vma = t->vma;
	uint64_t first = huge_first(vma, page), end, table_last, units;
	struct pte pte = {.state = PTE_HUGE, .attrs = PTE_YOUNG | PTE_SPECIAL};

	if (!thp_allowed(t->m, vma) || !huge_fits(vma, page))
		return false;
	if (runs_at(&vma->pages, first, &end).state != PTE_NONE || end < huge_last(vma, page))
		return false;
	if (mm_has_table(vma->mm, LEVEL_PTE,
			 page_address(vma, first) >> TABLE_SHIFT(LEVEL_PTE), &table_last))
		return false;
	/* Whole units that are empty, without a table, and of which one page is touched. */
	end = min(end, vma_pages(vma) - 1);
	units = (end - first + 1) / PTRS_PER_PTE;
	units = min(units, (last - first) / PTRS_PER_PTE + 1);
	units = min(units, table_last - (page_address(vma, first) >> TABLE_SHIFT(LEVEL_PTE)) + 1);
	*done = first + units * PTRS_PER_PTE - 1;
	anon_vma_prepare(t->m, vma);
	if (t->write)
		pte = (struct pte){
			.state = PTE_HUGE,
			.attrs = WRITTEN | PTE_EXCLUSIVE,
			.frame = machine_new_frames(t->m, units * PTRS_PER_PTE, true),
		};
	settle(t, first, *done, pte, OUTCOME_ZEROED, units, 0);
	return true;
}

/* do_anonymous_page(). */
static uint64_t fault_anon(const struct touch *t, uint64_t page, uint64_t last, bool marked)
{
	uint64_t done;
	struct pte pte = {.state = PTE_ZERO, .attrs = PTE_YOUNG | PTE_SPECIAL};

	if (!marked && fault_huge(t, page, last, &done))
		return done;
	if (!marked && thp_allowed(t->m, t->vma) && huge_fits(t->vma, page))
		last = min(last, huge_last(t->vma, page)); /* the next unit may be huge */
	if (t->write) {
		anon_vma_prepare(t->m, t->vma);
		pte = (struct pte){
			.state = PTE_PRESENT,
			.attrs = WRITTEN | PTE_EXCLUSIVE,
			.frame = machine_new_frames(t->m, last - page + 1, false),
		};
	} else if (marked && t->vma->flags & VM_UFFD_WP) {
		pte.attrs |= PTE_UFFD_WP;
	}
	settle(t, page, last, pte, OUTCOME_ZEROED, last - page + 1, 0);
	return last;
}

/* The entry of a page-cache page, mapped by a load. */
static struct pte file_pte(const struct vm_area *vma, uint64_t page)
{
	struct pte pte = {
		.state = PTE_PRESENT,
		.attrs = PTE_YOUNG,
		.frame = vma->object->frame + vma->pgoff + page,
	};

	if (shared_prot_writable(vma))
		pte.attrs |= PTE_WRITE;
	return pte;
}

/* Maps those of first..last that have no entry and are in the page cache. */
static void map_cached(const struct touch *t, uint64_t first, uint64_t last,
		       uint64_t faulted, uint64_t faults)
{
	while (first <= last) {
		uint64_t end, same;
		struct pte pte = runs_at(&t->vma->pages, first, &end);
		bool cached = page_cached(t->vma, first, &same);

		end = min(min(end, same), last);
		if (pte.state == PTE_NONE && cached) {
			bool here = faulted >= first && faulted <= end;

			settle(t, first, end, file_pte(t->vma, first), OUTCOME_MAPPED,
			       here ? faults : 0, 0);
		}
		first = end + 1;
	}
}

static void cache_pages(const struct vm_area *vma, uint64_t first, uint64_t last)
{
	ranges_add(&vma->object->cached, vma->pgoff + first, vma->pgoff + last);
}

/*
 * do_read_fault() with do_fault_around(): maps what the page cache has in an
 * aligned window around the fault, inside the page table and the VMA.
 */
static uint64_t fault_read_file(const struct touch *t, uint64_t page, uint64_t last)
{
	struct vm_area *vma = t->vma;
	uint64_t window = t->m->fault_around, same;
	uint64_t slot = (page_address(vma, page) >> PAGE_SHIFT) % PTRS_PER_PTE;
	uint64_t back, first, end;
	bool cached = page_cached(vma, page, &same);

	if (vma->flags & (VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP))
		window = 1;
	last = min(last, same);
	if (slot % window == 0 && last - page + 1 >= 2 * window) {
		/* Many windows that look the same: all at once. */
		uint64_t windows = (last - page + 1) / window;

		end = page + windows * window - 1;
		cache_pages(vma, page, end);
		settle(t, page, end, file_pte(vma, page), OUTCOME_MAPPED,
		       cached ? windows : windows * window, 0);
		return end;
	}
	back = min(slot % window, page);
	first = page - back;
	end = min(first + min(window, PTRS_PER_PTE - (slot - back)), vma_pages(vma)) - 1;
	cache_pages(vma, page, page);
	map_cached(t, first, end, page, 1);
	return page;
}

/* A fault on a page without an entry (or with a uffd-wp marker) in a file's VMA. */
static uint64_t fault_file(const struct touch *t, uint64_t page, uint64_t last, bool marked)
{
	struct vm_area *vma = t->vma;
	bool protect = marked && vma->flags & VM_UFFD_WP && !t->write;
	struct pte pte;
	uint64_t n = last - page + 1;

	if (!t->write && !marked)
		return fault_read_file(t, page, last);
	cache_pages(vma, page, last);
	pte = file_pte(vma, page);
	if (t->write && !(vma->flags & VM_SHARED)) { /* do_cow_fault */
		anon_vma_prepare(t->m, vma);
		pte.frame = machine_new_frames(t->m, n, false);
		pte.attrs = WRITTEN | PTE_EXCLUSIVE;
		settle(t, page, last, pte, OUTCOME_COW, n, n);
		return last;
	}
	if (t->write)
		pte.attrs |= WRITTEN;
	if (protect)
		pte.attrs = PTE_YOUNG | PTE_UFFD_WP;
	settle(t, page, last, pte, OUTCOME_MAPPED, n, 0);
	return last;
}

/* hugetlb_no_page(): whole units. */
static uint64_t fault_hugetlb(const struct touch *t, uint64_t page, uint64_t last, bool marked)
{
	struct vm_area *vma = t->vma;
	uint64_t end, units;
	struct pte pte = {.state = PTE_HUGE, .attrs = PTE_YOUNG};

	page = huge_first(vma, page);
	runs_at(&vma->pages, page, &end);
	units = min((last - page) / PTRS_PER_PTE + 1, (end - page + 1) / PTRS_PER_PTE);
	end = page + units * PTRS_PER_PTE - 1;
	if (vma->flags & VM_SHARED) {
		cache_pages(vma, page, end);
		pte.frame = vma->object->frame + vma->pgoff + page;
		if (vma->flags & VM_WRITE)
			pte.attrs |= WRITTEN;
	} else {
		anon_vma_prepare(t->m, vma);
		pte.frame = machine_new_frames(t->m, units * PTRS_PER_PTE, true);
		pte.attrs |= PTE_EXCLUSIVE | (t->write ? WRITTEN : 0);
	}
	if (marked && vma->flags & VM_UFFD_WP && !t->write)
		pte.attrs = (pte.attrs & ~(PTE_WRITE | PTE_DIRTY | PTE_SOFT_DIRTY)) | PTE_UFFD_WP;
	settle(t, page, end, pte, vma->flags & VM_SHARED ? OUTCOME_MAPPED : OUTCOME_ZEROED,
	       units, 0);
	return end;
}

static uint64_t fault_none(const struct touch *t, uint64_t page, uint64_t last, bool marked)
{
	if (is_vm_hugetlb_page(t->vma))
		return fault_hugetlb(t, page, last, marked);
	if (vma_is_anonymous(t->vma))
		return fault_anon(t, page, last, marked);
	return fault_file(t, page, last, marked);
}

/* --- copy-on-write --------------------------------------------------------------------- */

/*
 * wp_can_reuse_anon_folio() for a PTE-mapped page of a 2 MiB folio: has this
 * process the folio for itself?
 */
static bool large_folio_reusable(const struct touch *t, uint64_t page, struct pte pte)
{
	const struct vm_area *vma = t->vma;
	uint64_t base = pte.frame & ~(uint64_t)(PTRS_PER_PTE - 1);
	uint64_t first = huge_first(vma, page), at = first, mapped = 0, last;
	uint64_t stop = min(huge_last(vma, page), vma_pages(vma) - 1);

	for (; at <= stop; at = last + 1) {
		struct pte here = runs_at(&vma->pages, at, &last);
		uint64_t same;

		last = min(last, stop);
		if (here.frame == base + (at - first))
			mapped += last - at + 1;
		if (frame_shared(t->m, vma, at, base + (at - first), last, &same))
			return false;
		last = min(last, same);
	}
	/* Until 6.15 every mapped page held a reference, so only the last one could be. */
	return t->m->kernel->behaviour[BEHAVIOUR_LARGE_FOLIO_REUSE] ? mapped > 1 : mapped == 1;
}

/* do_wp_page() on an anonymous page. */
static uint64_t wp_anon(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	bool large = pte.frame & FRAME_LARGE, reuse;
	uint64_t end, n;

	if (pte.attrs & PTE_EXCLUSIVE) {
		reuse = true;
	} else if (large) {
		reuse = !(pte.attrs & PTE_PINNED) && large_folio_reusable(t, page, pte);
		/* One page at a time: copying it changes the answer for the next. */
		last = page;
	} else {
		reuse = !frame_shared(t->m, t->vma, page, pte.frame, last, &end) &&
			!(pte.attrs & PTE_PINNED);
		last = end;
	}
	n = last - page + 1;
	pte.attrs &= ~PTE_UFFD_WP;
	pte.attrs |= WRITTEN | PTE_EXCLUSIVE;
	if (!reuse) {
		pte.attrs &= ~PTE_PINNED;
		pte.frame = machine_new_frames(t->m, n, false);
	}
	settle(t, page, last, pte, reuse ? OUTCOME_REUSED : OUTCOME_COW, n, reuse ? 0 : n);
	return last;
}

/* A store to a present 4 KiB entry, or to the zero page, that may not be written. */
static uint64_t wp_page(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	uint64_t n = last - page + 1;
	bool zero = pte.state == PTE_ZERO;

	if (t->vma->flags & VM_SHARED) {
		pte.attrs &= ~PTE_UFFD_WP;
		pte.attrs |= WRITTEN;
		settle(t, page, last, pte, OUTCOME_REUSED, n, 0);
		return last;
	}
	if (frame_kind(pte.frame) == FRAME_ANON)
		return wp_anon(t, page, last, pte);
	anon_vma_prepare(t->m, t->vma);
	pte = (struct pte){
		.state = PTE_PRESENT,
		.attrs = WRITTEN | PTE_EXCLUSIVE,
		.frame = machine_new_frames(t->m, n, false),
	};
	settle(t, page, last, pte, zero ? OUTCOME_ZEROED : OUTCOME_COW, n, zero ? 0 : n);
	return last;
}

/* A store to a huge entry that may not be written; units are whole. */
static uint64_t wp_huge(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	struct vm_area *vma = t->vma;
	uint64_t first = huge_first(vma, page), end, units;
	bool zero = pte.attrs & PTE_SPECIAL, shared;

	runs_at(&vma->pages, first, &end);
	pte = runs_at(&vma->pages, first, &end);
	end = min(end, last <= huge_last(vma, page) ? huge_last(vma, page) : huge_last(vma, last));
	units = (end - first + 1) / PTRS_PER_PTE;
	pte.attrs &= ~PTE_UFFD_WP;
	if (vma->flags & VM_SHARED || pte.attrs & PTE_EXCLUSIVE) {
		pte.attrs |= WRITTEN;
		settle(t, first, end, pte, OUTCOME_REUSED, units, 0);
		return end;
	}
	if (zero && t->m->kernel->behaviour[BEHAVIOUR_HUGE_ZERO_WRITE] == HUGE_ZERO_REPLACE) {
		pte = (struct pte){
			.state = PTE_HUGE,
			.attrs = WRITTEN | PTE_EXCLUSIVE,
			.frame = machine_new_frames(t->m, units * PTRS_PER_PTE, true),
		};
		settle(t, first, end, pte, OUTCOME_ZEROED, units, 0);
		return end;
	}
	shared = zero || frame_kind(pte.frame) == FRAME_FILE;
	if (!shared) {
		uint64_t same;

		shared = frame_shared(t->m, vma, first, pte.frame, end, &same);
		/* Another's table may hold a part of the folio only. */
		if (same < huge_last(vma, first)) {
			for (uint64_t at = same + 1; at <= huge_last(vma, first); at = same + 1)
				shared |= frame_shared(t->m, vma, at, pte.frame + (at - first),
						       huge_last(vma, first), &same);
			same = huge_last(vma, first);
		}
		end = min(end, first + (same - first + 1) / PTRS_PER_PTE * PTRS_PER_PTE - 1);
		units = (end - first + 1) / PTRS_PER_PTE;
	}
	if (!shared && !(pte.attrs & PTE_PINNED)) {
		pte.attrs |= WRITTEN | PTE_EXCLUSIVE;
		settle(t, first, end, pte, OUTCOME_REUSED, units, 0);
		return end;
	}
	if (is_vm_hugetlb_page(vma)) { /* hugetlb_wp */
		pte.attrs = WRITTEN | PTE_EXCLUSIVE;
		pte.frame = machine_new_frames(t->m, units * PTRS_PER_PTE, true);
		settle(t, first, end, pte, OUTCOME_COW, units, units);
		return end;
	}
	units = page == first ? (min(last, end) - first + 1) / PTRS_PER_PTE : 0;
	if (units && frame_kind(pte.frame) != FRAME_FILE) {
		/* Every page of these units is written: split, and copied one by one. */
		uint64_t n = units * PTRS_PER_PTE;

		pte.state = PTE_PRESENT;
		pte.attrs = WRITTEN | PTE_EXCLUSIVE;
		pte.frame = machine_new_frames(t->m, n, false);
		settle(t, first, first + n - 1, pte, zero ? OUTCOME_ZEROED : OUTCOME_COW, n,
		       zero ? 0 : n);
		return first + n - 1;
	}
	split_huge_pmd(t->m, vma, page);
	return page - 1; /* and again: it is a small entry now */
}

/* do_swap_page(). */
static uint64_t swap_in(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	const struct vm_area *vma = t->vma;
	bool exclusive = pte.attrs & PTE_EXCLUSIVE, guarded, copy = false;
	uint64_t end, n;
	bool shared = frame_shared(t->m, vma, page, pte.frame, last, &end);

	guarded = pte.attrs & PTE_UFFD_WP && vma->flags & (VM_UFFD_WP | VM_UFFD_RWP);
	last = end;
	n = last - page + 1;
	pte.state = PTE_PRESENT;
	pte.attrs &= PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_EXCLUSIVE;
	pte.attrs |= PTE_YOUNG;
	if (t->write) {
		copy = !exclusive && shared;
		pte.attrs &= ~PTE_UFFD_WP;
		pte.attrs |= WRITTEN | PTE_EXCLUSIVE;
		if (copy)
			pte.frame = machine_new_frames(t->m, n, false);
	} else if (exclusive && !guarded && vma->flags & VM_WRITE &&
		   t->m->kernel->behaviour[BEHAVIOUR_SWAPIN] == SWAPIN_WRITABLE) {
		pte.attrs |= PTE_WRITE;
	}
	settle(t, page, last, pte, copy ? OUTCOME_COW : OUTCOME_SWAPIN, n, copy ? n : 0);
	return last;
}

/* --- touching ------------------------------------------------------------------------------ */

/* No fault: the processor sets accessed and dirty bits. */
static uint64_t access_only(const struct touch *t, uint64_t page, uint64_t last, struct pte pte)
{
	uint64_t end;

	if (pte.state == PTE_HUGE) {
		uint64_t first = huge_first(t->vma, page);

		last = huge_last(t->vma, last);
		page = first;
		pte = runs_at(&t->vma->pages, page, &end);
	}
	pte.attrs |= PTE_YOUNG | (t->write ? PTE_DIRTY : 0);
	settle(t, page, last, pte, OUTCOME_ACCESSED, 0, 0);
	return last;
}

/* Touches page, and those behind it up to last that fare the same; returns the last one. */
static uint64_t touch_run(const struct touch *t, uint64_t page, uint64_t last)
{
	uint64_t end;
	struct pte pte = runs_at(&t->vma->pages, page, &end);

	last = min(last, end);
	switch ((enum pte_state)pte.state) {
	case PTE_NONE:
		return fault_none(t, page, last, false);
	case PTE_MARKER:
		return fault_none(t, page, last, true);
	case PTE_SWAP:
		return swap_in(t, page, last, pte);
	default:
		break;
	}
	if (pte.attrs & PTE_UFFD_WP && t->vma->flags & VM_UFFD_RWP) {
		/* rwp-async: the first touch takes the protection away. */
		pte.attrs &= ~PTE_UFFD_WP;
		settle(t, page, last, pte, OUTCOME_REUSED, last - page + 1, 0);
		return page - 1;
	}
	if (!t->write || pte.attrs & PTE_WRITE)
		return access_only(t, page, last, pte);
	if (pte.state == PTE_HUGE)
		return wp_huge(t, page, last, pte);
	return wp_page(t, page, last, pte);
}

static void touch_all(const struct touch *t, const struct ranges *pages)
{
	for (size_t i = 0; i < pages->n; i++) {
		uint64_t page = pages->v[i].first;

		while (page <= pages->v[i].last)
			page = touch_run(t, page, pages->v[i].last) + 1;
	}
}

bool vm_touch(struct machine *m, struct vm_area *vma, const struct ranges *pages,
	      bool write, enum touch_result *result, struct model_error *error)
{
	struct touch t = {m, vma, write, vma->mm == m->child};
	enum touch_result verdict;

	if (!judge_all(&t, pages, &verdict, error))
		return false;
	*result = verdict;
	if (verdict == TOUCH_OK)
		touch_all(&t, pages);
	else
		event_add(m, (struct event){
				     .kind = EVENT_TOUCH,
				     .outcome = OUTCOME_SIGNAL,
				     .by_child = t.by_child,
				     .write = write,
				     .signal = (uint8_t)verdict,
				     .src = vma,
				     .address = vma->start,
				     .first = pages->v[0].first,
				     .count = 1,
			     });
	change_last_touch(m, vma->mm, verdict);
	return true;
}

/* --- pins -------------------------------------------------------------------------------------- */

bool vm_pin(struct machine *m, struct vm_area *vma, const struct ranges *pages,
	    struct model_error *error)
{
	struct touch t = {m, vma, true, false};
	enum touch_result result;

	if (vma->flags & (VM_PFNMAP | VM_IO))
		return refuse(error, EFAULT, "device memory cannot be pinned");
	if (vma->backing == BACKING_FILE && m->kernel->behaviour[BEHAVIOUR_PIN_FILE] == PIN_FILE_NONE)
		return refuse(error, EOPNOTSUPP, "%s pins no pages of a file mapping",
			      m->kernel->name);
	if (vma->backing == BACKING_FILE && vma->flags & VM_SHARED)
		return refuse(error, EFAULT, "pages whose writes the file system tracks cannot be pinned");
	if (!judge_all(&t, pages, &result, error))
		return false;
	if (result == TOUCH_BLOCKED)
		return refuse(error, EFAULT, "pinning waits for the userfaultfd");
	if (result != TOUCH_OK)
		return refuse(error, EFAULT, "a page cannot be written (%s)",
			      touch_result_names[result]);
	touch_all(&t, pages);
	for (size_t i = 0; i < pages->n; i++) {
		uint64_t page = pages->v[i].first, end;

		for (; page <= pages->v[i].last; page = end + 1) {
			struct pte pte = runs_at(&vma->pages, page, &end);

			end = min(end, pages->v[i].last);
			if (pte.state == PTE_HUGE) {
				page = huge_first(vma, page);
				pte = runs_at(&vma->pages, page, &end);
				end = huge_last(vma, min(end, pages->v[i].last));
			}
			pte.attrs |= PTE_PINNED;
			change_pte(m, vma, page, end, pte);
		}
	}
	vma->mm->has_pinned = true;
	return true;
}
