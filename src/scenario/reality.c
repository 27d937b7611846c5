/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/reality.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/session.h"

void reality_free(struct reality *reality)
{
	if (!reality)
		return;
	for (int side = 0; side < SIDES; side++) {
		struct verdict *verdict = &reality->verdicts[side];

		for (size_t i = 0; i < verdict->difference_count; i++)
			free(verdict->differences[i]);
		free(verdict->differences);
		free(verdict->ended);
	}
	record_deinit(&reality->seen);
	free(reality->release);
	free(reality->version);
	free(reality->stopped);
	free(reality->machine);
	free(reality);
}

/* --- words ---------------------------------------------------------------------------- */

static bool verdicts_equal(const struct verdict *a, const struct verdict *b)
{
	return a->agree == b->agree && a->differ == b->differ && a->unseen == b->unseen;
}

void reality_summary(const struct reality *reality, struct buf *out)
{
	const struct verdict *v = reality->verdicts;
	bool same = verdicts_equal(&v[LEFT], &v[RIGHT]);

	buf_printf(out, "%s, seen here:", reality->release);
	for (int side = 0; side < (same ? 1 : SIDES); side++)
		buf_printf(out, "%s %s %zu agree, %zu differ, %zu not observable",
			   side ? ";" : "", same ? "both" : side_names[side], v[side].agree,
			   v[side].differ, v[side].unseen);
	buf_putc(out, '\n');
}

void reality_lines(const struct reality *reality, bool differences, struct buf *out)
{
	for (int side = 0; side < SIDES; side++) {
		const struct verdict *verdict = &reality->verdicts[side];

		for (size_t i = 0; differences && i < verdict->difference_count; i++)
			buf_printf(out, "%s: %s\n", side_names[side], verdict->differences[i]);
		if (verdict->ended)
			buf_printf(out, "%s: %s\n", side_names[side], verdict->ended);
	}
	if (reality->stopped)
		buf_printf(out, "not carried out: %s\n", reality->stopped);
	if (reality->machine)
		buf_printf(out, "this machine is set otherwise; %s as the first command makes them "
			   "alike\n", reality->machine);
	reality_summary(reality, out);
}

/* --- looking ---------------------------------------------------------------------------- */

const struct seen_moment *reality_moment(const struct reality *reality, const struct machine *m)
{
	const struct record *seen = &reality->seen;

	if (m->at_pages)
		return NULL;
	if (m->at >= m->event_count && reality->whole)
		return &seen->moments[seen->moment_count - 1];
	for (size_t i = 0; i < m->fork_count && i < reality->fork_count; i++)
		if (m->at == m->forks[i].end_event)
			return &seen->moments[i];
	return NULL;
}

struct seen_cost reality_cost(const struct reality *reality, const struct seen_moment *moment)
{
	struct seen_cost cost = {.faults = -1, .cow_copies = -1};
	const struct seen_moment *first = reality->seen.moments;

	if (!moment->fork)
		return reality->cost;
	for (const struct seen_moment *fork = first; fork <= moment; fork++) {
		seen_count(&cost.entries, fork->entries);
		seen_count(&cost.tables, fork->tables);
	}
	return cost;
}

int reality_decision(const struct reality *reality, size_t fork, const char *name)
{
	const struct seen_moment *moment;

	if (fork >= reality->fork_count)
		return SEEN_NO_DECISION;
	moment = &reality->seen.moments[fork];
	for (size_t i = 0; i < moment->parent.vma_count; i++)
		if (!strcmp(moment->parent.vmas[i].name, name))
			return moment->decisions[i];
	return SEEN_NO_DECISION;
}
