/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the files of import. */
#ifndef IMPORT_IMPORT_PRIVATE_H
#define IMPORT_IMPORT_PRIVATE_H

#include "import/import.h"
#include "observe/pagemap.h"
#include "observe/proc.h"
#include "observe/uapi.h"

/* --- pages --------------------------------------------------------------------- */

/* A run of equal entries; pages of the VMA, both ends included. */
struct import_run {
	uint64_t first, last;
	uint16_t attrs;
	uint8_t state; /* enum pte_state */
	bool guessed;  /* the kernel did not show the kind of this swap-format entry */
};

/*
 * Takes one run after the other, in order. They are not stored: there may be many.
 * False: stop, no more are needed.
 */
struct import_sink {
	bool (*take)(void *data, const struct import_run *run);
	void *data;
};

/*
 * Reads all entries of a process. With PAGEMAP_SCAN the kernel returns runs, which
 * a thread of its own reads while smaps is read; without it, entries are read
 * VMA by VMA.
 */
struct import_scan;
struct import_scan *import_scan_start(int pagemap_fd, const struct proc_map *map,
				      const struct eyes *eyes); /* both must outlive it */
/* Waits for it. False: the process has exited. */
bool import_scan_wait(struct import_scan *scan);
void import_scan_free(struct import_scan *scan);

/*
 * Passes the entries of one VMA that are not none to `sink`, until it stops.
 * VMAs must be passed in order of address. False: the process has exited.
 */
bool import_vma_runs(struct import_scan *scan, const struct proc_vma *vma,
		     const struct import_sink *sink);

/* Too large to scan without PAGEMAP_SCAN, and empty according to smaps. */
bool import_vma_skipped(const struct eyes *eyes, const struct proc_vma *vma);

/* Is it anonymous memory, rather than a file's? (vma_is_anonymous()) */
bool import_anonymous(const struct proc_vma *vma);

/* --- anon_vma ----------------------------------------------------------------------- */

/* Why a VMA has an anon_vma, most likely: see import_evidence.c. */
enum import_evidence {
	EVIDENCE_NONE,
	EVIDENCE_PAGES, /* pages of its own: certain */
	EVIDENCE_ACCOUNT,
	EVIDENCE_NEIGHBOR,
	EVIDENCE_ZEROPAGE, /* found with its entries, not by import_evidence() */
};

/* Of each VMA, in their order; the caller frees it. version: the kernel's, such as 6.18.44. */
enum import_evidence *import_evidence(const struct proc_map *map, const char *version);

/*
 * A private file mapping that is not writable, but was once (VM_ACCOUNT): it may have been written
 * then, or not, as the text of Wine's libraries. No evidence, only worth a note.
 */
bool import_was_writable(const struct proc_vma *vma);

/* Do its sums in smaps prove pages of its own? */
bool import_own_pages(const struct proc_vma *vma);

/* Is b behind a, and what is behind a's part in a's file, or anonymous memory as a is? */
bool import_continues(const struct proc_vma *a, const struct proc_vma *b);

/* --- names ---------------------------------------------------------------------- */

struct import_names;
/* anonymous: they tell nothing of files, or of names that the process has given to memory. */
struct import_names *import_names_create(bool anonymous);
void import_names_free(struct import_names *names);
/* An unused name that is valid in the language; owned by `names`. */
const char *import_name(struct import_names *names, const struct proc_vma *vma,
			const struct proc_vma *before);
/* Adds what the VMA maps, for a comment; of untrusted text only what is printable. */
void import_add_path(struct import_names *names, const struct proc_vma *vma, struct buf *out);

/* --- addresses of an anonymous import ------------------------------------------------ */

/*
 * Where each VMA is said to start; the caller frees it. The addresses of the process are not in
 * it, and fork has the same tables there.
 */
uint64_t *import_places(const struct proc_map *map);

#endif
