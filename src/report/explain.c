/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/borders.h"
#include "report/explain.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "report/label.h"

/* --- pieces ------------------------------------------------------------------------------ */

void explain_flags(uint64_t flags, bool brief, struct buf *out)
{
	bool any = false;

	for (int i = 0; i < VM_FLAG_COUNT; i++) {
		if (!(flags & (UINT64_C(1) << i)))
			continue;
		if (any)
			buf_puts(out, brief ? " " : " | ");
		buf_puts(out, brief ? vm_flags[i].code : vm_flags[i].name);
		any = true;
	}
	if (!any)
		buf_puts(out, "none");
}

void explain_pte(struct pte pte, struct buf *out)
{
	buf_puts(out, pte_state_names[pte.state]);
	for (int i = 0; i < PTE_ATTRS; i++)
		if (pte.attrs & 1u << i)
			buf_printf(out, ",%s", pte_attr_names[i]);
}

void explain_range(uint64_t first, uint64_t last, struct buf *out)
{
	if (first == last)
		buf_printf(out, "%" PRIu64, first);
	else
		buf_printf(out, "%" PRIu64 "-%" PRIu64, first, last);
}

/* --- the call chain ------------------------------------------------------------------------ */

static bool of_aarch64(const struct event *e)
{
	return e->src && e->src->mm && e->src->mm->paging->arch == ARCH_AARCH64;
}

/* What marks an entry young and dirty in a fault. */
static const char *marking_function(const struct event *e)
{
	if (is_vm_hugetlb_page(e->src))
		return "huge_ptep_set_access_flags";
	return e->before.state == PTE_HUGE ? "huge_pmd_set_accessed" : "ptep_set_access_flags";
}

size_t explain_call_chain(const struct event *e, const char *chain[10])
{
	static const char *const walk[] = {"copy_p4d_range", "copy_pud_range", "copy_pmd_range",
					   "copy_pte_range"};
	size_t n = 0, depth;

	if (e->kind == EVENT_TOUCH) {
		chain[n++] = of_aarch64(e) ? "do_mem_abort" : "exc_page_fault";
		chain[n++] = "handle_mm_fault";
		if (e->outcome == OUTCOME_MARKED)
			chain[n++] = marking_function(e);
		return n;
	}
	if (e->kind == EVENT_SYSCALL) {
		chain[n++] = e->text;
		return n;
	}
	if (e->kind == EVENT_SPLIT) {
		chain[n++] = "__split_huge_pmd";
		return n;
	}
	chain[n++] = "copy_process";
	chain[n++] = "copy_mm";
	chain[n++] = "dup_mmap";
	switch ((enum event_kind)e->kind) {
	case EVENT_DUP:
		chain[n++] = "vm_area_dup";
		break;
	case EVENT_UFFD:
		chain[n++] = "dup_userfaultfd";
		break;
	case EVENT_ANON_VMA:
		chain[n++] = "anon_vma_fork";
		break;
	case EVENT_DECIDE:
		chain[n++] = "copy_page_range";
		chain[n++] = "vma_needs_copy";
		break;
	case EVENT_TABLE:
	case EVENT_ENTRY:
		chain[n++] = "copy_page_range";
		if (e->src && is_vm_hugetlb_page(e->src)) {
			chain[n++] = "copy_hugetlb_page_range";
			break;
		}
		depth = e->kind == EVENT_TABLE ? (size_t)(LEVEL_P4D - e->level)
		      : e->kind == EVENT_ENTRY && e->before.state != PTE_HUGE ? 3 : 2;
		for (size_t i = 0; i <= depth; i++)
			chain[n++] = walk[i];
		if (e->kind != EVENT_TABLE && e->before.state == PTE_HUGE)
			chain[n++] = "copy_huge_pmd";
		break;
	default:
		break;
	}
	return n;
}

/* --- one step ---------------------------------------------------------------------------------- */

static const struct decision *decision_of(const struct machine *m, const struct event *e)
{
	return &m->forks[e->fork].vmas[e->vma].decision;
}

static const char *clause_side(const struct machine *m, const struct decision *d)
{
	return m->kernel->clauses[d->clause].side == SIDE_SRC ? "the parent's VMA (src)"
							      : "the child's VMA (dst)";
}

static void say_decision(const struct machine *m, const struct event *e, const char *label,
			 struct buf *out)
{
	const struct decision *d = decision_of(m, e);
	uint64_t lost = d->src_flags & ~d->dst_flags & (VM_UFFD_WP | VM_UFFD_RWP);

