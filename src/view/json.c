/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session knows, for other programs: the state right after each fork,
 * the state at the end, and what it all cost. Frames are left out: their
 * numbers mean nothing outside of this program.
 */
#include "view/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "model/events.h"
#include "report/text.h"

#define SCHEMA 1

/* A string that is no UTF-8 (a file name may be any bytes) has no value. */
static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value ? value : json_null());
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *string_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *address(uint64_t address)
{
	char text[2 + 16 + 1];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	return json_string(text);
}

static json_t *flag_names(uint64_t flags)
{
	json_t *names = json_array();

	for (size_t i = 0; i < VM_FLAG_COUNT; i++)
		if (flags & UINT64_C(1) << i)
			json_array_append_new(names, json_string(vm_flags[i].name));
	return names;
}

static json_t *attr_names(uint16_t attrs)
{
	json_t *names = json_array();

	for (size_t i = 0; i < PTE_ATTRS; i++)
		if (attrs & 1u << i)
			json_array_append_new(names, json_string(pte_attr_names[i]));
	return names;
}

static json_t *page_run(uint64_t first, uint64_t count, struct pte pte)
{
	json_t *run = json_object();

	set(run, "first", number(first));
	set(run, "count", number(count));
	set(run, "state", json_string(pte_state_names[pte.state]));
	set(run, "attrs", attr_names(pte.attrs));
	return run;
}

/* Runs that differ in their frames only are one here. */
static json_t *page_runs(const struct runs *runs)
{
	json_t *pages = json_array();

	for (size_t i = 0; i < runs->n;) {
		struct pte pte = runs->v[i].pte;
		uint64_t first = runs->v[i].first, count = 0;

		do {
			count += runs_length(runs, i++);
		} while (i < runs->n && runs->v[i].pte.state == pte.state &&
			 runs->v[i].pte.attrs == pte.attrs);
		if (pte.state != PTE_NONE)
			json_array_append_new(pages, page_run(first, count, pte));
	}
	return pages;
}

/* The part of a VMA that parent and child have each for themselves. */
static void add_state(json_t *object, const struct vm_area *vma)
{
	set(object, "flags", flag_names(vma->flags));
	set(object, "anon_vma", json_boolean(vma->anon_vma));
	set(object, "pages", page_runs(&vma->pages));
}

static json_t *vma_state(const struct vm_area *vma)
{
	json_t *object;

	if (!vma)
		return json_null();
	object = json_object();
	add_state(object, vma);
	return object;
}

static void add_place(json_t *object, const struct vm_area *vma)
{
	set(object, "name", json_string(vma->name));
	set(object, "backing", json_string(backing_names[vma->backing]));
	set(object, "start", address(vma->start));
	set(object, "end", address(vma->end));
}

static json_t *tables(const struct cost *cost)
{
	json_t *levels = json_object();

	set(levels, "pte", number(cost->tables[LEVEL_PTE]));
	set(levels, "pmd", number(cost->tables[LEVEL_PMD]));
	set(levels, "pud", number(cost->tables[LEVEL_PUD]));
	set(levels, "p4d", number(cost->tables[LEVEL_P4D]));
	return levels;
}

static json_t *fork_cost(const struct cost *cost)
{
	json_t *object = json_object();

	set(object, "entries", number(cost->entries));
	set(object, "tables", tables(cost));
	set(object, "copied_pages", number(cost->copied));
	set(object, "bytes", number(cost_bytes(cost)));
	return object;
}

static json_t *whole_cost(const struct cost *cost)
{
	json_t *object = fork_cost(cost);

	set(object, "faults", number(cost->faults));
	set(object, "cow_copies", number(cost->cow_copies));
	return object;
}

static struct cost cost_between(const struct cost *before, const struct cost *after)
{
	struct cost cost = {
		.entries = after->entries - before->entries,
		.copied = after->copied - before->copied,
	};

