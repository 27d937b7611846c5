/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real addresses of the VMAs of a process, by name. */
#ifndef LIVE_MAPPING_H
#define LIVE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/mm.h"
#include "observe/paging.h"

struct mapping {
	char name[68];
	enum backing backing;
	bool shared;
	uint64_t start, end;
	bool moved;	     /* not at the address of the model: drivers choose theirs */
	bool hidden_markers; /* hugetlb that was poisoned: pagemap would not show it */
	unsigned policy;     /* that keeps it from being merged; see neighbours.h */
	int fd;		     /* of the mapped file, in the subject; -1: none */
	uint64_t offset;     /* of its first byte in that file */
};

static inline uint64_t mapping_pages(const struct mapping *mapping)
{
	return (mapping->end - mapping->start) / PAGE_SIZE;
}

struct mappings {
	struct mapping *v; /* in order of address */
	size_t n, cap;
};

struct mapping *mappings_add(struct mappings *mappings, const struct mapping *mapping);
struct mapping *mappings_find(const struct mappings *mappings, const char *name);
void mappings_remove(struct mappings *mappings, const char *name);
void mappings_copy(struct mappings *to, const struct mappings *from);
void mappings_deinit(struct mappings *mappings);

#endif
