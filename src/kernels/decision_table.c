/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/decision_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/decision_table_private.h"
#include "kernels/kernel_diff.h"
#include "model/machine.h"
#include "model/syscalls.h"

/* Steps of a budget: to add a row, and to look at a circumstance. */
#define ROW_STEPS 20
#define CIRCUMSTANCE_STEPS 8
/* The row of an input is found by looking at each: so many a step. */
#define LOOKED_AT_A_STEP 8

/* --- inputs ------------------------------------------------------------------------------ */

/* Who asks: a bit for each clause of the two kernels. */
static uint32_t asked_by(const struct decision_table *t, enum vma_side side, uint64_t flag)
{
	uint32_t clauses = 0;

	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < t->kernel[k]->clause_count; i++) {
			const struct clause *clause = &t->kernel[k]->clauses[i];

			if (clause->side == side && (flag ? clause->flags & flag : !clause->flags))
				clauses |= UINT32_C(1) << (CLAUSES_MAX * (unsigned)k + i);
		}
	return clauses;
}

/* What fork does to a flag in the child: clears it or not, and when. */
static int fate(uint64_t flag)
{
	return flag & VM_UFFD_FLAGS ? 0 : flag & (VM_LOCKED | VM_LOCKONFAULT) ? 1 : 2;
}

/* Are two flags asked by the same clauses, and treated alike by fork? They are one input then. */
static bool asked_alike(const struct decision_table *t, uint64_t a, uint64_t b)
{
	return asked_by(t, SIDE_SRC, a) == asked_by(t, SIDE_SRC, b) &&
	       asked_by(t, SIDE_DST, a) == asked_by(t, SIDE_DST, b) && fate(a) == fate(b) &&
	       !((a | b) & (VM_DONTCOPY | VM_WIPEONFORK));
}

static uint32_t asks_of(const struct decision_table *t, const struct table_input *input)
{
	return asked_by(t, input->side, input->flags & -input->flags);
}

/* dup_mmap() asks first, then those come that both kernels ask, then the first kernel's own. */
static int rank(const struct decision_table *t, const struct table_input *input)
{
	uint32_t asks = asks_of(t, input), first = asks & ((1u << CLAUSES_MAX) - 1);

	if (input->flags == VM_DONTCOPY && input->side == SIDE_SRC)
		return 0;
	if (input->flags == VM_WIPEONFORK && input->side == SIDE_DST)
		return 1;
	return first && asks != first ? 2 : first ? 3 : 4;
}

static bool add_input(struct decision_table *t, struct table_input input)
{
	size_t at = t->input_count;

	if (at == TABLE_INPUTS_MAX)
		return false;
	while (at && rank(t, &t->inputs[at - 1]) > rank(t, &input)) {
		t->inputs[at] = t->inputs[at - 1];
		at--;
	}
	t->inputs[at] = input;
	t->input_count++;
	return true;
}

static bool has_flag(const struct decision_table *t, enum vma_side side, uint64_t flag)
{
	for (size_t i = 0; i < t->input_count; i++)
		if (t->inputs[i].side == side && t->inputs[i].flags & flag)
			return true;
	return false;
}

/* The inputs of one clause that are not there yet. */
static bool add_clause(struct decision_table *t, const struct clause *clause)
{
	uint64_t both = kernel_looks_for(t->kernel[0]) | kernel_looks_for(t->kernel[1]);

	for (uint64_t rest = clause->flags; rest; rest &= rest - 1) {
		uint64_t flag = rest & -rest;
		struct table_input input = {.side = clause->side};

		if (has_flag(t, clause->side, flag))
			continue;
		for (uint64_t others = both; others; others &= others - 1)
			if ((others & -others) == flag || asked_alike(t, flag, others & -others))
				input.flags |= others & -others;
		if (!add_input(t, input))
			return false;
	}
	return true;
}

