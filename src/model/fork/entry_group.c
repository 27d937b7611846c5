/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/fork/entry_group.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"

void entry_group_put(struct entry_group *group)
{
	if (!group || --group->refs)
		return;
	for (size_t i = 0; i < group->parts; i++) {
		entries_put(group->part[i].before);
		entries_put(group->part[i].after);
		entries_put(group->part[i].child_before);
		entries_put(group->part[i].child);
	}
	free(group->part);
	entry_rules_deinit(&group->rules);
	free(group);
}

/* --- runs and events -------------------------------------------------------------------- */

bool part_run_at(const struct group_part *part, uint64_t page, struct part_run *run)
{
	const struct pte_table *table = part->before.table;
	uint64_t base, first;
	unsigned i;

	if (page > part->last)
		return false;
	run->first = page;
	if (!table) {
		run->last = part->last;
		run->pte = pte_advance(part->before.pte, page - part->first);
		return true;
	}
	base = page & ~(uint64_t)(table->shape->pages - 1);
	i = pte_table_find(table, (unsigned)(page - base));
	first = base + table->shape->run[i].first;
	run->last = min(base + pte_table_end(table, i) - 1, part->last);
	run->pte = pte_advance(pte_table_run(table, i), page - first);
	return true;
}

uint32_t group_part_events(const struct entry_group *group, size_t part)
{
	uint32_t next = part + 1 < group->parts ? group->part[part + 1].events : group->count;

	return next - group->part[part].events;
}

size_t entry_group_part(const struct entry_group *group, uint32_t event)
{
	size_t at;

	BISECT(at, group->parts - 1, group->part[at + 1].events <= event);
	return at;
}

/* The next run that is an event of this part; *page: where to look, then behind the run. */
static bool next_event(const struct group_part *part, uint64_t *page, struct part_run *run)
{
	while (part_run_at(part, *page, run)) {
		*page = run->last + 1;
		if (run->pte.state != PTE_NONE && !(part->goes_on && run->first == part->first))
			return true;
	}
	return false;
}

/* The last page of a run that goes on behind its part. */
static uint64_t run_end(const struct entry_group *group, size_t part, uint64_t last)
{
	struct part_run run = {0};

	while (last == group->part[part].last && ++part < group->parts && group->part[part].goes_on) {
		part_run_at(&group->part[part], group->part[part].first, &run);
		last = run.last;
	}
	return last;
}

uint64_t entry_group_run_end(const struct entry_group *group, size_t part)
{
	return run_end(group, part, group->part[part].last);
}

uint64_t entry_group_page(const struct entry_group *group, uint32_t event)
{
	const struct group_part *part;
	struct part_run run = {0};
	uint64_t page;

	if (event == group->count)
		return group->end;
	part = &group->part[entry_group_part(group, event)];
	page = part->first;
	for (uint32_t i = part->events; i <= event; i++)
		next_event(part, &page, &run);
	return run.first;
}

static bool is_wanted(const struct entry_group *group, struct pte pte, uint64_t wanted)
{
	const struct entry_rule *rule = entry_rules_find(&group->rules, pte);
	size_t i = rule ? (size_t)(rule - group->rules.v) : 64;

	return i < 64 && wanted >> i & 1;
}

/* Can an event of the part have such a rule? Answered by the kinds of its entries. */
static bool part_may_have(const struct entry_group *group, const struct group_part *part,
			  uint64_t wanted)
{
	const struct pte_table *table = part->before.table;

	if (!table)
		return is_wanted(group, part->before.pte, wanted);
	for (unsigned i = 0; i < table->n; i++) {
		const struct pte_kind *kind = &table->kind[i];
		struct pte pte = {kind->frame, kind->attrs, kind->state};

		if (kind->uses && is_wanted(group, pte, wanted))
			return true;
	}
	return false;
}

/* Of the events `from` to `to` of a part the first or the last that is wanted; count: none is. */
static uint32_t find_in_part(const struct entry_group *group, size_t p, uint32_t from, uint32_t to,
			     bool forward, uint64_t wanted)
{
	const struct group_part *part = &group->part[p];
	uint32_t event = part->events, found = group->count;
	uint64_t page = part->first;
	struct part_run run;

	for (; event <= to && next_event(part, &page, &run); event++) {
		if (event < from || !is_wanted(group, run.pte, wanted))
			continue;
		found = event;
		if (forward)
			break;
	}
	return found;
}

uint32_t entry_group_find(const struct entry_group *group, uint32_t event, bool forward,
			  uint64_t wanted)
{
	uint32_t from = forward ? event : 0, to = forward ? group->count - 1 : event;
	size_t p = entry_group_part(group, event);

	/* Before the first one it is the largest number. */
	for (; wanted && p < group->parts; p += forward ? 1 : SIZE_MAX) {
		uint32_t found = group->count;

		if (part_may_have(group, &group->part[p], wanted))
			found = find_in_part(group, p, from, to, forward, wanted);
		if (found < group->count)
			return found;
	}
	return group->count;
}

