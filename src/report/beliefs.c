/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/beliefs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "report/now.h"

/* --- what fork would do ----------------------------------------------------------------- */

/* What is decided about a VMA if that is so; the real decision where it says nothing. */
typedef int decides_function(const struct machine *m, const struct fork_vma *vma);
/* Entries that the child gets for a run of the parent's, in a VMA that is copied. */
typedef uint64_t counts_function(const struct mm *mm, struct pte pte, uint64_t pages);

/* Those of a process between these addresses. */
static uint64_t count_runs(const struct machine *m, const struct mm *mm, const struct vm_area *vma,
			   counts_function *counts)
{
	uint64_t first = address_page(mm, vma->start), end = address_page(mm, vma->end), last, n = 0;

	for (uint64_t page = first; page < end && budget_lasts(m->budget); page = last + 1) {
		struct pte pte = runs_at(&mm->pages, page, &last);

		last = min(last, end - 1);
		n += counts(mm, pte, last - page + 1);
		budget_spend(m->budget, 1);
	}
	return n;
}

static int shared_is_skipped(const struct machine *m, const struct fork_vma *vma)
{
	(void)m;
	return vma->decision.src_flags & VM_MAYSHARE ? DECISION_SKIP : (int)vma->decision.what;
}

static int private_is_copied(const struct machine *m, const struct fork_vma *vma)
{
	uint64_t flags = vma->decision.src_flags;

	(void)m;
	return !(flags & VM_MAYSHARE) && flags & VM_WRITE ? DECISION_COPY : (int)vma->decision.what;
}

static int read_only_is_skipped(const struct machine *m, const struct fork_vma *vma)
{
	(void)m;
	return vma->decision.src_flags & VM_WRITE ? (int)vma->decision.what : DECISION_SKIP;
}

/* The clause that the toggle turns, on the other VMA. */
static int other_side_decides(const struct machine *m, const struct fork_vma *vma)
{
	const struct decision *d = &vma->decision;
	struct kernel *other = kernel_copy(m->kernel);
	int what = (int)d->what;

	if (kernel_check(other, kernel_checks(other) == SIDE_DST ? SIDE_SRC : SIDE_DST))
		what = (int)dup_mmap_decides(other, d->src_flags, d->dst_flags, d->anon_vma).what;
	kernel_free(other);
	return what;
}

static int childs_flag_decides(const struct machine *m, const struct fork_vma *vma)
{
	return kernel_checks(m->kernel) == SIDE_SRC ? other_side_decides(m, vma) : (int)vma->decision.what;
}

static int parents_flag_decides(const struct machine *m, const struct fork_vma *vma)
{
	return kernel_checks(m->kernel) == SIDE_DST ? other_side_decides(m, vma) : (int)vma->decision.what;
}

static int guards_do_not_count(const struct machine *m, const struct fork_vma *vma)
{
	const struct decision *d = &vma->decision;

	return (int)dup_mmap_decides(m->kernel, d->src_flags & ~VM_MAYBE_GUARD,
				     d->dst_flags & ~VM_MAYBE_GUARD, d->anon_vma).what;
}

static int all_is_copied(const struct machine *m, const struct fork_vma *vma)
{
	(void)m;
	(void)vma;
	return DECISION_COPY;
}

static int all_is_skipped(const struct machine *m, const struct fork_vma *vma)
{
	(void)m;
	(void)vma;
	return DECISION_SKIP;
}

static int all_is_left_out(const struct machine *m, const struct fork_vma *vma)
{
	(void)m;
	(void)vma;
	return DECISION_DONTCOPY;
}

static int all_is_wiped(const struct machine *m, const struct fork_vma *vma)
{
	(void)m;
	(void)vma;
	return DECISION_WIPE;
}

static uint64_t entries_of(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return pte.state == PTE_NONE ? 0 : pte.state == PTE_HUGE ? pages / huge_pages(mm) : pages;
}

static bool is_written(struct pte pte)
{
	return pte.attrs & PTE_DIRTY && frame_is_anon(pte.frame);
}

static uint64_t count_written(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return is_written(pte) ? entries_of(mm, pte, pages) : 0;
}

