/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The possible inputs of the decision: the flags of parent and child and the
 * anon_vma, as system calls, drivers and dup_mmap() can produce them. A
 * circumstance is what was done to a VMA before fork; each kernel derives from it
 * the input of its vma_needs_copy().
 */
#ifndef MODEL_REACH_H
#define MODEL_REACH_H

#include "model/kernel.h"
#include "model/mm.h"

/*
 * Guard regions: a VMA that was wiped at fork keeps the flag that they left, and
 * loses the anon_vma. MADV_KEEPONFORK then makes fork decide about it again.
 */
enum guard_history { GUARD_NEVER, GUARD_INSTALLED, GUARD_WIPED, GUARD_HISTORIES };

struct circumstance {
	enum backing backing;
	bool shared;
	unsigned modes;		   /* UFFD_MODE_*: registered for; 0: not registered */
	bool event_fork;	   /* by a userfaultfd with UFFD_FEATURE_EVENT_FORK */
	enum guard_history guard;
	bool written;		   /* a private page was made: there is an anon_vma */
	uint64_t locked;	   /* VM_LOCKED, VM_LOCKONFAULT */
	uint64_t others;	   /* flags that mmap, madvise and drivers set as they like */
};

struct decision_input {
	uint64_t src, dst;
	bool anon_vma;
};

/* What a kernel may lack, so that a circumstance is impossible on it. */
enum lack {
	LACKS_NOTHING,
	LACKS_WP,
	LACKS_WP_MARKERS,
	LACKS_WP_ASYNC,
	LACKS_WP_SPECIAL,
	LACKS_MINOR,
	LACKS_RWP,
	LACKS_EVENT_FORK,
	LACKS_GUARD,
	LACKS_GUARD_FILE,
	LACKS
};

/* "guard regions": the name of what a kernel lacks. */
extern const char *const lack_names[LACKS];

/* The flags that a kernel's clauses check, on either side. */
uint64_t kernel_looks_for(const struct kernel *kernel);

/*
 * Calls `visit` with every circumstance that fork can meet and decide about, distinguished
 * as far as `flags` and the anon_vma go. Stops early, and returns false, when visit
 * returns false.
 */
bool reach_each(uint64_t flags, bool (*visit)(const struct circumstance *c, void *arg), void *arg);

/* Is it possible on this kernel? */
enum lack reach_lacks(const struct kernel *kernel, const struct circumstance *c);

/* The input of vma_needs_copy() then, on a kernel that lacks nothing for it. */
struct decision_input reach_input(const struct kernel *kernel, const struct circumstance *c);

/*
 * The flags that madvise can set on top of it, with which dup_mmap() does not ask
 * vma_needs_copy(): VM_DONTCOPY, VM_WIPEONFORK.
 */
uint64_t reach_bypasses(const struct circumstance *c);

/* A combination of flags that vma_needs_copy() never gets, and why. */
struct unreachable {
	/* Relevant when a kernel checks one of these, and one of those. */
	uint64_t about, and_about;
	const char *what, *why;
	bool (*is)(const struct decision_input *input);
};

extern const struct unreachable unreachables[];
extern const size_t unreachable_count;

#endif
