/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/beliefs.h"

#include "base/alloc.h"
#include "base/minmax.h"
#include "report/beliefs_private.h"
#include "report/now.h"

/* --- what fork would do ----------------------------------------------------------------- */

/* What is decided about. Time is that of the fork. */
struct asked {
	const struct machine *m;
	const struct fork_vma *vma;
	struct stretch where; /* the addresses of it that are asked about */
};

/* What is decided if that is so; the real decision where it says nothing. */
typedef int decides_function(const struct asked *asked);
/* Entries that the child gets for a run of the parent's, in a VMA that is copied. */
typedef uint64_t counts_function(const struct mm *mm, struct pte pte, uint64_t pages);

/* Those of a process between these addresses. */
static uint64_t count_runs(const struct machine *m, const struct mm *mm, struct stretch where,
			   counts_function *counts)
{
	uint64_t first = address_page(mm, where.start), end = address_page(mm, where.end), last, n = 0;

	for (uint64_t page = first; page < end && budget_lasts(m->budget); page = last + 1) {
		struct pte pte = runs_at(&mm->pages, page, &last);

		last = min(last, end - 1);
		n += counts(mm, pte, last - page + 1);
		budget_spend(m->budget, 1);
	}
	return n;
}

static int real_decision(const struct asked *asked)
{
	return (int)asked->vma->decision.what;
}

static bool is_left_out(const struct asked *asked)
{
	return real_decision(asked) == DECISION_DONTCOPY || real_decision(asked) == DECISION_WIPE;
}

static int dontcopy_is_copied(const struct asked *asked)
{
	return real_decision(asked) == DECISION_DONTCOPY ? DECISION_COPY : real_decision(asked);
}

static int wiped_is_copied(const struct asked *asked)
{
	return real_decision(asked) == DECISION_WIPE ? DECISION_COPY : real_decision(asked);
}

static int left_out_is_skipped(const struct asked *asked)
{
	return is_left_out(asked) ? DECISION_SKIP : real_decision(asked);
}

static int shared_is_skipped(const struct asked *asked)
{
	return asked->vma->decision.src_flags & VM_MAYSHARE ? DECISION_SKIP : real_decision(asked);
}

static int private_is_copied(const struct asked *asked)
{
	uint64_t flags = asked->vma->decision.src_flags;

	return !(flags & VM_MAYSHARE) && flags & VM_WRITE ? DECISION_COPY : real_decision(asked);
}

static int read_only_is_skipped(const struct asked *asked)
{
	return asked->vma->decision.src_flags & VM_WRITE ? real_decision(asked) : DECISION_SKIP;
}

/* The clause that the toggle turns, on the other VMA. */
static int other_side_decides(const struct asked *asked)
{
	const struct decision *d = &asked->vma->decision;
	struct kernel *other = kernel_copy(asked->m->kernel);
	int what = (int)d->what;

	if (kernel_check(other, kernel_checks(other) == SIDE_DST ? SIDE_SRC : SIDE_DST))
		what = (int)dup_mmap_decides(other, d->src_flags, d->dst_flags, d->anon_vma).what;
	kernel_free(other);
	return what;
}

static int childs_flag_decides(const struct asked *asked)
{
	return kernel_checks(asked->m->kernel) == SIDE_SRC ? other_side_decides(asked) : real_decision(asked);
}

static int parents_flag_decides(const struct asked *asked)
{
	return kernel_checks(asked->m->kernel) == SIDE_DST ? other_side_decides(asked) : real_decision(asked);
}

static int guards_do_not_count(const struct asked *asked)
{
	const struct decision *d = &asked->vma->decision;

	return (int)dup_mmap_decides(asked->m->kernel, d->src_flags & ~VM_MAYBE_GUARD,
				     d->dst_flags & ~VM_MAYBE_GUARD, d->anon_vma).what;
}

static int all_is_copied(const struct asked *asked)
{
	(void)asked;
	return DECISION_COPY;
}

static int all_is_skipped(const struct asked *asked)
{
	return is_left_out(asked) ? real_decision(asked) : DECISION_SKIP;
}

static int all_is_left_out(const struct asked *asked)
{
	(void)asked;
	return DECISION_DONTCOPY;
}

static int all_is_wiped(const struct asked *asked)
{
	(void)asked;
	return DECISION_WIPE;
}

static uint64_t entries_of(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return pte.state == PTE_NONE ? 0 : pte.state == PTE_HUGE ? pages / huge_pages(mm) : pages;
}