struct event *entry_group_open(const struct event *event, size_t p)
{
	const struct entry_group *group = event->group;
	const struct group_part *part = &group->part[p];
	uint32_t n = group_part_events(group, p);
	struct event *events = xmalloc((n ? n : 1) * sizeof(*events));
	uint64_t page = part->first;
	struct part_run run;

	for (uint32_t i = 0; i < n && next_event(part, &page, &run); i++) {
		const struct entry_rule *rule = entry_rules_find(&group->rules, run.pte);
		struct event *e = &events[i];

		*e = *event;
		e->group = NULL;
		e->number = event->number + part->events + i;
		e->outcome = rule->outcome;
		e->address = page_address(event->src->mm, run.first);
		e->first = run.first;
		e->count = run_end(group, p, run.last) - run.first + 1;
		e->before = run.pte;
		e->after = pte_changed(run.pte, rule->after);
		e->child = pte_changed(run.pte, rule->child);
	}
	return events;
}

/* --- playing ---------------------------------------------------------------------------- */

#ifdef VMAFORK_CHECK
static void expect(const struct runs *runs, uint64_t page, uint64_t end, struct pte pte)
{
	for (uint64_t last, first = page; page < end; page = last + 1)
		assert(pte_equal(runs_at(runs, page, &last), pte_advance(pte, page - first)));
}

/* Are these pages of the part what play_part() is about to change? */
static void expect_part(const struct event *event, const struct group_part *part, uint64_t from,
			uint64_t to, bool forward)
{
	struct part_run run;

	for (uint64_t page = from; page < to && part_run_at(part, page, &run); page = run.last + 1) {
		const struct entry_rule *rule = entry_rules_find(&event->group->rules, run.pte);
		bool none = run.pte.state == PTE_NONE;
		uint64_t end = min(run.last + 1, to);

		expect(&event->src->mm->pages, page, end,
		       none || forward ? run.pte : pte_changed(run.pte, rule->after));
		expect(&event->dst->mm->pages, page, end,
		       none || forward ? (struct pte){0} : pte_changed(run.pte, rule->child));
	}
}
#else
static void expect_part(const struct event *event, const struct group_part *part, uint64_t from,
			uint64_t to, bool forward)
{
	(void)event;
	(void)part;
	(void)from;
	(void)to;
	(void)forward;
}
#endif

/* A part of a part, run by run. Returns how many entries the child has more, or fewer. */
static uint64_t play_runs(const struct event *event, const struct group_part *part, uint64_t from,
			  uint64_t to, bool forward)
{
	struct mm *parent = event->src->mm, *child = event->dst->mm;
	uint64_t entries = 0;
	struct part_run run;

	for (uint64_t page = from; page < to && part_run_at(part, page, &run); page = run.last + 1) {
		const struct entry_rule *rule;
		uint64_t last = min(run.last, to - 1);

		if (run.pte.state == PTE_NONE)
			continue;
		rule = entry_rules_find(&event->group->rules, run.pte);
		runs_set(&parent->pages, page, last,
			 forward ? pte_changed(run.pte, rule->after) : run.pte);
		runs_set(&child->pages, page, last,
			 forward ? pte_changed(run.pte, rule->child) : (struct pte){0});
		if (rule->child.state != PTE_NONE)
			entries += last - page + 1;
	}
	return entries;
}

static uint64_t part_entries(const struct entry_group *group, size_t part)
{
	uint64_t next = part + 1 < group->parts ? group->part[part + 1].entries : group->entries;

	return next - group->part[part].entries;
}

/* The whole table. */
static uint64_t play_table(const struct event *event, size_t p, bool forward)
{
	const struct group_part *part = &event->group->part[p];
	struct mm *parent = event->src->mm, *child = event->dst->mm;
	uint64_t table = page_table(parent, part->first);

	runs_put(&parent->pages, table, forward ? part->after : part->before);
	runs_put(&child->pages, table, forward ? part->child : part->child_before);
	return part_entries(event->group, p);
}

static size_t first_part_from(const struct entry_group *group, uint64_t page)
{
	size_t at;

	BISECT(at, group->parts, group->part[at].last < page);
	return at;
}

void entry_group_play(const struct event *event, uint64_t from, uint64_t to, bool forward,
		      struct cost *cost)
{
	const struct entry_group *group = event->group;
	uint64_t entries = 0;

	for (size_t p = first_part_from(group, from); p < group->parts; p++) {
		const struct group_part *part = &group->part[p];
		bool whole = from <= part->first && to > part->last;

		if (part->first >= to)
			break;
		from = from > part->first ? from : part->first;
		expect_part(event, part, from, min(to, part->last + 1), forward);
		entries += whole && part->before.table
				   ? play_table(event, p, forward)
				   : play_runs(event, part, from, min(to, part->last + 1), forward);
	}
	cost->entries += forward ? entries : -entries;
}
