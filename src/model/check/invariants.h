/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the comments of this room promise, checked on a whole machine: for tests, and
 * for builds that check after each command (VMAFORK_CHECK). What is set by hand
 * (flags, an anon_vma taken away) may contradict a kernel; nothing here is about that.
 */
#ifndef MODEL_INVARIANTS_H
#define MODEL_INVARIANTS_H

#include "model/machine.h"

struct inconsistency {
	const char *what;	   /* a sentence; NULL: all is as promised */
	const struct mm *mm;	   /* where, as far as known; else NULL */
	const struct vm_area *vma;
	uint64_t at;	/* page, table, event or index, as the sentence says */
	uint64_t looked; /* how much was checked, in runs, VMAs and events */
};

/*
 * Checks parent and child while they live (others do not change any more), files, events
 * and costs. Its last command is taken back and done again, which leaves the machine as it
 * was; apart from that it is only read. The machine must be at its end, and not
 * exhausted. Costs grow with runs, VMAs and events. False: *found says what is wrong.
 */
bool machine_check(struct machine *m, struct inconsistency *found);

/* --- parts of it ---------------------------------------------------------- */

/* One address space: VMAs, their entries, and page tables. */
bool mm_check(const struct machine *m, const struct mm *mm, struct inconsistency *found);

/* The anonymous pages of parent and child and, right after a fork, all that it did. */
bool sharing_check(const struct machine *m, struct inconsistency *found);

/* Events, and what has been counted of them. */
bool events_check(const struct machine *m, struct inconsistency *found);

/* Returns false, for the functions above. */
bool inconsistent(struct inconsistency *found, const char *what, const struct vm_area *vma,
		  uint64_t at);

#endif
