/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults on a page without an entry, or with a uffd-wp marker: do_anonymous_page(),
 * do_read_fault() with fault-around, do_cow_fault(), do_shared_fault(), hugetlb_no_page().
 */
#include "model/fault_private.h"
#include "model/pool.h"

/* Does a fault on an empty page of anonymous memory take a page, or map that of zeroes? */
static bool takes_page(const struct touch *t)
{
	return t->write || t->m->no_zero_page;
}

/* thp_vma_allowable_order(), for an anonymous fault. */
static bool thp_allowed(const struct machine *m, const struct vm_area *vma)
{
	if (!vma_is_anonymous(vma) || vma->flags & (VM_NOHUGEPAGE | VM_SPECIAL))
		return false;
	return m->thp == THP_ALWAYS || (m->thp == THP_MADVISE && vma->flags & VM_HUGEPAGE);
}

/*
 * Is the unit of this page one for do_huge_pmd_anonymous_page()? *end: the last page without
 * an entry from there on; *table: the last table that does not exist.
 */
static bool may_be_huge(const struct touch *t, uint64_t page, uint64_t *end, uint64_t *table)
{
	const struct vm_area *vma = t->vma;
	uint64_t first = huge_first(vma->mm, page);

	if (!thp_allowed(t->m, vma) || !huge_fits(vma, page))
		return false;
	if (vma_pte(vma, first, end).state != PTE_NONE || *end < huge_last(vma->mm, page))
		return false;
	return !mm_has_table(vma->mm, LEVEL_PTE, page_table(vma->mm, first), table);
}

/* do_huge_pmd_anonymous_page() over as many whole units as have the same result. */
static bool fault_huge(const struct touch *t, uint64_t page, uint64_t last, uint64_t *done)
{
	struct vm_area *vma = t->vma;
	const uint64_t unit = huge_pages(vma->mm);
	uint64_t first = huge_first(vma->mm, page), end, table_last, units;
	struct pte pte = {.state = PTE_HUGE, .attrs = PTE_YOUNG | PTE_SPECIAL};

	if (!may_be_huge(t, page, &end, &table_last))
		return false;
	/* Whole units that are empty and have no table, and one page of which is touched. */
	units = (end - first + 1) / unit;
	units = min(units, (last - first) / unit + 1);
	units = min(units, table_last - page_table(vma->mm, first) + 1);
	*done = first + units * unit - 1;
	anon_vma_prepare(t->m, vma);
	if (takes_page(t))
		pte = (struct pte){
			.state = PTE_HUGE,
			.attrs = written(t) | PTE_EXCLUSIVE,
			.frame = machine_new_frames(t->m, units * unit, true),
		};
	fault_settle(t, first, *done, pte, OUTCOME_ZEROED, units, 0);
	return true;
}

/* do_anonymous_page(). */
static uint64_t fault_anon(const struct touch *t, uint64_t page, uint64_t last, bool marked)
{
	bool again = t->write && !(t->vma->flags & VM_WRITE) && vma_soft_dirty_enabled(t->vma);
	bool protect = !t->write && marked && t->vma->flags & VM_UFFD_WP;
	uint64_t done;
	struct pte pte = {.state = PTE_ZERO, .attrs = PTE_YOUNG | PTE_SPECIAL};

	if (!marked && fault_huge(t, page, last, &done))
		return done;
	if (!marked && thp_allowed(t->m, t->vma))
		last = min(last, huge_last(t->vma->mm, page)); /* the next unit may be huge */
	if (takes_page(t)) {
		anon_vma_prepare(t->m, t->vma);
		pte = (struct pte){
			.state = PTE_PRESENT,
			.attrs = written_anew(t) | PTE_EXCLUSIVE,
			.frame = machine_new_frames(t->m, last - page + 1, false),
		};
	}
	if (protect)
		pte.attrs = (pte.attrs & ~PTE_WRITE) | PTE_UFFD_WP;
	fault_settle(t, page, last, pte, OUTCOME_ZEROED, (last - page + 1) << again, 0);
	return last;
}

