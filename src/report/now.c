/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/now.h"

/* The last event that has begun, or NULL. */
static const struct event *last_event(const struct machine *m)
{
	if (m->at_pages && m->at < m->event_count)
		return machine_event(m, m->at);
	return m->at ? machine_event(m, m->at - 1) : NULL;
}

const struct fork_record *fork_now(const struct machine *m)
{
	size_t lo = 0, hi = m->fork_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->forks[mid].first_event < m->at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &m->forks[lo - 1] : NULL;
}

/* The step in which each kind of answer is known. */
static bool decided_by(const struct decision *decision, enum event_kind kind)
{
	switch (decision->what) {
	case DECISION_DONTCOPY:
		return kind >= EVENT_VMA;
	case DECISION_WIPE:
		return kind >= EVENT_WIPE;
	case DECISION_COPY:
	case DECISION_SKIP:
		break;
	}
	return kind >= EVENT_DECIDE;
}

bool decided_now(const struct machine *m, const struct fork_record *fork, const struct fork_vma *vma)
{
	size_t index = (size_t)(vma - fork->vmas);
	const struct event *last = last_event(m);

	if (!last)
		return false;
	if (m->at >= fork->end_event)
		return true;
	if (last->kind == EVENT_FORK)
		return false;
	if (last->kind == EVENT_FORKED)
		return true;
	if (index != last->vma)
		return index < last->vma;
	return decided_by(&vma->decision, (enum event_kind)last->kind);
}

const struct fork_vma *decision_now(const struct machine *m, const char *name)
{
	const struct fork_record *fork = fork_now(m);
	const struct fork_vma *vma = fork ? machine_fork_vma(m, fork, name) : NULL;

	return vma && decided_now(m, fork, vma) ? vma : NULL;
}
