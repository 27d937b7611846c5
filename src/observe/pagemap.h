/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page-table entries as shown by /proc/PID/pagemap, with additions from
 * /proc/kpageflags and PAGEMAP_SCAN where this kernel and our privileges allow:
 *
 *   63 62 61 .. 58 57 56 55   54 ............ 0
 *   |  |  |     |  |  |  |    page frame; or, with 62: 5 bits of type, then offset
 *   |  |  |     |  |  |  `--- soft-dirty
 *   |  |  |     |  |  `------ mapped once (not PageAnonExclusive)
 *   |  |  |     |  `--------- uffd-wp
 *   |  |  |     `------------ guard
 *   |  |  `------------------ a file's page
 *   |  `--------------------- a swap-format entry: swap, marker, migration, ...
 *   `------------------------ present
 */
#ifndef OBSERVE_PAGEMAP_H
#define OBSERVE_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "observe/facts.h"

/* What this process can read, and the format of this kernel. One for each scenario. */
struct eyes {
	int kpageflags_fd;   /* -1: not permitted */
	bool frames;	     /* pagemap shows page frames, and types of swap entries */
	bool scan;	     /* PAGEMAP_SCAN */
	bool anon_exclusive; /* bit 34 of kpageflags is PageAnonExclusive */
	bool soft_dirty;     /* the kernel has it */
	bool lockonfault;    /* smaps shows VM_LOCKONFAULT */
	unsigned marker_type; /* of a swap-format entry that is a pte_marker */
};

/* version: the kernel's, such as 6.18.44; see release.h. */
void eyes_open(struct eyes *eyes, const char *version);
void eyes_close(struct eyes *eyes);

/* kpageflags of adjacent frames: one system call for all of them. */
#define FLAGS_BLOCK 64
struct flags_block {
	uint64_t first, flags[FLAGS_BLOCK];
	size_t n; /* 0: nothing read yet */
};

/*
 * The flags of a frame, UINT64_MAX: not available. `block`, zeroed before the first use, is good
 * for as long as those whose pages they are do nothing.
 */
uint64_t frame_flags(const struct eyes *eyes, struct flags_block *block, uint64_t frame);

/* One entry, decoded, with the identity of its frame. */
struct pagemap_entry {
	struct seen_page page;
	uint64_t frame; /* page frame or swap slot; 0: none, or not known */
};

/* Decodes a swap-format entry: swap, marker, migration, ... */
struct pagemap_entry pagemap_software(const struct eyes *eyes, uint64_t entry);

/* Is it the zero page, or a part of the huge one? False where that is not visible. */
bool pagemap_is_zero(const struct eyes *eyes, uint64_t entry);

/*
 * Reads the entries of the pages from `start` on as the kernel shows them (see
 * above). False: pagemap cannot be read.
 */
bool pagemap_read(int pagemap_fd, uint64_t start, uint64_t pages, uint64_t *entries);

/* What the VMA reveals about its entries. */
struct look_at {
	uint64_t start, pages;
	bool hugetlb;
	bool hidden_markers; /* hugetlb: there may be markers that pagemap does not show */
	bool no_huge;	     /* smaps reports no huge entry */
	bool soft_dirty_vma; /* VM_SOFTDIRTY: bit 55 says nothing about the entry */
};

/* Above this many pages (16 GiB) a VMA is not scanned page by page. */
#define LOOK_PAGES_MAX (UINT64_C(1) << 22)

/* Decodes all pages into `looks` (at->pages of them). False: pagemap cannot be read. */
bool pagemap_look(const struct eyes *eyes, int pagemap_fd, const struct look_at *at,
		  struct pagemap_entry *looks);

#endif