void note_dirty(const struct vm_area *vma, uint64_t first, uint64_t last, struct pte pte)
{
	if (frame_kind(pte.frame) == FRAME_FILE && pte.attrs & PTE_DIRTY)
		rangeset_add(&vma->object->dirty, linear_page_index(vma, first),
			   linear_page_index(vma, last));
}

void note_all_dirty(const struct vm_area *vma)
{
	uint64_t last;

	if (!vma->object || !(vma->flags & VM_SHARED))
		return;
	for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		note_dirty(vma, page, last, pte);
	}
}

/*
 * The entry of a page-cache page, mapped by a load (set_pte_range()). *last is limited to
 * the pages that are mapped alike.
 */
static struct pte file_pte(const struct touch *t, uint64_t page, uint64_t *last)
{
	const struct vm_area *vma = t->vma;
	uint64_t index = linear_page_index(vma, page), end;
	struct pte pte = {
		.state = PTE_PRESENT,
		.attrs = PTE_YOUNG,
		.frame = vma->object->frame + linear_page_index(vma, page),
	};

	if (!shared_prot_writable(vma))
		return pte;
	pte.attrs |= PTE_WRITE;
	/* A write makes all of them dirty. */
	if (t->write || machine_behaviour(t->m, BEHAVIOUR_MAP_DIRTY) == MAP_DIRTY_NO)
		return pte;
	if (rangeset_probe(&vma->object->dirty, index, &end))
		pte.attrs |= PTE_DIRTY | mm_soft_dirty(vma->mm);
	if (end - index < *last - page)
		*last = object_page(vma, end);
	return pte;
}

/* arch_wants_old_prefaulted_pte(): does fault-around leave it to the processor to mark its pages? */
static bool wants_old_prefaulted(const struct paging *paging)
{
	return paging->arch == ARCH_AARCH64 && paging->hardware_bits;
}

/* Pages of one run, mapped by a fault on one of them, or on another one. */
static void map_around(const struct touch *t, uint64_t first, uint64_t last, struct pte pte,
		       uint64_t faulted, uint64_t faults)
{
	bool here = faulted >= first && faulted <= last, old = wants_old_prefaulted(t->vma->mm->paging);

	if (old)
		pte.attrs &= ~PTE_YOUNG;
	fault_settle(t, first, last, pte, OUTCOME_MAPPED, here ? faults : 0, 0);
	if (!old || !here)
		return;
	pte = pte_advance(pte, faulted - first);
	pte.attrs |= PTE_YOUNG;
	change_pte(t->m, t->vma->mm, faulted, faulted, pte);
}

/* Maps those of first..last that have no entry and are in the page cache. */
static void map_cached(const struct touch *t, uint64_t first, uint64_t last,
		       uint64_t faulted, uint64_t faults)
{
	while (first <= last) {
		uint64_t end, same;
		struct pte pte = vma_pte(t->vma, first, &end);
		bool cached = page_cached(t->vma, first, &same);

		end = min(min(end, same), last);
		if (pte.state == PTE_NONE && cached) {
			pte = file_pte(t, first, &end);
			map_around(t, first, end, pte, faulted, faults);
		}
		first = end + 1;
	}
}

void cache_pages(const struct vm_area *vma, uint64_t first, uint64_t last)
{
	uint64_t at = linear_page_index(vma, first), end = linear_page_index(vma, last);
	struct range part;

	rangeset_add(&vma->object->cached, linear_page_index(vma, first),
		   linear_page_index(vma, last));
	/* What comes back from swap is dirty (shmem_swapin_folio()). */
	while (at <= end && rangeset_next(&vma->object->swapped, at, end, true, &part)) {
		rangeset_add(&vma->object->dirty, part.first, part.last);
		at = part.last + 1;
	}
	rangeset_remove(&vma->object->swapped, linear_page_index(vma, first), end);
}