static uint64_t count_present(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return pte.state == PTE_MARKER ? 0 : entries_of(mm, pte, pages);
}

static uint64_t count_mapped(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return pte.state == PTE_HUGE ? entries_of(mm, pte, pages) : pages;
}

static uint64_t count_each_page(const struct mm *mm, struct pte pte, uint64_t pages)
{
	(void)mm;
	return pte.state == PTE_NONE ? 0 : pages;
}

static uint64_t count_anonymous(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return frame_is_anon(pte.frame) ? entries_of(mm, pte, pages) : 0;
}

/* What was copied for its anon_vma alone. */
static int no_page_no_copy(const struct machine *m, const struct fork_vma *vma)
{
	const struct decision *d = &vma->decision;

	return d->what == DECISION_COPY && !d->fired && !count_runs(m, vma->src->mm, vma->src, count_anonymous)
		       ? DECISION_SKIP
		       : (int)d->what;
}

/* --- beliefs ------------------------------------------------------------------------------ */

#define ON(subject) (1U << BELIEF_##subject)
#define ABOUT_COPYING (ON(DECISION) | ON(ENTRIES) | ON(CHILD_STATE))

/* In the order in which people have them. */
static const struct {
	const char *belief, *otherwise;
	unsigned subjects;
	decides_function *decides; /* NULL: what fork does */
	counts_function *counts;   /* NULL: the same */
} copying[] = {
	{"shared means not copied",
	 "No clause of vma_needs_copy() asks whether a VMA is shared: a flag such as VM_UFFD_WP or "
	 "VM_MAYBE_GUARD has it copied all the same.",
	 ABOUT_COPYING, shared_is_skipped, NULL},
	{"the flag is the child's",
	 "This kernel looks at src, the parent's VMA: dup_userfaultfd() has taken the flag from the "
	 "child's VMA, and that does not matter.",
	 ABOUT_COPYING, childs_flag_decides, NULL},
	{"the flag is the parent's",
	 "This kernel looks at dst, the child's VMA: dup_userfaultfd() has cleared its flag before "
	 "vma_needs_copy() looks, unless the context has UFFD_FEATURE_EVENT_FORK.",
	 ABOUT_COPYING, parents_flag_decides, NULL},
	{"a guard is not a page",
	 "A guard region is a marker in the page table, which only a copy of the table keeps: "
	 "vma_needs_copy() has VM_MAYBE_GUARD among its flags, and copy_nonpresent_pte() copies the "
	 "marker.",
	 ABOUT_COPYING, guards_do_not_count, NULL},
	{"private and writable means copied",
	 "vma_needs_copy() asks for an anon_vma. The first write makes one, in __anon_vma_prepare(); "
	 "mremap() can take it along.",
	 ABOUT_COPYING, private_is_copied, NULL},
	{"PROT_READ pages are not copied",
	 "vma_needs_copy() does not look at the protection. A VMA that was written has its anon_vma "
	 "still after mprotect() took the writing away.",
	 ABOUT_COPYING, read_only_is_skipped, NULL},
	{"only written pages are copied",
	 "The decision is about the whole VMA: if it is copied, copy_pte_range() copies each entry that "
	 "is not none, of pages that were only read, too.",
	 ON(ENTRIES), NULL, count_written},
	{"a marker is not an entry",
	 "Markers are entries without a page. copy_nonpresent_pte() copies those that the child needs.",
	 ON(ENTRIES), NULL, count_present},
	{"each page under a huge entry is copied",
	 "A huge page has one entry, which copy_huge_pmd() copies as one.",
	 ON(ENTRIES), NULL, count_each_page},
	{"fork copies each mapping",
	 "If no clause of vma_needs_copy() holds, copy_page_range() is not called for the VMA: the child "
	 "faults its pages in.",
	 ABOUT_COPYING, all_is_copied, NULL},
	{"without a page of its own a VMA is skipped",
	 "vma_needs_copy() does not look at pages: an anon_vma is enough. It outlives them, and each part "
	 "of a VMA that is split keeps it.",
	 ON(DECISION), no_page_no_copy, NULL},
	{"fork copies nothing, because memory is copy-on-write",
	 "Copy-on-write leaves the pages shared. The entries of a VMA that is copied are written one by "
	 "one, by copy_pte_range().",
	 ABOUT_COPYING, all_is_skipped, NULL},
	{"each page of a mapping has an entry",
	 "An entry appears when the page is faulted in. copy_pte_range() passes over those that are none.",
	 ON(ENTRIES), NULL, count_mapped},
	{"fork copies each page of each mapping",
	 "vma_needs_copy() chooses among the VMAs, and copy_pte_range() passes over pages without an entry.",
	 ON(ENTRIES), all_is_copied, count_mapped},
	{"the child does not get this memory",
	 "dup_mmap() leaves out only what has VM_DONTCOPY, that is MADV_DONTFORK.",
	 ABOUT_COPYING, all_is_left_out, NULL},
	{"the child gets this memory empty",
	 "dup_mmap() does that only where the VMA has VM_WIPEONFORK. After a skip the same pages come "
	 "back, with faults.",
	 ON(DECISION), all_is_wiped, NULL},
};

