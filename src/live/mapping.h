/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How each NAME of a scenario is mapped for real. */
#ifndef LIVE_MAPPING_H
#define LIVE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/mm.h"
#include "observe/paging.h"

/* All addresses that it was given, mapped still or not. */
struct mapping {
	enum backing backing;
	bool shared;
	uint64_t start, end; /* start == end: this process never had it */
	uint64_t model;	     /* where the model has it; a driver chooses another place */
	bool hidden_markers; /* hugetlb that was poisoned: pagemap would not show it */
	unsigned policy;     /* memory policy: see policies.c */
	int fd;		     /* of the mapped file, in the subject; -1: none */
	uint64_t offset;     /* of its first byte in that file */
};

static inline uint64_t mapping_pages(const struct mapping *mapping)
{
	return (mapping->end - mapping->start) / PAGE_SIZE;
}

/* Is it somewhere else than in the model? */
static inline bool mapping_moved(const struct mapping *mapping)
{
	return mapping->start != mapping->model;
}

/* Where the page is that has this number in the model. */
static inline uint64_t mapping_address(const struct mapping *mapping, uint64_t page)
{
	return page * PAGE_SIZE - mapping->model + mapping->start;
}

/* Of a process, by id of the name: the model numbers them. */
struct mappings {
	struct mapping *v;
	size_t n;
};

void mappings_set(struct mappings *mappings, const struct name *name, const struct mapping *mapping);
/* NULL: this process never had it. */
struct mapping *mappings_find(const struct mappings *mappings, const struct name *name);
void mappings_copy(struct mappings *to, const struct mappings *from);
void mappings_deinit(struct mappings *mappings);

#endif