	if (d->what == DECISION_SKIP) {
		buf_printf(out, "vma_needs_copy(%s) is false", label);
		if (lost && kernel_checks(m->kernel) == SIDE_DST)
			buf_printf(out, ": %s is gone from the child's VMA", vm_flag_of(lost)->name);
		else
			buf_puts(out, ": no clause holds");
		buf_puts(out, "; the child will fault its pages in");
		return;
	}
	buf_printf(out, "vma_needs_copy(%s) is true: ", label);
	if (!d->fired)
		buf_puts(out, "the parent has an anon_vma");
	else
		buf_printf(out, "%s is set on %s", decision_reason(d), clause_side(m, d));
}

static void say_entry(const struct event *e, struct buf *out)
{
	static const char *const what[OUTCOMES] = {
		[OUTCOME_SHARED] = "the child maps the same frames, copy-on-write",
		[OUTCOME_FILE] = "the child maps the same page-cache pages",
		[OUTCOME_PFN] = "mapped in the child too; no struct page, so nothing is counted",
		[OUTCOME_COPIED] = "pinned, so the child gets new frames with the same bytes at once",
		[OUTCOME_SWAP] = "swapped out, so the child gets the same swap entries",
		[OUTCOME_SOFTWARE] = "no page is present; the child gets the same entries",
		[OUTCOME_MARKER] = "markers, which the child gets",
		[OUTCOME_DROPPED] = "markers, dropped: the child's VMA is not write-protected",
		[OUTCOME_FILE_HUGE] = "a file's huge entry is left out, the child will fault it in",
		[OUTCOME_HUGE] = "the child shares the huge entries, copy-on-write",
	};
	bool lost = e->before.attrs & PTE_UFFD_WP && !(e->child.attrs & PTE_UFFD_WP);

	assert(e->src);
	label_pages(e->src->mm, e->first, e->first + e->count - 1, out);
	buf_printf(out, ": %s", what[e->outcome] ? what[e->outcome] : "copied");
	if (e->before.attrs & PTE_WRITE && !(e->after.attrs & PTE_WRITE))
		buf_puts(out, "; the parent loses its write bit");
	if (lost && e->child.state != PTE_NONE)
		buf_puts(out, "; the uffd bit is stripped in the child");
	if (explain_old_entry(e))
		buf_puts(out, "; the child's entries are old, and its first touch of each is a fault");
}

/* What ptep_set_access_flags() adds to an entry, for which the processor faults. */
static const char *marked_words(const struct event *e)
{
	bool young = !(e->before.attrs & PTE_YOUNG), dirty = e->write && !(e->before.attrs & PTE_DIRTY);

	return young && dirty ? "young and dirty" : young ? "young" : "dirty";
}

static void say_touch(const struct event *e, struct buf *out)
{
	static const char *const what[OUTCOMES] = {
		[OUTCOME_ACCESSED] = "no fault",
		[OUTCOME_ZEROED] = "zeroed memory",
		[OUTCOME_MAPPED] = "a page-cache page is mapped",
		[OUTCOME_REUSED] = "the page has no other user: made writable, not copied",
		[OUTCOME_COW] = "copied on write",
		[OUTCOME_SWAPIN] = "swapped in",
	};

	buf_printf(out, "the %s %s ", e->by_child ? "child" : "parent",
		   e->write ? "writes" : "reads");
	if (e->src)
		label_pages(e->src->mm, e->first, e->first + e->count - 1, out);
	else
		buf_puts(out, "where nothing is mapped");
	if (e->outcome == OUTCOME_SIGNAL) {
		buf_printf(out, ": %s", e->signal == TOUCH_BLOCKED
						? "blocked: it waits for the userfaultfd"
						: touch_result_names[e->signal]);
		return;
	}
	if (e->outcome == OUTCOME_REUSED && e->src && e->src->flags & VM_SHARED)
		buf_puts(out, ": the mapping is shared: made writable, not copied");
	else if (e->outcome == OUTCOME_MARKED)
		buf_printf(out, ": marked %s by the kernel, not by this processor", marked_words(e));
	else
		buf_printf(out, ": %s", what[e->outcome] ? what[e->outcome] : "done");
	if (e->faults) {
		buf_puts(out, " (");
		buf_count(out, e->faults, "fault", "faults");
		buf_putc(out, ')');
	}
}

