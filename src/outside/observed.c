/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/observed.h"

#include <stdlib.h>
#include <string.h>

#include "report/sides.h"

void observed_free(struct observed *observed)
{
	if (!observed)
		return;
	for (int side = 0; side < SIDES; side++) {
		struct verdict *verdict = &observed->verdicts[side];

		for (size_t i = 0; i < verdict->difference_count; i++)
			free(verdict->differences[i]);
		free(verdict->differences);
		free(verdict->ended);
		kernel_free(verdict->kernel);
	}
	record_deinit(&observed->seen);
	free(observed->release);
	free(observed->version);
	free(observed->stopped);
	free(observed->machine);
	free(observed);
}

/* --- words ---------------------------------------------------------------------------- */

void observed_judged(struct observed *observed, const struct kernel *const kernels[SIDES])
{
	for (int side = 0; side < SIDES; side++) {
		kernel_free(observed->verdicts[side].kernel);
		observed->verdicts[side].kernel = kernel_copy(kernels[side]);
	}
}

/* The name alone is not enough: a profile file may have been edited and chosen again. */
static bool is_same(const struct kernel *a, const struct kernel *b)
{
	if (strcmp(a->name, b->name) || a->clause_count != b->clause_count ||
	    memcmp(a->behaviour, b->behaviour, sizeof(a->behaviour)) ||
	    a->uffd_features != b->uffd_features)
		return false;
	for (size_t i = 0; i < a->clause_count; i++)
		if (a->clauses[i].side != b->clauses[i].side ||
		    a->clauses[i].flags != b->clauses[i].flags)
			return false;
	return true;
}

static bool is_stale(const struct verdict *verdict, const struct kernel *now)
{
	return verdict->kernel && !is_same(verdict->kernel, now);
}

static bool verdicts_equal(const struct verdict *a, const struct verdict *b)
{
	return a->agree == b->agree && a->differ == b->differ && a->unseen == b->unseen;
}

static void add_summary(const struct observed *observed, const bool stale[SIDES], struct buf *out)
{
	const struct verdict *v = observed->verdicts;
	bool same = verdicts_equal(&v[LEFT], &v[RIGHT]) && !stale[LEFT] && !stale[RIGHT];

	buf_printf(out, "%s, observed:", observed->release);
	for (int side = 0; side < (same ? 1 : SIDES); side++) {
		buf_printf(out, "%s %s ", side ? ";" : "", same ? "both" : side_names[side]);
		if (stale[side])
			buf_puts(out, "not compared yet");
		else
			buf_printf(out, "%zu agree, %zu differ, %zu not observable", v[side].agree,
				   v[side].differ, v[side].unseen);
	}
	buf_putc(out, '\n');
}

static void add_differences(const struct verdict *verdict, const char *side, struct buf *out)
{
	for (size_t i = 0; i < verdict->difference_count; i++)
		buf_printf(out, "%s: %s\n", side, verdict->differences[i]);
}

static void add_stale(const struct kernel *then, const struct kernel *now, const char *side,
		      struct buf *out)
{
	buf_printf(out, "%s: is now %s, check %s; probe compared %s, check %s: run probe again\n", side,
		   now->name, kernel_check_word(now), then->name, kernel_check_word(then));
}

void observed_lines(const struct observed *observed, const struct kernel *const now[SIDES],
		    bool differences, struct buf *out)
{
	bool stale[SIDES];

	for (int side = 0; side < SIDES; side++) {
		const struct verdict *verdict = &observed->verdicts[side];

		stale[side] = is_stale(verdict, now[side]);
		if (stale[side]) {
			add_stale(verdict->kernel, now[side], side_names[side], out);
			continue;
		}
		if (differences)
			add_differences(verdict, side_names[side], out);
		if (verdict->ended)
			buf_printf(out, "%s: %s\n", side_names[side], verdict->ended);
	}
	if (observed->machine)
		buf_printf(out, "this machine has other settings: %s as the first command makes "
			   "them alike\n", observed->machine);
	if (observed->blind)
		buf_puts(out, "page frames cannot be seen here (vmafork-tui --doctor says more): which pages are shared, "
			      "and what faults copy, is not compared\n");
	add_summary(observed, stale, out);
	if (observed->stopped)
		buf_printf(out, "not carried out: %s\n", observed->stopped);
}

void observed_sides(const struct observed *observed, struct buf *out)
{
	const struct verdict *v = observed->verdicts;
	bool left = v[LEFT].differ, right = v[RIGHT].differ;

	if (observed->stopped && !observed->fork_count) {
		buf_puts(out, "so fork was not carried out, and neither side is compared");
		return;
	}
	if (observed->stopped)
		buf_puts(out, "until then, ");
	if (!v[LEFT].agree && !v[RIGHT].agree && !left && !right)
		buf_puts(out, "no fact could be compared");
	else if (left != right)
		buf_printf(out, "%s agrees, %s differs: this kernel behaves like %s", side_names[left],
			   side_names[!left], side_names[left]);
	else
		buf_printf(out, "both sides %s what the kernel did", left ? "differ from" : "agree with");
}

/* --- looking ---------------------------------------------------------------------------- */

const struct seen_moment *observed_moment(const struct observed *observed, const struct machine *m)
{
	const struct record *seen = &observed->seen;

	if (m->at_pages)
		return NULL;
	if (m->at >= m->event_count && observed->whole)
		return &seen->moments[seen->moment_count - 1];
	for (size_t i = 0; i < m->fork_count && i < observed->fork_count; i++)
		if (m->at == m->forks[i].end_event)
			return &seen->moments[i];
	return NULL;
}

struct seen_cost observed_cost(const struct observed *observed, const struct seen_moment *moment)
{
	struct seen_cost cost = {.faults = -1, .cow_copies = -1};
	const struct seen_moment *first = observed->seen.moments;

	if (!moment->fork)
		return observed->cost;
	for (const struct seen_moment *fork = first; fork <= moment; fork++) {
		seen_count(&cost.entries, fork->entries);
		seen_count(&cost.tables, fork->tables);
	}
	return cost;
}

int observed_decision(const struct observed *observed, size_t fork, uint64_t address)
{
	const struct seen_vma *vma = NULL;

	if (fork < observed->fork_count)
		vma = seen_vma_at(&observed->seen.moments[fork].parent, address);
	return vma ? vma->decision : SEEN_NO_DECISION;
}
