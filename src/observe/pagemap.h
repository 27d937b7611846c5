/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of a page table as /proc/PID/pagemap shows them, with what
 * /proc/kpageflags and PAGEMAP_SCAN add where this kernel and our rights allow:
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

/* What this process may see, and how this kernel writes it. One a scenario. */
struct eyes {
	int kpageflags_fd;   /* -1: not permitted */
	bool frames;	     /* pagemap tells page frames, and types of swap entries */
	bool scan;	     /* PAGEMAP_SCAN */
	bool anon_exclusive; /* bit 34 of kpageflags is PageAnonExclusive */
	bool soft_dirty;     /* the kernel has it */
	unsigned marker_type; /* of a swap-format entry that is a pte_marker */
};

/* version: the kernel's, such as 6.18.44; see release.h. */
void eyes_open(struct eyes *eyes, const char *version);
void eyes_close(struct eyes *eyes);

/* kpageflags of neighbouring frames: asking for one at a time is a system call each. */
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

/* One entry, decoded, with what tells frames apart. */
struct pagemap_entry {
	struct seen_page page;
	uint64_t frame; /* page frame or swap slot; 0: none, or not known */
};

/* Decodes a swap-format entry: swap, marker, migration, ... */
struct pagemap_entry pagemap_software(const struct eyes *eyes, uint64_t entry);

/* Is it the zero page, or a part of the huge one? False where that cannot be seen. */
bool pagemap_is_zero(const struct eyes *eyes, uint64_t entry);

/*
 * Reads the entries of the pages from `start` on as the kernel shows them (see
 * above). False: pagemap does not say.
 */
bool pagemap_read(int pagemap_fd, uint64_t start, uint64_t pages, uint64_t *entries);

/* What the VMA tells about its entries. */
struct look_at {
	uint64_t start, pages;
	bool hugetlb;
	bool hidden_markers; /* hugetlb: markers that pagemap does not show may be there */
	bool no_huge;	     /* smaps knows of no huge entry */
	bool soft_dirty_vma; /* VM_SOFTDIRTY: bit 55 says nothing about the entry */
};

/* Above this many pages (16 GiB) a VMA is not looked into, page by page. */
#define LOOK_PAGES_MAX (UINT64_C(1) << 22)

/* Decodes all pages into `looks` (at->pages of them). False: pagemap does not say. */
bool pagemap_look(const struct eyes *eyes, int pagemap_fd, const struct look_at *at,
		  struct pagemap_entry *looks);

#endif
