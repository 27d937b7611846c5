/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the whole machine that a scenario needs for a while. All of them are
 * restored at the end, also when the probe is killed: see acquire.c.
 */
#ifndef LIVE_ACQUIRE_H
#define LIVE_ACQUIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "live/machine_lock.h"

struct acquired {
	pid_t keeper;	      /* changes the settings, and restores them; 0: none yet */
	int fd;		      /* to it; closed: it restores all */
	uint64_t huge_copies; /* that children may need, on top of what is reserved */
	uint64_t huge_keep;   /* free pages of the pool that stay free, for others */
	void *crowd;	      /* keeps khugepaged from starting at once; NULL: not held */
	int lock;	      /* the machine's: see machine_lock.h; -1: not held */
};

void acquire_init(struct acquired *acquired);

/*
 * Takes the machine's lock, before anything of the machine is looked at: others may have changed
 * it. Held until all is restored. Waits for at most a minute.
 */
enum machine_lock_end acquire_machine(struct acquired *acquired, int stop_fd);
/* MACHINE_LOCK_BUSY as a reason. */
void acquire_busy(char *reason, size_t size);

/*
 * Makes sure that the pool has room for a mapping of so many 2 MiB pages, and for
 * so many copies of it, which forks may make. False: they are not available.
 */
bool acquire_huge_pages(struct acquired *acquired, uint64_t pages, uint64_t copies);
/* How many of them the pool lacks: they would come from the machine's memory. */
uint64_t acquire_huge_missing(const struct acquired *acquired, uint64_t pages, uint64_t copies);

/*
 * Makes sure that there is swap: compressed memory (zram), if this machine has
 * none; and that swap-in reads one page alone. False: it is not available.
 */
bool acquire_swap(struct acquired *acquired);

/*
 * Gives the machine these limits: how many huge pages there are, VMAs in a process, and pages
 * that can be promised. False: it does not allow that.
 */
bool acquire_pool(struct acquired *acquired, uint64_t pages);
bool acquire_vma_limit(struct acquired *acquired, uint64_t count);
bool acquire_commit_limit(struct acquired *acquired, uint64_t pages);

/*
 * Keeps khugepaged asleep: it would collapse pages at an unknown moment. Does
 * nothing where that is not permitted, or where it already sleeps.
 */
void acquire_calm(struct acquired *acquired);

/*
 * Has ksmd scan, until it is released. False: the kernel has none, or it runs already and
 * would look at what other programs have.
 */
bool acquire_ksm(struct acquired *acquired);
void release_ksm(struct acquired *acquired);

/* Restores all settings, waits until that is done, and releases the lock. */
void acquire_restore(struct acquired *acquired);

#endif
