/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMA flags: the kernel's names, and the two letters that /proc/PID/smaps
 * prints for them. The bit numbers are the model's own: kernels differ.
 */
#ifndef MODEL_VMFLAGS_H
#define MODEL_VMFLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which they are printed. */
#define VM_FLAG_LIST(F)                                                        \
	F(READ, "rd", "may be read")                                           \
	F(WRITE, "wr", "may be written")                                       \
	F(EXEC, "ex", "may be executed")                                       \
	F(SHARED, "sh", "changes reach the other mappers")                     \
	F(MAYREAD, "mr", "mprotect may add reading")                           \
	F(MAYWRITE, "mw", "mprotect may add writing; private and this: copy-on-write") \
	F(MAYEXEC, "me", "mprotect may add executing")                         \
	F(MAYSHARE, "ms", "may be shared")                                     \
	F(GROWSDOWN, "gd", "a stack: grows downwards")                         \
	F(PFNMAP, "pf", "page frames without struct page")                     \
	F(LOCKED, "lo", "mlocked; fork clears it in the child")                \
	F(LOCKONFAULT, "lf", "mlocked as pages come in; fork clears it in the child") \
	F(IO, "io", "device memory")                                           \
	F(SEQ_READ, "sr", "expects sequential reads")                          \
	F(RAND_READ, "rr", "expects random reads")                             \
	F(DONTCOPY, "dc", "the child does not get this VMA")                   \
	F(DONTEXPAND, "de", "mremap may not grow it")                          \
	F(ACCOUNT, "ac", "counts against overcommit")                          \
	F(NORESERVE, "nr", "no swap space reserved")                           \
	F(HUGETLB, "ht", "hugetlb pages")                                      \
	F(SYNC, "sf", "synchronous faults")                                    \
	F(WIPEONFORK, "wf", "the child gets it empty")                         \
	F(DONTDUMP, "dd", "not in core dumps")                                 \
	F(SOFTDIRTY, "sd", "soft-dirty as a whole: new since clear_refs")      \
	F(MIXEDMAP, "mm", "pages with and without struct page")                \
	F(HUGEPAGE, "hg", "madvised for transparent huge pages")               \
	F(NOHUGEPAGE, "nh", "no transparent huge pages")                       \
	F(MERGEABLE, "mg", "KSM may merge its pages")                          \
	F(UFFD_MISSING, "um", "userfaultfd: missing pages")                    \
	F(UFFD_WP, "uw", "userfaultfd: write protection")                      \
	F(UFFD_MINOR, "ui", "userfaultfd: minor faults")                       \
	F(UFFD_RWP, "ur", "userfaultfd: read and write protection")            \
	F(DROPPABLE, "dp", "may be dropped under memory pressure")             \
	F(SEALED, "sl", "mseal: may not be changed")                           \
	F(MAYBE_GUARD, "gu", "guard regions were installed once; never cleared")

enum vm_flag_number {
#define F(name, code, what) VM_##name##_NUMBER,
	VM_FLAG_LIST(F)
#undef F
	VM_FLAG_COUNT
};

#define F(name, code, what) \
	static const uint64_t VM_##name = UINT64_C(1) << VM_##name##_NUMBER;
VM_FLAG_LIST(F)
#undef F

#define VM_UFFD_FLAGS (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR | VM_UFFD_RWP)
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)

struct vm_flag {
	const char *name; /* "VM_READ" */
	const char *code; /* "rd" */
	const char *what;
};

extern const struct vm_flag vm_flags[VM_FLAG_COUNT];

/* The bit for "VM_READ" or "rd"; 0 when there is no such flag. */
uint64_t vm_flag_by_name(const char *name);

/* The lowest of these flags; there must be one. */
const struct vm_flag *vm_flag_of(uint64_t flags);

#endif
