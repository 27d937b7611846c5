/* SPDX-License-Identifier: GPL-2.0-or-later */
/* break, next, previous: stops on the timeline. */
#include <string.h>

#include "base/alloc.h"
#include "language/pattern.h"
#include "report/explain.h"
#include "report/label.h"
#include "session/session_private.h"

/* --- break -------------------------------------------------------------------------------- */

/* Has any side a name that the pattern fits, or had it? */
static bool any_name_fits(const struct session *s, const char *pattern)
{
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < s->machine[side]->name_slots; i++) {
			const struct name *name = s->machine[side]->names[i];

			if (name && pattern_fits(pattern, name->text))
				return true;
		}
	return false;
}

static bool known_name(struct call *call)
{
	const struct target *target = &call->command->args.target;

	if (!target->pattern)
		return call_known(call);
	if (any_name_fits(call->session, command_word(call->command, target->name)))
		return true;
	vf_error_set(call->error, "no name fits '%.40s'",
		     command_word(call->command, target->name));
	return call_blame(call, target->name);
}

static void list_breakpoints(const struct breakpoints *b, struct buf *out)
{
	if (!b->n)
		buf_puts(out, "There are no breakpoints. \"break write-protect\" sets one.\n");
	for (size_t i = 0; i < b->n; i++) {
		breakpoint_print(&b->v[i], out);
		buf_putc(out, '\n');
	}
}

static bool remove_breakpoints(struct call *call, const struct breakpoint *which)
{
	struct session *s = call->session;
	const struct break_args *args = &call->command->args.brk;
	size_t n = breakpoints_remove(&s->breakpoints, args->kind, which->name);
	struct buf text = {0};

	if (args->kind < 0) {
		if (!s->loading)
			buf_puts(call->out,
				 n ? "All breakpoints are off.\n" : "There were no breakpoints.\n");
		return true;
	}
	breakpoint_print(which, &text);
	if (n && !s->loading)
		buf_printf(call->out, "Breakpoint off: %s.\n", buf_str(&text));
	if (!n) {
		vf_error_set(call->error, "there is no breakpoint %.80s", buf_str(&text));
		vf_error_hint(call->error, "break list shows those that are set");
		call_blame(call, 2);
	}
	buf_deinit(&text);
	return n;
}

static bool add_breakpoint(struct call *call, const struct breakpoint *which)
{
	struct session *s = call->session;
	bool added;

	if (which->name && !known_name(call))
		return false;
	added = breakpoints_add(&s->breakpoints, which->kind, which->name);
	if (s->loading)
		return true;
	buf_puts(call->out, added ? "Breakpoint: " : "This breakpoint is set already: ");
	breakpoint_print(which, call->out);
	buf_printf(call->out, ". next and previous%s go there.\n",
		   s->keyless ? "" : " (keys N and P)");
	return true;
}

bool run_break(struct call *call)
{
	const struct break_args *args = &call->command->args.brk;
	word_number name = call->command->args.target.name;
	struct breakpoint which = {(enum break_kind)args->kind,
				   name ? call->command->line.words[name].text : NULL};

	switch (args->action) {
	case BREAK_LIST:
		if (!call->session->loading)
			list_breakpoints(&call->session->breakpoints, call->out);
		return true;
	case BREAK_OFF:
		return remove_breakpoints(call, &which);
	case BREAK_SET:
		break;
	}
	return add_breakpoint(call, &which);
}

/* --- why it stops ------------------------------------------------------------------------- */

/* What happened on a side in the step that has just ended, or NULL. */
static const struct event *event_now(const struct session *s, int side)
{
	return timeline_event(&s->playhead.timeline, side);
}

static void say_side(const struct session *s, int side, struct buf *out)
{
	const struct event *e = event_now(s, side);
	const struct machine *m = s->machine[side];

	if (!e)
		buf_puts(out, "nothing");
	else if (e->kind == EVENT_DECIDE)
		explain_outcome(&m->forks[e->fork].vmas[e->vma].decision, out);
	else
		explain_event(m, e, out);
}

static void say_divergence(const struct session *s, struct buf *out)
{
	for (int side = 0; side < SIDES; side++) {
		buf_printf(out, "%s%s ", side ? "; " : "", side_names[side]);
		say_side(s, side, out);
	}
}

