/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine has for all, lent and taken back: huge pages, swap, the sleep of
 * khugepaged. For borrow.c alone, whose keeper does it.
 */
#ifndef LIVE_SETTINGS_H
#define LIVE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct lent {
	uint64_t huge_pages;	/* that were added to nr_hugepages */
	int swap_fd;		/* of a swap device in memory; -1: none */
	int zram;		/* its number */
	uint64_t page_cluster;	/* vm.page-cluster as it was; 0: it still is */
	uint64_t khugepaged_ms; /* how long it slept between two scans; 0: it still does */
};

void lend_init(struct lent *lent);

/* One signature for all. False: it cannot be had. */
typedef bool lender(struct lent *lent, uint64_t pages);
lender lend_huge_pages; /* so many, without a reservation */
lender lend_swap;	/* unless there is some; and nothing comes back from it uncalled */
lender lend_calm;

/* Takes all of it back. */
void lend_return(struct lent *lent);

/* Is there nothing to lend? */
bool huge_pages_are_free(uint64_t pages);
bool swap_comes_alone(void); /* no readahead */
bool khugepaged_is_calm(void); /* also: cannot be calmed, or is by somebody else */

#endif