static bool add_inputs(struct decision_table *t)
{
	bool anon_vma = false, ok;

	ok = add_input(t, (struct table_input){SIDE_SRC, VM_DONTCOPY}) &&
	     add_input(t, (struct table_input){SIDE_DST, VM_WIPEONFORK});
	for (int k = 0; ok && k < 2; k++)
		for (size_t i = 0; ok && i < t->kernel[k]->clause_count; i++) {
			const struct clause *clause = &t->kernel[k]->clauses[i];

			if (clause->flags)
				ok = add_clause(t, clause);
			else if (!anon_vma)
				ok = anon_vma = add_input(t, (struct table_input){SIDE_SRC, 0});
		}
	return ok;
}

uint64_t table_point(const struct decision_table *t, const struct decision_input *input)
{
	uint64_t point = 0;

	for (size_t i = 0; i < t->input_count; i++) {
		const struct table_input *in = &t->inputs[i];
		uint64_t flags = in->side == SIDE_SRC ? input->src : input->dst;

		if (in->flags ? flags & in->flags : input->anon_vma)
			point |= UINT64_C(1) << i;
	}
	return point;
}

struct decision_input table_input_at(const struct decision_table *t, uint64_t point)
{
	struct decision_input input = {0};

	for (size_t i = 0; i < t->input_count; i++) {
		const struct table_input *in = &t->inputs[i];

		if (!(point >> i & 1))
			continue;
		if (!in->flags)
			input.anon_vma = true;
		*(in->side == SIDE_SRC ? &input.src : &input.dst) |= in->flags;
	}
	return input;
}

/* --- rows -------------------------------------------------------------------------------- */

static int answer_at(const struct decision_table *t, int k, uint64_t point)
{
	struct decision_input input = table_input_at(t, point);

	return (int)dup_mmap_decides(t->kernel[k], input.src, input.dst, input.anon_vma).what;
}

/*
 * The answer of a kernel to all inputs of a cube, or -1: there are several. An input that is
 * set never turns an answer back into the one without it, so both ends say enough.
 */
static int answer(const struct decision_table *t, int k, struct cube cube)
{
	uint64_t all = t->input_count < 64 ? (UINT64_C(1) << t->input_count) - 1 : UINT64_MAX;
	int none = answer_at(t, k, cube.value);
	int every = answer_at(t, k, cube.value | (all & ~cube.care));

	return none == every ? none : -1;
}

/* Does a kernel that has not answered yet ask for it? */
static bool matters(const struct decision_table *t, size_t i, const int answers[2])
{
	uint32_t asks = asks_of(t, &t->inputs[i]);

	if (rank(t, &t->inputs[i]) < 2)
		return true;
	return (answers[0] < 0 && asks & ((1u << CLAUSES_MAX) - 1)) ||
	       (answers[1] < 0 && asks >> CLAUSES_MAX);
}

/* The rows of a cube, which names inputs before number i only. */
static bool add_rows(struct decision_table *t, struct cube cube, size_t i)
{
	int answers[2] = {answer(t, 0, cube), answer(t, 1, cube)};

	if (answers[0] >= 0 && answers[1] >= 0) {
		GROW(t->rows, t->row_count, t->row_cap);
		t->rows[t->row_count++] = (struct table_row){
			.inputs = cube, .answer = {answers[0], answers[1]}};
		return budget_take(t->budget, sizeof(*t->rows)) &&
		       budget_spend(t->budget, ROW_STEPS);
	}
	while (!matters(t, i, answers))
		i++;
	cube.care |= UINT64_C(1) << i;
	return add_rows(t, (struct cube){cube.care, cube.value | UINT64_C(1) << i}, i + 1) &&
	       add_rows(t, cube, i + 1);
}

struct table_row *table_row_of(const struct decision_table *t, const struct decision_input *input)
{
	uint64_t point = table_point(t, input);
	size_t i = 0;

	while (!cube_has(t->rows[i].inputs, point))
		i++;
	return &t->rows[i];
}

