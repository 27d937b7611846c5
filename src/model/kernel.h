/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel is data: the clauses of its decision and the behaviours in which
 * kernels differ. The data is in share/kernels/; kernels/profile reads it.
 */
#ifndef MODEL_KERNEL_H
#define MODEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/arch.h"

enum vma_side { SIDE_SRC, SIDE_DST };
extern const char *const vma_side_names[2]; /* "src", "dst" */

/*
 * One clause of vma_needs_copy(), in the kernel's order: is any of these flags
 * set on that side's VMA, or does it have an anon_vma?
 */
struct clause {
	enum vma_side side;
	uint64_t flags; /* 0: the test for anon_vma */
	char *where;	/* "7.3 mm/memory.c:1570"; may be NULL */
};

/*
 * In what kernels differ: B(name, word in a profile, question, values), and V(name,
 * word) for each value that answers it. The enums below, the words that profiles are
 * read and printed with, and the meaning that `kernel show` prints all come from here;
 * a test holds vmafork-scenario(5) to it.
 */
#define BEHAVIOUR_LIST(B, V) \
	B(UFFD_WP_MARKERS, "uffd-wp-markers", \
	  "Does uffd-wp work on shmem and hugetlb, with markers for pages that have no " \
	  "entry?", \
	  V(UFFD_WP_MARKERS_NO, "no") V(UFFD_WP_MARKERS_YES, "yes")) \
	B(MARKER_FORK, "marker-fork", \
	  "Which markers does fork copy: all, those of a VMA that is registered for wp " \
	  "in the child, or those bits that the child's VMA can have?", \
	  V(MARKER_FORK_RAW_ALWAYS, "raw-always") \
	  V(MARKER_FORK_RAW_IF_WP, "raw-if-wp") V(MARKER_FORK_PER_BIT, "per-bit")) \
	B(HUGETLB_UFFD_FORK, "hugetlb-uffd-fork", \
	  "Does the uffd bit of a hugetlb entry stay in a child whose VMA is not " \
	  "registered?", \
	  V(HUGETLB_UFFD_FORK_STALE, "stale") V(HUGETLB_UFFD_FORK_CLEARED, "cleared")) \
	B(SPECIAL_PMD, "special-pmd", \
	  "Does fork copy huge entries of device memory?", \
	  V(SPECIAL_PMD_SKIP, "skip") V(SPECIAL_PMD_COPY, "copy")) \
	B(GUARD_REGIONS, "guard-regions", \
	  "Which VMAs take MADV_GUARD_INSTALL, and does an anon_vma or a flag make fork " \
	  "copy them?", \
	  V(GUARD_NONE, "none") V(GUARD_ANON, "anonymous") \
	  V(GUARD_ANY_ANON_VMA, "any-anon_vma") V(GUARD_ANY_FLAG, "any-flag")) \
	B(PT_RECLAIM, "pt-reclaim", \
	  "Does MADV_DONTNEED of the whole range of a PTE table free the table?", \
	  V(PT_RECLAIM_NO, "no") V(PT_RECLAIM_YES, "yes")) \
	B(COLLAPSE, "collapse", \
	  "Is there MADV_COLLAPSE, and must one of the pages be mapped writable?", \
	  V(COLLAPSE_NONE, "no") V(COLLAPSE_IF_WRITABLE, "if-writable") \
	  V(COLLAPSE_ANY, "yes")) \
	B(LARGE_FOLIO_REUSE, "large-folio-reuse", \
	  "Which small entries of a huge page that only one process maps are written " \
	  "in place?", \
	  V(LARGE_FOLIO_REUSE_LAST, "last") V(LARGE_FOLIO_REUSE_NEVER, "never") \
	  V(LARGE_FOLIO_REUSE_ALL_BUT_LAST, "all-but-last")) \
	B(HUGE_ZERO_WRITE, "huge-zero-write", \
	  "Does a write to the huge zero page split its entry, or replace all 512 " \
	  "pages?", \
	  V(HUGE_ZERO_SPLIT, "split") V(HUGE_ZERO_REPLACE, "replace")) \
	B(SWAPIN, "swapin", \
	  "Is the page of an exclusive swap entry writable after a read fault?", \
	  V(SWAPIN_READ_ONLY, "read-only") V(SWAPIN_WRITABLE, "writable")) \
	B(SWAPIN_CACHE, "swapin-cache", \
	  "Does a page with no other user come back from zram through the swap cache, " \
	  "or past it, and so exclusive whatever its entry said?", \
	  V(SWAPIN_CACHE_BYPASSED, "bypassed") V(SWAPIN_CACHE_USED, "used")) \
	B(DOFORK_REFUSES, "dofork-refuses", \
	  "Which VMAs does MADV_DOFORK refuse?", \
	  V(DOFORK_REFUSES_IO, "VM_IO") V(DOFORK_REFUSES_SPECIAL, "VM_SPECIAL")) \
	B(UFFD_RESOLVE, "uffd-resolve", \
	  "Does UFFDIO_WRITEPROTECT without WP give the write bit by the VMA's " \
	  "protection, or by the page (exclusive if private, dirty if of a shared " \
	  "file)?", \
	  V(UFFD_RESOLVE_PROT, "by-protection") V(UFFD_RESOLVE_UPGRADE, "by-page")) \
	B(MPROTECT_UPGRADE, "mprotect-upgrade", \
	  "Which private pages does mprotect make writable without a fault?", \
	  V(MPROTECT_UPGRADE_DIRTY, "exclusive-and-dirty") \
	  V(MPROTECT_UPGRADE_EXCLUSIVE, "exclusive")) \
	B(MPROTECT_ACCOUNT, "mprotect-account", \
	  "Does anonymous memory that mprotect makes read-only keep VM_ACCOUNT, or lose " \
	  "it if it was never written?", \
	  V(MPROTECT_ACCOUNT_KEPT, "kept") \
	  V(MPROTECT_ACCOUNT_DROPPED, "dropped-if-unused")) \
	B(UFFD_REGISTER, "uffd-register", \
	  "Do the modes of a second registration replace the first ones, or is taking " \
	  "wp or rwp away refused (EBUSY)?", \
	  V(UFFD_REGISTER_REPLACES, "replaces-modes") \
	  V(UFFD_REGISTER_KEEPS_WP, "keeps-wp")) \
	B(UFFD_NO_CONTEXT, "uffd-no-context", \
	  "What does fork do with the userfaultfd flags of a VMA that has no " \
	  "userfaultfd (set by hand)?", \
	  V(UFFD_NO_CONTEXT_CLEARED, "cleared") V(UFFD_NO_CONTEXT_KEPT, "kept")) \
	B(PIN_FILE, "pin-file", \
	  "Which file mappings take long-term pins?", \
	  V(PIN_FILE_NONE, "no") V(PIN_FILE_PRIVATE, "private")) \
	B(PIN_READ, "pin-read", \
	  "Which shared pages does a long-term pin for reading replace by pages of the " \
	  "process's own: none, anonymous ones, or all that are copied on write?", \
	  V(PIN_READ_SHARES, "none") V(PIN_READ_UNSHARES_ANON, "anonymous") \
	  V(PIN_READ_UNSHARES_ALL, "all")) \
	B(MERGE_SOFT_DIRTY, "merge-soft-dirty", \
	  "When VMAs are joined, is the whole soft-dirty if one of them was, or only if the " \
	  "one was that the call has changed (with mremap, the neighbor)?", \
	  V(MERGE_SOFT_DIRTY_CHANGED, "as-the-changed") V(MERGE_SOFT_DIRTY_EITHER, "if-either")) \
	B(KSM_BREAK, "ksm-break", \
	  "Does MADV_UNMERGEABLE copy merged pages as for a store, or without the write " \
	  "bit?", \
	  V(KSM_BREAK_WRITES, "writes") V(KSM_BREAK_UNSHARES, "unshares")) \
	B(HUGETLB_PINNED_COPY, "hugetlb-pinned-copy", \
	  "Is the child's copy of a pinned hugetlb page always writable, or only if the " \
	  "VMA is?", \
	  V(HUGETLB_PINNED_COPY_WRITABLE, "writable") \
	  V(HUGETLB_PINNED_COPY_PROT, "by-protection")) \
	B(HUGETLB_STALE_BIT, "hugetlb-stale-bit", \
	  "Does the uffd bit of a hugetlb entry or marker without VM_UFFD_WP survive " \
	  "the next fault or zap?", \
	  V(HUGETLB_STALE_BIT_KEPT, "kept") V(HUGETLB_STALE_BIT_CLEARED, "cleared")) \
	B(UFFD_UNREGISTER, "uffd-unregister", \
	  "Which userfaultfd of its process can unregister a VMA: any, or its own?", \
	  V(UFFD_UNREGISTER_ANY, "any") V(UFFD_UNREGISTER_OWN, "own")) \
	B(UFFD_SPECIAL, "uffd-special", \
	  "Can special VMAs (drivers' memory) be registered: never, or for wp alone " \
	  "with wp-async?", \
	  V(UFFD_SPECIAL_NEVER, "never") V(UFFD_SPECIAL_WP_ASYNC, "wp-async")) \
	B(UFFD_CLOSE, "uffd-close", \
	  "Does closing a userfaultfd remove the uffd-wp bits of its entries?", \
	  V(UFFD_CLOSE_KEEPS, "kept") V(UFFD_CLOSE_CLEARS, "removed")) \
	B(UFFD_CONTINUE_WP, "uffd-continue-wp", \
	  "Can UFFDIO_CONTINUE map pages write-protected?", \
	  V(UFFD_CONTINUE_WP_NO, "no") V(UFFD_CONTINUE_WP_YES, "yes")) \
	B(UFFD_FILL_GUARD, "uffd-fill-guard", \
	  "Do UFFDIO_COPY and UFFDIO_CONTINUE replace a guard marker, or refuse it (EEXIST)?", \
	  V(UFFD_FILL_GUARD_REPLACED, "replaced") V(UFFD_FILL_GUARD_REFUSED, "refused")) \
	B(UFFD_MOVE_ZERO, "uffd-move-zero", \
	  "Does UFFDIO_MOVE of the huge zero page come to an end?", \
	  V(UFFD_MOVE_ZERO_NO, "no") V(UFFD_MOVE_ZERO_YES, "yes")) \
	B(MAP_DIRTY, "map-dirty", \
	  "Is a dirty page of the page cache mapped dirty at once where the entry is writable?", \
	  V(MAP_DIRTY_NO, "no") V(MAP_DIRTY_YES, "yes")) \
	B(MMAP_MERGE, "mmap-merge", \
	  "Which neighbor does a new mapping join first, and so give its anon_vma to the " \
	  "other one?", \
	  V(MMAP_MERGE_NEXT, "next") V(MMAP_MERGE_PREVIOUS, "previous")) \
	B(MSEAL, "mseal", \
	  "Is there mseal, and does it join a VMA with one that it has just joined with the " \
	  "one behind it?", \
	  V(MSEAL_NO, "no") V(MSEAL_JOINS, "yes") V(MSEAL_LAST_APART, "last-apart")) \
	B(ANON_INODE_EXEC, "anon-inode-exec", \
	  "May a driver's mapping of an anonymous inode be made executable?", \
	  V(ANON_INODE_EXEC_YES, "yes") V(ANON_INODE_EXEC_NO, "no")) \
	B(DROPPABLE, "droppable", \
	  "Is there memory that reclaim may drop (MAP_DROPPABLE)?", \
	  V(DROPPABLE_NO, "no") V(DROPPABLE_YES, "yes")) \
	B(UFFD_MERGE, "uffd-merge", \
	  "Does (un)registering a part that begins inside a VMA look at what is behind it?", \
	  V(UFFD_MERGE_NOT_BEHIND, "not-behind") V(UFFD_MERGE_BOTH, "both-sides")) \
	B(MERGE_FAULTED, "merge-faulted", \
	  "Is a VMA with an anon_vma joined with a neighbor that has none?", \
	  V(MERGE_FAULTED_NO, "no") V(MERGE_FAULTED_YES, "yes")) \
	B(COLLAPSE_INSIDE, "collapse-inside", \
	  "Is MADV_COLLAPSE of a range inside one 2 MiB unit an error, or does it do " \
	  "nothing?", \
	  V(COLLAPSE_INSIDE_REFUSED, "refused") V(COLLAPSE_INSIDE_NOTHING, "nothing")) \
	B(DONTNEED, "dontneed", \
	  "Does MADV_DONTNEED take hugetlb memory, and is there MADV_DONTNEED_LOCKED?", \
	  V(DONTNEED_PLAIN, "no") V(DONTNEED_ALL, "yes")) \
	B(POPULATE, "populate", \
	  "Is there MADV_POPULATE_READ and _WRITE, and do they end at a hole or reach behind " \
	  "it?", \
	  V(POPULATE_NO, "no") V(POPULATE_BEHIND, "behind-holes") V(POPULATE_FRONT, "up-to-a-hole")) \
	B(SECRET, "secret", \
	  "Is there memfd_secret, and is its memory locked (VM_LOCKED) or charged by the page?", \
	  V(SECRET_NO, "no") V(SECRET_LOCKED, "locked") V(SECRET_CHARGED, "charged")) \
	B(UFFD_DROPPABLE, "uffd-droppable", \
	  "Can droppable memory be registered with a userfaultfd?", \
	  V(UFFD_DROPPABLE_NO, "no") V(UFFD_DROPPABLE_YES, "yes")) \
	B(LAZYFREE_HUGE, "lazyfree-huge", \
	  "Does reclaim drop a huge page (lazily freed or droppable) as a whole, or split its " \
	  "entry first, which leaves an empty table; and is one split that was written since?", \
	  V(LAZYFREE_HUGE_SPLIT, "split") V(LAZYFREE_HUGE_WHOLE, "whole") \
	  V(LAZYFREE_HUGE_SPLIT_WRITTEN, "split-written")) \
	B(MREMAP_SEVERAL, "mremap-several", \
	  "Can mremap move a range of several VMAs to a given address, and does it look at the " \
	  "VMA before it unmaps what is there?", \
	  V(MREMAP_SEVERAL_NO, "no") V(MREMAP_SEVERAL_YES, "yes")) \
	B(MREMAP_REALIGN, "mremap-realign", \
	  "Does mremap move the first page table whole when its front belongs to no VMA?", \
	  V(MREMAP_REALIGN_NO, "no") V(MREMAP_REALIGN_YES, "yes")) \
	B(MREMAP_UFFD_BIT, "mremap-uffd-bit", \
	  "Do entries keep their uffd bit when mremap takes their VMA away from its userfaultfd?", \
	  V(MREMAP_UFFD_BIT_KEPT, "kept") V(MREMAP_UFFD_BIT_CLEARED, "cleared")) \
	B(MREMAP_JOIN, "mremap-join", \
	  "Does written memory that mremap joins with a neighbor without an anon_vma keep its own?", \
	  V(MREMAP_JOIN_APART, "not-joined") V(MREMAP_JOIN_LOSES, "no") V(MREMAP_JOIN_KEEPS, "yes")) \
	B(MREMAP_DONTUNMAP, "mremap-dontunmap", \
	  "What does MREMAP_DONTUNMAP unlock: the whole VMA, with which what moves may be joined, " \
	  "or the range alone, with which it is not?", \
	  V(MREMAP_DONTUNMAP_WHOLE, "whole-vma") V(MREMAP_DONTUNMAP_RANGE, "range")) \
	B(MREMAP_SPARE, "mremap-spare", \
	  "How many more VMAs must the limit allow before mremap does anything: 4 to move and 6 to a " \
	  "given place or with DONTUNMAP, 4 for whatever it does, or 4 and 5 with DONTUNMAP?", \
	  V(MREMAP_SPARE_TO_MOVE, "to-move") V(MREMAP_SPARE_ALWAYS, "always") \
	  V(MREMAP_SPARE_DONTUNMAP, "dontunmap-more")) \
	B(MREMAP_LEFT_INDEX, "mremap-left-index", \
	  "Which index has anonymous memory that MREMAP_DONTUNMAP leaves without its anon_vma: the one " \
	  "that it had, or that of its address?", \
	  V(MREMAP_LEFT_INDEX_KEPT, "kept") V(MREMAP_LEFT_INDEX_ADDRESS, "address")) \
	B(MERGE_ANON_INDEX, "merge-anon-index", \
	  "Must private mappings of a file continue in the index of their own pages, too, to be joined?", \
	  V(MERGE_ANON_INDEX_NO, "no") V(MERGE_ANON_INDEX_YES, "yes")) \
	B(MREMAP_SHRINK_CHARGE, "mremap-shrink-charge", \
	  "Does mremap to a smaller size elsewhere charge what it unmaps, and never give it back?", \
	  V(MREMAP_SHRINK_CHARGE_NO, "no") V(MREMAP_SHRINK_CHARGE_YES, "yes")) \
	B(HUGETLB_TAKE_AWAY, "hugetlb-take-away", \
	  "If the pool is empty, where is an owner's huge page taken away from other processes: at " \
	  "the owner's address, or wherever they map it?", \
	  V(HUGETLB_TAKE_AWAY_ADDRESS, "same-address") V(HUGETLB_TAKE_AWAY_ANY, "any-address")) \
	B(HUGETLB_RESERVE, "hugetlb-reserve", \
	  "Does private hugetlb memory that MADV_DONTNEED empties reserve its huge pages again?", \
	  V(HUGETLB_RESERVE_LOST, "lost") V(HUGETLB_RESERVE_KEPT, "kept")) \
	B(LAZYFREE_HELD, "lazyfree-held", \
	  "What does reclaim make of a lazily freed page that somebody holds: does it stay as it is, or " \
	  "go to swap, as it is no longer one?", \
	  V(LAZYFREE_HELD_SWAPPED, "swapped") V(LAZYFREE_HELD_KEPT, "kept")) \
	B(UFFD_PROTECT_SEVERAL, "uffd-protect-several", \
	  "Can UFFDIO_WRITEPROTECT take a range of several VMAs, and of holes between them?", \
	  V(UFFD_PROTECT_SEVERAL_NO, "no") V(UFFD_PROTECT_SEVERAL_YES, "yes")) \
	B(HUGETLB_FORCE, "hugetlb-force", \
	  "Can a debugger's store write to private hugetlb memory without VM_WRITE?", \
	  V(HUGETLB_FORCE_NO, "no") V(HUGETLB_FORCE_YES, "yes")) \
	B(SPLIT_DIRTY, "split-dirty", \
	  "Are the small entries of a dirty huge entry that is split dirty as well?", \
	  V(SPLIT_DIRTY_LOST, "no") V(SPLIT_DIRTY_KEPT, "yes")) \
	B(CONTPTE, "contpte", \
	  "On aarch64, do small entries of a huge page in a row, 64 KiB or with larger pages 2 MiB, " \
	  "become young and dirty together?", \
	  V(CONTPTE_NO, "no") V(CONTPTE_YES, "yes")) \
	B(PAGEOUT_YOUNG, "pageout-young", \
	  "Are entries of pages that MADV_PAGEOUT has to leave in memory still young after it?", \
	  V(PAGEOUT_YOUNG_LOST, "no") V(PAGEOUT_YOUNG_KEPT, "yes"))

