/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/now.h"

#include "base/bisect.h"

/* The last event that has begun, or NULL. */
static const struct event *last_event(const struct machine *m)
{
	if (m->at_pages && m->at < m->event_count)
		return machine_event(m, m->at);
	return m->at ? machine_event(m, m->at - 1) : NULL;
}

const struct fork_record *fork_now(const struct machine *m)
{
	size_t at;

	BISECT(at, m->fork_count, m->forks[at].first_event < m->at);
	return at ? &m->forks[at - 1] : NULL;
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

struct point_in_time fork_return_to(struct machine *m, const struct fork_record *fork)
{
	struct point_in_time point = {m->at, m->at_pages};

	if (m->at > fork->end_event)
		machine_seek(m, fork->end_event, 0);
	return point;
}

void fork_leave(struct machine *m, struct point_in_time point)
{
	if (m->at != point.events || m->at_pages != point.pages)
		machine_seek(m, point.events, point.pages);
}

const struct fork_vma *fork_vma_at(const struct fork_record *fork, uint64_t address)
{
	const struct fork_vma *vma = fork_vma_from(fork, address);

	return vma && vma->src->start <= address ? vma : NULL;
}

const struct fork_vma *decision_now(const struct machine *m, uint64_t address)
{
	const struct fork_record *fork = fork_now(m);
	const struct fork_vma *vma = fork ? fork_vma_at(fork, address) : NULL;

	return vma && decided_now(m, fork, vma) ? vma : NULL;
}
