/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wrong answers by what they are: each with the belief that leads to it where it is given. */
#include <string.h>

#include "base/alloc.h"
#include "report/beliefs_private.h"
#include "report/now.h"

/* --- where a belief is the likely one ------------------------------------------------------ */

typedef bool condition_function(const struct belief_question *q);

static const struct fork_record *last_record(const struct machine *m)
{
	return m->fork_count ? &m->forks[m->fork_count - 1] : NULL;
}

struct pte beliefs_entry_at_fork(const struct belief_question *q)
{
	const struct fork_record *fork = last_record(q->m);
	struct pte pte = {.state = PTE_NONE};
	struct point_in_time now;
	uint64_t last;

	if (!fork || q->where.start == q->where.end)
		return pte;
	now = fork_return_to(q->m, fork);
	pte = runs_at(&fork->parent->pages, address_page(fork->parent, q->where.start), &last);
	fork_leave(q->m, now);
	return pte;
}

static bool truth_is(const struct belief_question *q, enum pte_state state)
{
	return !strcmp(q->truth, pte_state_names[state]);
}

static bool truth_is_none(const struct belief_question *q)
{
	return truth_is(q, PTE_NONE);
}

static bool truth_is_zero(const struct belief_question *q)
{
	return truth_is(q, PTE_ZERO);
}

static bool truth_is_swap(const struct belief_question *q)
{
	return truth_is(q, PTE_SWAP);
}

static bool truth_is_huge(const struct belief_question *q)
{
	return truth_is(q, PTE_HUGE);
}

static bool truth_is_marker(const struct belief_question *q)
{
	return truth_is(q, PTE_MARKER);
}

static bool is_hugetlb(const struct belief_question *q)
{
	const struct fork_vma *vma = last_record(q->m) ? fork_vma_at(last_record(q->m), q->where.start) : NULL;

	return vma && vma->decision.src_flags & VM_HUGETLB;
}

static bool was_huge(const struct belief_question *q)
{
	return beliefs_entry_at_fork(q).state == PTE_HUGE && !is_hugetlb(q);
}

static bool was_hugetlb(const struct belief_question *q)
{
	return beliefs_entry_at_fork(q).state == PTE_HUGE && is_hugetlb(q);
}

/* It was a page of the parent's own. */
static bool was_own(const struct belief_question *q)
{
	struct pte pte = beliefs_entry_at_fork(q);

	return pte.state == PTE_SWAP || (pte.state != PTE_NONE && frame_is_anon(pte.frame));
}

static bool had_no_page(const struct belief_question *q)
{
	struct pte pte = beliefs_entry_at_fork(q);

	return pte.state == PTE_MARKER || pte.state == PTE_SWAP;
}

static bool had_marker(const struct belief_question *q)
{
	return beliefs_entry_at_fork(q).state == PTE_MARKER;
}

/* The VMA has the flag of a guard, and the page has no entry. */
static bool beside_guard(const struct belief_question *q)
{
	const struct fork_vma *vma = last_record(q->m) ? fork_vma_at(last_record(q->m), q->where.start) : NULL;

	return truth_is_none(q) && vma && vma->decision.src_flags & VM_MAYBE_GUARD;
}

/* A page that a userfaultfd protected, or may protect, is gone. */
static bool lost_protection(const struct belief_question *q)
{
	const struct vm_area *vma = mm_vma_at(q->m->parent, q->where.start);

	return truth_is_none(q) && vma && vma->flags & VM_UFFD_WP;
}

static bool marks_by_fault(const struct belief_question *q)
{
	return !q->m->paging.hardware_bits;
}

static bool fork_failed(const struct belief_question *q)
{
	return last_record(q->m) && last_record(q->m)->err;
}

/* The last load or store; NULL: none yet. */
static const struct event *last_touch(const struct machine *m)
{
	for (size_t i = m->event_count; i-- > 0;)
		if (machine_event(m, i)->kind == EVENT_TOUCH)
			return machine_event(m, i);
	return NULL;
}

/* A pin for reading, which took the page out of what parent and child share. */
static bool pin_unshared(const struct belief_question *q)
{
	const struct event *touch = last_touch(q->m);

	return touch && !touch->write && touch->outcome == OUTCOME_COW;
}

