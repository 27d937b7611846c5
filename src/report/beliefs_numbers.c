/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wrong answers that are numbers: other costs than the one that is asked, and those near the truth. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/beliefs_private.h"

/* --- answers -------------------------------------------------------------------------------- */

/* A sentence about sizes: with pages of 4 KiB, and with those of 16 KiB. */
static const char *by_pages(const struct collector *c, const char *small, const char *large)
{
	return c->question->m->paging.page_shift == PAGE_SHIFT_DEFAULT ? small : large;
}

void collect(struct collector *c, const char *answer, const char *belief, const char *otherwise)
{
	bool taken = !strcmp(answer, c->question->truth);

	for (size_t i = 0; i < c->n; i++)
		taken |= !strcmp(answer, c->wrong[i].text);
	if (taken || c->n == WRONG_ANSWERS)
		return;
	c->wrong[c->n] = (struct wrong_answer){.belief = belief, .otherwise = otherwise};
	snprintf(c->wrong[c->n++].text, WRONG_ANSWER_SIZE, "%s", answer);
}

void collect_number(struct collector *c, uint64_t number, const char *belief, const char *otherwise)
{
	char text[WRONG_ANSWER_SIZE];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	collect(c, text, belief, otherwise);
}

/* --- numbers near the truth ------------------------------------------------------------------- */

/* Numbers that the machine has. */
#define A_TABLE UINT_MAX      /* entries of a page table */
#define AROUND (UINT_MAX - 1) /* pages that fault-around maps */

/* The truth times that, and that more. */
static const struct {
	unsigned subjects, times, more;
	const char *belief;
	const char *otherwise[2]; /* the second one with pages of 16 KiB; NULL: the same */
} near[] = {
	{ON(ENTRIES), 2, 0, "the entries of both processes count",
	 {"The parent has its entries already: fork puts new ones only into the child's tables."}},
	{ON(ENTRIES) | ON(PAGES), 1, 1, "the VMA has an entry of its own",
	 {"A VMA is a structure beside the page tables: vm_area_dup() copies it in any case."}},
	{ON(ENTRIES) | ON(PAGES), 1, 2, "the parent's and the child's VMA have an entry each",
	 {"A VMA is a structure beside the page tables: vm_area_dup() copies it in any case."}},
	{ON(TABLES), 1, 1, "the child's PGD counts",
	 {"mm_alloc_pgd() allocates it for each process, whatever is copied: it is not a cost of the copy."}},
	{ON(TABLES), 2, 0, "the parent's tables are copied into new ones as well",
	 {"The parent keeps its tables. Only the child gets new ones."}},
	{ON(FAULTS), 2, 0, "parent and child fault alike", {"Only the process that touches a page faults."}},
	{ON(FAULTS), 1, 1, "the child's first instruction is a fault that counts here",
	 {"Only what the scenario's processes touch is counted."}},
	{ON(FAULTS), 1, 2, "fork itself faults", {"copy_page_range() works on the tables, without faults."}},
	{ON(COPIES), 2, 0, "parent and child each copy the page",
	 {"One of them copies; the other one is then alone with the old page, and keeps it: "
	 "wp_can_reuse_anon_folio()."}},
	{ON(COPIES), 1, 1, "fork copies the page that is in use",
	 {"Only a pinned page is copied by fork itself: copy_present_page()."}},
	{ON(COPIES), 1, 2, "fork copies a page on each side",
	 {"Only a pinned page is copied by fork itself: copy_present_page()."}},
	{ON(TABLES), 1, 3, "each level gets one more table",
	 {"A table is allocated only where the child has none yet: pte_alloc() and those above it."}},
	{ON(FAULTS), 1, AROUND, "each page that fault-around maps is a fault",
	 {"do_fault_around() maps up to 16 pages in one fault.",
	 "do_fault_around() maps up to 4 pages in one fault."}},
	{ON(PAGES), 2, 0, "the pages of both processes count",
	 {"Only those of the process that is asked about."}},
	{ON(PAGES), 1, A_TABLE, "a table has as many entries as it has room for",
	 {"Only entries that are not none count: copy_pte_range() passes over the others."}},
	{ON(VMAS), 1, 3, "what was split stays apart",
	 {"vma_merge() joins VMAs again when their flags, files and anon_vma agree."}},
	{ON(VMAS), 1, 1, "each call makes a VMA",
	 {"vma_merge() joins VMAs that touch, if flags, files and anon_vma allow it."}},
};

