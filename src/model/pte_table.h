/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entries of one PTE table. Many may hold a table at once (processes, points in time):
 * it is copied before it is changed unless there is one holder only.
 *
 * Runs of equal entries are kept in two parts. The shape says where runs begin, and which
 * kind of entry each is; the kinds say what those entries are. What fork does depends on the
 * kind, so that a table of any number of runs is copied by its few kinds, and the tables of
 * parent and child, before and after, share one shape. Kinds that fork makes alike stay apart,
 * so that the shape does; only where runs go on with each other then, it gets a new one:
 *
 *      shape   page 0: kind 0, frame 0   page 1: kind 1   page 2: kind 0, frame 1   ...
 *      kinds   0: present, dirty, frames from F7 on       1: none
 *
 * Copies of a machine have tables and shapes of their own, so that who holds what within
 * one machine, and with it what a change costs, does not depend on its copies. The runs of
 * a shape are shared, and copied when they change.
 */
#ifndef MODEL_PTE_TABLE_H
#define MODEL_PTE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/pte.h"

struct shape_run {
	uint16_t first; /* page within the table; the run ends where the next one begins */
	uint16_t kind;
	uint32_t frame; /* two's complement, to be added to the kind's */
};

struct pte_shape {
	uint32_t refs;
	uint16_t n, cap; /* runs */
	uint16_t pages;	 /* of the whole table */
	struct shape_run *run; /* perhaps shared with shapes of other machines */
};

struct pte_kind {
	uint64_t frame; /* 0: its entries have none */
	uint16_t attrs;
	uint8_t state;
	uint16_t uses;	/* by how many runs; 0: the place is free */
	uint16_t pages; /* of those runs */
	uint16_t low, high; /* none of those runs begins at a page below or above these */
};

struct pte_table {
	uint32_t refs;
	uint16_t n, cap; /* kinds */
	struct pte_shape *shape;
	struct pte_kind kind[];
};

/* All entries of a table: `table`, or if that is NULL, entries like `pte` (of the first page). */
struct entries {
	struct pte_table *table;
	struct pte pte;
};

/* What becomes of the entries of a kind. */
struct pte_change {
	uint16_t attrs;
	uint8_t state;
	bool no_frame; /* what had a frame loses it */
};

static inline struct pte_change pte_no_change(struct pte pte)
{
	return (struct pte_change){pte.attrs, pte.state, false};
}

static inline struct pte pte_changed(struct pte pte, struct pte_change change)
{
	return (struct pte){change.no_frame ? 0 : pte.frame, change.attrs, change.state};
}

/* The caller holds the result, whose pages are all like `pte`: it is there to be changed. */
struct pte_table *pte_table_create(unsigned pages, struct pte pte);

/* One more holder of it; one less. */
struct entries entries_get(struct entries entries);
void entries_put(struct entries entries);

/*
 * The entries for the copy of a machine whose process holds them. What fork's record holds,
 * too, the machines share, as they share the record.
 */
struct entries entries_copy(struct entries entries);

/* The run that holds the page; where a run ends: the first page after it. */
unsigned pte_table_find(const struct pte_table *table, unsigned page);

static inline unsigned pte_table_end(const struct pte_table *table, unsigned run)
{
	const struct pte_shape *shape = table->shape;

	return run + 1u < shape->n ? shape->run[run + 1].first : shape->pages;
}

static inline const struct pte_kind *pte_table_kind(const struct pte_table *table, unsigned run)
{
	return &table->kind[table->shape->run[run].kind];
}

/* The entry of the run's first page. */
static inline struct pte pte_table_run(const struct pte_table *table, unsigned run)
{
	const struct pte_kind *kind = pte_table_kind(table, run);
	uint64_t frame = kind->frame;

	if (frame)
		frame += (uint64_t)(int64_t)(int32_t)table->shape->run[run].frame;
	return (struct pte){frame, kind->attrs, kind->state};
}

/*
 * Makes the pages first..last like `pte`, frames counting on. The caller's hold goes over to
 * *table, which may be another one then.
 */
void pte_table_set(struct pte_table **table, unsigned first, unsigned last, struct pte pte);

/*
 * Makes a table in order of pages, which costs less than to set them: begin, append an entry
 * where it is not the one that goes on (the first at page 0), finish. The caller holds the result.
 */
struct pte_table *pte_table_begin(unsigned pages, unsigned runs);
void pte_table_append(struct pte_table **table, unsigned first, struct pte pte);
struct entries pte_table_finish(struct pte_table *table);

/* Are all its entries alike? Then *table is given up, and *entries says so without it. */
struct entries pte_table_settle(struct pte_table *table);

/* The table after change[i] has come over kind i. The caller holds the result. */
struct entries pte_table_map(struct pte_table *table, const struct pte_change *change);

/* Have both the same runs, with the same frames relative to each other, of the same kinds? */
bool pte_tables_alike(const struct pte_table *a, const struct pte_table *b);

/* Are its runs sorted and maximal, its kinds counted right? For tests. */
bool pte_table_is_sound(const struct pte_table *table);

/* Bytes that a change of it will allocate first, because somebody else holds it; or 0. */
uint64_t pte_table_shared_bytes(const struct pte_table *table);
/* Bytes that `entries` take which were made from `from`, or from nothing (NULL). */
uint64_t entries_bytes(struct entries entries, const struct pte_table *from);

/* Bytes of memory; and without what others would go on holding, of which a share is counted. */
struct bytes {
	uint64_t all, own;
};

/* Adds those of entries that a process holds. What fork's record holds, too, is counted there. */
void entries_add_bytes(struct entries entries, struct bytes *bytes);

#endif