/* Answers that do not follow from what is copied. */
static const struct {
	unsigned subjects;
	const char *answer;
	const char *belief, *otherwise;
} fixed[] = {
	{ON(TABLES), "0", "fork copies entries, and no tables",
	 "The child has a page table of its own: copy_pte_range() allocates the tables that the entries "
	 "are in, and those above them."},
	{ON(FAULTS), "0", "copying at fork saves the child its faults",
	 "The entries that fork copies are write-protected: each first write is a fault, do_wp_page()."},
	{ON(COPIES), "0", "after fork the pages stay shared",
	 "The first write to a page that two processes map copies it: wp_page_copy()."},
	{ON(CHILD_STATE), "present", "what the parent has, the child has",
	 "copy_page_range() runs only for a VMA that vma_needs_copy() chooses, and copies only entries "
	 "that there are."},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "none", "a page of which nothing was written has no entry",
	 "Reading leaves an entry, too: do_anonymous_page() maps the zero page, do_read_fault() the "
	 "page of the file."},
	{ON(PARENT_STATE), "present", "what is mapped is there",
	 "mmap() makes a VMA and no entries: handle_mm_fault() makes them, page by page."},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "zero", "a page that was never written is the zero page",
	 "Only do_anonymous_page() maps the zero page, for a read of anonymous memory that has no page."},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "swap", "what is not in use is swapped out",
	 "fork swaps nothing out: copy_nonpresent_pte() copies a swap entry where the parent has one."},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "marker", "a flag leaves a mark in each entry",
	 "Only pages without an entry get a marker: of userfaultfd, or of a guard region."},
	{ON(CHILD_FLAG), "yes", "the child's VMA has the flags of the parent's",
	 "vm_area_dup() copies them, then dup_mmap() takes VM_LOCKED and VM_LOCKONFAULT, and "
	 "dup_userfaultfd() takes the flags of userfaultfd without UFFD_FEATURE_EVENT_FORK."},
	{ON(CHILD_FLAG), "no", "the child's VMA begins without flags",
	 "vm_area_dup() copies all flags. dup_mmap() and dup_userfaultfd() take some of them back."},
	{ON(PARENT_FLAG), "yes", "a flag stays until it is taken away",
	 "Some calls take flags away: munlock(), UFFDIO_UNREGISTER, closing a userfaultfd."},
	{ON(PARENT_FLAG), "no", "a flag goes with what it was set for",
	 "Some flags stay: VM_MAYBE_GUARD is never cleared, and a split leaves all flags with both halves."},
	{ON(VMAS), "1", "a mapping is one VMA",
	 "A call on a part splits the VMA: split_vma(). vma_merge() joins those that touch and agree."},
	{ON(VMAS), "2", "a call splits once",
	 "A range in the middle leaves three VMAs, and a range at an end two: vma_modify()."},
	{ON(VMAS), "3", "each call makes VMAs",
	 "vma_merge() joins VMAs that touch, if flags, files and anon_vma allow it."},
	{ON(SIGNAL), "ok", "the child can touch what the parent can",
	 "Not where dup_mmap() left the VMA out, or where a guard region was copied: "
	 "handle_pte_marker() answers VM_FAULT_SIGSEGV."},
	{ON(SIGNAL), "SIGSEGV", "where fork copied no entry the child has no memory",
	 "The VMA is there. handle_mm_fault() brings the page in."},
	{ON(SIGNAL), "SIGBUS", "a page that cannot be had is a bus error",
	 "SIGBUS is for pages beyond the end of a file, poisoned pages and an empty pool of huge pages."},
	{ON(SIGNAL), "blocked", "a userfaultfd stops each fault",
	 "handle_userfault() waits only in a VMA that has the flag, for the kind of fault that it registered."},
	{ON(FORK_END), "ok", "fork always works",
	 "dup_mmap() charges memory before it copies a VMA, and fails with ENOMEM; with "
	 "UFFD_FEATURE_EVENT_FORK, dup_userfaultfd_complete() waits for a reader."},
	{ON(FORK_END), "ENOMEM", "fork needs as much memory as the parent has",
	 "Pages are shared. Only strict overcommit refuses to promise the memory once more, in "
	 "security_vm_enough_memory_mm()."},
	{ON(FORK_END), "blocked", "a userfaultfd stops fork",
	 "dup_userfaultfd() sends an event only for contexts with UFFD_FEATURE_EVENT_FORK, and only an "
	 "event without a reader stops fork."},
	{ON(ERRNO), "EINVAL", "what a call does not support is EINVAL",
	 "Each check has its own errno, and the first check that fails decides."},
	{ON(ERRNO), "ENOMEM", "ENOMEM means that memory is short",
	 "Calls on a range answer ENOMEM where nothing is mapped; other checks come before that."},
	{ON(ERRNO), "EPERM", "what is not allowed is EPERM",
	 "EPERM is for rights and for sealed memory; a protection that forbids is EACCES."},
	{ON(ERRNO), "EFAULT", "a wrong address is EFAULT",
	 "EFAULT is for memory that the kernel itself has to read or write."},
	{ON(REASON), "anon_vma", "private memory has an anon_vma",
	 "An anon_vma appears with the first write. vma_needs_copy() asks for it in the order of its "
	 "clauses, and the first clause that holds is the reason."},
	{ON(REASON), "none", "what is only mapped is not copied",
	 "A flag alone is a reason: vma_needs_copy() does not look at the pages."},
	{ON(REASON), "VM_UFFD_WP", "a registration is the reason",
	 "Only where the flag is on the VMA that the clause looks at: dst or src."},
	{ON(REASON), "VM_MAYBE_GUARD", "a guard region is the reason",
	 "VM_MAYBE_GUARD is set by MADV_GUARD_INSTALL only, on kernels that have the flag."},
	{ON(REASON), "VM_PFNMAP", "device memory is the reason",
	 "VM_PFNMAP is set by a driver that maps frames without struct page."},
};

