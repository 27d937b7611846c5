/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a machine can run out of: VMAs, and memory that was promised. Unlimited by default. */
#ifndef MODEL_LIMITS_H
#define MODEL_LIMITS_H

#include "model/machine.h"

/*
 * do_mmap(): may the process have one more mapping? The count is compared with >, so that it
 * can pass vm.max_map_count by one.
 */
bool may_map(const struct machine *m, const struct mm *mm, struct model_error *error);

/*
 * split_vma(): may a VMA have been split, when there were `before` VMAs? The count was compared
 * with >=. Not asked where a part was joined with a neighbor: that moves a boundary.
 */
bool may_have_split(const struct machine *m, const struct mm *mm, size_t before,
		    struct model_error *error);

/*
 * mremap(): may there be so many more VMAs? `after`: what the kernel has done before, for the
 * error.
 */
bool may_have_more(const struct machine *m, const struct mm *mm, unsigned more, const char *after,
		   struct model_error *error);

/*
 * Pages that processes and files have been promised (vm_committed_as), and those that the
 * kernel never takes back, to be compared with the limit; 0 without one, when nobody asks.
 */
uint64_t committed_pages(const struct machine *m);

/*
 * __vm_enough_memory() with vm.overcommit_memory 2, the kernel's reserves being 0: may so many
 * pages be promised in all?
 */
bool may_commit(const struct machine *m, uint64_t pages);
/* How many pages may be promised beside those that are; UINT64_MAX without a limit. */
uint64_t commit_room(const struct machine *m);
/* The same for `more` than there are; an error for a call that asks for them. */
bool may_commit_more(const struct machine *m, uint64_t more, struct model_error *error);

#endif
