/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session for other programs: the state right after each fork, the state at the end,
 * and the costs. Frame numbers mean nothing outside of this program and are left out.
 *
 * jansson makes and writes every value. Only objects and arrays with many members are
 * assembled here, so that a hundred thousand VMAs need the memory of one.
 */
#include "view/json.h"

#include <jansson.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/events.h"
#include "report/differ.h"
#include "report/label.h"
#include "report/model_json.h"

#define SCHEMA 1

/* --- putting values together ---------------------------------------------- */

static int append(const char *text, size_t length, void *out)
{
	buf_add(out, text, length);
	return 0;
}

/* A comma after a value, none after "{", "[" or ":". */
static void separate(struct buf *out)
{
	if (out->len && !strchr("{[:", out->s[out->len - 1]))
		buf_putc(out, ',');
}

static void add_value(struct buf *out, json_t *value)
{
	separate(out);
	json_dump_callback(value, append, out, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(value);
}

static void add_key(struct buf *out, const char *key)
{
	add_value(out, json_string(key));
	buf_putc(out, ':');
}

static void add_member(struct buf *out, const char *key, json_t *value)
{
	add_key(out, key);
	add_value(out, value ? value : json_null());
}

static void begin(struct buf *out, char bracket)
{
	separate(out);
	buf_putc(out, bracket);
}

/* --- values ----------------------------------------------------------------- */

/* value NULL: jansson refused a string that is not UTF-8; a file name may be any bytes. */
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

static json_t *page_run(uint64_t first, uint64_t count, struct pte pte)
{
	json_t *run = json_object();

	set(run, "first", number(first));
	set(run, "count", number(count));
	set(run, "state", json_string(pte_state_names[pte.state]));
	set(run, "attrs", json_words(pte.attrs, pte_attr_names, PTE_ATTRS));
	return run;
}

/* Runs that differ in their frames only are one here. */
static json_t *page_runs(const struct vm_area *vma)
{
	json_t *pages = json_array();

	for (uint64_t page = 0, last; page < vma_pages(vma); page = last + 1) {
		struct pte pte = vma_alike(vma, page, &last);

		if (pte.state != PTE_NONE)
			json_array_append_new(pages, page_run(page, last - page + 1, pte));
	}
	return pages;
}

/* The members that a VMA has once for the parent and once for the child. */
static void add_state(json_t *object, const struct vm_area *vma)
{
	set(object, "flags", json_flags(vma->flags));
	set(object, "anon_vma", json_boolean(vma->anon_vma));
	set(object, "pages", page_runs(vma));
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

/* The names of its pages: `first` counts in the name, `at` in the VMA. */
static json_t *names_of(const struct vm_area *vma)
{
	json_t *names = json_array();
	struct named_pages pages;

	for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = pages.last + 1) {
		json_t *name;

		pages = named_pages(vma->mm, page, vma_last(vma));
		if (!pages.name)
			continue;
		name = json_object();
		set(name, "name", json_string(pages.name->text));
		set(name, "first", number(pages.number));
		set(name, "count", number(pages.last - pages.first + 1));
		set(name, "at", number(pages.first - vma_first(vma)));
		json_array_append_new(names, name);
	}
	return names;
}

static void add_place(json_t *object, const struct vm_area *vma)
{
	json_set_place(object, vma_name(vma), vma->backing, vma->start, vma->end);
	set(object, "names", names_of(vma));
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

static json_t *fork_cost(const struct cost *cost, const struct paging *paging)
{
	json_t *object = json_object();

	set(object, "entries", number(cost->entries));
	set(object, "tables", tables(cost));
	set(object, "copied_pages", number(cost->copied));
	set(object, "bytes", number(cost_bytes(cost, paging)));
	return object;
}

static json_t *whole_cost(const struct cost *cost, const struct paging *paging)
{
	json_t *object = fork_cost(cost, paging);

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

static void add_fork(struct buf *out, struct machine *m, const struct fork_record *fork)
{
	struct cost before, cost;

	machine_seek(m, fork->first_event, 0);
	before = m->cost;
	machine_seek(m, fork->end_event, 0);
	cost = cost_between(&before, &m->cost);

	begin(out, '{');
	add_member(out, "kind", json_string(fork_kind_names[fork->kind]));
	add_key(out, "vmas");
	begin(out, '[');
	for (size_t i = 0; i < fork->vma_count; i++)
		add_value(out, forked_vma(&fork->vmas[i]));
	buf_putc(out, ']');
	if (fork->err) {
		add_member(out, "error", json_string(strerrorname_np(fork->err)));
		add_member(out, "at", json_sprintf("0x%" PRIx64, fork->failed->start));
	}
	if (fork->waited)
		add_member(out, "blocked", json_true());
	add_member(out, "cost", fork_cost(&cost, &m->paging));
	buf_putc(out, '}');
}

static json_t *vma_now(const struct vm_area *vma)
{
	json_t *object = json_object();

	add_place(object, vma);
	add_state(object, vma);
	return object;
}

static void add_process(struct buf *out, const char *key, const struct mm *mm)
{
	if (!mm || mm->dead) {
		add_member(out, key, json_null());
		return;
	}
	add_key(out, key);
	begin(out, '[');
	for_each_vma(mm, vma)
		add_value(out, vma_now(vma));
	buf_putc(out, ']');
}

static void add_side(struct buf *out, struct machine *m)
{
	begin(out, '{');
	add_member(out, "kernel", json_string(m->kernel->name));
	add_member(out, "profile", json_string(m->kernel->profile));
	add_member(out, "check",
		   json_string(kernel_check_word(m->kernel)));
	add_key(out, "forks");
	begin(out, '[');
	for (size_t i = 0; i < m->fork_count; i++)
		add_fork(out, m, &m->forks[i]);
	buf_putc(out, ']');

	machine_seek_end(m);
	add_key(out, "now");
	begin(out, '{');
	add_process(out, "parent", m->parent);
	add_process(out, "child", m->child);
	buf_putc(out, '}');
	add_member(out, "cost", whole_cost(&m->cost, &m->paging));
	buf_putc(out, '}');
}

/* The names about which the sides differ in the last fork. */
static json_t *differing(struct machine *const machines[2])
{
	json_t *list = json_array();
	const char **names;
	size_t n = differing_names(machines, false, &names);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(names[i]));
	free(names);
	return list;
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
	const struct story *story = session_story(session);
	size_t at[SIDES] = {machines[LEFT]->at, machines[RIGHT]->at};
	uint64_t pages[SIDES] = {machines[LEFT]->at_pages, machines[RIGHT]->at_pages};
	struct buf out = { 0 };

	json_set_alloc_funcs(xmalloc, free);
	begin(&out, '{');
	add_member(&out, "schema", json_integer(SCHEMA));
	add_member(&out, "title", string_or_null(story->title));
	add_member(&out, "about", string_or_null(story->about));
	add_key(&out, "sides");
	begin(&out, '{');
	for (int side = LEFT; side < SIDES; side++) {
		add_key(&out, side_names[side]);
		add_side(&out, machines[side]);
	}
	buf_putc(&out, '}');
	add_member(&out, "differ", differing(machines));
	add_member(&out, "expectations", expectations(session));
	buf_putc(&out, '}');
	for (int side = LEFT; side < SIDES; side++)
		machine_seek(machines[side], at[side], pages[side]);
	return buf_take(&out);
}
