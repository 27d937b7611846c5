/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/PID/smaps, maps and status: VMAs, their flags and sums, and page tables as
 * a whole. Sums are in bytes.
 */
#ifndef OBSERVE_PROC_H
#define OBSERVE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_vma {
	uint64_t start, end;
	char perms[5];	   /* rw-p */
	uint64_t offset;   /* of its first byte in the file; of anonymous memory 0 */
	unsigned dev_major, dev_minor;
	uint64_t inode;	   /* of the file; 0: there is none */
	char *path;	   /* of the file, or a name in brackets; NULL: none */
	/* Of smaps: */
	uint64_t flags;	   /* VM_... of the model */
	uint64_t page_size; /* KernelPageSize */
	uint64_t rss, anonymous;
	uint64_t shared, private; /* pages that others map as well, or no other process; hugetlb too */
	uint64_t swap, swap_pss;
	uint64_t anon_huge, shmem_huge, file_huge; /* under huge entries */
};

struct proc_map {
	struct proc_vma *v;
	size_t n, cap;
};

/* False when the process has exited or cannot be read. */
bool proc_map_read(struct proc_map *map, pid_t pid);
/* The same from maps: without the fields of smaps, and without the page-table walk for them. */
bool proc_map_read_places(struct proc_map *map, pid_t pid);
void proc_map_deinit(struct proc_map *map);

/*
 * The kernel lists VMAs in several reads, and goes on at the address where it stopped: a VMA that
 * has grown meanwhile is listed over one that it listed before. Cuts what is listed twice off
 * the later one, and removes that if nothing is left. Returns how many VMAs were cut or removed.
 */
size_t proc_map_cut_overlaps(struct proc_map *map);

/* The first VMA that ends after the address, or NULL. */
const struct proc_vma *proc_map_find(const struct proc_map *map, uint64_t address);

/* Pages of page tables: PTE, PMD and PUD tables together (VmPTE); -1: not known. */
int64_t proc_tables(pid_t pid);

/*
 * The main thread may end before the others: then its address space is theirs alone. A thread
 * that still has it, whose files of /proc show it; the process, where none does.
 */
pid_t proc_living_thread(pid_t pid);

/* Pages that its address space counts as pinned (VmPin); -1: not known. */
int64_t proc_pinned(pid_t pid);

/* Free memory that the machine can spare, in bytes (MemAvailable); 0: not known. */
uint64_t proc_available(void);

/* Swap of this machine, and what all processes and files have been promised (Committed_AS), in pages. */
uint64_t proc_swap_pages(void);
uint64_t proc_committed_pages(void);

/* Free swap to page out to, in bytes. */
uint64_t proc_free_swap(void);

#endif
