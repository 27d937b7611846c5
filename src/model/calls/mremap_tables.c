/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mremap: entries and page tables move. (mm/mremap.c, mm/hugetlb.c) */
#include "base/minmax.h"
#include "model/calls/mremap_private.h"
#include "model/fault.h"

/* Pages that one table of this level covers. */
static uint64_t table_span(const struct table_move *t, enum table_level level)
{
	return UINT64_C(1) << t->mm->paging->table_bits * ((unsigned)level + 1);
}

static uint64_t pages_left(const struct table_move *t)
{
	return t->last - t->old + 1;
}

/* The pages of t->old that are left, and go on with (or without) a table of that level. */
static bool has_table(const struct table_move *t, enum table_level level, uint64_t *pages)
{
	const unsigned bits = t->mm->paging->table_bits * ((unsigned)level + 1);
	uint64_t last;
	bool has = mm_has_table(t->mm, level, t->old >> bits, &last);

	if (last < UINT64_MAX >> bits)
		*pages = min(*pages, ((last + 1) << bits) - t->old);
	return has;
}

/* --- entries ------------------------------------------------------------------------------- */

/* move_ptes(), move_huge_pmd(): what becomes of an entry that is moved by itself. */
static struct pte moved_entry(const struct table_move *t, struct pte pte)
{
	if (t->clear_uffd_wp && pte.attrs & PTE_UFFD_WP) {
		if (pte.state == PTE_MARKER)
			return (struct pte){0};
		pte.attrs &= ~PTE_UFFD_WP;
	}
	/* move_soft_dirty_pte() */
	if (!t->hugetlb)
		pte.attrs |= mm_soft_dirty(t->mm) & pte_state_attrs[pte.state];
	return pte;
}

/* The next `pages` entries; alone: not together with their table. */
static void move_entries(const struct table_move *t, uint64_t pages, bool alone)
{
	uint64_t stop = t->old + pages - 1, last;

	for (uint64_t page = t->old; page <= stop && !t->m->exhausted; page = last + 1) {
		struct pte pte = runs_at(&t->mm->pages, page, &last);

		last = min(last, stop);
		if (pte.state == PTE_NONE)
			continue;
		change_pte(t->m, t->mm, page, last, (struct pte){0});
		change_pte(t->m, t->mm, t->new + (page - t->old), t->new + (last - t->old),
			   alone ? moved_entry(t, pte) : pte);
	}
}

/* --- tables -------------------------------------------------------------------------------- */

/* Have the next pages the same place in tables of this level, old and new? */
static bool congruent(const struct table_move *t, enum table_level level)
{
	return !((t->old ^ t->new) & (table_span(t, level) - 1));
}

/* Up to where tables of this level could be moved whole, if they can at all. */
static uint64_t before_whole_table(const struct table_move *t, enum table_level level, uint64_t pages)
{
	uint64_t span = table_span(t, level), in = t->old & (span - 1);

	return t->whole_tables && congruent(t, level) && in ? min(pages, span - in) : pages;
}

/* How many of the next pages, which have tables of this level, move with whole tables. */
static uint64_t pages_of_whole_tables(const struct table_move *t, enum table_level level, uint64_t pages)
{
	uint64_t span = table_span(t, level), last;

	if (!t->whole_tables || !congruent(t, level) || t->old & (span - 1) ||
	    mm_has_table(t->mm, level, t->new / span, &last))
		return 0;
	if (last < UINT64_MAX / span)
		pages = min(pages, (last + 1) * span - t->new);
	return pages / span * span;
}

static void move_tables_of_level(const struct table_move *t, enum table_level level, uint64_t pages)
{
	const uint64_t span = table_span(t, level), distance = t->new / span - t->old / span;
	uint64_t first = t->old / span, last = (t->old + pages - 1) / span;
	struct range part;

	while (first <= last && rangeset_next(&t->mm->tables[level], first, last, true, &part)) {
		change_remove_tables(t->m, t->mm, level, part.first, part.last);
		change_add_tables(t->m, t->mm, level, part.first + distance, part.last + distance);
		first = part.last + 1;
	}
}

/* move_normal_pmd(), move_normal_pud(): tables of this level, with all below them. */
static void move_whole_tables(const struct table_move *t, enum table_level level, uint64_t pages)
{
	mm_populate_tables(t->m, t->mm, t->new, t->new + pages - 1, level + 1);
	for (enum table_level l = LEVEL_PTE; l <= level; l++)
		move_tables_of_level(t, l, pages);
	move_entries(t, pages, false);
}