/* --- answers -------------------------------------------------------------------------------- */

struct collector {
	const struct belief_question *question;
	struct wrong_answer *wrong;
	size_t n;
};

static void collect(struct collector *c, const char *answer, const char *belief, const char *otherwise)
{
	bool taken = !strcmp(answer, c->question->truth);

	for (size_t i = 0; i < c->n; i++)
		taken |= !strcmp(answer, c->wrong[i].text);
	if (taken || c->n == WRONG_ANSWERS)
		return;
	c->wrong[c->n] = (struct wrong_answer){.belief = belief, .otherwise = otherwise};
	snprintf(c->wrong[c->n++].text, WRONG_ANSWER_SIZE, "%s", answer);
}

static void collect_number(struct collector *c, uint64_t number, const char *belief, const char *otherwise)
{
	char text[WRONG_ANSWER_SIZE];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	collect(c, text, belief, otherwise);
}

/* --- numbers near the truth ------------------------------------------------------------------- */

/* The truth times that, and that more. */
static const struct {
	unsigned subjects, times, more;
	const char *belief, *otherwise;
} near[] = {
	{ON(ENTRIES), 2, 0, "the entries of both processes count",
	 "The parent has its entries already: fork puts new ones only into the child's tables."},
	{ON(ENTRIES), 1, 1, "the VMA has an entry of its own",
	 "A VMA is a structure beside the page tables: vm_area_dup() copies it in any case."},
	{ON(ENTRIES), 1, 2, "the parent's and the child's VMA have an entry each",
	 "A VMA is a structure beside the page tables: vm_area_dup() copies it in any case."},
	{ON(TABLES), 1, 1, "the child's PGD counts",
	 "mm_alloc_pgd() allocates it for each process, whatever is copied: it is not a cost of the copy."},
	{ON(TABLES), 2, 0, "the parent's tables are copied into new ones as well",
	 "The parent keeps its tables. Only the child gets new ones."},
	{ON(FAULTS), 2, 0, "parent and child fault alike", "Only who touches a page faults."},
	{ON(FAULTS), 1, 1, "the child's first instruction is a fault that counts here",
	 "Only what the scenario's processes touch is counted."},
	{ON(FAULTS), 1, 2, "fork itself faults", "copy_page_range() works on the tables, without faults."},
	{ON(COPIES), 2, 0, "parent and child each copy the page",
	 "One of them copies; the other one is then alone with the old page, and keeps it: "
	 "wp_can_reuse_anon_folio()."},
	{ON(COPIES), 1, 1, "fork copies the page that is in use",
	 "Only a pinned page is copied by fork itself: copy_present_page()."},
	{ON(COPIES), 1, 2, "fork copies a page on each side",
	 "Only a pinned page is copied by fork itself: copy_present_page()."},
	{ON(COPIES), 1, 512, "a huge page is copied as a whole",
	 "do_huge_pmd_wp_page() splits the entry, and wp_page_copy() copies one page of 4 KiB."},
	{ON(TABLES), 1, 3, "each level gets one more table",
	 "A table is allocated only where the child has none yet: pte_alloc() and those above it."},
	{ON(FAULTS), 1, 16, "each page that fault-around maps is a fault",
	 "do_fault_around() maps up to 16 pages in one fault."},
	{ON(VMAS), 1, 3, "what was split stays apart",
	 "vma_merge() joins VMAs again when their flags, files and anon_vma agree."},
	{ON(VMAS), 1, 1, "each call makes a VMA",
	 "vma_merge() joins VMAs that touch, if flags, files and anon_vma allow it."},
};

