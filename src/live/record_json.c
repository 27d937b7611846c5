/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same names and nesting as in view/json.c, with one side called "live". Omits
 * what could not be observed: nothing is guessed.
 */
#include "live/record_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "live/against.h"
#include "report/model_json.h"

/* NULL is for what was not seen. */
static void set(json_t *object, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(object, key, value);
}

static json_t *number(int64_t n)
{
	return n < 0 ? NULL : json_integer(n);
}

/* --- pages and VMAs ------------------------------------------------------------- */

static json_t *answer(uint8_t answer)
{
	return answer == SEEN_UNKNOWN ? NULL : json_boolean(answer == SEEN_YES);
}

static json_t *page_run(const struct seen_run *run)
{
	json_t *object = json_object();
	int state = seen_state(run->page);

	set(object, "first", json_integer((json_int_t)run->first));
	set(object, "count", json_integer((json_int_t)run->count));
	if (state >= 0)
		set(object, "state", json_string(pte_state_names[state]));
	else
		set(object, "states", json_words(run->page.states, pte_state_names, PTE_STATES));
	set(object, "attrs", json_words(run->page.attrs, pte_attr_names, PTE_ATTRS));
	set(object, "seen", json_words(run->page.known, pte_attr_names, PTE_ATTRS));
	set(object, "anonymous", answer(run->page.anon));
	set(object, "parents_frame", answer(run->page.same));
	return object;
}

static json_t *pages(const struct seen_vma *vma)
{
	json_t *array;

	if (!vma->pages_known)
		return NULL;
	array = json_array();
	for (size_t i = 0; i < vma->run_count; i++)
		if (seen_state(vma->runs[i].page) != PTE_NONE)
			json_array_append_new(array, page_run(&vma->runs[i]));
	return array;
}

static void add_state(json_t *object, const struct seen_vma *vma, bool waited)
{
	set(object, "flags", json_flags(vma->flags & vma->flags_known));
	set(object, "flags_seen", json_flags(vma->flags_known));
	set(object, "pages", pages(vma));
	if (waited)
		set(object, "waited", json_true());
}

static json_t *vma_state(const struct seen_vma *vma, bool waited)
{
	json_t *object;

	if (!vma)
		return json_null();
	object = json_object();
	add_state(object, vma, waited);
	return object;
}

static json_t *names(const struct seen_vma *vma)
{
	json_t *array = json_array();

	for (size_t i = 0; i < vma->name_count; i++) {
		const struct seen_name *name = &vma->names[i];

		json_add_name(array, name->name, name->first, name->count, name->at);
	}
	return array;
}

static void add_place(json_t *object, const struct seen_vma *vma)
{
	const struct seen_name *name = seen_name_at(vma, 0);

	json_set_place(object, name ? name->name : "", vma->backing, vma->start, vma->end);
	set(object, "names", names(vma));
}

static json_t *process_now(const struct probe *probe, size_t step,
			   const struct seen_process *process)
{
	json_t *array;

	if (!process->alive)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < process->vma_count; i++) {
		json_t *object = json_object();

		add_place(object, &process->vmas[i]);
		add_state(object, &process->vmas[i], compare_waited(probe, step, &process->vmas[i]));
		json_array_append_new(array, object);
	}
	return array;
}

/* --- forks and costs --------------------------------------------------------------- */

static json_t *cost(int64_t entries, int64_t tables)
{
	json_t *object = json_object(), *total;

	set(object, "entries", number(entries));
	if (tables >= 0) { /* /proc has the sum of the levels */
		total = json_object();
		set(total, "total", number(tables));
		set(object, "tables", total);
	}
	return object;
}

static json_t *fork_object(const struct probe *probe, const struct seen_moment *moment)
{
	json_t *object = json_object(), *vmas = json_array();

	for (size_t i = 0; i < moment->parent.vma_count; i++) {
		const struct seen_vma *parent = &moment->parent.vmas[i];
		bool waited = compare_waited(probe, moment->step, parent);
		json_t *vma = json_object();

		add_place(vma, parent);
		if (parent->decision != SEEN_NO_DECISION)
			set(vma, "decision", json_string(decision_names[parent->decision]));
		set(vma, "parent", vma_state(parent, waited));
		set(vma, "child", vma_state(seen_vma_like(&moment->child, parent->start, parent->end), waited));
		json_array_append_new(vmas, vma);
	}
	set(object, "vmas", vmas);
	set(object, "cost", cost(moment->entries, moment->tables));
	return object;
}

/* Sums over the run. */
static json_t *whole_cost(const struct record *record)
{
	int64_t entries = 0, tables = 0, faults = 0, copies = 0;
	json_t *object;

	for (size_t i = 0; i < record->moment_count; i++)
		if (record->moments[i].fork) {
			seen_count(&entries, record->moments[i].entries);
			seen_count(&tables, record->moments[i].tables);
		}
	for (size_t i = 0; i < record->step_count; i++)
		if (record->steps[i].touch && record->steps[i].after_fork &&
		    record->steps[i].signal == TOUCH_OK) {
			seen_count(&faults, record->steps[i].faults);
			seen_count(&copies, record->steps[i].cow_copies);
		}
	object = cost(entries, tables);
	set(object, "faults", number(faults));
	set(object, "cow_copies", number(copies));
	return object;
}

