/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/scene.h"

#include <string.h>

/* The last event that has begun, or NULL. */
static const struct event *last_event(const struct machine *m)
{
	if (m->at_pages && m->at < m->event_count)
		return &m->events[m->at];
	return m->at ? &m->events[m->at - 1] : NULL;
}

/* The last fork that has begun, or NULL. */
static const struct fork_record *current_fork(const struct machine *m)
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

static const struct fork_vma *record_of(const struct machine *m, const struct fork_record *fork,
					const char *name, size_t *index)
{
	const struct fork_vma *vma = fork && name ? machine_fork_vma(m, fork, name) : NULL;

	if (vma)
		*index = (size_t)(vma - fork->vmas);
	return vma;
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

static bool is_decided(const struct machine *m, const struct fork_record *fork, size_t index)
{
	const struct event *last = last_event(m);

	if (!last || !fork)
		return false;
	if (m->at >= fork->end_event)
		return true;
	if (last->kind == EVENT_FORK)
		return false;
	if (last->kind == EVENT_FORKED)
		return true;
	if (index != last->vma)
		return index < last->vma;
	return decided_by(&fork->vmas[index].decision, (enum event_kind)last->kind);
}

const struct fork_vma *scene_decision(const struct machine *m, const char *name)
{
	const struct fork_record *fork = current_fork(m);
	size_t index = 0;
	const struct fork_vma *record = record_of(m, fork, name, &index);

	return record && is_decided(m, fork, index) ? record : NULL;
}

/* The pages that this step is about. */
static void find_pages(struct scene *scene, const struct timeline *timeline)
{
	const struct event *event = scene->event;
	const struct slot *slot = &timeline->slots[timeline->page ? timeline->at : timeline->at - 1];
	uint64_t from = slot->from[scene->side], to = slot->to[scene->side];

	if (event->kind != EVENT_ENTRY && event->kind != EVENT_TOUCH && event->kind != EVENT_SPLIT)
		return;
	if (!event->count)
		return;
	scene->touches = true;
	scene->first = event->first;
	scene->last = event->first + event->count - 1;
	if (event->kind != EVENT_ENTRY || to <= from)
		return;
	scene->first = event->first + from;
	scene->last = event->first + to - 1;
	if (timeline->page) /* opened: the page that was dealt with last */
		scene->first = scene->last =
			event->first + from + (timeline->page < to - from ? timeline->page : to - from) - 1;
}

static void find_seen(struct scene *scene, const struct session *session,
		      const struct fork_record *fork, const char *name)
{
	const struct machine *m = scene->machine;

	scene->seen_decision = SEEN_NO_DECISION;
	scene->reality = session_reality(session);
	if (!scene->reality)
		return;
	if (fork && scene->decided)
		scene->seen_decision =
			reality_decision(scene->reality, (size_t)(fork - m->forks), name);
	scene->seen = reality_moment(scene->reality, m);
	if (!scene->seen)
		return;
	scene->seen_parent = seen_find(&scene->seen->parent, name);
	scene->seen_child = seen_find(&scene->seen->child, name);
}

struct scene scene_at(const struct session *session, const struct ui *ui, int side)
{
	const struct machine *m = session_machine(session, side);
	const struct timeline *timeline = session_timeline(session);
	const struct fork_record *fork = current_fork(m);
	struct scene scene = {.side = side, .grain = session_grain(session),
			       .machine = m, .forked = fork != NULL};
	size_t index = 0;

	scene.event = timeline_event(timeline, side);
	scene.placed = scene.event && event_place(m, scene.event, &scene.place);
	scene.source = session_source(session, side);
	if (!ui->focus) {
		scene.seen_decision = SEEN_NO_DECISION;
		return scene;
	}
	scene.record = record_of(m, fork, ui->focus, &index);
	scene.decided = scene.record && is_decided(m, fork, index);
	scene.parent = machine_vma(m, m->parent, ui->focus);
	scene.child = m->child && !m->child->dead && fork ? machine_vma(m, m->child, ui->focus) : NULL;
	if (scene.event && scene.event->src && !strcmp(scene.event->src->name, ui->focus)) {
		const struct decision *decision =
			scene.record ? &scene.record->decision : NULL;

		if (scene.event->kind < EVENT_FORKED) {
			scene.parent = scene.event->src;
			if (scene.event->dst)
				scene.child = scene.event->dst;
			scene.deciding = decision && scene.decided &&
					 (scene.event->kind == EVENT_DECIDE ||
					  (decision->what == DECISION_DONTCOPY &&
					   scene.event->kind == EVENT_VMA) ||
					  (decision->what == DECISION_WIPE &&
					   scene.event->kind == EVENT_WIPE));
		}
		scene.tables = scene.event->kind == EVENT_TABLE;
		find_pages(&scene, timeline);
	}
	find_seen(&scene, session, fork, ui->focus);
	return scene;
}

const char *decision_word(const struct decision *decision)
{
	static const char *const words[] = {
		[DECISION_COPY] = "COPY",
		[DECISION_SKIP] = "SKIP",
		[DECISION_DONTCOPY] = "DONTCOPY",
		[DECISION_WIPE] = "WIPE",
	};

	return words[decision->what];
}
