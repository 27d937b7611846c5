/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain: why a VMA was copied or skipped, and deeper when asked again. */
#include "base/alloc.h"
#include "report/text.h"
#include "session/session_private.h"

/* The VMA that the current step is about, on either side; false: none. */
static bool vma_of_step(const struct session *s, uint64_t *address)
{
	for (int side = 0; side < SIDES; side++) {
		const struct event *e = timeline_event(session_timeline(s), side);

		if (!e || !e->src)
			continue;
		*address = e->kind <= EVENT_FORKED ? e->src->start : e->address;
		return true;
	}
	return false;
}

/* Where a name is or was, in the first process that has or had it. */
static uint64_t address_of(const struct session *s, const char *text)
{
	for (int side = 0; side < SIDES; side++) {
		const struct machine *m = s->machine[side];
		const struct name *name = machine_name(m, text);
		const struct mm *const mms[] = {m->parent, m->child};

		for (size_t i = 0; name && i < ARRAY_SIZE(mms); i++) {
			struct stretch stretch = mms[i] ? mm_stretch(mms[i], name)
							: (struct stretch){0, 0};

			if (stretch.start < stretch.end)
				return stretch.start;
		}
	}
	return 0;
}

/* With NAME or without. False: without, and nothing is shown. */
static bool find_explained(struct call *call, struct explained *what)
{
	const struct session *s = call->session;
	word_number name = call->command->args.target.name;

	*what = (struct explained){NULL, s->focus};
	if (name) {
		what->name = command_word(call->command, name);
		what->address = address_of(s, what->name);
	}
	if (name || s->focused || vma_of_step(s, &what->address))
		return true;
	vf_error_set(call->error, session_timeline(s)->count ? "this step is about no VMA"
							     : "there are no steps yet");
	vf_error_hint(call->error, "name the VMA, as in \"explain heap\"");
	return call_blame(call, 0);
}

/* How often these VMAs were explained at this step, with nothing changed in between. */
static unsigned times_explained(struct session *s, const struct explained *what)
{
	const struct timeline *t = session_timeline(s);
	struct explanation now = {.vmas = text_explained(s->machine, what),
				  .builds = s->builds,
				  .page = t->page,
				  .log = s->log.count,
				  .at = t->at};
	const struct explanation *last = &s->explanation;

	if (last->vmas.start == now.vmas.start && last->vmas.end == now.vmas.end &&
	    last->builds == now.builds && last->page == now.page && last->log == now.log &&
	    last->at == now.at)
		now.times = last->times;
	s->explanation = now;
	return s->explanation.times++;
}

bool run_explain(struct call *call)
{
	struct session *s = call->session;
	struct explained what;
	unsigned times;

	if (!call_known(call))
		return false;
	if (s->loading)
		return true;
	if (!find_explained(call, &what))
		return false;
	times = times_explained(s, &what);
	if (times > 1 || !text_explain(s->machine, &what, times, call->out))
		buf_puts(call->out, "There is no more to say about it at this step.\n");
	return true;
}