static bool parent_touched(const struct belief_question *q)
{
	const struct event *touch = last_touch(q->m);

	return touch && !touch->by_child;
}

/* The child's load or store is of private hugetlb, of which the parent may take a page away. */
static bool child_lost_hugetlb(const struct belief_question *q)
{
	const struct event *touch = last_touch(q->m);
	const struct fork_vma *vma = touch && touch->by_child ? fork_vma_at(last_record(q->m), touch->address) : NULL;

	return vma && vma->decision.src_flags & VM_HUGETLB && !strcmp(q->truth, "SIGBUS");
}

static bool child_touched_skipped(const struct belief_question *q)
{
	const struct event *touch = last_touch(q->m);
	const struct fork_vma *vma = touch ? fork_vma_at(last_record(q->m), touch->address) : NULL;

	return vma && touch->by_child && vma->decision.what == DECISION_SKIP;
}

/* --- answers ------------------------------------------------------------------------------- */

/* Answers that do not follow from what is copied. */
static const struct {
	unsigned subjects;
	const char *answer;
	const char *belief, *otherwise;
	condition_function *where; /* NULL: everywhere */
} fixed[] = {
	{ON(TABLES), "0", "fork copies entries, and no tables",
	 "The child has a page table of its own: copy_pte_range() allocates the tables that the entries "
	 "are in, and those above them.", NULL},
	{ON(ENTRIES), "0", "a fork that fails leaves all as it was",
	 "dup_mmap() takes one VMA after the other: those before the one that does not fit are copied by "
	 "then.",
	 fork_failed},
	{ON(FAULTS), "0", "a fork that fails leaves all as it was",
	 "dup_mmap() had taken the write bits of what it copied before it failed: the next store there "
	 "faults.",
	 fork_failed},
	{ON(FAULTS) | ON(COPIES), "0", "reading leaves a page shared",
	 "A load does. A pin must name the page that the process will keep: gup_must_unshare() asks for a "
	 "fault, which copies it.",
	 pin_unshared},
	{ON(FAULTS), "0", "what is shared needs no fault",
	 "The pages are shared, the entries are not: fork skipped this memory, and the child's tables have "
	 "none of it until handle_mm_fault() fills them.",
	 child_touched_skipped},
	{ON(FAULTS), "0", "fork changes nothing for the parent",
	 "copy_pte_range() takes the write bits of the parent's entries, too: the first store to each is a "
	 "fault, do_wp_page().",
	 parent_touched},
	{ON(FAULTS), "0", "copying at fork saves the child its faults",
	 "The entries that fork copies are old: pte_mkold(). This processor does not mark them young, so "
	 "the first touch of each is a fault: ptep_set_access_flags().",
	 marks_by_fault},
	{ON(FAULTS), "0", "copying at fork saves the child its faults",
	 "The entries that fork copies are write-protected: each first write is a fault, do_wp_page().", NULL},
	{ON(COPIES), "0", "after fork the pages stay shared",
	 "The first write to a page that two processes map copies it: wp_page_copy().", NULL},
	{ON(CHILD_STATE), "marker", "each entry of the parent is copied",
	 "copy_nonpresent_pte() drops what the child has no use for: markers of a userfaultfd that does not "
	 "watch it.",
	 had_marker},
	{ON(CHILD_STATE), "marker", "a flag leaves a mark in each entry",
	 "MADV_GUARD_INSTALL sets VM_MAYBE_GUARD for the VMA, and makes markers of the pages that it was "
	 "called for.",
	 beside_guard},
	{ON(CHILD_STATE), "present", "each entry has a page of the process's own",
	 "An entry that is copied points where the parent's does: here to the kernel's page of zeroes.",
	 truth_is_zero},
	{ON(CHILD_STATE), "present", "fork brings pages in",
	 "fork copies entries, and faults nothing in: an entry without a page stays one, or is dropped.",
	 had_no_page},
	{ON(CHILD_STATE), "present", "what the parent has, the child has",
	 "copy_page_range() runs only for a VMA that vma_needs_copy() chooses, and copies only entries "
	 "that there are.", NULL},
	{ON(PARENT_STATE), "marker", "a protection outlives its page",
	 "zap_install_uffd_wp_if_needed() leaves a marker only where the page is a file's and can come back: "
	 "a private page is freed, and its entry with it.",
	 lost_protection},
	{ON(PARENT_STATE), "none", "what the child does changes the parent's tables",
	 "Each process has page tables of its own: a fault changes those of the process that faults.",
	 was_own},
	{ON(PARENT_STATE), "none", "discarding leaves nothing",
	 "Where a page of a file was protected, zap_install_uffd_wp_if_needed() leaves a marker: the page "
	 "comes back, and its protection with it.",
	 truth_is_marker},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "none", "a page of which nothing was written has no entry",
	 "Reading leaves an entry, too: do_anonymous_page() maps the zero page, do_read_fault() the "
	 "page of the file.", NULL},
	{ON(PARENT_STATE), "present", "a page comes back to both processes",
	 "do_swap_page() fills the entry of the process that faults. The other one's says still where in "
	 "swap the data is.",
	 truth_is_swap},
	{ON(PARENT_STATE), "present", "both processes see a split",
	 "do_huge_pmd_wp_page() splits the entry of the process that stores: the other one's stays huge.",
	 truth_is_huge},
	{ON(PARENT_STATE), "present", "what is mapped is there",
	 "mmap() makes a VMA and no entries: handle_mm_fault() makes them, page by page, and MADV_DONTNEED "
	 "takes them away.", NULL},
	{ON(CHILD_STATE), "huge", "the child keeps what it got at fork",
	 "hugetlb_wp() takes the page away from the child where the pool is empty and the parent, who "
	 "reserved it, stores: unmap_ref_private().",
	 was_hugetlb},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "huge", "a huge entry stays huge",
	 "A store to a huge page that is shared splits the entry, and copies one small page: "
	 "do_huge_pmd_wp_page().",
	 was_huge},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "zero", "empty memory is made of the zero page",
	 "Without an access there is no entry. do_anonymous_page() maps the zero page when the page is read.",
	 truth_is_none},
	{ON(CHILD_STATE), "zero", "the child begins with zeroes",
	 "fork shares the parent's pages: the child has the parent's bytes. Only VM_WIPEONFORK gives it "
	 "zeroes.",
	 was_own},
	{ON(PARENT_STATE), "zero", "fork takes pages from the parent",
	 "The parent keeps its pages. They are shared until one of the two stores to them.", was_own},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "zero", "a page that was never written is the zero page",
	 "Only do_anonymous_page() maps the zero page, for a read of anonymous memory that has no page.", NULL},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "swap", "what is not in use is swapped out",
	 "fork swaps nothing out: copy_nonpresent_pte() copies a swap entry where the parent has one.", NULL},
	{ON(CHILD_STATE) | ON(PARENT_STATE), "marker", "a flag leaves a mark in each entry",
	 "Only pages without an entry get a marker: of userfaultfd, or of a guard region.", NULL},
	{ON(CHILD_FLAG), "yes", "the child's VMA has the flags of the parent's",
	 "vm_area_dup() copies them, then dup_mmap() takes VM_LOCKED and VM_LOCKONFAULT, and "
	 "dup_userfaultfd() takes the flags of userfaultfd without UFFD_FEATURE_EVENT_FORK.", NULL},
	{ON(CHILD_FLAG), "no", "the child's VMA begins without flags",
	 "vm_area_dup() copies all flags. dup_mmap() and dup_userfaultfd() take some of them back.", NULL},
	{ON(PARENT_FLAG), "yes", "a flag stays until it is taken away",
	 "Some calls take flags away: munlock(), UFFDIO_UNREGISTER, closing a userfaultfd. And no version has "
	 "all flags.", NULL},
	{ON(PARENT_FLAG), "no", "a flag goes with what it was set for",
	 "Some flags stay: VM_MAYBE_GUARD is never cleared, a split leaves all flags with both halves, and "
	 "vma_merge() gives the whole VMA what one half had.", NULL},
	{ON(VMAS), "1", "a mapping is one VMA",
	 "A call on a part splits the VMA: split_vma(). vma_merge() joins those that touch and agree.", NULL},
	{ON(VMAS), "2", "a call splits once",
	 "A range in the middle leaves three VMAs, and a range at an end two: vma_modify().", NULL},
	{ON(VMAS), "3", "each call makes VMAs",
	 "vma_merge() joins VMAs that touch, if flags, files and anon_vma allow it.", NULL},
	{ON(SIGNAL), "ok", "the child keeps what it got at fork",
	 "hugetlb_wp() takes the page away from the child where the pool is empty and the parent, who "
	 "reserved it, stores: unmap_ref_private().",
	 child_lost_hugetlb},
	{ON(SIGNAL), "ok", "the child can touch what the parent can",
	 "Not where dup_mmap() left the VMA out, or where a guard region was copied: "
	 "handle_pte_marker() answers VM_FAULT_SIGSEGV.", NULL},
	{ON(SIGNAL), "SIGSEGV", "where fork copied no entry the child has no memory",
	 "The VMA is there. handle_mm_fault() brings the page in.", NULL},
	{ON(SIGNAL), "SIGBUS", "a page that cannot be had is a bus error",
	 "SIGBUS is for pages beyond the end of a file, poisoned pages and an empty pool of huge pages.", NULL},
	{ON(SIGNAL), "blocked", "a userfaultfd stops each fault",
	 "handle_userfault() waits only in a VMA that has the flag, for the kind of fault that it registered.", NULL},
	{ON(FORK_END), "ok", "fork always works",
	 "dup_mmap() charges memory before it copies a VMA, and fails with ENOMEM; with "
	 "UFFD_FEATURE_EVENT_FORK, dup_userfaultfd_complete() waits for a reader.", NULL},
	{ON(FORK_END), "ENOMEM", "fork needs as much memory as the parent has",
	 "Pages are shared. Only strict overcommit refuses to promise the memory once more, in "
	 "security_vm_enough_memory_mm().", NULL},
	{ON(FORK_END), "blocked", "a userfaultfd stops fork",
	 "dup_userfaultfd() sends an event only for contexts with UFFD_FEATURE_EVENT_FORK, and only an "
	 "event without a reader stops fork.", NULL},
	{ON(ERRNO), "EINVAL", "what a call does not support is EINVAL",
	 "Each check has its own errno, and the first check that fails decides.", NULL},
	{ON(ERRNO), "ENOMEM", "ENOMEM means that memory is short",
	 "Calls on a range answer ENOMEM where nothing is mapped; other checks come before that.", NULL},
	{ON(ERRNO), "EPERM", "what is not allowed is EPERM",
	 "EPERM is for rights and for sealed memory; a protection that forbids is EACCES.", NULL},
	{ON(ERRNO), "EFAULT", "a wrong address is EFAULT",
	 "EFAULT is for memory that the kernel itself has to read or write.", NULL},
	{ON(REASON), "anon_vma", "private memory has an anon_vma",
	 "An anon_vma appears with the first write. vma_needs_copy() asks for it in the order of its "
	 "clauses, and the first clause that holds is the reason.", NULL},
	{ON(REASON), "none", "what is only mapped is not copied",
	 "A flag alone is a reason: vma_needs_copy() does not look at the pages.", NULL},
	{ON(REASON), "VM_UFFD_WP", "a registration is the reason",
	 "Only where the flag is on the VMA that the clause looks at: dst or src.", NULL},
	{ON(REASON), "VM_MAYBE_GUARD", "a guard region is the reason",
	 "VM_MAYBE_GUARD is set by MADV_GUARD_INSTALL only, on kernels that have the flag.", NULL},
	{ON(REASON), "VM_PFNMAP", "device memory is the reason",
	 "VM_PFNMAP is set by a driver that maps frames without struct page.", NULL},
};

void collect_fixed(struct collector *c)
{
	const struct belief_question *q = c->question;

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (fixed[i].subjects & 1U << q->subject && (!fixed[i].where || fixed[i].where(q)))
			collect(c, fixed[i].answer, fixed[i].belief, fixed[i].otherwise);
}