enum behaviour {
#define B(name, word, what, values) BEHAVIOUR_##name,
#define V(name, word)
	BEHAVIOUR_LIST(B, V)
#undef B
#undef V
	BEHAVIOUR_COUNT
};

/* The values: GUARD_NONE, GUARD_ANON, ... An enum for each behaviour, from 0. */
#define B(name, word, what, values) enum { values };
#define V(name, word) name,
BEHAVIOUR_LIST(B, V)
#undef B
#undef V

#define BEHAVIOUR_VALUES_MAX 4

struct behaviour_info {
	const char *name;
	const char *values[BEHAVIOUR_VALUES_MAX + 1]; /* indexed by value; then NULL */
	const char *what; /* a question that the value answers */
};

extern const struct behaviour_info behaviours[BEHAVIOUR_COUNT];

/* UFFD_FEATURE_*, named as in the scenario language. */
#define UFFD_FEATURE_LIST(F)                                                   \
	F(PAGEFAULT_FLAG_WP, "pagefault-flag-wp")                              \
	F(EVENT_FORK, "event-fork")                                            \
	F(EVENT_REMAP, "event-remap")                                          \
	F(EVENT_REMOVE, "event-remove")                                        \
	F(MISSING_HUGETLBFS, "missing-hugetlbfs")                              \
	F(MISSING_SHMEM, "missing-shmem")                                      \
	F(EVENT_UNMAP, "event-unmap")                                          \
	F(SIGBUS, "sigbus")                                                    \
	F(THREAD_ID, "thread-id")                                              \
	F(MINOR_HUGETLBFS, "minor-hugetlbfs")                                  \
	F(MINOR_SHMEM, "minor-shmem")                                          \
	F(EXACT_ADDRESS, "exact-address")                                      \
	F(WP_HUGETLBFS_SHMEM, "wp-hugetlbfs-shmem")                            \
	F(WP_UNPOPULATED, "wp-unpopulated")                                    \
	F(POISON, "poison")                                                    \
	F(WP_ASYNC, "wp-async")                                                \
	F(MOVE, "move")                                                        \
	F(RWP, "rwp")                                                          \
	F(RWP_ASYNC, "rwp-async")

