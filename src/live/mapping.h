/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the VMAs of a process are for real, by name. */
#ifndef LIVE_MAPPING_H
#define LIVE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/mm.h"

struct place {
	char name[68];
	enum backing backing;
	bool shared;
	uint64_t start, end;
	bool moved;	     /* not where the model has it: drivers choose themselves */
	bool hidden_markers; /* hugetlb that was poisoned: pagemap would not show it */
	unsigned policy;     /* that keeps it apart from its neighbours; see neighbours.h */
	int fd;		     /* of the file behind it, in the subject; -1: none */
	uint64_t offset;     /* of its first byte in that file */
};

static inline uint64_t place_pages(const struct place *place)
{
	return (place->end - place->start) / PAGE_SIZE;
}

struct places {
	struct place *v; /* in order of address */
	size_t n, cap;
};

struct place *places_add(struct places *places, const struct place *place);
struct place *places_find(const struct places *places, const char *name);
void places_remove(struct places *places, const char *name);
void places_copy(struct places *to, const struct places *from);
void places_deinit(struct places *places);

#endif