/* What is not said as "the parent calls ... on ...". */
static const struct {
	const char *text, *sentence;
	bool who;   /* "the parent" precedes it */
	bool where; /* the pages follow */
} other_calls[] = {
	{"vfork", "vfork: the child uses the parent's memory, and the parent waits; nothing is copied", false, false},
	{"posix_spawn", "posix_spawn: the child calls exec at once; nothing is copied", false, false},
	{"clone-vm", "clone(CLONE_VM): the child uses the parent's memory; nothing is copied", false, false},
	{"become child", "the child takes the parent's place: it is the next one to fork", false, false},
	{"reader on", "the events of the userfaultfd are read again", false, false},
	{"reader off", "the events of the userfaultfd are no longer read", false, false},
	{"clear_refs", "clears its soft-dirty bits", true, false},
	{"ksmd", "ksmd merges ", false, true},
	{"flags", "by hand, the flags of ", false, true},
	{"anon_vma", "by hand, the anon_vma of ", false, true},
	{"pte", "by hand, entries of ", false, true},
};

static void say_syscall(const struct event *e, struct buf *out)
{
	const char *who = e->by_child ? "child" : "parent";
	bool where = e->src;
	size_t i = 0;

	while (i < ARRAY_SIZE(other_calls) && strcmp(e->text, other_calls[i].text))
		i++;
	if (i < ARRAY_SIZE(other_calls)) {
		buf_printf(out, "%s%s%s%s", other_calls[i].who ? "the " : "", other_calls[i].who ? who : "",
			   other_calls[i].who ? " " : "", other_calls[i].sentence);
		where &= other_calls[i].where;
	} else {
		buf_printf(out, "the %s calls %s%s", who, e->text, where ? " on " : "");
	}
	if (where)
		label_range(e->src->mm, e->first, e->first + e->count - 1, out);
	if (e->to)
		buf_printf(out, ": it is at 0x%" PRIx64 " now", e->to);
}

static void say_event(const struct machine *m, const struct event *e, const char *label,
		      struct buf *out)
{
	switch ((enum event_kind)e->kind) {
	case EVENT_FORK:
		buf_puts(out, "fork: dup_mmap goes through the parent's ");
		buf_count(out, m->forks[e->fork].vma_count, "VMA", "VMAs");
		break;
	case EVENT_VMA:
		if (decision_of(m, e)->what == DECISION_DONTCOPY)
			buf_printf(out, "%s: VM_DONTCOPY is set, so the child does not get it", label);
		else
			buf_printf(out, "%s is next: VM_DONTCOPY is not set, so the child gets it",
				   label);
		break;
	case EVENT_DUP:
		buf_printf(out, "vm_area_dup: the child's %s has the same flags and no entries yet",
			   label);
		break;
	case EVENT_UFFD:
		assert(e->src);
		buf_puts(out, "dup_userfaultfd: ");
		if (e->old_flags == e->new_flags && !e->src->uffd)
			buf_puts(out, "there is no userfaultfd, so the child's flags stay as they are");
		else if (e->old_flags == e->new_flags)
			buf_puts(out, "UFFD_FEATURE_EVENT_FORK: the child's VMA stays registered, with a "
				      "context of its own");
		else {
			buf_puts(out, "no UFFD_FEATURE_EVENT_FORK, so the child's VMA loses ");
			explain_flags(e->old_flags & ~e->new_flags, false, out);
		}
		break;
	case EVENT_WIPE:
		buf_printf(out, "%s: VM_WIPEONFORK, the child gets it empty", label);
		break;
	case EVENT_ANON_VMA:
		buf_printf(out, "anon_vma_fork: %s has an anon_vma, so the child gets one too", label);
		break;
	case EVENT_UNLOCK:
		buf_printf(out, "%s: locks are not inherited, ", label);
		explain_flags(e->old_flags & ~e->new_flags, false, out);
		buf_puts(out, " is cleared in the child");
		break;
	case EVENT_DECIDE:
		say_decision(m, e, label, out);
		break;
	case EVENT_TABLE:
		if (e->count == 1)
			buf_printf(out, "%s: a %s table is allocated in the child, before the level "
					"below is read", label, table_level_names[e->level]);
		else
			buf_printf(out, "%s: %" PRIu64 " %s tables are allocated in the child", label,
				   e->count, table_level_names[e->level]);
		break;
	case EVENT_SPLIT:
		buf_printf(out, "%s: a huge entry is split into %" PRIu64 " small ones", label,
			   ptrs_per_table(&m->paging));
		break;
	case EVENT_ENTRY:
		say_entry(e, out);
		break;
	case EVENT_FORKED:
		if (m->forks[e->fork].err) {
			buf_printf(out, "fork fails with %s at ", strerrorname_np(m->forks[e->fork].err));
			label_vma(m->forks[e->fork].failed, out);
			buf_puts(out, ": the child is freed; changes to the parent's entries remain");
			break;
		}
		buf_puts(out, m->forks[e->fork].waited
				      ? "dup_userfaultfd_complete: fork waits until its event is read (reader on)"
				      : "fork is done; flush_tlb_mm(parent), whether anything changed or not");
		break;
	case EVENT_TOUCH:
		say_touch(e, out);
		break;
	case EVENT_SYSCALL:
		say_syscall(e, out);
		break;
	default:
		break;
	}
}