enum uffd_feature_number {
#define F(name, word) UFFD_FEATURE_##name##_NUMBER,
	UFFD_FEATURE_LIST(F)
#undef F
	UFFD_FEATURE_COUNT
};
#define F(name, word) \
	static const uint32_t UFFD_FEATURE_##name = UINT32_C(1) << UFFD_FEATURE_##name##_NUMBER;
UFFD_FEATURE_LIST(F)
#undef F

extern const char *const uffd_feature_names[UFFD_FEATURE_COUNT];

#define CLAUSES_MAX 8
#define KERNEL_ROWS_MAX 16
#define KERNEL_LINES_MAX 256

/* The source line of a function: "copy_pte_range", "mm/memory.c:1225". */
struct kernel_line {
	char *function, *place;
};

/* In what a kernel differs on another machine: it lacks something, or a behaviour is another one. */
struct kernel_row {
	enum arch arch;
	uint64_t lacks_flags;	 /* of clauses */
	uint32_t lacks_features; /* of userfaultfd */
	enum behaviour behaviour; /* BEHAVIOUR_COUNT: none */
	uint8_t value;
};

struct kernel {
	char *name;    /* "v6.19-rc1": the requested version or profile */
	char *profile; /* name of the profile that describes it */
	char *title;
	char *notes; /* its sources; lines; may be "" */
	struct clause clauses[CLAUSES_MAX];
	size_t clause_count;
	uint8_t behaviour[BEHAVIOUR_COUNT];
	uint32_t uffd_features;
	enum arch arch; /* whose kernel it is; ARCHES: of any, with these rows */
	struct kernel_row rows[KERNEL_ROWS_MAX];
	size_t row_count;
	struct kernel_line *lines; /* may be few, or none */
	size_t line_count;
};