/* Pages under huge entries. Returns how many are done; 0: they are small ones now. */
static uint64_t move_huge(const struct table_move *t, uint64_t pages)
{
	const uint64_t unit = huge_pages(t->mm);
	uint64_t whole = congruent(t, LEVEL_PTE) && !(t->old & (unit - 1)) ? pages / unit * unit : 0;

	mm_populate_tables(t->m, t->mm, t->new, t->new + pages - 1, LEVEL_PMD);
	if (whole) {
		move_entries(t, whole, true);
		return whole;
	}
	split_huge_pmd(t->m, mm_vma_at(t->mm, page_address(t->mm, t->old)), t->old);
	/* Those of a file are gone. */
	return t->anonymous ? 0 : min(pages, unit - (t->old & (unit - 1)));
}

/* The next pages, under a table of PMDs. Returns how many of them are done. */
static uint64_t move_pmds(const struct table_move *t, uint64_t pages)
{
	uint64_t whole, last;

	if (has_table(t, LEVEL_PTE, &pages)) {
		whole = pages_of_whole_tables(t, LEVEL_PTE, pages);
		if (whole) {
			move_whole_tables(t, LEVEL_PTE, whole);
			return whole;
		}
		pages = before_whole_table(t, LEVEL_PTE, pages);
		mm_populate_tables(t->m, t->mm, t->new, t->new + pages - 1, LEVEL_PTE);
		move_entries(t, pages, true);
		return pages;
	}
	if (runs_at(&t->mm->pages, t->old, &last).state == PTE_HUGE)
		return move_huge(t, min(pages, last - t->old + 1));
	return min(pages, last - t->old + 1);
}

/* The next pages. Returns how many of them are done. */
static uint64_t move_puds(const struct table_move *t)
{
	uint64_t pages = pages_left(t), whole;

	if (!has_table(t, LEVEL_PMD, &pages))
		return pages;
	whole = pages_of_whole_tables(t, LEVEL_PMD, pages);
	if (whole) {
		move_whole_tables(t, LEVEL_PMD, whole);
		return whole;
	}
	pages = before_whole_table(t, LEVEL_PMD, pages);
	/* alloc_new_pud(), before it looks whether there is anything to move. */
	mm_populate_tables(t->m, t->mm, t->new, t->new + pages - 1, LEVEL_PUD);
	return move_pmds(t, pages);
}

/* --- where they begin ------------------------------------------------------------------------ */

/* can_align_down(): does a VMA begin at this page, and is nothing mapped before it in its table? */
static bool can_align_down(const struct table_move *t, uint64_t page)
{
	const struct vm_area *vma = mm_vma_at(t->mm, page_address(t->mm, page)), *before;

	if (!vma || vma_first(vma) != page)
		return false;
	before = mm_before(vma);
	return !before || vma_last(before) < huge_first(t->mm, page);
}

/* try_realign_addr(): from the first address of the table on, so that it can move whole. */
static void try_realign_addr(struct table_move *t)
{
	uint64_t in = page_slot(t->mm, t->old);

	if (!in || !congruent(t, LEVEL_PTE) || pages_left(t) < huge_pages(t->mm) - in ||
	    !can_align_down(t, t->old) || !can_align_down(t, t->new))
		return;
	t->old -= in;
	t->new -= in;
}

/* --- hugetlb ----------------------------------------------------------------------------------- */

/*
 * Over a missing table the kernel goes on behind its end, from the old address and from the
 * new one: those have to be in the same place of their tables if anything follows.
 */
bool hugetlb_move_fits(const struct table_move *move)
{
	struct table_move t = *move;
	uint64_t pages = pages_left(&t), span = table_span(&t, LEVEL_PMD);

	if (congruent(&t, LEVEL_PMD))
		return true;
	while (t.old <= t.last) {
		pages = min(pages_left(&t), span - (t.old & (span - 1)));
		if (!has_table(&t, LEVEL_PMD, &pages) && t.old + pages <= t.last)
			return false;
		t.old += pages;
	}
	return true;
}

/* move_hugetlb_page_tables() */
static void move_hugetlb_page_tables(const struct table_move *t)
{
	uint64_t last;

	for (uint64_t page = t->old; page <= t->last; page = last + 1) {
		struct pte pte = runs_at(&t->mm->pages, page, &last);

		last = min(last, t->last);
		if (pte.state != PTE_NONE)
			mm_populate_tables(t->m, t->mm, t->new + (page - t->old),
					   t->new + (last - t->old), LEVEL_PMD);
	}
	move_entries(t, pages_left(t), true);
}

void move_page_tables(struct table_move t)
{
	if (t.hugetlb) {
		move_hugetlb_page_tables(&t);
		return;
	}
	if (machine_behaviour(t.m, BEHAVIOUR_MREMAP_REALIGN) == MREMAP_REALIGN_YES)
		try_realign_addr(&t);
	while (t.old <= t.last && !t.m->exhausted) {
		uint64_t done = move_puds(&t);

		machine_work(t.m, 1);
		t.old += done;
		t.new += done;
	}
}