	for (size_t i = 0; i < TABLE_LEVELS; i++)
		cost.tables[i] = after->tables[i] - before->tables[i];
	return cost;
}

static json_t *forked_vma(const struct fork_vma *vma)
{
	json_t *object = json_object();

	add_place(object, vma->src);
	set(object, "decision", json_string(decision_names[vma->decision.what]));
	set(object, "reason", json_string(decision_reason(&vma->decision)));
	set(object, "parent", vma_state(vma->src));
	set(object, "child", vma_state(vma->dst));
	return object;
}

static json_t *one_fork(struct machine *m, const struct fork_record *fork)
{
	json_t *object = json_object(), *vmas = json_array();
	struct cost before, cost;

	machine_seek(m, fork->first_event, 0);
	before = m->cost;
	machine_seek(m, fork->end_event, 0);
	cost = cost_between(&before, &m->cost);

	for (size_t i = 0; i < fork->vma_count; i++)
		json_array_append_new(vmas, forked_vma(&fork->vmas[i]));
	set(object, "vmas", vmas);
	set(object, "cost", fork_cost(&cost));
	return object;
}

static json_t *process(const struct mm *mm)
{
	json_t *vmas;

	if (!mm || mm->dead)
		return json_null();
	vmas = json_array();
	for (size_t i = 0; i < mm->vma_count; i++) {
		json_t *object = json_object();

		add_place(object, mm->vmas[i]);
		add_state(object, mm->vmas[i]);
		json_array_append_new(vmas, object);
	}
	return vmas;
}

static json_t *one_side(struct machine *m)
{
	json_t *object = json_object(), *forks = json_array(), *now = json_object();

	set(object, "kernel", json_string(m->kernel->name));
	set(object, "profile", json_string(m->kernel->profile));
	set(object, "check",
	    json_string(kernel_checks(m->kernel) == SIDE_DST ? "dst" : "src"));
	for (size_t i = 0; i < m->fork_count; i++)
		json_array_append_new(forks, one_fork(m, &m->forks[i]));
	set(object, "forks", forks);

	machine_seek_end(m);
	set(now, "parent", process(m->parent));
	set(now, "child", process(m->child));
	set(object, "now", now);
	set(object, "cost", whole_cost(&m->cost));
	return object;
}

/* The VMAs of the last fork about which the sides do not agree. */
static json_t *differing(struct machine *const machines[2])
{
	const struct machine *left = machines[LEFT];
	const struct fork_record *fork;
	json_t *names = json_array();

	if (!left->fork_count)
		return names;
	fork = &left->forks[left->fork_count - 1];
	for (size_t i = 0; i < fork->vma_count; i++)
		if (sides_differ(machines, fork->vmas[i].src->name))
			json_array_append_new(names, json_string(fork->vmas[i].src->name));
	return names;
}

static json_t *expectations(const struct session *session)
{
	json_t *object = json_object();

	set(object, "passed", number(session_passed(session)));
	set(object, "failed", number(session_failed(session)));
	return object;
}

char *json_session(const struct session *session)
{
	struct machine *machines[SIDES] = { session_machine(session, LEFT),
					    session_machine(session, RIGHT) };
	struct timeline *timeline = session_timeline(session);
	size_t at = timeline->at;
	uint64_t page = timeline->page;
	json_t *root, *sides;
	char *text;

	json_set_alloc_funcs(xmalloc, free);
	root = json_object();
	sides = json_object();
	set(root, "schema", json_integer(SCHEMA));
	set(root, "title", string_or_null(session_story(session)->title));
	set(root, "about", string_or_null(session_story(session)->about));
	for (int side = LEFT; side < SIDES; side++)
		set(sides, side_names[side], one_side(machines[side]));
	set(root, "sides", sides);
	set(root, "differ", differing(machines));
	set(root, "expectations", expectations(session));
	timeline_seek(timeline, at, page);

	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}
