/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/scene.h"

#include <string.h>

#include "report/now.h"

/* Finds the pages of this step. */
static void find_pages(struct scene *scene, const struct timeline *timeline)
{
	const struct event *event = scene->event;
	const struct slot slot = timeline_slot(timeline, timeline->page ? timeline->at : timeline->at - 1);
	uint64_t from = slot.from[scene->side], to = slot.to[scene->side], base = event->first;

	if (event->kind != EVENT_ENTRY && event->kind != EVENT_TOUCH && event->kind != EVENT_SPLIT)
		return;
	if (!event->count)
		return;
	scene->touches = true;
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
		      const struct fork_record *fork)
{
	const struct machine *m = scene->machine;

	scene->observed = session_observed(session);
	if (!scene->observed)
		return;
	if (scene->decided)
		scene->seen_decision = observed_decision(scene->observed, (size_t)(fork - m->forks),
							 scene->record->src->start);
	scene->seen = observed_moment(scene->observed, m);
	if (!scene->seen)
		return;
	if (scene->parent)
		scene->seen_parent = seen_vma_at(&scene->seen->parent, scene->parent->start);
	if (scene->child)
		scene->seen_child = seen_vma_at(&scene->seen->child, scene->child->start);
}

/* Is the step about the VMA at the address in focus? */
static bool is_about(const struct event *event, uint64_t address)
{
	return event && event->src && event->src->start <= address && address < event->src->end;
}

/* Does the decision fall in this step? */
static bool is_deciding(const struct scene *scene)
{
	enum event_kind kind = (enum event_kind)scene->event->kind;

	if (!scene->decided)
		return false;
	switch (scene->record->decision.what) {
	case DECISION_DONTCOPY:
		return kind == EVENT_VMA || kind == EVENT_DECIDE;
	case DECISION_WIPE:
		return kind == EVENT_WIPE || kind == EVENT_DECIDE;
	case DECISION_COPY:
	case DECISION_SKIP:
		break;
	}
	return kind == EVENT_DECIDE;
}

struct scene scene_at(const struct session *session, const struct ui *ui, int side)
{
	const struct machine *m = session_machine(session, side);
	const struct timeline *timeline = session_timeline(session);
	const struct fork_record *fork = fork_now(m);
	struct scene scene = {.side = side, .grain = session_grain(session), .machine = m,
			      .fork = fork, .seen_decision = SEEN_NO_DECISION};

	scene.predictions = session_predictions(session);
	scene.event = timeline_event(timeline, side);
	scene.placed = scene.event && event_place(m, scene.event, &scene.place);
	scene.source = session_source(session, side);
	if (!ui->focused)
		return scene;
	scene.record = fork ? fork_vma_at(fork, ui->focus) : NULL;
	scene.next = fork && ui_asks_of_next_fork(ui, session);
	scene.decided = !scene.next && scene.record && decided_now(m, fork, scene.record);
	scene.undecided = fork && !scene.record && m->at >= fork->end_event &&
			  (fork->err || fork->kind != FORK_FORK);
	scene.earlier = fork && m->at > fork->end_event;
	scene.parent = mm_vma_at(m->parent, ui->focus);
	scene.child = m->child && !m->child->dead && fork ? mm_vma_at(m->child, ui->focus) : NULL;
	if (is_about(scene.event, ui->focus)) {
		if (scene.event->kind < EVENT_FORKED) {
			scene.parent = scene.event->src;
			if (scene.event->dst)
				scene.child = scene.event->dst;
			scene.deciding = is_deciding(&scene);
		}
		scene.tables = scene.event->kind == EVENT_TABLE;
		find_pages(&scene, timeline);
	}
	find_seen(&scene, session, fork);
	return scene;
}

const struct vm_area *scene_shown(const struct scene *scene)
{
	bool by_child = scene->event && scene->event->by_child;
	const struct vm_area *vma = by_child ? scene->child : scene->parent;

	return vma ? vma : by_child ? scene->parent : scene->child;
}

const struct mm *scene_process(const struct scene *scene, bool child)
{
	const struct vm_area *vma = child ? scene->child : scene->parent;

	return vma ? vma->mm : NULL;
}

const struct vm_area *scene_vma(const struct scene *scene, bool child, uint64_t page)
{
	const struct vm_area *vma = child ? scene->child : scene->parent;

	if (!vma || (vma_first(vma) <= page && page <= vma_last(vma)))
		return vma;
	return mm_vma_at(vma->mm, page_address(vma->mm, page));
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