static bool is_written(struct pte pte)
{
	return pte.state == PTE_SWAP || (pte.attrs & PTE_DIRTY && frame_is_anon(pte.frame));
}

static uint64_t count_written(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return is_written(pte) ? entries_of(mm, pte, pages) : 0;
}

static uint64_t count_present(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return pte.state == PTE_MARKER ? 0 : entries_of(mm, pte, pages);
}

static uint64_t count_unswapped(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return pte.state == PTE_SWAP ? 0 : entries_of(mm, pte, pages);
}

static uint64_t count_dirty(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return pte.attrs & PTE_DIRTY ? entries_of(mm, pte, pages) : 0;
}

static uint64_t count_mapped(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return pte.state == PTE_HUGE ? entries_of(mm, pte, pages) : pages;
}

static uint64_t count_small(const struct mm *mm, struct pte pte, uint64_t pages)
{
	(void)mm;
	return pte.state == PTE_NONE ? 0 : pages;
}

static uint64_t count_anonymous(const struct mm *mm, struct pte pte, uint64_t pages)
{
	return pte.state == PTE_SWAP || frame_is_anon(pte.frame) ? entries_of(mm, pte, pages) : 0;
}

static uint64_t count_asked(const struct asked *asked, counts_function *counts)
{
	return count_runs(asked->m, asked->vma->src->mm, asked->where, counts);
}

static int no_page_no_copy(const struct asked *asked)
{
	return real_decision(asked) == DECISION_COPY && !count_asked(asked, count_anonymous) ? DECISION_SKIP
											     : real_decision(asked);
}

/* Most of what is asked about was only read. */
static int unwritten_is_skipped(const struct asked *asked)
{
	return real_decision(asked) == DECISION_COPY &&
			       2 * count_asked(asked, count_written) < count_asked(asked, entries_of)
		       ? DECISION_SKIP
		       : real_decision(asked);
}

/* Private hugetlb memory that was only read. */
static int read_hugetlb_is_skipped(const struct asked *asked)
{
	uint64_t flags = asked->vma->decision.src_flags;

	return flags & VM_HUGETLB && !(flags & VM_MAYSHARE) && real_decision(asked) == DECISION_COPY &&
			       !count_asked(asked, count_dirty)
		       ? DECISION_SKIP
		       : real_decision(asked);
}

static int shared_writes_are_copied(const struct asked *asked)
{
	return asked->vma->decision.src_flags & VM_MAYSHARE && real_decision(asked) == DECISION_SKIP &&
			       count_asked(asked, count_dirty)
		       ? DECISION_COPY
		       : real_decision(asked);
}

/* --- beliefs ------------------------------------------------------------------------------ */

#define ABOUT_COPYING (ON(DECISION) | ON(ENTRIES) | ON(CHILD_STATE))