static void collect_near(struct collector *c)
{
	uint64_t truth = strtoull(c->question->truth, NULL, 0);

	for (size_t i = 0; i < ARRAY_SIZE(near); i++)
		if (near[i].subjects & 1U << c->question->subject)
			collect_number(c, truth * near[i].times + near[i].more, near[i].belief,
				       near[i].otherwise);
}

/* --- how many entries ------------------------------------------------------------------------ */

/* What one fork would put into the child, if that were so. */
static uint64_t imagined_of_fork(const struct machine *m, const struct fork_record *fork, size_t belief)
{
	uint64_t n = 0;

	for (size_t i = 0; i < fork->vma_count; i++) {
		const struct fork_vma *vma = &fork->vmas[i];
		int is = (int)vma->decision.what;
		int what = copying[belief].decides ? copying[belief].decides(m, vma) : is;

		if (what != DECISION_COPY)
			continue;
		if (is == DECISION_COPY && !copying[belief].counts)
			n += count_runs(m, fork->child, vma->dst, entries_of);
		else
			n += count_runs(m, fork->parent, vma->src,
					copying[belief].counts ? copying[belief].counts : entries_of);
	}
	return n;
}

/* The same of all forks. False: of one it is not known. */
static bool imagine_entries(struct machine *m, size_t belief, uint64_t *n)
{
	struct point_in_time now = {m->at, m->at_pages};

	*n = 0;
	for (size_t i = 0; i < m->fork_count; i++) {
		if (m->forks[i].err || m->forks[i].waited || !m->forks[i].child)
			return false;
		fork_return_to(m, &m->forks[i]);
		*n += imagined_of_fork(m, &m->forks[i], belief);
		fork_leave(m, now);
	}
	return true;
}

