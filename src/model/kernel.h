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

/* Behaviours: name, the words it can have, what it is about. */
enum behaviour {
	BEHAVIOUR_UFFD_WP_MARKERS,
	BEHAVIOUR_MARKER_FORK,
	BEHAVIOUR_HUGETLB_UFFD_FORK,
	BEHAVIOUR_SPECIAL_PMD,
	BEHAVIOUR_GUARD_REGIONS,
	BEHAVIOUR_PT_RECLAIM,
	BEHAVIOUR_COLLAPSE,
	BEHAVIOUR_LARGE_FOLIO_REUSE,
	BEHAVIOUR_HUGE_ZERO_WRITE,
	BEHAVIOUR_SWAPIN,
	BEHAVIOUR_SWAPIN_CACHE,
	BEHAVIOUR_DOFORK_REFUSES,
	BEHAVIOUR_UFFD_RESOLVE,
	BEHAVIOUR_MPROTECT_UPGRADE,
	BEHAVIOUR_MPROTECT_ACCOUNT,
	BEHAVIOUR_UFFD_REGISTER,
	BEHAVIOUR_UFFD_NO_CONTEXT,
	BEHAVIOUR_PIN_FILE,
	BEHAVIOUR_HUGETLB_PINNED_COPY,
	BEHAVIOUR_HUGETLB_STALE_BIT,
	BEHAVIOUR_UFFD_UNREGISTER,
	BEHAVIOUR_UFFD_SPECIAL,
	BEHAVIOUR_COLLAPSE_INSIDE,
	BEHAVIOUR_COUNT
};

enum { MARKER_FORK_RAW_ALWAYS, MARKER_FORK_RAW_IF_WP, MARKER_FORK_PER_BIT };
enum { GUARD_NONE, GUARD_ANON, GUARD_ANY_ANON_VMA, GUARD_ANY_FLAG };
enum { COLLAPSE_INSIDE_REFUSED, COLLAPSE_INSIDE_NOTHING };
enum { COLLAPSE_NONE, COLLAPSE_IF_WRITABLE, COLLAPSE_ANY };
enum { LARGE_FOLIO_REUSE_LAST, LARGE_FOLIO_REUSE_NEVER, LARGE_FOLIO_REUSE_ALL_BUT_LAST };
enum { HUGE_ZERO_SPLIT, HUGE_ZERO_REPLACE };
enum { SWAPIN_READ_ONLY, SWAPIN_WRITABLE };
enum { SWAPIN_CACHE_BYPASSED, SWAPIN_CACHE_USED };
enum { DOFORK_REFUSES_IO, DOFORK_REFUSES_SPECIAL };
enum { UFFD_RESOLVE_PROT, UFFD_RESOLVE_UPGRADE };
enum { MPROTECT_UPGRADE_DIRTY, MPROTECT_UPGRADE_EXCLUSIVE };
enum { UFFD_REGISTER_REPLACES, UFFD_REGISTER_KEEPS_WP };
enum { UFFD_UNREGISTER_ANY, UFFD_UNREGISTER_OWN };
enum { UFFD_SPECIAL_NEVER, UFFD_SPECIAL_WP_ASYNC };
enum { PIN_FILE_NONE, PIN_FILE_PRIVATE };
enum { HUGETLB_PINNED_COPY_WRITABLE, HUGETLB_PINNED_COPY_PROT };
enum { HUGETLB_STALE_BIT_KEPT, HUGETLB_STALE_BIT_CLEARED };

struct behaviour_info {
	const char *name;
	const char *values[5];
	const char *what;
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
#define KERNEL_LINES_MAX 256

/* The source line of a function: "copy_pte_range", "mm/memory.c:1225". */
struct kernel_line {
	char *function, *place;
};

struct kernel {
	char *name;    /* "v6.19-rc1": the version or profile asked for */
	char *profile; /* name of the profile that describes it */
	char *title;
	char *notes; /* its sources; lines; may be "" */
	struct clause clauses[CLAUSES_MAX];
	size_t clause_count;
	uint8_t behaviour[BEHAVIOUR_COUNT];
	uint32_t uffd_features;
	struct kernel_line *lines; /* may be few, or none */
	size_t line_count;
};

/* A copy that owns its strings; kernel_free() takes NULL too. */
struct kernel *kernel_copy(const struct kernel *kernel);
void kernel_free(struct kernel *kernel);
/* Are the two equal, names and notes included? */
bool kernel_equal(const struct kernel *a, const struct kernel *b);

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

/* "VM_UFFD_WP", "anon_vma" or "none": the first clause that held. */
const char *decision_reason(const struct decision *decision);

#endif
