/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the files that model mremap. */
#ifndef MODEL_MREMAP_PRIVATE_H
#define MODEL_MREMAP_PRIVATE_H

#include "model/machine.h"

/* Entries that move, in pages. */
struct table_move {
	struct machine *m;
	struct mm *mm;
	uint64_t old, last; /* from here */
	uint64_t new;	    /* to here */
	bool hugetlb, anonymous;
	bool clear_uffd_wp; /* the VMA loses its userfaultfd, and entries their bits */
	bool whole_tables;  /* page tables may be moved as they are */
};

/*
 * move_page_tables(): moves the entries, and whole page tables where they have the same place
 * in the table above. The copy of the VMA is there already.
 */
void move_page_tables(struct table_move move);

/* Of hugetlb: are the entries moved where they belong, over tables that do not exist? */
bool hugetlb_move_fits(const struct table_move *move);

#endif