/* --- places ------------------------------------------------------------------------ */

/* A command: its index, and where it is in the file. */
static void set_command(json_t *object, const struct probe *probe, size_t index)
{
	const struct command *command = probe->scenario.commands[index];

	set(object, "command", json_integer((json_int_t)index));
	set(object, "file", command->file ? json_string(command->file) : NULL);
	set(object, "line", command->line.n ? json_integer(command->line.words[0].line) : NULL);
}

/* Where the scenario could not be followed any further, and why. */
static json_t *stopped(const struct probe *probe)
{
	json_t *object;

	if (probe->end == PROBE_WHOLE)
		return NULL;
	object = json_object();
	set(object, "kind", json_string(probe_end_names[probe->end]));
	if (probe_end_command(probe))
		set_command(object, probe, probe->end_step);
	if (probe->err)
		set(object, "errno", json_string(strerrorname_np(probe->err)));
	set(object, "reason", json_string(probe->reason));
	if (probe->end == PROBE_LATE)
		set(object, "seconds", json_real(probe->seconds));
	return object;
}

/* --- the machine, and the model ------------------------------------------------------ */

/* The command that would set the model's machine as this one is; NULL: it is. */
static json_t *machine_command(const struct probe *probe)
{
	const struct scenario *scenario = &probe->scenario;

	if (scenario->thp != probe->knobs.thp)
		return json_sprintf("set thp %s", thp_mode_names[probe->knobs.thp]);
	if (scenario->fault_around != probe->knobs.fault_around)
		return json_sprintf("set fault-around %" PRIu64, probe->knobs.fault_around);
	if (scenario->no_zero_page != probe->knobs.no_zero_page)
		return json_sprintf("set zero-page %s", probe->knobs.no_zero_page ? "off" : "on");
	return NULL;
}

static json_t *difference_list(const struct probe *probe, const struct differences *differences)
{
	json_t *list = json_array();

	for (size_t i = 0; i < differences->n; i++) {
		json_t *object = json_object();

		set_command(object, probe, differences->v[i].step);
		set(object, "text", json_string(differences->v[i].text));
		json_array_append_new(list, object);
	}
	return list;
}

/* The command that was carried out and that this kernel's model does not model. */
static json_t *unfollowed_object(const struct probe *probe, const struct unfollowed *unfollowed)
{
	json_t *object;

	if (!unfollowed->reason)
		return NULL;
	object = json_object();
	set_command(object, probe, unfollowed->step);
	set(object, "reason", json_string(unfollowed->reason));
	return object;
}

static json_t *compared_side(const struct probe *probe, int side)
{
	const struct kernel *kernel = probe->scenario.kernel[side];
	struct differences differences = {0};
	struct unfollowed unfollowed;
	struct score score = probe_compare_kernel(probe, kernel, &differences, &unfollowed);
	json_t *object = json_object();

	set(object, "kernel", json_string(kernel->name));
	set(object, "check", json_string(kernel_check_word(kernel)));
	set(object, "agree", json_integer((json_int_t)score.agree));
	set(object, "differ", json_integer((json_int_t)score.differ));
	set(object, "not_observable", json_integer((json_int_t)score.unseen));
	set(object, "differences", difference_list(probe, &differences));
	set(object, "not_modelled", unfollowed_object(probe, &unfollowed));
	free(unfollowed.reason);
	differences_deinit(&differences);
	return object;
}

static json_t *compared(const struct probe *probe)
{
	json_t *object = json_object();

	for (int side = 0; side < SIDES; side++)
		set(object, side_names[side], compared_side(probe, side));
	return object;
}

char *record_json(const struct probe *probe, bool sides_too)
{
	const struct record *record = &probe->seen;
	json_t *root = json_object(), *sides = json_object(), *live = json_object();
	json_t *forks = json_array(), *now;
	char *text;

	set(live, "kernel", json_string(probe->release.name));
	for (size_t i = 0; i < record->moment_count; i++)
		if (record->moments[i].fork)
			json_array_append_new(forks, fork_object(probe, &record->moments[i]));
	set(live, "forks", forks);
	if (record->moment_count) {
		const struct seen_moment *last = &record->moments[record->moment_count - 1];

		now = json_object();
		set(now, "parent", process_now(probe, last->step, &last->parent));
		set(now, "child", process_now(probe, last->step, &last->child));
		set(live, "now", now);
	}
	set(live, "cost", whole_cost(record));
	set(live, "stopped", stopped(probe));
	set(sides, "live", live);
	set(root, "schema", json_integer(PROBE_JSON_SCHEMA));
	set(root, "title", probe->scenario.title ? json_string(probe->scenario.title) : json_null());
	set(root, "about", probe->scenario.about ? json_string(probe->scenario.about) : json_null());
	set(root, "release", json_string(probe->release.name));
	set(root, "version", json_string(probe->release.version));
	set(root, "machine", machine_command(probe));
	set(root, "blind", probe->blind ? json_true() : NULL);
	set(root, "commands", json_integer((json_int_t)probe->scenario.n));
	set(root, "sides", sides);
	set(root, "compared", sides_too ? compared(probe) : NULL);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}