static uint64_t more_of(const struct collector *c, unsigned more)
{
	const struct machine *m = c->question->m;

	return more == A_TABLE ? ptrs_per_table(&m->paging) : more == AROUND ? m->fault_around : more;
}

void collect_near(struct collector *c)
{
	uint64_t truth = strtoull(c->question->truth, NULL, 0);

	for (size_t i = 0; i < ARRAY_SIZE(near); i++)
		if (near[i].subjects & 1U << c->question->subject)
			collect_number(c, truth * near[i].times + more_of(c, near[i].more), near[i].belief,
				       near[i].otherwise[1] ? by_pages(c, near[i].otherwise[0], near[i].otherwise[1])
							    : near[i].otherwise[0]);
}

/* --- costs ------------------------------------------------------------------------------------ */

static uint64_t forked_vmas(const struct machine *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->fork_count; i++)
		n += m->forks[i].vma_count;
	return n;
}

void collect_costs(struct collector *c)
{
	const struct cost *cost = &c->question->m->cost;
	uint64_t upper = cost_tables(cost) - cost->tables[LEVEL_PTE], vmas = forked_vmas(c->question->m);

	switch (c->question->subject) {
	case BELIEF_PAGES:
		collect_number(c, c->question->parents, "what the parent has, the child has",
			       "copy_page_range() runs only where vma_needs_copy() says so, and drops what the "
			       "child has no use for.");
		collect_number(c, 0, "only pages go to the child",
			       "Where a VMA is copied, entries without a page are copied, too: of swap, of a "
			       "guard, of a userfaultfd that watches the child.");
		break;
	case BELIEF_TABLES:
		collect_number(c, cost->tables[LEVEL_PTE], "only the lowest level counts",
			       "The child's tables of all levels are its own: __pmd_alloc() and __pud_alloc() "
			       "run before __pte_alloc().");
		if (vmas > 1)
			collect_number(c, vmas * (upper + 1), "each mapping has tables of its own",
				       "A table is for addresses, and VMAs that are near each other share it. One that "
				       "is skipped gets none.");
		collect_number(c, cost->entries, "each entry has a table",
			       by_pages(c, "A PTE table has 512 entries, and fork allocates it with the first one.",
					"A PTE table has 2048 entries, and fork allocates it with the first one."));
		collect_number(c, upper + 1, "one table is enough",
			       by_pages(c, "A PTE table is for 2 MiB of addresses: memory that lies apart needs "
					   "tables of its own.",
					"A PTE table is for 32 MiB of addresses: memory that lies apart needs "
					"tables of its own."));
		break;
	case BELIEF_FAULTS:
		collect_number(c, cost->entries, "each entry is faulted once",
			       by_pages(c, "Only an access that its entry does not allow faults, and fault-around brings "
					   "pages of a file in 16 at a time: do_fault_around().",
					"Only an access that its entry does not allow faults, and fault-around brings "
					"pages of a file in 4 at a time: do_fault_around()."));
		collect_number(c, cost->cow_copies, "what faults is copied",
			       "A fault need not copy: a process that is alone with a page keeps it, and a read maps "
			       "what is there.");
		break;
	case BELIEF_COPIES:
		collect_number(c, cost->faults, "each fault copies a page",
			       "The last process that maps a page keeps it: wp_can_reuse_anon_folio(). Reads "
			       "copy nothing.");
		collect_number(c, cost->entries, "each page that fork copied is copied on write",
			       "Only what is written, and only while two processes map it: wp_page_copy().");
		break;
	default:
		break;
	}
}