/* In the order in which people have them. */
static const struct {
	const char *belief, *otherwise;
	unsigned subjects;
	decides_function *decides; /* NULL: what fork does */
	counts_function *counts;   /* NULL: the same */
} copying[] = {
	{"what was written has to be copied",
	 "dup_mmap() looks at VM_DONTCOPY first, and passes over such a VMA: the child has nothing at "
	 "these addresses.",
	 ABOUT_COPYING, dontcopy_is_copied, NULL},
	{"what was written has to be copied",
	 "dup_mmap() looks at VM_WIPEONFORK first, and does not call copy_page_range() then: the child has "
	 "none of the entries, a guard's neither.",
	 ABOUT_COPYING, wiped_is_copied, NULL},
	{"what is not copied is skipped",
	 "Memory that is skipped is faulted in by the child. dup_mmap() looks at VM_DONTCOPY and "
	 "VM_WIPEONFORK before: then it is not there, or empty.",
	 ON(DECISION), left_out_is_skipped, NULL},
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
	{"what was written has to be copied",
	 "Pages of shared memory are in the page cache, where the child's faults find them: no clause of "
	 "vma_needs_copy() asks for stores.",
	 ABOUT_COPYING, shared_writes_are_copied, NULL},
	{"private and writable means copied",
	 "vma_needs_copy() decides, and asks for an anon_vma: a mark that a VMA gets at its first write, in "
	 "__anon_vma_prepare(), and that mremap() can take along.",
	 ABOUT_COPYING, private_is_copied, NULL},
	{"without a page of its own a VMA is skipped",
	 "vma_needs_copy() does not look at pages: an anon_vma or a flag is enough. Both outlive the pages, "
	 "and hold for all of a VMA, whatever it was split from or joined with.",
	 ON(DECISION), no_page_no_copy, NULL},
	{"what was only read has no anon_vma",
	 "hugetlb has no page of zeroes: a read of private hugetlb takes a page of the process's own, and "
	 "hugetlb_no_page() makes the anon_vma for it.",
	 ON(DECISION), read_hugetlb_is_skipped, NULL},
	{"PROT_READ pages are not copied",
	 "vma_needs_copy() does not look at the protection. A VMA that was written has its anon_vma "
	 "still after mprotect() took the writing away.",
	 ABOUT_COPYING, read_only_is_skipped, NULL},
	{"a marker is not an entry",
	 "Markers are entries without a page. copy_nonpresent_pte() copies those that the child needs.",
	 ON(ENTRIES), NULL, count_present},
	{"what is in swap is not copied",
	 "A swap entry is an entry. copy_nonpresent_pte() copies it, and reads nothing back.",
	 ON(ENTRIES), NULL, count_unswapped},
	{"only written pages are copied",
	 "The decision is about the whole VMA: if it is copied, copy_pte_range() copies each entry that "
	 "is not none, of pages that were only read, too.",
	 ON(ENTRIES), NULL, count_written},
	{"only written pages are copied",
	 "vma_needs_copy() is asked once for a VMA, not for each page: if it is copied, pages that were "
	 "only read are copied, too.",
	 ON(DECISION) | ON(CHILD_STATE), unwritten_is_skipped, NULL},
	{"each page under a huge entry is copied",
	 "A huge page has one entry, which copy_huge_pmd() copies as one.",
	 ON(ENTRIES), NULL, count_small},
	{"each entry of the parent is copied",
	 "copy_nonpresent_pte() drops what the child has no use for: markers of a userfaultfd that does not "
	 "watch it.",
	 ON(ENTRIES), NULL, entries_of},
	{"fork copies each mapping",
	 "If no clause of vma_needs_copy() holds, copy_page_range() is not called for the VMA: the child "
	 "faults its pages in.",
	 ABOUT_COPYING, all_is_copied, NULL},
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

/* --- how many entries ------------------------------------------------------------------------ */

/* Does it count what the child has got, where it has: without what was dropped on the way? */
static bool counts_child(counts_function *counts)
{
	return counts == count_small || counts == count_unswapped || counts == count_present;
}

/* What one fork would put into the child, if that were so. */
static uint64_t imagined_of_fork(const struct machine *m, const struct fork_record *fork, size_t belief)
{
	counts_function *counts = copying[belief].counts;
	bool of_child = !counts || counts_child(counts);
	uint64_t n = 0;

	for (size_t i = 0; i < fork->vma_count; i++) {
		const struct fork_vma *vma = &fork->vmas[i];
		struct asked asked = {m, vma, {vma->src->start, vma->src->end}};
		bool copied = real_decision(&asked) == DECISION_COPY;

		if ((copying[belief].decides ? copying[belief].decides(&asked) : real_decision(&asked)) !=
		    DECISION_COPY)
			continue;
		n += count_runs(m, copied && of_child ? fork->child : fork->parent, asked.where,
				counts ? counts : entries_of);
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

	return m->fork_count ? fork_vma_at(&m->forks[m->fork_count - 1], q->where.start) : NULL;
}

/* What fork would have decided. */
static int imagined_decision(const struct belief_question *q, const struct fork_vma *vma, size_t belief)
{
	struct point_in_time now = fork_return_to(q->m, &q->m->forks[q->m->fork_count - 1]);
	struct asked asked = {q->m, vma, q->where};
	int what = copying[belief].decides(&asked);

	fork_leave(q->m, now);
	return what;
}

/* The child's entry, if fork had decided that. */
static const char *imagined_state(const struct belief_question *q, int what)
{
	struct pte pte = beliefs_entry_at_fork(q);

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
			int what = imagined_decision(q, vma, i);

			if (q->subject == BELIEF_DECISION)
				collect(c, decision_names[what], belief, otherwise);
			else if (what != (int)vma->decision.what)
				collect(c, imagined_state(q, what), belief, otherwise);
		}
	}
}

size_t wrong_answers(const struct belief_question *question, struct wrong_answer wrong[WRONG_ANSWERS])
{
	struct collector c = {question, wrong, 0};

	if (question->subject == BELIEF_ENTRIES) /* likelier than that each fork copies all */
		collect_child(&c);
	collect_copying(&c);
	collect_fixed(&c);
	collect_child(&c);
	collect_costs(&c);
	collect_near(&c);
	return c.n;
}
