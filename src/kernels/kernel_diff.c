/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/kernel_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Steps of a budget: to look at a circumstance. */
#define CIRCUMSTANCE_STEPS 3
/* Finding the shortest condition compares every input with every other: so many a step. */
#define COMPARED_A_STEP 4

/* --- inputs ------------------------------------------------------------------------------ */

/* One input for both kernels, limited to the flags that one of them checks. */
struct input_row {
	struct decision_input input[2];
	int copies; /* which one copies alone, or -1 */
	uint32_t mappings;
};

struct input_table {
	const struct kernel *const *kernel;
	uint64_t flags;
	struct input_row *rows;
	size_t count, cap;
	uint32_t *slots; /* hash table: index plus 1 */
	size_t slot_count; /* a power of two, above twice the number of rows */
	struct budget *budget;
	uint64_t bytes; /* taken of it */
	uint32_t alone[2];
};

static bool same_input(const struct input_row *a, const struct input_row *b)
{
	for (int k = 0; k < 2; k++)
		if (a->input[k].src != b->input[k].src || a->input[k].dst != b->input[k].dst ||
		    a->input[k].anon_vma != b->input[k].anon_vma)
			return false;
	return true;
}

static size_t hash(const struct input_row *row)
{
	uint64_t h = 0;

	for (int k = 0; k < 2; k++) {
		h = (h ^ row->input[k].src) * UINT64_C(0x9e3779b97f4a7c15);
		h = (h ^ row->input[k].dst) * UINT64_C(0x9e3779b97f4a7c15);
		h = (h ^ row->input[k].anon_vma) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return (size_t)(h >> 20);
}

/* The slot that has the row, or a free one. */
static size_t find_slot(const struct input_table *t, const struct input_row *row)
{
	size_t slot = hash(row);

	for (;; slot++) {
		slot &= t->slot_count - 1;
		if (!t->slots[slot] || same_input(&t->rows[t->slots[slot] - 1], row))
			return slot;
	}
}

static bool charge(struct input_table *t, uint64_t bytes, uint64_t steps)
{
	t->bytes += bytes;
	return budget_take(t->budget, bytes) && budget_spend(t->budget, steps);
}

/* False: the budget is used up. */
static bool grow_slots(struct input_table *t)
{
	size_t count = t->slot_count ? 2 * t->slot_count : 1024;

	if (!charge(t, (count - t->slot_count) * (sizeof(*t->slots) + sizeof(*t->rows) / 2), count))
		return false;
	free(t->slots);
	t->slot_count = count;
	t->slots = xcalloc(count, sizeof(*t->slots));
	for (size_t i = 0; i < t->count; i++)
		t->slots[find_slot(t, &t->rows[i])] = (uint32_t)i + 1;
	return true;
}

static int copies_alone(const struct kernel *const kernel[2], const struct decision_input input[2])
{
	bool copies[2];

	for (int k = 0; k < 2; k++)
		copies[k] = vma_needs_copy(kernel[k], input[k].src, input[k].dst,
					   input[k].anon_vma).what == DECISION_COPY;
	return copies[0] == copies[1] ? -1 : copies[1];
}

static bool add_row(struct input_table *t, struct input_row *row, uint32_t mapping)
{
	size_t slot;

	if (2 * t->count >= t->slot_count && !grow_slots(t))
		return false;
	slot = find_slot(t, row);
	if (t->slots[slot]) {
		t->rows[t->slots[slot] - 1].mappings |= mapping;
		return true;
	}
	if (!charge(t, 0, t->count / COMPARED_A_STEP))
		return false;
	row->mappings = mapping;
	row->copies = copies_alone(t->kernel, row->input);
	GROW(t->rows, t->count, t->cap);
	t->rows[t->count++] = *row;
	t->slots[slot] = (uint32_t)t->count;
	return true;
}

static bool visit(const struct circumstance *c, void *arg)
{
	struct input_table *t = arg;
	enum lack lacks[2];
	struct input_row row = {0};

	for (int k = 0; k < 2; k++)
		lacks[k] = reach_lacks(t->kernel[k], c);
	if (!charge(t, 0, CIRCUMSTANCE_STEPS))
		return false;
	for (int k = 0; k < 2; k++)
		if (!lacks[k] && lacks[!k])
			t->alone[k] |= UINT32_C(1) << lacks[!k];
	if (lacks[0] || lacks[1])
		return true;
	for (int k = 0; k < 2; k++) {
		row.input[k] = reach_input(t->kernel[k], c);
		row.input[k].src &= t->flags;
		row.input[k].dst &= t->flags;
	}
	return add_row(t, &row, UINT32_C(1) << (2 * c->backing + c->shared));
}

/* --- variables ------------------------------------------------------------------------------ */

static bool value_at(const struct decision_input input[2], int flag, int kernel, int side)
{
	if (flag < 0)
		return input[kernel].anon_vma;
	return (side == SIDE_SRC ? input[kernel].src : input[kernel].dst) >> flag & 1;
}

static bool variable_value(const struct diff_variable *v, const struct decision_input input[2])
{
	int at = __builtin_ctz(v->where);

	return value_at(input, v->flag, at / 2, at % 2);
}

static bool always_equal(const struct input_table *t, const struct diff_variable *v, int kernel, int side)
{
	for (size_t i = 0; i < t->count; i++)
		if (variable_value(v, t->rows[i].input) !=
		    value_at(t->rows[i].input, v->flag, kernel, side))
			return false;
	return true;
}

static bool constant(const struct input_table *t, int flag, int kernel, int side)
{
	for (size_t i = 1; i < t->count; i++)
		if (value_at(t->rows[i].input, flag, kernel, side) !=
		    value_at(t->rows[0].input, flag, kernel, side))
			return false;
	return true;
}

/* A flag that is equal on several of the four VMAs, in every input, is one variable. */
static bool add_variables(struct kernel_diff *diff, const struct input_table *t, int flag)
{
	size_t first = diff->variable_count;

	for (int kernel = 0; kernel < 2; kernel++)
		for (int side = SIDE_SRC; side <= SIDE_DST; side++) {
			size_t i = first;

			if ((flag < 0 && side == SIDE_DST) || constant(t, flag, kernel, side))
				continue;
			while (i < diff->variable_count &&
			       !always_equal(t, &diff->variables[i], kernel, side))
				i++;
			if (i == ARRAY_SIZE(diff->variables))
				return false;
			if (i == diff->variable_count)
				diff->variables[diff->variable_count++].flag = flag;
			diff->variables[i].where |= DIFF_AT(kernel, side);
		}
	return true;
}

static uint64_t point(const struct kernel_diff *diff, const struct decision_input input[2])
{
	uint64_t bits = 0;

	for (size_t i = 0; i < diff->variable_count; i++)
		if (variable_value(&diff->variables[i], input))
			bits |= UINT64_C(1) << i;
	return bits;
}

/* --- cases ---------------------------------------------------------------------------------- */

/* The inputs on which that kernel copies alone, against all others. */
static void find_cases(struct kernel_diff *diff, const struct input_table *t, int copies)
{
	uint64_t *on = xcalloc(t->count + 1, sizeof(*on)), *off = xcalloc(t->count + 1, sizeof(*off));
	size_t on_count = 0, off_count = 0, n;
	struct cube *cubes;
	bool exact;

	for (size_t i = 0; i < t->count; i++) {
		uint64_t p = point(diff, t->rows[i].input);

		if (t->rows[i].copies == copies)
			on[on_count++] = p;
		else
			off[off_count++] = p;
	}
	cubes = minimise(on, on_count, off, off_count, &n, &exact);
	diff->differ += on_count;
	diff->exact = diff->exact && exact;
	diff->cases = xrealloc(diff->cases, diff->case_count + n + 1, sizeof(*diff->cases));
	for (size_t i = 0; i < n; i++) {
		struct diff_case c = {.copies = copies, .cube = cubes[i]};

		for (size_t r = 0; r < t->count; r++)
			if (cube_has(c.cube, point(diff, t->rows[r].input))) {
				c.mappings |= t->rows[r].mappings;
				c.inputs++;
			}
		diff->cases[diff->case_count++] = c;
	}
	free(cubes);
	free(on);
	free(off);
}

/* The case that most kinds of mappings can have comes first. */
static int by_reach(const void *a, const void *b)
{
	const struct diff_case *c = a, *d = b;
	int more = __builtin_popcount(d->mappings) - __builtin_popcount(c->mappings);

	if (more)
		return more;
	if (c->inputs != d->inputs)
		return c->inputs < d->inputs ? 1 : -1;
	if (c->cube.care != d->cube.care)
		return c->cube.care < d->cube.care ? -1 : 1;
	return c->cube.value < d->cube.value ? -1 : c->cube.value > d->cube.value;
}

static void name_kernels(struct kernel_diff *diff)
{
	static const char *const which[] = {"first", "second"};
	bool same = !strcmp(diff->kernel[0]->name, diff->kernel[1]->name);

	for (int k = 0; k < 2; k++) {
		struct buf name = {0};

		if (same)
			buf_printf(&name, "the %s %s", which[k], diff->kernel[k]->name);
		else
			buf_puts(&name, diff->kernel[k]->name);
		diff->name[k] = buf_take(&name);
	}
}

bool refuse_flags(char *const names[2], uint64_t flags, const struct budget *budget,
		  struct vf_error *error)
{
	struct vf_error why;
	bool lasts = budget_check(budget, &why);

	vf_error_set(error, "%s and %s look for so many flags (%d) that not all inputs of the "
			    "decision can be looked at%s%.200s", names[0], names[1],
		     __builtin_popcountll(flags), lasts ? "" : ": ", lasts ? "" : why.message);
	vf_error_hint(error, "compare profiles that look for fewer flags%s%.150s",
		      lasts ? "" : ", or ", lasts ? "" : why.hint);
	return false;
}

struct kernel_diff *kernel_diff_create(const struct kernel *a, const struct kernel *b,
				       struct budget *budget, struct vf_error *error)
{
	struct kernel_diff *diff = xcalloc(1, sizeof(*diff));
	struct input_table table = {.kernel = diff->kernel, .budget = budget};
	bool ok;

	diff->kernel[0] = a;
	diff->kernel[1] = b;
	diff->exact = true;
	name_kernels(diff);
	table.flags = kernel_looks_for(a) | kernel_looks_for(b);
	ok = reach_each(table.flags, visit, &table);
	for (int flag = -1; ok && flag < VM_FLAG_COUNT; flag++)
		if (flag < 0 || table.flags >> flag & 1)
			ok = add_variables(diff, &table, flag);
	if (ok) {
		diff->inputs = table.count;
		find_cases(diff, &table, 0);
		find_cases(diff, &table, 1);
		qsort(diff->cases, diff->case_count, sizeof(*diff->cases), by_reach);
		memcpy(diff->alone, table.alone, sizeof(diff->alone));
	} else {
		refuse_flags(diff->name, table.flags, budget, error);
		kernel_diff_free(diff);
		diff = NULL;
	}
	budget_give(budget, table.bytes);
	free(table.rows);
	free(table.slots);
	return diff;
}

void kernel_diff_free(struct kernel_diff *diff)
{
	if (!diff)
		return;
	free(diff->name[0]);
	free(diff->name[1]);
	free(diff->cases);
	free(diff);
}

int kernel_diff_says(const struct kernel_diff *diff, const struct decision_input input[2])
{
	uint64_t p = point(diff, input);

	for (size_t i = 0; i < diff->case_count; i++)
		if (cube_has(diff->cases[i].cube, p))
			return diff->cases[i].copies;
	return -1;
}
