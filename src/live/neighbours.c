/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/neighbours.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "observe/proc.h"
#include "observe/uapi.h"

/*
 * Policies that mean the same on a machine with one node. The two adjacent VMAs can
 * rule out two, and the other half of a merge has one: four are enough.
 */
static const struct {
	int mode;
	bool node; /* names node 0 */
} policies[] = {{0, false} /* default */, {1, true} /* preferred */, {2, true} /* bind */,
		{4, false} /* local */};

struct mapping *mapping_below(const struct mappings *mappings, uint64_t address)
{
	for (size_t i = 0; i < mappings->n; i++)
		if (mappings->v[i].end == address)
			return &mappings->v[i];
	return NULL;
}

struct mapping *mapping_above(const struct mappings *mappings, uint64_t address)
{
	for (size_t i = 0; i < mappings->n; i++)
		if (mappings->v[i].start == address)
			return &mappings->v[i];
	return NULL;
}

static bool set_policy(struct live *live, struct mapping *mapping, unsigned policy, struct real *real)
{
	struct mailbox *box = live->remote.box;
	unsigned long *nodes = (unsigned long *)(void *)box->scratch;
	bool node = policies[policy].node;

	*nodes = 1;
	if (real_syscall(live, real, SYS_mbind, (long)mapping->start, (long)(mapping->end - mapping->start),
			 policies[policy].mode, node ? (long)(intptr_t)nodes : 0, node ? 64 : 0, 0)) {
		if (real->kind == REAL_REFUSED)
			real_impossible(real, "the kernel merges it with its neighbor at once");
		return false;
	}
	mapping->policy = policy;
	return true;
}

/* A policy that none of these has. */
static unsigned other_policy(const struct mapping *a, const struct mapping *b, bool not_default)
{
	unsigned policy = not_default ? 1 : 0;

	while ((a && a->policy == policy) || (b && b->policy == policy))
		policy++;
	return policy;
}

bool neighbours_part(struct live *live, uint64_t start, uint64_t end, struct real *real)
{
	struct mappings *mappings = &live->parent_mappings;
	struct mapping *below = mapping_below(mappings, start), *above = mapping_above(mappings, end);

	/* The new one will have the default. */
	if (below && !below->policy &&
	    !set_policy(live, below,
			other_policy(mapping_below(mappings, below->start), NULL, true), real))
		return false;
	return !above || above->policy ||
	       set_policy(live, above, other_policy(mapping_above(mappings, above->end), NULL, true),
			  real);
}

void neighbours_merge(struct live *live, const char *keep, const char *other, struct real *real)
{
	struct mappings *mappings = &live->parent_mappings;
	struct mapping *a = mappings_find(mappings, keep), *b = mappings_find(mappings, other);
	struct mapping *first, *second;
	struct proc_map map = {0};
	const struct proc_vma *vma;
	unsigned policy;

	if (!a || !b || (a->end != b->start && b->end != a->start)) {
		real_impossible(real, "they are not adjacent");
		return;
	}
	first = a->start < b->start ? a : b;
	second = first == a ? b : a;
	policy = other_policy(mapping_below(mappings, first->start), mapping_above(mappings, second->end),
			      false);
	if (!set_policy(live, first, policy, real) || !set_policy(live, second, policy, real))
		return;
	vma = proc_map_read(&map, live->parent.pid) ? proc_map_find(&map, first->start) : NULL;
	if (!vma || vma->start != first->start || vma->end != second->end) {
		/*
		 * Private memory that was written while a policy kept it apart has an
		 * anon_vma of its own, which it would have shared otherwise.
		 */
		if (first->shared && second->shared)
			real_refused(real, EINVAL);
		else
			real_impossible(real, "they may have got different anon_vmas while they were "
					      "apart; the kernel does not merge such VMAs");
	} else {
		first->end = second->end;
		memcpy(first->name, a->name, sizeof(first->name));
		second->name[0] = '\0';
		mappings_remove(mappings, "");
	}
	proc_map_deinit(&map);
}
