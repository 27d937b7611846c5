/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many events of fork as one: the entries of one VMA's walk, or a part of it, table by table.
 *
 * What fork does with an entry is a function of its sort: state, attributes and kind of frame.
 * A group keeps the tables of before, those of after, and that function. It is opened into
 * events (one a run) when somebody looks, and played forth and back by whole tables.
 */
#ifndef MODEL_FORK_ENTRY_GROUP_H
#define MODEL_FORK_ENTRY_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/events.h"
#include "model/fork/entry_rules.h"

/* A PTE table, or a stretch of tables whose entries are all alike. */
struct group_part {
	uint64_t first, last; /* pages of the walk */
	uint64_t entries;     /* that the parts before put into the child */
	uint32_t events;      /* of the parts before */
	bool goes_on;	      /* its first run began in the part before */
	/* The parent's, and the child's, before and after; without a table: of page `first` */
	struct entries before, after;
	struct entries child_before, child;
};

struct entry_group {
	uint64_t first, end; /* pages first .. end - 1 */
	uint64_t entries;
	uint64_t bytes; /* that it takes, with its tables */
	uint32_t refs;	/* machines that have it: one, and copies of it */
	uint32_t count; /* events: runs that are not none */
	struct entry_rules rules;
	struct group_part *part;
	size_t parts, part_cap;
};

/* A run of entries, or what of it lies in a part. */
struct part_run {
	uint64_t first, last;
	struct pte pte; /* the parent's, before */
};

void entry_group_put(struct entry_group *group); /* one machine less; NULL is fine */

/*
 * The first event from `event` on or, not forward, the last one up to it whose rule is one of
 * `wanted`: bit i is rules.v[i]. group->count: there is none. Costs grow with the tables of the
 * group, and with the runs of few of them.
 */
uint32_t entry_group_find(const struct entry_group *group, uint32_t event, bool forward,
			  uint64_t wanted);

/* The next run of a part from `page` on; false: the part has no more. */
bool part_run_at(const struct group_part *part, uint64_t page, struct part_run *run);

/* How many events begin in a part, and in which part an event begins. */
uint32_t group_part_events(const struct entry_group *group, size_t part);
size_t entry_group_part(const struct entry_group *group, uint32_t event);

/* The last page of the run that ends a part, which may go on behind it. */
uint64_t entry_group_run_end(const struct entry_group *group, size_t part);

/* The page at which an event begins; group->count: the end. */
uint64_t entry_group_page(const struct entry_group *group, uint32_t event);

/* Opens a part: the events that begin there, as many as group_part_events(), to be freed. */
struct event *entry_group_open(const struct event *event, size_t part);

/*
 * Makes pages from .. to - 1 what they are after fork (forward), or what they were before.
 * `cost` follows.
 */
void entry_group_play(const struct event *event, uint64_t from, uint64_t to, bool forward,
		      struct cost *cost);

#endif
