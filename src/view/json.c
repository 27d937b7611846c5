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

/* The end of the text, as far as it was not written. No more is added without budget. */
struct json_text {
	struct buf text;
	struct buf entry; /* what is written of entries like `pte`: most are like the one before */
	struct pte pte;
	json_sink *write;
	void *owner;
	struct budget *budget;
};

#define PIECE 65536 /* bytes that are written at once */

/* To write what a VMA has, or a run of pages. */
#define VMA_STEPS 30
#define RUN_STEPS 10

/* Writes what there is but for `keep` bytes. */
static void flush(struct json_text *out, size_t keep)
{
	size_t n = out->text.len - keep;

	out->write(out->owner, out->text.s, n);
	memmove(out->text.s, out->text.s + n, keep + 1);
	out->text.len = keep;
}

static bool charge(struct json_text *out, uint64_t steps)
{
	if (out->text.len > PIECE)
		flush(out, 1); /* separate() looks at it */
	return budget_spend(out->budget, steps) && budget_lasts(out->budget);
}

static int append(const char *text, size_t length, void *out)
{
	buf_add(out, text, length);
	return 0;
}

/* A comma after a value, none after "{", "[" or ":". */
static void separate(struct json_text *out)
{
	const struct buf *text = &out->text;

	if (text->len && !strchr("{[:", text->s[text->len - 1]))
		buf_putc(&out->text, ',');
}

