/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences that say what a step did, and why a VMA was copied or not. */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "base/buf.h"
#include "model/machine.h"

/* Lists of VMAs end after so many, with the number of the others. */
#define EXPLAIN_VMAS 40

/* One sentence about this event, without a full stop or newline. */
void explain_event(const struct machine *m, const struct event *event, struct buf *out);

/*
 * The functions that are running when this event happens, outermost first:
 * "copy_process", "dup_mmap", "copy_page_range", ... Returns how many; at most 10.
 */
size_t explain_call_chain(const struct event *event, const char *chain[10]);

/* "copy because VM_UFFD_WP"; "skip: no clause holds". */
void explain_outcome(const struct decision *decision, struct buf *out);

/* Why this VMA was copied, skipped, wiped or left out in that fork: sentences. */
void explain_decision(const struct machine *m, const struct fork_vma *vma, struct buf *out);

/* The part of it behind the VMA and the kernel. */
void explain_reasons(const struct machine *m, const struct fork_vma *vma, struct buf *out);

/* Why that is a reason: sentences. False: there are none. */
bool explain_deeper(const struct machine *m, const struct fork_vma *vma, struct buf *out);

/*
 * What this decision costs in faults where the processor leaves young and dirty to the kernel: a
 * sentence behind another one, or nothing. deeper: why copying or skipping is the cheaper.
 */
void explain_access_bits(const struct machine *m, const struct fork_vma *vma, bool deeper,
			 struct buf *out);
/* EVENT_ENTRY: has the child got entries there whose first touch is a fault for that reason? */
bool explain_old_entry(const struct event *event);

/* The VMAs that `explain` is about. */
struct explained {
	const char *name; /* those that hold any of it; NULL: the one that holds the address */
	uint64_t address; /* with a name: any address that stands for it */
};

/*
 * What keeps these VMAs of the parent apart from each other, and from others that they touch
 * now: a line for each pair, which begins with the side.
 */
void explain_apart(const struct machine *m, const char *side, const struct explained *what,
		   struct buf *out);

/*
 * The decision as code-like clauses, one line each, with the result of each clause:
 *   dst->vm_flags & (VM_PFNMAP | VM_MIXEDMAP | VM_UFFD_WP)  -> no
 *   src->anon_vma                                           -> yes
 */
void explain_clauses(const struct machine *m, const struct decision *decision, struct buf *out);

/* "VM_READ | VM_WRITE" or, brief, "rd wr". */
void explain_flags(uint64_t flags, bool brief, struct buf *out);

/* "present,write,dirty"; "none". */
void explain_pte(struct pte pte, struct buf *out);

/* "0-3,8,12-15"; pages of a VMA. */
void explain_range(uint64_t first, uint64_t last, struct buf *out);

#endif