/*
 * From now on it looks this flag up on that VMA, in a clause of its own if it is one of a mask.
 * False: no clause has it, or there are too many.
 */
bool kernel_look_up(struct kernel *kernel, uint64_t flag, enum vma_side side);

/* Leave it without any. */
void kernel_drop_clauses(struct kernel *kernel);
void kernel_drop_lines(struct kernel *kernel);

/* A copy that owns its strings; kernel_free() takes NULL too. */
struct kernel *kernel_copy(const struct kernel *kernel);
void kernel_free(struct kernel *kernel);
/* The same on that machine, under the name "v6.1/aarch64"; one that is of a machine stays as it is. */
struct kernel *kernel_on(const struct kernel *kernel, enum arch arch);
/* Are the two equal, names and notes included? */
bool kernel_equal(const struct kernel *a, const struct kernel *b);

/* What somebody wanted to know of a kernel: the rest may be as it likes. */
struct kernel_asked {
	uint64_t behaviours; /* 1 << enum behaviour */
	uint32_t features;   /* UFFD_FEATURE_ */
	bool clauses;
};
_Static_assert(BEHAVIOUR_COUNT <= 64, "struct kernel_asked has no bit for each behaviour");

/* Does it give the same answers as `on`, when that is put on that machine? */
bool kernel_acts_alike(const struct kernel *a, const struct kernel *on, enum arch arch,
		       const struct kernel_asked *asked);

