/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that print: show, diff, help. */
#include "base/alloc.h"
#include "outside/kept_calibration.h"
#include "outside/vma_costs.h"
#include "report/label.h"
#include "report/text.h"
#include "session/session_private.h"

static const char *name_of(const struct command *c)
{
	return c->args.target.name ? command_word(c, c->args.target.name) : NULL;
}

/* Are the pages the name's, in a process of either side? Not asked where nothing is called so now. */
static bool pages_known(struct call *call)
{
	const struct command *c = call->command;
	struct model_error error = {0};
	bool asked = false;

	for (int side = 0; side < SIDES; side++) {
		const struct machine *m = call->session->machine[side];
		const struct name *name = machine_name(m, name_of(c));
		const struct mm *const mms[] = {m->parent, m->child};

		for (size_t i = 0; name && i < ARRAY_SIZE(mms); i++) {
			struct stretch stretch = mms[i] ? mm_stretch(mms[i], name) : (struct stretch){0, 0};
			struct ranges pages = {0};
			bool known;

			if (stretch.start == stretch.end)
				continue;
			known = command_pages(mms[i], name, c, &pages, &error);
			ranges_deinit(&pages);
			if (known)
				return true;
			asked = true;
		}
	}
	if (!asked)
		return true;
	vf_error_set(call->error, "%s", error.message);
	return call_blame(call, c->args.target.pages_word);
}

bool call_known(struct call *call)
{
	struct session *s = call->session;
	struct model_error e;

	if (!call->command->args.target.name)
		return true;
	for (int side = 0; side < SIDES; side++)
		if (machine_name(s->machine[side], name_of(call->command)))
			return !call->command->args.target.pages.n || pages_known(call);
	command_name(s->machine[LEFT], s->machine[LEFT]->parent, call->command,
		    call->command->args.target.name, &e);
	vf_error_set(call->error, "%s", e.message);
	return call_blame(call, call->command->args.target.name);
}

static void show_cost(struct call *call, const char *name)
{
	struct calibration calibration;
	struct vf_error error;
	bool measured = calibration_load(&calibration, &error);

	text_cost(call->session->machine, call->out);
	text_vma_costs(call->session->machine, name, measured ? &calibration : NULL, call->out);
	if (error.message[0])
		vf_error_print(&error, call->out);
}

bool run_show(struct call *call)
{
	struct machine *const *m = call->session->machine;
	const char *name = name_of(call->command);

	if (!call_known(call))
		return false;
	if (call->session->loading) /* only play prints what a file shows */
		return true;
	switch (call->command->args.show) {
	case SHOW_VMAS:
		text_vmas(m, name, call->out);
		break;
	case SHOW_PAGES:
		text_pages(m, name, call->out);
		break;
	case SHOW_DECISION:
		text_decision(m, name, call->out);
		break;
	case SHOW_TRACE:
		text_trace(m, name, call->out);
		break;
	case SHOW_COST:
		show_cost(call, name);
		break;
	case SHOW_FLAGS:
		text_flags(m, name, call->out);
		break;
	case SHOW_KERNEL:
		text_kernel(m, call->out);
		break;
	case SHOW_UFFD:
		text_uffd(m, call->out);
		break;
	}
	return true;
}

/* The front end looks there: session_place(). */
bool run_look(struct call *call)
{
	return call_known(call);
}

/* ", shm": the VMA that the first step is about in which the sides differ, if it is about one. */
static void print_parting(const struct call *call, struct buf *out)
{
	const struct timeline *timeline = session_timeline(call->session);
	struct slot slot = timeline_slot(timeline, timeline->divergence);

	for (int side = 0; side < SIDES; side++) {
		const struct event *event = slot.event[side] == NO_EVENT
						    ? NULL
						    : machine_event(timeline->machine[side], slot.event[side]);

		if (!event || !event->src)
			continue;
		buf_puts(out, ", ");
		label_vma(event->src, out);
		return;
	}
}

bool run_diff(struct call *call)
{
	const struct timeline *timeline = session_timeline(call->session);

	if (call->session->loading)
		return true;
	if (timeline->at < timeline->count)
		buf_printf(call->out, "at step %zu of %zu\n", timeline->at, timeline->count);
	text_diff(call->session->machine, call->out);
	if (call->session->animate && timeline->divergence < timeline->count) {
		buf_printf(call->out, "The sides part at step %zu", timeline->divergence + 1);
		print_parting(call, call->out);
		buf_printf(call->out, ": %s !\n", call->session->keyless ? "type" : "press");
	}
	return true;
}

bool run_help(struct call *call)
{
	const struct command *c = call->command;
	const word_number *words = c->args.words;
	struct buf name = {0};

	if (call->session->loading)
		return true;
	if (words[1])
		buf_printf(&name, "%s %s", command_word(c, words[0]), command_word(c, words[1]));
	/* "help set x" is about `set`. */
	if (!words[1] || !command_help(buf_str(&name), call->out))
		command_help(words[0] ? command_word(c, words[0]) : NULL, call->out);
	buf_deinit(&name);
	return true;
}
