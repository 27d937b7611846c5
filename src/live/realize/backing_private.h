/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the files that make mappings: a mapping in the making, and the file that it maps. */
#ifndef LIVE_BACKING_PRIVATE_H
#define LIVE_BACKING_PRIVATE_H

#include "live/realize/realize_private.h"

/* A mapping that is being made. */
struct making {
	struct live *live;
	const struct command *command;
	const struct mmap_args *args;
	const struct vm_area *model; /* the VMA that holds its first page; NULL: the model refuses it */
	struct mapping mapping;
	struct real *real;
};

/* What the process has mapped at that address; NULL: nothing. */
const struct mapping *mapping_at(const struct live *live, uint64_t address);

/*
 * The file of a mapping, a new one or another mapping's, as long as it has to be for `length`
 * bytes of it; sets m->mapping.offset. -1: real says why not.
 */
long open_file(struct making *m, uint64_t length);
/* In memory: shmem or hugetlb. */
long open_memfd(struct making *m, uint64_t length);
long open_secret(struct making *m);

#endif