/* --- one VMA, one page ------------------------------------------------------------------------ */

static const struct fork_vma *asked_vma(const struct belief_question *q)
{
	const struct machine *m = q->m;

	return m->fork_count ? fork_vma_at(&m->forks[m->fork_count - 1], q->address) : NULL;
}

/* The child's entry, if fork had decided that. */
static const char *imagined_state(const struct belief_question *q, const struct fork_vma *vma, int what)
{
	const struct fork_record *fork = &q->m->forks[q->m->fork_count - 1];
	struct point_in_time now = fork_return_to(q->m, fork);
	uint64_t last;
	struct pte pte = runs_at(&fork->parent->pages, address_page(fork->parent, q->address), &last);

	(void)vma;
	fork_leave(q->m, now);
	return what == DECISION_DONTCOPY ? "absent"
	       : what == DECISION_COPY	 ? pte_state_names[pte.state]
					 : pte_state_names[PTE_NONE];
}

static void collect_copying(struct collector *c)
{
	const struct belief_question *q = c->question;
	const struct fork_vma *vma = q->subject == BELIEF_ENTRIES ? NULL : asked_vma(q);
	uint64_t n;

	for (size_t i = 0; i < ARRAY_SIZE(copying) && c->n < WRONG_ANSWERS; i++) {
		const char *belief = copying[i].belief, *otherwise = copying[i].otherwise;

		if (!(copying[i].subjects & 1U << q->subject))
			continue;
		if (q->subject == BELIEF_ENTRIES) {
			if (imagine_entries(q->m, i, &n))
				collect_number(c, n, belief, otherwise);
		} else if (vma) {
			int what = copying[i].decides(q->m, vma);

			if (q->subject == BELIEF_DECISION)
				collect(c, decision_names[what], belief, otherwise);
			else if (what != (int)vma->decision.what)
				collect(c, imagined_state(q, vma, what), belief, otherwise);
		}
	}
}

/* --- costs ------------------------------------------------------------------------------------ */

static void collect_costs(struct collector *c)
{
	const struct cost *cost = &c->question->m->cost;
	uint64_t upper = cost_tables(cost) - cost->tables[LEVEL_PTE];

	switch (c->question->subject) {
	case BELIEF_TABLES:
		collect_number(c, cost->tables[LEVEL_PTE], "only the lowest level counts",
			       "The child's tables of all levels are its own: __pmd_alloc() and __pud_alloc() "
			       "run before __pte_alloc().");
		collect_number(c, cost->entries, "each entry has a table",
			       "A PTE table has 512 entries, and fork allocates it with the first one.");
		collect_number(c, upper + 1, "one table is enough",
			       "A PTE table is for 2 MiB of addresses: memory that lies apart needs tables of "
			       "its own.");
		break;
	case BELIEF_FAULTS:
		collect_number(c, cost->entries, "each entry is faulted once",
			       "Only what is touched faults, and fault-around brings pages of a file in "
			       "16 at a time: do_fault_around().");
		collect_number(c, cost->cow_copies, "what faults is copied",
			       "A fault need not copy: who is alone with a page keeps it, and a read maps what is "
			       "there.");
		break;
	case BELIEF_COPIES:
		collect_number(c, cost->faults, "each fault copies a page",
			       "Who is the last to map a page keeps it: wp_can_reuse_anon_folio(). Reads copy "
			       "nothing.");
		collect_number(c, cost->entries, "each page that fork copied is copied on write",
			       "Only what is written, and only while two processes map it: wp_page_copy().");
		break;
	default:
		break;
	}
}

size_t wrong_answers(const struct belief_question *question, struct wrong_answer wrong[WRONG_ANSWERS])
{
	struct collector c = {question, wrong, 0};

	collect_copying(&c);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (fixed[i].subjects & 1U << question->subject)
			collect(&c, fixed[i].answer, fixed[i].belief, fixed[i].otherwise);
	collect_costs(&c);
	collect_near(&c);
	return c.n;
}
