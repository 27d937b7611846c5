/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/neighbours.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "observe/proc.h"
#include "observe/uapi.h"

/*
 * Policies that mean the same on a machine with one node. A VMA's neighbours can
 * rule out two, and the other half of a merge has one: four are enough.
 */
static const struct {
	int mode;
	bool node; /* names node 0 */
} policies[] = {{0, false} /* default */, {1, true} /* preferred */, {2, true} /* bind */,
		{4, false} /* local */};

struct place *place_below(const struct places *places, uint64_t address)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->v[i].end == address)
			return &places->v[i];
	return NULL;
}

struct place *place_above(const struct places *places, uint64_t address)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->v[i].start == address)
			return &places->v[i];
	return NULL;
}

static bool set_policy(struct live *live, struct place *place, unsigned policy, struct real *real)
{
	struct mailbox *box = live->remote.box;
	unsigned long *nodes = (unsigned long *)(void *)box->scratch;
	bool node = policies[policy].node;

	*nodes = 1;
	if (real_syscall(live, real, SYS_mbind, (long)place->start, (long)(place->end - place->start),
			 policies[policy].mode, node ? (long)(intptr_t)nodes : 0, node ? 64 : 0, 0)) {
		if (real->kind == REAL_REFUSED)
			real_impossible(real, "the kernel merges it with its neighbour at once");
		return false;
	}
	place->policy = policy;
	return true;
}

/* A policy that none of these has. */
static unsigned other_policy(const struct place *a, const struct place *b, bool not_default)
{
	unsigned policy = not_default ? 1 : 0;

	while ((a && a->policy == policy) || (b && b->policy == policy))
		policy++;
	return policy;
}

bool neighbours_part(struct live *live, uint64_t start, uint64_t end, struct real *real)
{
	struct places *places = &live->parent_places;
	struct place *below = place_below(places, start), *above = place_above(places, end);

	/* The new one will have the default. */
	if (below && !below->policy &&
	    !set_policy(live, below,
			other_policy(place_below(places, below->start), NULL, true), real))
		return false;
	return !above || above->policy ||
	       set_policy(live, above, other_policy(place_above(places, above->end), NULL, true),
			  real);
}

void neighbours_merge(struct live *live, const char *keep, const char *other, struct real *real)
{
	struct places *places = &live->parent_places;
	struct place *a = places_find(places, keep), *b = places_find(places, other);
	struct place *first, *second;
	struct proc_map map = {0};
	const struct proc_vma *vma;
	unsigned policy;

	if (!a || !b || (a->end != b->start && b->end != a->start)) {
		real_impossible(real, "they are not adjacent");
		return;
	}
	first = a->start < b->start ? a : b;
	second = first == a ? b : a;
	policy = other_policy(place_below(places, first->start), place_above(places, second->end),
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
		places_remove(places, "");
	}
	proc_map_deinit(&map);
}
