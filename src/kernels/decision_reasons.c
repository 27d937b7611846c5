/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why fork cannot meet a row of the table. Each input of the row that the flags it names allow
 * is held against the combinations that are impossible on every kernel, and against the flags
 * that this kernel does not have; the fewest of these that leave no input are the reason.
 */
#include "kernels/decision_table_private.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

/* Above that many unknown bits of both VMAs, the inputs are not looked at one by one. */
#define UNKNOWN_MAX 14

enum { REASONS_MAX = 12 };
#define NO_FLAG (UINT64_C(1) << unreachable_count) /* the reason behind those of unreachables[] */

/* The inputs of a row: flags that are clear, flags that may be set, and columns that must be. */
struct inputs {
	const struct decision_table *table;
	uint64_t must;	  /* columns */
	uint64_t free[2]; /* by enum vma_side */
	unsigned unknown; /* how many bits those are */
};

static struct inputs inputs_of(const struct decision_table *t, const struct table_row *row)
{
	struct inputs in = {.table = t, .must = row->inputs.value};
	uint64_t clear[2] = {0};

	for (size_t i = 0; i < t->input_count; i++) {
		const struct table_input *input = &t->inputs[i];

		if (!(row->inputs.care >> i & 1))
			continue;
		in.free[SIDE_SRC] |= input->flags & ~(VM_DONTCOPY | VM_WIPEONFORK);
		if (!(row->inputs.value >> i & 1))
			clear[input->side] |= input->flags;
	}
	in.free[SIDE_DST] = in.free[SIDE_SRC];
	for (int side = 0; side < 2; side++) {
		in.free[side] &= ~clear[side];
		in.unknown += (unsigned)__builtin_popcountll(in.free[side]);
	}
	return in;
}

/* Spreads the lowest bits of *bits over the ones of `to`, and takes them off. */
static uint64_t spread(unsigned *bits, uint64_t to)
{
	uint64_t flags = 0;

	for (; to; to &= to - 1, *bits >>= 1)
		if (*bits & 1)
			flags |= to & -to;
	return flags;
}

/* Input number n, if it has all that the row asks for. */
static bool input_at(const struct inputs *in, unsigned n, struct decision_input *input)
{
	uint64_t asked = 0;

	*input = (struct decision_input){.src = spread(&n, in->free[SIDE_SRC])};
	input->dst = spread(&n, in->free[SIDE_DST]);
	for (size_t i = 0; i < in->table->input_count; i++)
		if (in->table->inputs[i].flags & ~(VM_DONTCOPY | VM_WIPEONFORK))
			asked |= UINT64_C(1) << i;
	return !(in->must & asked & ~table_point(in->table, input));
}

static uint64_t reasons_against(const struct decision_input *input, uint64_t no_flags)
{
	uint64_t reasons = (input->src | input->dst) & no_flags ? NO_FLAG : 0;

	for (size_t i = 0; i < unreachable_count; i++)
		if (unreachables[i].is(input))
			reasons |= UINT64_C(1) << i;
	return reasons;
}

/* The fewest reasons of which each of these sets has one; 0: there are none. */
static uint64_t fewest(const uint64_t *sets, size_t n)
{
	uint64_t best = 0;

	for (uint64_t some = 1; some < 2 * NO_FLAG; some++) {
		size_t i = 0;

		while (i < n && sets[i] & some)
			i++;
		if (i == n && (!best || __builtin_popcountll(some) < __builtin_popcountll(best)))
			best = some;
	}
	return best;
}

void find_reasons(const struct decision_table *t, struct table_row *row, int k)
{
	struct inputs in = inputs_of(t, row);
	uint64_t *sets = xcalloc((size_t)2 << unreachable_count, sizeof(*sets)), reasons;
	uint64_t no_flags = 0; /* that it lacks, of those that the row names as set */
	struct decision_input input;
	size_t n = 0;

	assert(unreachable_count < REASONS_MAX);
	if (in.unknown <= UNKNOWN_MAX)
		budget_spend(t->budget, UINT64_C(1) << in.unknown);
	for (size_t i = 0; i < t->input_count; i++)
		if (row->inputs.value >> i & 1)
			no_flags |= t->inputs[i].flags & t->no_flags[k];
	for (unsigned i = 0; in.unknown <= UNKNOWN_MAX && i < 1u << in.unknown; i++) {
		size_t at = 0;

		if (!input_at(&in, i, &input))
			continue;
		reasons = reasons_against(&input, no_flags);
		while (at < n && sets[at] != reasons)
			at++;
		if (at == n)
			sets[n++] = reasons;
	}
	reasons = n ? fewest(sets, n) : 0;
	row->reasons[k] = reasons & ~NO_FLAG;
	row->no_flags[k] = reasons & NO_FLAG ? no_flags : 0;
	if (reasons)
		row->lacks[k] = 0;
	free(sets);
}
