/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/smaps and /proc/PID/status: VMAs, their flags, and page tables as a whole. */
#ifndef LIVE_PROC_H
#define LIVE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_vma {
	uint64_t start, end;
	uint64_t flags;	   /* VM_... of the model */
	uint64_t anon_huge; /* bytes under huge entries of anonymous memory */
};

struct proc_map {
	struct proc_vma *v;
	size_t n, cap;
};

/* False when the process is gone or may not be looked at. */
bool proc_map_read(struct proc_map *map, pid_t pid);
void proc_map_deinit(struct proc_map *map);

/* The first VMA that ends behind the address, or NULL. */
const struct proc_vma *proc_map_find(const struct proc_map *map, uint64_t address);

/* Pages of page tables: PTE, PMD and PUD tables together (VmPTE); -1: not known. */
int64_t proc_tables(pid_t pid);

/* Free memory that the machine can spare, in bytes (MemAvailable); 0: not known. */
uint64_t proc_available(void);

/* Has this machine swap to page out to? */
bool proc_has_swap(void);

#endif
