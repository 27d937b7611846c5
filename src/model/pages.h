/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages of an address space as runs of equal entries.
 *
 * A page has a number: its address without the offset. A terabyte that was touched
 * evenly is one run. Runs are maximal, they cover all numbers without a hole (a page
 * without an entry belongs to a run of PTE_NONE).
 *
 *      page    0x1000         0x1002 0x1003
 *      ... none| present      | none | present ..............| none ...
 *      frame   F7 F8                 F10 F11 ... one frame a page, counted on
 *
 * They are stored by page table: PTE tables in which not all entries are alike, each by
 * itself; and stretches of tables that are alike through and through, of any length.
 */
#ifndef MODEL_PAGES_H
#define MODEL_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pte.h"
#include "model/pte_table.h"

struct runs_item {
	uint64_t first; /* number of a PTE table: page >> table_bits */
	struct entries entries; /* of it; without a table: of all up to the next item */
};

/* In chunks of bounded size, so that a change anywhere costs the logarithm of their number. */
struct runs_chunk {
	struct runs_item *v;
	size_t n, cap;
};

struct item_place {
	size_t c, i; /* chunk, and item of it */
};

struct runs {
	struct runs_chunk *chunk;
	size_t chunks, cap;
	size_t count;	/* items in all of them */
	uint64_t pages; /* 0 to pages - 1 */
	unsigned table_bits;
	struct item_place *looked; /* where the last look was: the next one is often there */
};

void runs_init(struct runs *runs, uint64_t pages, unsigned table_bits);
void runs_deinit(struct runs *runs);
/* For the copy of a machine, as entries_copy() says. `to` must be zeroed. */
void runs_copy(struct runs *to, const struct runs *from);

/*
 * The entry of `page`; *last: the last page of its run. To iterate over all runs:
 * for (page = 0; page < runs.pages; page = last + 1).
 */
struct pte runs_at(const struct runs *runs, uint64_t page, uint64_t *last);

/* The same for pages that differ only in their frames. */
struct pte runs_alike(const struct runs *runs, uint64_t page, uint64_t *last);

/*
 * Do both have entries at `page` that differ in nothing but their frames? Up to *last, which
 * comes as the last page of interest, the answer is the same.
 */
bool runs_agree(const struct runs *a, const struct runs *b, uint64_t page, uint64_t *last);

/*
 * All of them from `page` on, one after the other, without looking for each. The runs must not
 * change meanwhile.
 */
struct runs_walk {
	const struct runs *runs;
	struct item_place at;
	unsigned run; /* of the item, if that is a table */
	uint64_t page; /* the first of the next one; runs->pages at the end */
};
struct runs_walk runs_walk_from(const struct runs *runs, uint64_t page);
/* The next one, as runs_alike(). */
struct pte runs_walk_next(struct runs_walk *walk, uint64_t *last);

/* Where the run that holds `page` begins. */
uint64_t runs_first(const struct runs *runs, uint64_t page);

/* Makes first..last entries like `pte`, frames counting on. */
void runs_set(struct runs *runs, uint64_t first, uint64_t last, struct pte pte);

/*
 * The entries of a PTE table, which `runs` goes on holding. *last: those up to that table
 * have none of their own either, and go on with the same entries.
 */
struct entries runs_table(const struct runs *runs, uint64_t table, uint64_t *last);

/* Gives a PTE table these entries; the caller goes on holding them. */
void runs_put(struct runs *runs, uint64_t table, struct entries entries);

/* Adds what they take. */
void runs_add_bytes(const struct runs *runs, struct bytes *bytes);

/* Do they satisfy the invariants above? For tests. */
bool runs_are_sound(const struct runs *runs);

#endif