bool fault_around_fits(uint64_t pages, uint64_t most)
{
	return pages >= 1 && pages <= most && !(pages & (pages - 1));
}

static uint64_t fault_around_pages(const struct touch *t)
{
	if (t->vma->flags & (VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP) ||
	    t->vma->backing == BACKING_SECRET) /* it has no map_pages() */
		return 1;
	return t->m->fault_around;
}

/* The aligned window around a fault, inside the page table and the VMA. */
static struct range fault_around_window(const struct touch *t, uint64_t page)
{
	const struct vm_area *vma = t->vma;
	uint64_t window = fault_around_pages(t), slot = page_slot(vma->mm, page);
	uint64_t back = min(slot % window, page - vma_first(vma)), first = page - back;
	uint64_t pages = min(window, huge_pages(vma->mm) - (slot - back));

	return (struct range){first, min(first + pages - 1, vma_last(vma))};
}

/* do_read_fault() with do_fault_around(): maps the pages of the window that are in the page cache. */
static uint64_t fault_read_file(const struct touch *t, uint64_t page, uint64_t last)
{
	struct vm_area *vma = t->vma;
	uint64_t window = fault_around_pages(t), end;
	bool cached = page_cached(vma, page, &end);
	struct range around;
	struct pte pte;

	last = min(last, end);
	pte = file_pte(t, page, &last);
	if (page % window == 0 && last - page + 1 >= 2 * window) {
		/* Many windows that look the same: all at once. */
		uint64_t windows = (last - page + 1) / window;

		end = page + windows * window - 1;
		cache_pages(vma, page, end);
		fault_settle(t, page, end, pte, OUTCOME_MAPPED,
		       cached ? windows : windows * window, 0);
		return end;
	}
	cache_pages(vma, page, page);
	around = fault_around_window(t, page);
	map_cached(t, around.first, around.last, page, 1);
	return page;
}

/* A fault on a page without an entry (or with a uffd-wp marker) in a file's VMA. */
static uint64_t fault_file(const struct touch *t, uint64_t page, uint64_t last, bool marked)
{
	struct vm_area *vma = t->vma;
	bool protect = marked && vma->flags & VM_UFFD_WP && !t->write;
	struct pte pte;
	uint64_t n;

	if (!t->write && !marked)
		return fault_read_file(t, page, last);
	pte = file_pte(t, page, &last);
	n = last - page + 1;
	cache_pages(vma, page, last);
	if (t->write && !(vma->flags & VM_SHARED)) { /* do_cow_fault */
		anon_vma_prepare(t->m, vma);
		pte.frame = machine_new_frames(t->m, n, false);
		pte.attrs = written(t) | PTE_EXCLUSIVE;
		fault_settle(t, page, last, pte, OUTCOME_COW, n, n);
		return last;
	}
	if (t->write) { /* do_shared_fault(), fault_dirty_shared_page() */
		pte.attrs |= written_writable(t);
		note_dirty(vma, page, last, pte);
	}
	if (protect)
		pte.attrs = PTE_YOUNG | PTE_UFFD_WP;
	fault_settle(t, page, last, pte, OUTCOME_MAPPED, n, 0);
	/* Stale markers are cleared; the fault that follows is an ordinary one. */
	if (!t->write)
		map_cached(t, fault_around_window(t, page).first, fault_around_window(t, last).last,
			   page, 0);
	return last;
}

/*
 * hugetlb_no_page(): whole units. A private mapping has the file's pages where there are some; a
 * store copies them at once (hugetlb_wp()).
 */