static void add_value(struct json_text *out, json_t *value)
{
	separate(out);
	json_dump_callback(value, append, &out->text, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(value);
}

/* A word of ours, which nothing in it has to be escaped for. */
static void add_word(struct json_text *out, const char *word)
{
	separate(out);
	buf_putc(&out->text, '"');
	buf_puts(&out->text, word);
	buf_putc(&out->text, '"');
}

static void add_key(struct json_text *out, const char *key)
{
	add_word(out, key);
	buf_putc(&out->text, ':');
}

static void add_member(struct json_text *out, const char *key, json_t *value)
{
	add_key(out, key);
	add_value(out, value ? value : json_null());
}

static void begin(struct json_text *out, char bracket)
{
	separate(out);
	buf_putc(&out->text, bracket);
}

static void close_with(struct json_text *out, char bracket)
{
	buf_putc(&out->text, bracket);
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

#define ADD(text, literal) buf_add(text, literal, sizeof(literal) - 1)

/* State and attributes of an entry, to the end of its object: most are like the one before. */
static const struct buf *entry_members(struct json_text *out, struct pte pte)
{
	struct buf written = out->text;

	if (out->entry.len && out->pte.state == pte.state && out->pte.attrs == pte.attrs)
		return &out->entry;
	out->pte = pte;
	buf_clear(&out->entry);
	out->text = out->entry; /* for the functions that add to it */
	ADD(&out->text, ",\"state\":");
	add_word(out, pte_state_names[pte.state]);
	add_member(out, "attrs", json_words(pte.attrs, pte_attr_names, PTE_ATTRS));
	close_with(out, '}');
	out->entry = out->text;
	out->text = written;
	return &out->entry;
}

/* One of up to millions: not by its members. */
static void add_page_run(struct json_text *out, uint64_t first, uint64_t count, struct pte pte)
{
	const struct buf *members = entry_members(out, pte);
	struct buf *text = &out->text;

	separate(out);
	ADD(text, "{\"first\":");
	buf_number(text, first);
	ADD(text, ",\"count\":");
	buf_number(text, count);
	buf_add(text, members->s, members->len);
}

/* Runs that differ in their frames only are one here. */
static void add_page_runs(struct json_text *out, const struct vm_area *vma)
{
	uint64_t first = vma_first(vma), end = vma_last(vma) + 1;
	struct runs_walk walk = runs_walk_from(&vma->mm->pages, first);

	begin(out, '[');
	while (walk.page < end && charge(out, RUN_STEPS)) {
		uint64_t page = walk.page, last;
		struct pte pte = runs_walk_next(&walk, &last);

		if (pte.state != PTE_NONE)
			add_page_run(out, page - first, (last < end ? last + 1 : end) - page, pte);
	}
	close_with(out, ']');
}

/* The members that a VMA has once for the parent and once for the child. */
static void add_state(struct json_text *out, const struct vm_area *vma)
{
	add_member(out, "flags", json_flags(vma->flags));
	add_member(out, "anon_vma", json_boolean(vma->anon_vma));
	add_key(out, "pages");
	add_page_runs(out, vma);
}

static void add_vma_state(struct json_text *out, const char *key, const struct vm_area *vma)
{
	if (!vma) {
		add_member(out, key, json_null());
		return;
	}
	add_key(out, key);
	begin(out, '{');
	add_state(out, vma);
	close_with(out, '}');
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

/* An object for a VMA, where it is first; other members follow. */
static void begin_vma(struct json_text *out, const struct vm_area *vma)
{
	json_t *place = json_object();

	json_set_place(place, vma_name(vma), vma->backing, vma->start, vma->end);
	set(place, "names", names_of(vma));
	add_value(out, place);
	out->text.s[--out->text.len] = '\0'; /* not closed yet */
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

static void add_forked_vma(struct json_text *out, const struct fork_vma *vma)
{
	begin_vma(out, vma->src);
	add_key(out, "decision");
	add_word(out, decision_names[vma->decision.what]);
	add_key(out, "reason");
	add_word(out, decision_reason(&vma->decision));
	add_vma_state(out, "parent", vma->src);
	add_vma_state(out, "child", vma->dst);
	close_with(out, '}');
}

static void add_fork(struct json_text *out, struct machine *m, const struct fork_record *fork)
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
	for (size_t i = 0; i < fork->vma_count && charge(out, VMA_STEPS); i++)
		add_forked_vma(out, &fork->vmas[i]);
	close_with(out, ']');
	if (fork->err) {
		add_member(out, "error", json_string(strerrorname_np(fork->err)));
		add_member(out, "at", json_sprintf("0x%" PRIx64, fork->failed->start));
	}
	if (fork->waited)
		add_member(out, "blocked", json_true());
	add_member(out, "cost", fork_cost(&cost, &m->paging));
	close_with(out, '}');
}

static void add_process(struct json_text *out, const char *key, const struct mm *mm)
{
	if (!mm || mm->dead) {
		add_member(out, key, json_null());
		return;
	}
	add_key(out, key);
	begin(out, '[');
	for_each_vma(mm, vma) {
		if (!charge(out, VMA_STEPS))
			break;
		begin_vma(out, vma);
		add_state(out, vma);
		close_with(out, '}');
	}
	close_with(out, ']');
}

/* What `set` has made of it. */
static json_t *machine_of(const struct paging *paging)
{
	json_t *object = json_object();

	set(object, "name", json_string(arch_names[paging->arch]));
	set(object, "page_size", number(page_size(paging)));
	set(object, "page_table_levels", number(paging->levels));
	set(object, "access_bits", json_string(paging->hardware_bits ? "hardware" : "software"));
	return object;
}

static void add_side(struct json_text *out, struct machine *m)
{
	begin(out, '{');
	add_member(out, "kernel", json_string(m->kernel->name));
	add_member(out, "profile", json_string(m->kernel->profile));
	add_member(out, "check",
		   json_string(kernel_check_word(m->kernel)));
	add_key(out, "forks");
	begin(out, '[');
	for (size_t i = 0; i < m->fork_count && charge(out, VMA_STEPS); i++)
		add_fork(out, m, &m->forks[i]);
	close_with(out, ']');

	machine_seek_end(m);
	add_key(out, "now");
	begin(out, '{');
	add_process(out, "parent", m->parent);
	add_process(out, "child", m->child);
	close_with(out, '}');
	add_member(out, "cost", whole_cost(&m->cost, &m->paging));
	close_with(out, '}');
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

bool json_write(struct session *session, json_sink *write, void *owner, struct vf_error *error)
{
	struct machine *machines[SIDES] = { session_machine(session, LEFT),
					    session_machine(session, RIGHT) };
	const struct story *story = session_story(session);
	size_t at[SIDES] = {machines[LEFT]->at, machines[RIGHT]->at};
	uint64_t pages[SIDES] = {machines[LEFT]->at_pages, machines[RIGHT]->at_pages};
	struct json_text out = {.write = write, .owner = owner, .budget = session_budget(session)};

	json_set_alloc_funcs(xmalloc, free);
	begin(&out, '{');
	add_member(&out, "schema", json_integer(SCHEMA));
	add_member(&out, "title", string_or_null(story->title));
	add_member(&out, "about", string_or_null(story->about));
	if (!paging_is_usual(&machines[LEFT]->paging))
		add_member(&out, "machine", machine_of(&machines[LEFT]->paging));
	add_key(&out, "sides");
	begin(&out, '{');
	for (int side = LEFT; side < SIDES; side++) {
		add_key(&out, side_names[side]);
		add_side(&out, machines[side]);
	}
	close_with(&out, '}');
	add_member(&out, "differ", differing(machines));
	add_member(&out, "expectations", expectations(session));
	close_with(&out, '}');
	for (int side = LEFT; side < SIDES; side++)
		machine_seek(machines[side], at[side], pages[side]);
	flush(&out, 0);
	buf_deinit(&out.text);
	buf_deinit(&out.entry);
	return budget_check(out.budget, error);
}

static void keep(void *owner, const char *text, size_t length)
{
	buf_add(owner, text, length);
}

char *json_session(struct session *session)
{
	struct vf_error ignored;
	struct buf text = {0};

	json_write(session, keep, &text, &ignored);
	return buf_take(&text);
}
