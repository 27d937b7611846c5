/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wrong answers that follow from what the last fork put into the child, and from what it is good for. */
#include <stdlib.h>
#include <string.h>

#include "report/beliefs_private.h"
#include "report/now.h"

/* Entries at the end of the last fork. */
struct got {
	uint64_t all, markers, guards, huge, swap; /* of the child */
	uint64_t pinned;			   /* of the parent */
};

static void count(const struct machine *m, const struct mm *mm, struct stretch where, struct got *got)
{
	uint64_t first = address_page(mm, where.start), end = address_page(mm, where.end), last;

	for (uint64_t page = first; page < end && budget_lasts(m->budget); page = last + 1) {
		struct pte pte = runs_at(&mm->pages, page, &last);
		uint64_t entries;

		last = last < end - 1 ? last : end - 1;
		entries = (last - page + 1) / (pte.state == PTE_HUGE ? huge_pages(mm) : 1);
		got->all += pte.state == PTE_NONE ? 0 : entries;
		got->markers += pte.state == PTE_MARKER ? entries : 0;
		got->guards += pte.state == PTE_MARKER && pte.attrs & PTE_GUARD ? entries : 0;
		got->pinned += pte.attrs & PTE_PINNED ? entries : 0;
		got->swap += pte.state == PTE_SWAP ? entries : 0;
		got->huge += pte.state == PTE_HUGE ? entries : 0;
		budget_spend(m->budget, 1);
	}
}

/* Where the question is about; everywhere, if it is about no place. */
static struct got count_of(const struct belief_question *q, const struct mm *mm)
{
	struct got got = {0};

	if (q->where.start != q->where.end)
		count(q->m, mm, q->where, &got);
	else
		for (const struct vm_area *vma = mm_first(mm); vma; vma = mm_next(vma))
			count(q->m, mm, (struct stretch){vma->start, vma->end}, &got);
	return got;
}

static struct got count_got(const struct belief_question *q)
{
	const struct fork_record *fork = q->m->fork_count ? &q->m->forks[q->m->fork_count - 1] : NULL;
	struct got got = {0};
	struct point_in_time now;

	if (!fork || !fork->child)
		return got;
	now = fork_return_to(q->m, fork);
	got = count_of(q, fork->child);
	got.pinned = count_of(q, fork->parent).pinned;
	fork_leave(q->m, now);
	return got;
}

/* The faults that would be left if what fork copied needed none. */
static uint64_t faults_without_copies(const struct machine *m)
{
	uint64_t n = m->cost.faults;

	for (size_t i = 0; i < m->event_count && budget_lasts(m->budget); i++) {
		const struct event *event = machine_event(m, i);

		if (event->kind == EVENT_TOUCH && event->by_child && event->before.state != PTE_NONE)
			n -= event->faults;
		budget_spend(m->budget, 1);
	}
	return n;
}

/* The last load or store maps a huge page: one fault for many pages. */
static bool maps_huge(const struct machine *m)
{
	for (size_t i = m->event_count; i-- > 0;) {
		const struct event *event = machine_event(m, i);

		if (event->kind == EVENT_TOUCH)
			return event->faults && event->after.state == PTE_HUGE;
	}
	return false;
}

static void collect_pages(struct collector *c, struct got got)
{
	if (c->question->parents && !strcmp(c->question->truth, "0"))
		collect_number(c, got.all, "what the parent has, the child has",
			       "copy_present_ptes() takes bits on the way: the uffd bit where the child is not watched, "
			       "and the young bit.");
	if (got.markers)
		collect_number(c, got.all - got.markers, "a marker is not an entry",
			       "Markers are entries without a page. copy_nonpresent_pte() copies those that the child "
			       "needs.");
}

static void collect_entries(struct collector *c, struct got got)
{
	uint64_t entries = c->question->m->cost.entries;

	if (got.guards)
		collect_number(c, entries - got.all + got.guards, "only what the flag is about is copied",
			       "The decision is about the whole VMA: if a guard has it copied, copy_pte_range() copies "
			       "each entry that is not none.");
	if (got.pinned)
		collect_number(c, entries - got.pinned, "a pinned page stays with the parent",
			       "copy_present_page() gives the child a page of its own in its place, at once, and an "
			       "entry for it.");
}

static void collect_faults(struct collector *c, struct got got)
{
	const struct machine *m = c->question->m;

	if (maps_huge(m))
		collect_number(c, m->cost.faults * ptrs_per_table(&m->paging), "each page under a huge entry faults",
			       "One fault maps all of a huge page, with one entry.");
	if (got.swap)
		collect_number(c, m->cost.faults + got.swap, "fork brings pages in",
			       "fork copies entries, and faults nothing in: copy_nonpresent_pte() copies where in swap the "
			       "data is.");
	collect_number(c, faults_without_copies(m), "copying at fork saves the child its faults",
		       "What fork copies is read-only and old. The first store to it is a fault, do_wp_page(), and where "
		       "the kernel marks entries the first load is one, too.");
}

static void collect_copies(struct collector *c, struct got got)
{
	uint64_t truth = strtoull(c->question->truth, NULL, 0);

	if (got.huge)
		collect_number(c, (truth ? truth : 1) * ptrs_per_table(&c->question->m->paging),
			       "a huge page is copied as a whole",
			       "do_huge_pmd_wp_page() splits the entry, and wp_page_copy() copies one small page.");
}

void collect_child(struct collector *c)
{
	const struct belief_question *q = c->question;
	const struct cost *cost = &q->m->cost;
	struct got got = count_got(q);

	switch (q->subject) {
	case BELIEF_PAGES:
		collect_pages(c, got);
		break;
	case BELIEF_ENTRIES:
		collect_entries(c, got);
		break;
	case BELIEF_TABLES:
		if (got.huge)
			collect_number(c, cost_tables(cost) - got.huge, "a huge entry needs no table below it",
				       "copy_huge_pmd() deposits a PTE table for each, in case that the entry is split: "
				       "pgtable_trans_huge_deposit().");
		break;
	case BELIEF_FAULTS:
		collect_faults(c, got);
		break;
	case BELIEF_COPIES:
		collect_copies(c, got);
		break;
	default:
		break;
	}
}