/* --- what fork can meet ------------------------------------------------------------------ */

/* Marks the rows of one circumstance; bypass: VM_DONTCOPY, VM_WIPEONFORK or 0, set as well. */
static void mark(struct decision_table *t, const struct circumstance *c, uint64_t bypass)
{
	struct table_row *row[2];
	bool driver = c->backing == BACKING_PFNMAP || c->backing == BACKING_MIXEDMAP;

	for (int k = 0; k < 2; k++) {
		struct decision_input input = reach_input(t->kernel[k], c);
		enum lack lack = reach_lacks(t->kernel[k], c);

		input.src |= bypass;
		input.dst |= bypass;
		row[k] = table_row_of(t, &input);
		if (lack) {
			row[k]->lacks[k] |= UINT32_C(1) << lack;
			row[k] = NULL;
		} else {
			row[k]->reached[k] = true;
			row[k]->by_calls[k] |= !driver;
		}
	}
	if (row[0] && row[0] == row[1])
		row[0]->together = true;
}

static bool visit(const struct circumstance *c, void *arg)
{
	struct decision_table *t = arg;

	mark(t, c, 0);
	for (uint64_t rest = reach_bypasses(c); rest; rest &= rest - 1)
		mark(t, c, rest & -rest);
	return budget_spend(t->budget, CIRCUMSTANCE_STEPS + t->row_count / LOOKED_AT_A_STEP);
}

/* --- all of it --------------------------------------------------------------------------- */

/* Kernels with the same name are distinguished by their check, or by their order. */
static void name_kernels(struct decision_table *t)
{
	const char *check[2] = {kernel_check_word(t->kernel[0]), kernel_check_word(t->kernel[1])};
	bool same = !strcmp(t->kernel[0]->name, t->kernel[1]->name);

	for (int k = 0; k < 2; k++) {
		struct buf name = {0};

		if (same && !strcmp(check[0], check[1]))
			buf_printf(&name, "the %s %s", k ? "second" : "first", t->kernel[k]->name);
		else if (same)
			buf_printf(&name, "%s (check %s)", t->kernel[k]->name, check[k]);
		else
			buf_puts(&name, t->kernel[k]->name);
		t->name[k] = buf_take(&name);
	}
}

static uint64_t flags_missing(const struct kernel *kernel)
{
	struct machine *m = machine_create(kernel, NULL);
	struct model_error ignored;
	uint64_t flags = 0;

	for (int flag = 0; flag < VM_FLAG_COUNT; flag++)
		if (!kernel_has_flags(m, UINT64_C(1) << flag, &ignored))
			flags |= UINT64_C(1) << flag;
	machine_free(m);
	return flags;
}

struct decision_table *decision_table_create(const struct kernel *a, const struct kernel *b,
					     struct budget *budget, struct vf_error *error)
{
	uint64_t flags = kernel_looks_for(a) | kernel_looks_for(b);
	struct decision_table *t = xcalloc(1, sizeof(*t));
	bool ok;

	t->budget = budget;
	t->kernel[0] = a;
	t->kernel[1] = b;
	name_kernels(t);
	t->no_flags[0] = flags_missing(a);
	t->no_flags[1] = flags_missing(b);
	ok = add_inputs(t) && add_rows(t, (struct cube){0}, 0) && reach_each(flags, visit, t);
	for (size_t i = 0; ok && i < t->row_count; i++)
		for (int k = 0; k < 2; k++)
			if (!t->rows[i].reached[k])
				find_reasons(t, &t->rows[i], k);
	if (ok && budget_lasts(budget))
		return t;
	refuse_flags(t->name, flags, budget, error);
	decision_table_free(t);
	return NULL;
}

void decision_table_free(struct decision_table *t)
{
	if (!t)
		return;
	free(t->name[0]);
	free(t->name[1]);
	budget_give(t->budget, t->row_count * sizeof(*t->rows));
	free(t->rows);
	free(t);
}