static void say_borders(const struct machine *m, const struct event *e, struct buf *out)
{
	struct borders borders;

	borders_of_event(m, e, &borders);
	buf_puts(out, borders.n ? "; " : "");
	borders_words(&borders, out);
}

void explain_event(const struct machine *m, const struct event *e, struct buf *out)
{
	/* These name pages; the label of a VMA of many names would take long for each run. */
	bool of_pages = e->kind == EVENT_ENTRY || e->kind == EVENT_TOUCH || e->kind == EVENT_SYSCALL;
	struct buf label = {0};

	if (e->src && !of_pages)
		label_vma(e->src, &label);
	say_event(m, e, buf_str(&label), out);
	buf_deinit(&label);
	say_borders(m, e, out);
}

/* --- the decision ---------------------------------------------------------------------------------- */

void explain_clauses(const struct machine *m, const struct decision *d, struct buf *out)
{
	for (size_t i = 0; i < m->kernel->clause_count; i++) {
		const struct clause *clause = &m->kernel->clauses[i];
		const char *side = vma_side_names[clause->side];
		uint64_t flags = clause->side == SIDE_SRC ? d->src_flags : d->dst_flags;
		const char *mark = "no";

		if (d->clause >= 0 && (int)i > d->clause)
			mark = "not asked";
		else if (clause->flags ? flags & clause->flags : d->anon_vma)
			mark = "YES";
		if (!clause->flags) {
			buf_printf(out, "%s->anon_vma -> %s\n", side, mark);
			continue;
		}
		buf_printf(out, "%s->vm_flags & (", side);
		explain_flags(clause->flags, false, out);
		buf_printf(out, ") -> %s\n", mark);
	}
}

void explain_outcome(const struct decision *d, struct buf *out)
{
	if (d->what == DECISION_SKIP)
		buf_puts(out, "skip: no clause holds");
	else
		buf_printf(out, "%s because %s", decision_names[d->what], decision_reason(d));
}

static void say_reasons(const struct machine *m, const struct fork_vma *vma, struct buf *out)
{
	const struct decision *d = &vma->decision;
	uint64_t lost = d->src_flags & ~d->dst_flags & VM_UFFD_FLAGS;

	explain_outcome(d, out);
	buf_puts(out, ". ");
	switch (d->what) {
	case DECISION_DONTCOPY:
		buf_puts(out, "dup_mmap leaves VMAs with VM_DONTCOPY out before anything else, even before "
			      "dup_userfaultfd; an access in the child is a SIGSEGV.");
		return;
	case DECISION_WIPE:
		buf_puts(out, "VM_WIPEONFORK: the child has the VMA with its flags, but no anon_vma and no "
			      "entries; guard regions are not inherited either.");
		return;
	case DECISION_COPY:
	case DECISION_SKIP:
		break;
	}
	if (lost) {
		buf_puts(out, "The context lacks UFFD_FEATURE_EVENT_FORK, so dup_userfaultfd cleared ");
		explain_flags(lost, false, out);
		buf_puts(out, " on the child's VMA before the decision. ");
	}
	if (d->what == DECISION_SKIP) {
		buf_puts(out, "No page table is touched; the child faults its pages in when it needs them.");
		return;
	}
	if (!d->fired) {
		buf_puts(out, "The parent's VMA has an anon_vma: it may hold anonymous pages, which only "
			      "the page tables record.");
		return;
	}
	buf_printf(out, "%s is set on %s. ", decision_reason(d), clause_side(m, d));
	if (d->fired & lost)
		buf_puts(out, "The child's VMA does not have it, so fork strips the bits that the copy "
			      "should preserve: the copy gains nothing.");
	else if (d->fired & (VM_UFFD_WP | VM_UFFD_RWP))
		buf_puts(out, "The protection is in the page tables and must follow.");
	else if (d->fired & VM_MAYBE_GUARD)
		buf_puts(out, "Guard markers are in the page tables; the flag stays set after they are gone.");
	else
		buf_puts(out, "Such pages cannot be faulted in again.");
}

void explain_reasons(const struct machine *m, const struct fork_vma *vma, struct buf *out)
{
	say_reasons(m, vma, out);
	explain_access_bits(m, vma, false, out);
}

void explain_decision(const struct machine *m, const struct fork_vma *vma, struct buf *out)
{
	label_vma(vma->src, out);
	buf_printf(out, " on %s (check %s): ", m->kernel->name, kernel_check_word(m->kernel));
	explain_reasons(m, vma, out);
}
