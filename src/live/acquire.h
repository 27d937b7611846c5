/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a scenario needs of the whole machine for a while, and gives back; also when
 * whoever borrows is killed: see borrow.c.
 */
#ifndef LIVE_ACQUIRE_H
#define LIVE_ACQUIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct borrowed {
	pid_t keeper;	      /* who lends; 0: nobody was asked */
	int fd;		      /* to it; hung up: all goes back */
	uint64_t huge_copies; /* that children may need, on top of what is reserved */
	void *crowd;	      /* keeps khugepaged from starting at once; NULL: not held */
};

void borrow_init(struct borrowed *borrowed);

/*
 * Makes sure that the pool has room for a mapping of so many 2 MiB pages, and for
 * so many copies of it, which forks may lead to. False: they cannot be had.
 */
bool borrow_huge_pages(struct borrowed *borrowed, uint64_t pages, uint64_t copies);

/*
 * Makes sure that there is swap: compressed memory (zram), if this machine has
 * none; and that a page comes back without its neighbours. False: it cannot be had.
 */
bool borrow_swap(struct borrowed *borrowed);

/*
 * Keeps khugepaged asleep, which would join pages at a moment of its own. Does
 * nothing where that is not allowed, or done by somebody already.
 */
void borrow_calm(struct borrowed *borrowed);

/* Waits until the machine is as it was. */
void borrow_return(struct borrowed *borrowed);

#endif