static void say_marker(const struct event *e, struct buf *out)
{
	if (e->before.state != PTE_MARKER)
		buf_puts(out, "the uffd-wp bit is stripped in the child");
	else if (e->child.state == PTE_NONE)
		buf_puts(out, "the child does not get the marker");
	else if (e->before.attrs != e->child.attrs)
		buf_puts(out, "the child gets the marker without its uffd-wp bit");
	else
		buf_puts(out, "the child gets the marker");
}

static void say_reason(enum break_kind kind, const struct event *e, struct buf *out)
{
	switch (kind) {
	case BREAK_WRITE_PROTECT:
		buf_puts(out, "the parent loses its write bit");
		break;
	case BREAK_MARKER:
		say_marker(e, out);
		break;
	case BREAK_TABLE:
		buf_puts(out, "a page table is allocated");
		break;
	case BREAK_COPY:
		buf_puts(out, e->kind == EVENT_DECIDE ? "vma_needs_copy() is true"
						      : "the page is pinned, so fork copies it");
		break;
	case BREAK_FAULT:
		buf_puts(out, e->signal ? "a page fault that is not resolved" : "a page fault");
		break;
	default:
		break;
	}
}

static void say_place(const struct event *e, struct buf *out)
{
	if (!e->src)
		return;
	if (e->kind == EVENT_ENTRY || e->kind == EVENT_TOUCH || e->kind == EVENT_SYSCALL)
		label_pages(e->src->mm, e->first, e->first + e->count - 1, out);
	else
		label_vma(e->src, out);
	buf_puts(out, ": ");
}

/* Why the first of the breakpoints that hold does so. */
static void say_why(const struct session *s, const struct break_stop *stop, size_t b,
		    struct buf *out)
{
	enum break_kind kind = s->breakpoints.v[b].kind;
	int side = stop->holds[LEFT][b] ? LEFT : RIGHT;
	const struct event *e = event_now(s, side);

	if (kind == BREAK_DIVERGENCE) {
		say_divergence(s, out);
		return;
	}
	if (kind == BREAK_VMA) {
		explain_event(s->machine[side], e, out);
	} else {
		say_place(e, out);
		say_reason(kind, e, out);
	}
	buf_printf(out, " (%s)",
		   stop->holds[LEFT][b] && stop->holds[RIGHT][b] ? "both sides" : side_names[side]);
}

static void say_stop(const struct session *s, const struct break_stop *stop, struct buf *out)
{
	const struct breakpoints *b = &s->breakpoints;
	size_t first = b->n;

	buf_printf(out, "Step %zu of %zu, ", stop->slot + 1, s->playhead.timeline.count);
	for (size_t i = 0; i < b->n; i++) {
		if (!stop->holds[LEFT][i] && !stop->holds[RIGHT][i])
			continue;
		buf_puts(out, first < b->n ? " and " : "");
		breakpoint_print(&b->v[i], out);
		first = first < b->n ? first : i;
	}
	buf_puts(out, ": ");
	say_why(s, stop, first, out);
	buf_puts(out, ".\n");
}

/* --- next, previous ----------------------------------------------------------------------- */

static bool need_breakpoints(struct call *call)
{
	if (call->session->breakpoints.n)
		return true;
	vf_error_set(call->error, "there are no breakpoints");
	vf_error_hint(call->error,
		      "set one first, such as \"break write-protect\"; help break lists them");
	return call_blame(call, 0);
}

static bool run_to_break(struct call *call, bool forward)
{
	struct session *s = call->session;
	struct break_stop stop;

	if (!call_needs_steps(call) || !need_breakpoints(call))
		return false;
	if (!breakpoints_find(&s->breakpoints, &s->playhead.timeline, forward, &s->budget, &stop)) {
		if (!budget_check(&s->budget, call->error))
			return call_blame(call, 0);
		if (!s->loading)
			buf_printf(call->out, "No breakpoint holds at %s step.\n",
				   forward ? "a later" : "an earlier");
		return true;
	}
	playhead_seek(&s->playhead, stop.slot + 1, 0);
	if (!s->loading)
		say_stop(s, &stop, call->out);
	break_stop_deinit(&stop);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_next(struct call *call)
{
	return run_to_break(call, true);
}

bool run_previous(struct call *call)
{
	return run_to_break(call, false);
}