static uint64_t fault_hugetlb(const struct touch *t, uint64_t page, uint64_t last, bool marked)
{
	struct vm_area *vma = t->vma;
	const uint64_t unit = huge_pages(vma->mm);
	uint64_t end, units, same;
	struct pte pte = {.state = PTE_HUGE, .attrs = PTE_YOUNG};
	bool shared = vma->flags & VM_SHARED, cached, file;

	page = huge_first(vma->mm, page);
	vma_pte(vma, page, &end);
	cached = page_cached(vma, page, &same);
	units = min((last - page) / unit + 1, (min(end, same) - page + 1) / unit);
	end = page + units * unit - 1;
	file = shared || (cached && !t->write);
	if (shared || !file)
		pool_take(vma, page, end);
	if (file) {
		cache_pages(vma, page, end);
		pte.frame = vma->object->frame + linear_page_index(vma, page);
		if (shared && vma->flags & VM_WRITE)
			pte.attrs |= written_writable(t);
	} else {
		anon_vma_prepare(t->m, vma);
		pte.frame = machine_new_frames(t->m, units * unit, true);
		pte.attrs |= PTE_EXCLUSIVE | (t->write ? written(t) : 0);
	}
	/* A marker's bit stays; in old kernels even without VM_UFFD_WP. */
	if (marked && !t->write && (vma->flags & VM_UFFD_WP || keeps_stale_bits(t->m, vma)))
		pte.attrs = (pte.attrs & ~PTE_WRITE) | PTE_UFFD_WP;
	fault_settle(t, page, end, pte,
		     file ? OUTCOME_MAPPED : cached ? OUTCOME_COW : OUTCOME_ZEROED, units,
		     cached && !file ? units : 0);
	return end;
}

uint64_t fault_none(const struct touch *t, uint64_t page, uint64_t last, bool marked)
{
	if (is_vm_hugetlb_page(t->vma))
		return fault_hugetlb(t, page, last, marked);
	if (vma_is_anonymous(t->vma))
		return fault_anon(t, page, last, marked);
	return fault_file(t, page, last, marked);
}

/* Before a store copies a page of a hugetlb file, that one is mapped: it stays if the pool is empty. */
static bool map_before_copy(const struct touch *t, uint64_t page)
{
	struct vm_area *vma = t->vma;
	uint64_t first, last, same;
	struct pte pte = {.state = PTE_HUGE, .attrs = PTE_YOUNG};

	if (!vma || !is_vm_hugetlb_page(vma) || vma->flags & (VM_SHARED | VM_UFFD_MINOR) || !t->write)
		return false;
	first = huge_first(vma->mm, page);
	if (vma_pte(vma, first, &last).state != PTE_NONE || !page_cached(vma, first, &same) ||
	    pool_is_lost(vma, first))
		return false;
	pte.frame = vma->object->frame + linear_page_index(vma, first);
	fault_settle(t, first, huge_last(vma->mm, first), pte, OUTCOME_MAPPED, 0, 0);
	return true;
}

void fault_unanswered(const struct touch *t, uint64_t page)
{
	struct vm_area *vma = t->vma;
	enum table_level level = LEVEL_PMD;
	uint64_t last;
	struct range around;

	if (map_before_copy(t, page))
		return;
	if ((!vma->uffd && (vma->backing != BACKING_SHMEM || vma->flags & VM_UFFD_FLAGS)) ||
	    vma_pte(vma, page, &last).state != PTE_NONE)
		return;
	if (vma_is_anonymous(vma)) {
		bool huge = may_be_huge(t, page, &last, &last);

		if (huge || takes_page(t))
			anon_vma_prepare(t->m, vma);
		level = huge ? LEVEL_PMD : LEVEL_PTE;
	} else if (!is_vm_hugetlb_page(vma) && t->write && !(vma->flags & VM_SHARED)) {
		anon_vma_prepare(t->m, vma); /* do_cow_fault */
	}
	mm_populate_tables(t->m, vma->mm, page, page, level);
	if (vma_is_anonymous(vma) || is_vm_hugetlb_page(vma) || t->write || fault_around_pages(t) == 1)
		return;
	around = fault_around_window(t, page);
	map_cached(t, around.first, around.last, page, 0);
}
