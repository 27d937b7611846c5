/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of import share; nobody else includes this. */
#ifndef IMPORT_IMPORT_PRIVATE_H
#define IMPORT_IMPORT_PRIVATE_H

#include "import/import.h"
#include "observe/pagemap.h"
#include "observe/proc.h"
#include "observe/uapi.h"

/* --- pages --------------------------------------------------------------------- */

/* A stretch of equal entries; pages of the VMA, both ends included. */
struct import_run {
	uint64_t first, last;
	uint16_t attrs;
	uint8_t state; /* enum pte_state */
	bool guessed;  /* the kernel did not tell which kind of swap-format entry */
};

/*
 * Takes one run after the other, in order. They are never all kept: there may be many.
 * False: it has enough, and gets no more.
 */
struct import_sink {
	bool (*take)(void *data, const struct import_run *run);
	void *data;
};

/*
 * Looking at all entries of a process at once. With PAGEMAP_SCAN the kernel hands
 * out stretches, and that goes on in a thread of its own while smaps is read;
 * without it, entries are read VMA by VMA.
 */
struct import_scan;
struct import_scan *import_scan_start(int pagemap_fd, const struct proc_map *map,
				      const struct eyes *eyes); /* both must outlive it */
/* Waits for it. False: the process is gone. */
bool import_scan_wait(struct import_scan *scan);
void import_scan_free(struct import_scan *scan);

/*
 * Hands the entries of one VMA, those that are not none, to `sink`, until that has
 * enough. VMAs must be asked for in order of address. False: the process is gone.
 */
bool import_vma_runs(struct import_scan *scan, const struct proc_vma *vma,
		     const struct import_sink *sink);

/* Too large to look into without PAGEMAP_SCAN, and smaps says that nothing is there. */
bool import_vma_skipped(const struct eyes *eyes, const struct proc_vma *vma);

/* Is it memory of its own, rather than of a file? (vma_is_anonymous()) */
bool import_anonymous(const struct proc_vma *vma);

/* --- names ---------------------------------------------------------------------- */

struct import_names;
struct import_names *import_names_create(void);
void import_names_free(struct import_names *names);
/* A name that is new, and a valid one in the language; owned by `names`. */
const char *import_name(struct import_names *names, const struct proc_vma *vma,
			const struct proc_vma *before);


#endif
