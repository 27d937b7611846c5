/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of /proc/PID/smaps, as Linux 3.10 to 7.3 print them:
 *
 *   7f0000000000-7f0000001000 rw-p 00000000 fe:00 4711    /path     a heading
 *   Rss:                   4 kB                                     a sum
 *   VmFlags: rd wr mr mw me ac                                      two letters each
 */
#ifndef OBSERVE_SMAPS_H
#define OBSERVE_SMAPS_H

#include <stdbool.h>

#include "observe/proc.h"

/* KEPT: the member of struct proc_vma that it is added to; since: the first version with it. */
#define SMAPS_LIST(KEPT, LEFT)                            \
	LEFT(SIZE, "Size", "")                            \
	KEPT(KERNEL_PAGE_SIZE, "KernelPageSize", "", page_size) \
	LEFT(MMU_PAGE_SIZE, "MMUPageSize", "")            \
	KEPT(RSS, "Rss", "", rss)                         \
	LEFT(PSS, "Pss", "")                              \
	LEFT(PSS_DIRTY, "Pss_Dirty", "6.0")               \
	KEPT(SHARED_CLEAN, "Shared_Clean", "", shared)    \
	KEPT(SHARED_DIRTY, "Shared_Dirty", "", shared)    \
	KEPT(PRIVATE_CLEAN, "Private_Clean", "", private) \
	KEPT(PRIVATE_DIRTY, "Private_Dirty", "", private) \
	LEFT(REFERENCED, "Referenced", "")                \
	KEPT(ANONYMOUS, "Anonymous", "", anonymous)       \
	LEFT(KSM, "KSM", "6.6")                           \
	LEFT(LAZY_FREE, "LazyFree", "4.12")               \
	KEPT(ANON_HUGE, "AnonHugePages", "", anon_huge)   \
	KEPT(SHMEM_HUGE, "ShmemPmdMapped", "4.8", shmem_huge) \
	KEPT(FILE_HUGE, "FilePmdMapped", "5.4", file_huge) \
	KEPT(SHARED_HUGETLB, "Shared_Hugetlb", "4.4", shared) \
	KEPT(PRIVATE_HUGETLB, "Private_Hugetlb", "4.4", private) \
	KEPT(SWAP, "Swap", "", swap)                      \
	KEPT(SWAP_PSS, "SwapPss", "4.3", swap_pss)        \
	LEFT(LOCKED, "Locked", "")                        \
	LEFT(THP_ELIGIBLE, "THPeligible", "4.20")         \
	LEFT(PROTECTION_KEY, "ProtectionKey", "4.6")      \
	LEFT(VM_FLAGS, "VmFlags", "3.8")

enum smaps_field {
#define F(id, ...) SMAPS_##id,
	SMAPS_LIST(F, F)
#undef F
	SMAPS_FIELDS
};

/* Names, and since when; in their order. */
extern const struct smaps_row {
	const char *key;
	size_t member; /* of struct proc_vma; SMAPS_LEFT: it is not kept */
	const char *since; /* "": older than all that is known */
} smaps_rows[SMAPS_FIELDS];
#define SMAPS_LEFT SIZE_MAX

/* "7f0000000000-7f0000001000 rw-p ...": vma->path is owned by the caller. False: it is none. */
bool smaps_heading(const char *line, struct proc_vma *vma);

/* The field that a line begins with, up to and without its colon; -1: none of these. */
int smaps_field(const char *line);

/* Adds the number behind the colon, which counts KiB, to its member. */
void smaps_add(struct proc_vma *vma, enum smaps_field field, const char *number);

/* " rd wr mr": the flags; codes that the model does not know are counted, if `unknown` is not NULL. */
uint64_t smaps_flags(const char *codes, unsigned *unknown);

#endif
