/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/scene.h"

#include <string.h>

#include "report/now.h"

/* Finds the pages of this step. */
static void find_pages(struct scene *scene, const struct timeline *timeline)
{
	const struct event *event = scene->event;
	const struct slot slot = timeline_slot(timeline, timeline->page ? timeline->at : timeline->at - 1);
	uint64_t from = slot.from[scene->side], to = slot.to[scene->side], base;

	if (event->kind != EVENT_ENTRY && event->kind != EVENT_TOUCH && event->kind != EVENT_SPLIT)
		return;
	if (!event->count)
		return;
	scene->touches = true;
	base = event->first - vma_first(event->src);
	scene->first = base;
	scene->last = base + event->count - 1;
	if (event->kind != EVENT_ENTRY || to <= from)
		return;
	scene->first = base + from;
	scene->last = base + to - 1;
	if (timeline->page) /* opened: the page that was copied last */
		scene->first = scene->last =
			base + from + (timeline->page < to - from ? timeline->page : to - from) - 1;
}

static void find_seen(struct scene *scene, const struct session *session,
		      const struct fork_record *fork, const char *name)
{
	const struct machine *m = scene->machine;

	scene->seen_decision = SEEN_NO_DECISION;
	scene->observed = session_observed(session);
	if (!scene->observed)
		return;
	if (fork && scene->decided)
		scene->seen_decision =
			observed_decision(scene->observed, (size_t)(fork - m->forks), name);
	scene->seen = observed_moment(scene->observed, m);
	if (!scene->seen)
		return;
	scene->seen_parent = seen_find(&scene->seen->parent, name);
	scene->seen_child = seen_find(&scene->seen->child, name);
}

struct scene scene_at(const struct session *session, const struct ui *ui, int side)
{
	const struct machine *m = session_machine(session, side);
	const struct timeline *timeline = session_timeline(session);
	const struct fork_record *fork = fork_now(m);
	struct scene scene = {.side = side, .grain = session_grain(session),
			       .machine = m, .forked = fork != NULL};

	scene.event = timeline_event(timeline, side);
	scene.placed = scene.event && event_place(m, scene.event, &scene.place);
	scene.source = session_source(session, side);
	if (!ui->focus) {
		scene.seen_decision = SEEN_NO_DECISION;
		return scene;
	}
	scene.record = fork ? machine_fork_vma(m, fork, ui->focus) : NULL;
	scene.decided = scene.record && decided_now(m, fork, scene.record);
	scene.parent = machine_vma(m, m->parent, ui->focus);
	scene.child = m->child && !m->child->dead && fork ? machine_vma(m, m->child, ui->focus) : NULL;
	if (scene.event && scene.event->src && vma_has_name(scene.event->src, ui->focus)) {
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