/* The source line of that function, or NULL: not in this kernel's profile. */
const char *kernel_line(const struct kernel *kernel, const char *function);
/* Adds it; false when that function is listed already, or there are too many. */
bool kernel_add_line(struct kernel *kernel, const char *function, const char *place);

/*
 * The toggle: moves the clause that holds VM_UFFD_WP to the other VMA. False
 * when this kernel has no such clause (before v5.19).
 */
bool kernel_check(struct kernel *kernel, enum vma_side side);

/* The side that clause is on; SIDE_SRC for a kernel that has none. */
enum vma_side kernel_checks(const struct kernel *kernel);

/* The same as a word: "dst", "src", or "none". */
const char *kernel_check_word(const struct kernel *kernel);

/* The input and result of vma_needs_copy(). */
struct decision {
	enum { DECISION_COPY, DECISION_SKIP, DECISION_DONTCOPY, DECISION_WIPE } what;
	int clause;	/* index of the clause that fired, or -1 */
	uint64_t fired; /* the flags of that clause that were set, lowest first */
	uint64_t src_flags, dst_flags; /* at the time of the decision */
	bool anon_vma;
};

extern const char *const decision_names[];

/* vma_needs_copy(), mm/memory.c: from the flags of both VMAs and src's anon_vma. */
struct decision vma_needs_copy(const struct kernel *kernel, uint64_t src_flags,
			       uint64_t dst_flags, bool anon_vma);

/*
 * What dup_mmap() does with a VMA: VM_DONTCOPY of src and VM_WIPEONFORK of dst decide before
 * vma_needs_copy() is asked.
 */
struct decision dup_mmap_decides(const struct kernel *kernel, uint64_t src_flags,
				 uint64_t dst_flags, bool anon_vma);

/* "VM_UFFD_WP", "anon_vma" or "none": the first clause that held. */
const char *decision_reason(const struct decision *decision);

#endif
