/* SPDX-License-Identifier: GPL-2.0-or-later */
/* why: the steps that made an entry what it is, the latest first. */
#include <inttypes.h>

#include "report/explain.h"
#include "report/now.h"
#include "session/session_private.h"

enum {
	STEPS_SHOWN = 8, /* of each side */
	EVENTS_SEARCHED = 200000
};

/* Does the event change or copy the entry of this page, or decide about its VMA? */
static bool is_about(const struct event *event, const struct mm *mm, uint64_t page)
{
	switch ((enum event_kind)event->kind) {
	case EVENT_ENTRY:
	case EVENT_TOUCH:
	case EVENT_SPLIT:
		return event->first <= page && page - event->first < event->count;
	case EVENT_SYSCALL:
	case EVENT_UFFD:
	case EVENT_WIPE:
	case EVENT_DECIDE:
		return event->src && event->src->start <= page_address(mm, page) &&
		       page_address(mm, page) < event->src->end;
	case EVENT_TABLE:
		return event->src && event->level == LEVEL_PTE && event->first <= page_table(mm, page) &&
		       page_table(mm, page) - event->first < event->count;
	default:
		return false;
	}
}

size_t why_event(const struct machine *m, uint64_t page)
{
	size_t at = m->at + (m->at_pages > 0), n = at < m->event_count ? at : m->event_count;

	for (size_t i = n; i-- > 0 && n - i <= EVENTS_SEARCHED;)
		if (is_about(machine_event(m, i), m->parent, page))
			return i;
	return m->event_count;
}

static void add_step(const struct call *call, int side, size_t i, struct buf *out)
{
	const struct machine *m = call->session->machine[side];
	const struct event *event = machine_event(m, i);
	const char *chain[10];
	size_t n = explain_call_chain(event, chain);

	buf_printf(out, "%-5s step %-4zu %s: ", side_names[side],
		   timeline_slot_of(session_timeline(call->session), side, i) + 1,
		   n ? chain[n - 1] : "user space");
	explain_event(m, event, out);
	buf_putc(out, '\n');
}

static bool has_attr(const struct mm *mm, uint64_t page, int attr)
{
	uint64_t last;

	return mm && !mm->dead && runs_at(&mm->pages, page, &last).attrs >> attr & 1;
}

/* Has the event given that attribute to one of the entries, taken it away, or not copied it? */
static bool changes_attr(struct machine *m, size_t i, uint64_t page, int attr)
{
	struct point_in_time now = {m->at, m->at_pages};
	bool parent, child, changes, copies = machine_event(m, i)->kind == EVENT_ENTRY;

	machine_seek(m, i, 0);
	parent = has_attr(m->parent, page, attr);
	child = has_attr(m->child, page, attr);
	machine_seek(m, i + 1, 0);
	changes = parent != has_attr(m->parent, page, attr) || child != has_attr(m->child, page, attr) ||
		  (copies && parent && !has_attr(m->child, page, attr));
	fork_leave(m, now);
	return changes;
}

/* Returns the steps found. */
static unsigned why_side(const struct call *call, int side, uint64_t page, struct buf *out)
{
	struct machine *m = call->session->machine[side];
	int attr = call->command->args.attr;
	size_t at = m->at + (m->at_pages > 0), searched = 0;
	unsigned found = 0;

	for (size_t i = at < m->event_count ? at : m->event_count; i-- > 0; searched++) {
		if (searched == EVENTS_SEARCHED) {
			buf_printf(out, "%-5s (earlier steps were not searched)\n", side_names[side]);
			break;
		}
		if (!is_about(machine_event(m, i), m->parent, page) ||
		    (attr >= 0 && !changes_attr(m, i, page, attr)))
			continue;
		if (found++ == STEPS_SHOWN) {
			buf_printf(out, "%-5s (and earlier steps)\n", side_names[side]);
			break;
		}
		add_step(call, side, i, out);
	}
	return found;
}

/* The entry of the page in a process, as it is now. */
static void add_entry(const struct mm *mm, const char *who, uint64_t page, struct buf *out)
{
	uint64_t last;
	struct pte pte;

	if (!mm || mm->dead)
		return;
	pte = runs_at(&mm->pages, page, &last);
	buf_printf(out, "%s ", who);
	explain_pte(pte, out);
}

bool run_why(struct call *call)
{
	struct session *s = call->session;
	struct place_named place;
	unsigned found = 0;

	if (!call_known(call))
		return false;
	if (s->loading)
		return true;
	if (!named_place(s, LEFT, call->command, &place) && !named_place(s, RIGHT, call->command, &place)) {
		buf_puts(call->out, "Nothing of it is mapped.\n");
		return true;
	}
	for (int side = 0; side < SIDES; side++) {
		const struct machine *m = s->machine[side];

		buf_printf(call->out, "%-5s now: ", side_names[side]);
		add_entry(m->parent, "parent", place.first, call->out);
		add_entry(m->child, ", child", place.first, call->out);
		buf_putc(call->out, '\n');
		found += why_side(call, side, place.first, call->out);
	}
	if (!found && call->command->args.attr >= 0)
		buf_printf(call->out, "No step so far changed %s of this page: steps begin with the first fork.\n",
			   pte_attr_names[call->command->args.attr]);
	else if (!found)
		buf_puts(call->out, "No step so far is about this page: steps begin with the first fork.\n");
	return true;
}
