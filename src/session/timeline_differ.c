/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which slots of the timeline the sides differ. */
#include "model/fork/entry_group.h"
#include "session/timeline_private.h"

static const struct decision *decision_of(const struct machine *m, const struct event *e)
{
	return &m->forks[e->fork].vmas[e->vma].decision;
}

static bool events_differ(const struct timeline *t, const struct slot *slot)
{
	const struct event *a, *b;
	const struct decision *p, *q;

	if (slot->event[0] == NO_EVENT || slot->event[1] == NO_EVENT)
		return true;
	a = machine_event(t->machine[0], slot->event[0]);
	b = machine_event(t->machine[1], slot->event[1]);
	if (a->kind != b->kind || a->outcome != b->outcome || a->signal != b->signal ||
	    a->new_flags != b->new_flags || a->faults != b->faults)
		return true;
	switch ((enum event_kind)a->kind) {
	case EVENT_DECIDE:
		p = decision_of(t->machine[0], a);
		q = decision_of(t->machine[1], b);
		return p->what != q->what || p->fired != q->fired;
	case EVENT_TABLE:
		return a->count != b->count;
	case EVENT_ENTRY:
	case EVENT_TOUCH:
		return a->child.state != b->child.state || a->child.attrs != b->child.attrs ||
		       a->after.state != b->after.state || a->after.attrs != b->after.attrs;
	default:
		return false;
	}
}

static bool same_change(struct pte_change a, struct pte_change b)
{
	return a.attrs == b.attrs && a.state == b.state && a.no_frame == b.no_frame;
}

static bool same_rules(const struct entry_rules *a, const struct entry_rules *b)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct entry_rule *x = &a->v[i], *y = NULL;

		for (size_t j = 0; j < b->n && !y; j++)
			if (b->v[j].state == x->state && b->v[j].attrs == x->attrs &&
			    b->v[j].frame_kind == x->frame_kind)
				y = &b->v[j];
		if (!y || x->outcome != y->outcome || !same_change(x->after, y->after) ||
		    !same_change(x->child, y->child))
			return false;
	}
	return true;
}

/* Fork did the same to these parts, whose events go together. */
static bool parts_equal(const struct part_place *a, const struct part_place *b)
{
	const struct pte_table *x = a->group->part[a->part].before.table;
	const struct pte_table *y = b->group->part[b->part].before.table;

	return x && y && pte_tables_alike(x, y);
}

size_t timeline_stretch_differs(const struct timeline *t, size_t s)
{
	const struct slot_stretch *stretch = &t->stretch[s];
	size_t i = stretch->first, behind = timeline_stretch_end(t, s);
	struct part_place at[2];
	bool alike;

	if (!stretch->group || stretch->slot.event[0] == NO_EVENT ||
	    stretch->slot.event[1] == NO_EVENT)
		return events_differ(t, &stretch->slot) ? i : behind;
	for (int side = 0; side < 2; side++) {
		struct timeline_cursor c = {t->machine[side], stretch->slot.event[side], 0};

		at[side] = timeline_part_place(&c);
	}
	alike = same_rules(&at[0].group->rules, &at[1].group->rules);
	for (; i < behind; at[0].part++, at[1].part++) {
		size_t n = group_part_events(at[0].group, at[0].part), end = i + n;

		if (alike && parts_equal(&at[0], &at[1]))
			i = end;
		for (; i < end; i++) {
			struct slot slot = timeline_slot(t, i);

			if (events_differ(t, &slot))
				return i;
		}
	}
	return behind;
}
