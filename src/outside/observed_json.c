/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what live/record_json.c writes. The input is untrusted: every member is checked. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "observe/paging.h"
#include "outside/observed.h"
#include "outside/probe_json.h"
#include "report/model_json.h"

#define PAGES_MOST (UINT64_C(1) << 52)
#define SECONDS_MOST 86400

/* The first error ends the reading; the caller frees what was built so far. */
struct reading {
	const char *commands; /* a line each */
	size_t command_count;
	struct vf_error *error;
	bool failed;
};

static bool wrong(struct reading *r, const char *what)
{
	if (!r->failed)
		probe_json_wrong(r->error, what);
	r->failed = true;
	return false;
}

/* --- commands ---------------------------------------------------------------------- */

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void add_line(const char *text, size_t index, struct buf *out)
{
	while (index--)
		text += strcspn(text, "\n") + 1;
	buf_add(out, text, strcspn(text, "\n"));
}

/*
 * "COMMAND: what", by the index of the object's command; `optional`: it may name none,
 * and the text is `what` alone. NULL: it is wrong. The caller frees it.
 */
static char *read_remark(struct reading *r, const json_t *object, const char *what, bool optional)
{
	const char *words = probe_json_string(object, what);
	bool none = optional && !json_object_get(object, "command");
	struct buf text = {0};
	size_t index = 0;

	if (!words || (!none && (!r->command_count ||
				 !probe_json_count(object, "command", r->command_count - 1, &index)))) {
		wrong(r, words ? "the index of a command" : "a message about a command");
		return NULL;
	}
	if (!none) {
		add_line(r->commands, index, &text);
		buf_puts(&text, ": ");
	}
	buf_puts(&text, words);
	return buf_take(&text);
}

/* --- words and numbers ------------------------------------------------------------- */

static uint16_t bits(struct reading *r, const json_t *list, const char *const *words, size_t n)
{
	uint64_t value = 0;

	if (!json_read_words(list, words, n, &value))
		wrong(r, "an entry's words");
	return (uint16_t)value;
}

static uint64_t address(struct reading *r, const json_t *value)
{
	uint64_t number = 0;

	if (!json_read_address(value, &number))
		wrong(r, "an address");
	return number;
}

static char *text_of(const json_t *value)
{
	return json_is_string(value) ? xstrdup(json_string_value(value)) : NULL;
}

/* -1 where it could not be observed. */
static int64_t number_of(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0
		       ? (int64_t)json_integer_value(value) : -1;
}

static uint8_t answer_of(const json_t *value)
{
	return !json_is_boolean(value) ? SEEN_UNKNOWN : json_is_true(value) ? SEEN_YES : SEEN_NO;
}

/* --- pages and VMAs ----------------------------------------------------------------- */

static const struct seen_page no_entry = {.states = 1u << PTE_NONE};

static void read_run(struct reading *r, const json_t *run, uint64_t pages, struct seen_vma *vma)
{
	const json_t *first = json_object_get(run, "first"), *count = json_object_get(run, "count");
	uint64_t at = vma->run_count ? vma->runs[vma->run_count - 1].first +
					       vma->runs[vma->run_count - 1].count
				     : 0;
	uint64_t from = (uint64_t)json_integer_value(first), n = (uint64_t)json_integer_value(count);
	int known = json_read_word(json_object_get(run, "state"), pte_state_names, PTE_STATES);
	struct seen_page page = {
		.states = known >= 0 ? (uint16_t)(1u << known)
				     : bits(r, json_object_get(run, "states"), pte_state_names, PTE_STATES),
		.attrs = bits(r, json_object_get(run, "attrs"), pte_attr_names, PTE_ATTRS),
		.known = bits(r, json_object_get(run, "seen"), pte_attr_names, PTE_ATTRS),
		.anon = answer_of(json_object_get(run, "anonymous")),
		.same = answer_of(json_object_get(run, "parents_frame")),
	};

	if (!json_is_integer(first) || !json_is_integer(count) || from < at || from >= pages || !n ||
	    n > pages - from || !page.states) {
		wrong(r, "a run of pages");
		return;
	}
	if (from > at)
		seen_add_pages(vma, from - at, no_entry);
	seen_add_pages(vma, n, page);
}

static void read_pages(struct reading *r, const json_t *list, struct seen_vma *vma)
{
	uint64_t pages = seen_vma_pages(vma), at = 0;
	json_t *run;
	size_t i;

	vma->pages_known = json_is_array(list);
	json_array_foreach(list, i, run)
		if (!r->failed)
			read_run(r, run, pages, vma);
	if (vma->run_count)
		at = vma->runs[vma->run_count - 1].first + vma->runs[vma->run_count - 1].count;
	if (!r->failed && vma->pages_known && at < pages)
		seen_add_pages(vma, pages - at, no_entry);
}

/* Its names cover the VMA, one behind the other. */
static void read_names(struct reading *r, const json_t *list, struct seen_vma *vma)
{
	uint64_t left = seen_vma_pages(vma);
	json_t *item;
	size_t i;

	if (!json_is_array(list))
		wrong(r, "the names of a VMA");
	json_array_foreach(list, i, item) {
		const char *name = probe_json_string(item, "name");
		size_t first, count;

		if (r->failed)
			return;
		if (!name || !probe_json_count(item, "first", PAGES_MOST, &first) ||
		    !probe_json_count(item, "count", left, &count) || !count) {
			wrong(r, "a name of a VMA");
			return;
		}
		seen_add_name(vma, name, first, count);
		left -= count;
	}
}

/* place: names and extent; state: flags and pages. NULL: it is wrong. */
static struct seen_vma *read_vma(struct reading *r, const json_t *place, const json_t *state,
				 struct seen_process *process)
{
	uint64_t start = address(r, json_object_get(place, "start"));
	uint64_t end = address(r, json_object_get(place, "end"));
	uint64_t from = process->vma_count ? process->vmas[process->vma_count - 1].end : 0;
	int kind = json_read_word(json_object_get(place, "backing"), backing_names, BACKINGS);
	struct seen_vma *vma;

	if (kind < 0 || start < from || end <= start || (end - start) / PAGE_SIZE > PAGES_MOST ||
	    !json_is_object(state))
		wrong(r, "a VMA");
	if (r->failed)
		return NULL;
	vma = seen_add_vma(process, (enum backing)kind, start, end);
	read_names(r, json_object_get(place, "names"), vma);
	vma->flags = json_read_flags(json_object_get(state, "flags"));
	vma->flags_known = json_read_flags(json_object_get(state, "flags_seen"));
	/* The results of a touch that waits are no fact of the language. */
	if (!json_is_true(json_object_get(state, "waited")))
		read_pages(r, json_object_get(state, "pages"), vma);
	return vma;
}

static void read_process(struct reading *r, const json_t *list, struct seen_process *process)
{
	json_t *vma;
	size_t i;

	process->alive = json_is_array(list);
	json_array_foreach(list, i, vma)
		if (!r->failed)
			read_vma(r, vma, vma, process);
}

/* waited: a touch had results that the language does not describe. */
static struct seen_cost read_cost(const json_t *cost, bool waited)
{
	struct seen_cost none = {-1, -1, -1, -1};
	const json_t *tables = json_object_get(cost, "tables");

	return waited ? none
		      : (struct seen_cost){number_of(json_object_get(cost, "entries")),
					   number_of(json_object_get(tables, "total")),
					   number_of(json_object_get(cost, "faults")),
					   number_of(json_object_get(cost, "cow_copies"))};
}

static bool any_waited(const json_t *vmas)
{
	json_t *vma;
	size_t i;

	json_array_foreach(vmas, i, vma)
		if (json_object_get(vma, "waited") ||
		    json_object_get(json_object_get(vma, "parent"), "waited"))
			return true;
	return false;
}

static void read_fork(struct reading *r, const json_t *fork, struct record *record)
{
	struct seen_moment *moment = record_add(record, record->moment_count, true);
	const json_t *list = json_object_get(fork, "vmas");
	struct seen_cost cost;
	json_t *vma;
	size_t i;

	if (!json_is_array(list))
		wrong(r, "a fork");
	moment->parent.alive = moment->child.alive = true;
	json_array_foreach(list, i, vma) {
		const json_t *child = json_object_get(vma, "child");
		struct seen_vma *seen = r->failed ? NULL : read_vma(r, vma, json_object_get(vma, "parent"),
								    &moment->parent);

		if (!seen)
			return;
		seen->decision = json_read_word(json_object_get(vma, "decision"), decision_names,
						DECISION_WIPE + 1);
		if (child && !json_is_null(child))
			read_vma(r, vma, child, &moment->child);
	}
	cost = read_cost(json_object_get(fork, "cost"), any_waited(list));
	moment->entries = cost.entries;
	moment->tables = cost.tables;
}

/* --- the model against it ------------------------------------------------------------- */

static void read_verdict(struct reading *r, const json_t *object, struct verdict *verdict)
{
	const json_t *list = json_object_get(object, "differences");
	const json_t *unfollowed = json_object_get(object, "not_modelled");
	struct buf ended = {0};
	json_t *difference;
	size_t i;

	if (!json_is_array(list) || !probe_json_count(object, "agree", SIZE_MAX, &verdict->agree) ||
	    !probe_json_count(object, "differ", SIZE_MAX, &verdict->differ) ||
	    !probe_json_count(object, "not_observable", SIZE_MAX, &verdict->unseen)) {
		wrong(r, "a comparison");
		return;
	}
	verdict->differences = xcalloc(json_array_size(list) + 1, sizeof(char *));
	json_array_foreach(list, i, difference) {
		char *line = r->failed ? NULL : read_remark(r, difference, "text", false);

		if (line)
			verdict->differences[verdict->difference_count++] = line;
	}
	if (unfollowed && !r->failed) {
		char *line = read_remark(r, unfollowed, "reason", false);

		if (line)
			buf_printf(&ended, "followed up to a command that is not modelled: %s", line);
		free(line);
		verdict->ended = line ? buf_take(&ended) : NULL;
	}
}

/* How it ended, before its end. */
static void read_stopped(struct reading *r, const json_t *stopped, struct observed *observed)
{
	const json_t *seconds = json_object_get(stopped, "seconds");
	int kind = json_read_word(json_object_get(stopped, "kind"), probe_end_names, PROBE_ENDS);

	if (!stopped)
		return;
	if (kind <= PROBE_WHOLE) {
		wrong(r, "why it ended");
		return;
	}
	observed->end = (enum probe_end)kind;
	observed->stopped = read_remark(r, stopped, "reason", true);
	observed->seconds = json_number_value(seconds);
	if (kind == PROBE_LATE && !(observed->seconds > 0 && observed->seconds <= SECONDS_MOST))
		wrong(r, "the deadline");
}

static bool read_all(struct reading *r, const json_t *root, struct observed *observed)
{
	const json_t *live = json_object_get(json_object_get(root, "sides"), "live");
	const json_t *forks = json_object_get(live, "forks"), *now = json_object_get(live, "now");
	const json_t *compared = json_object_get(root, "compared");
	json_t *fork;
	size_t i, commands;

	observed->release = text_of(json_object_get(root, "release"));
	observed->version = text_of(json_object_get(root, "version"));
	observed->machine = text_of(json_object_get(root, "machine"));
	observed->blind = json_is_true(json_object_get(root, "blind"));
	if (!observed->release || !observed->version || !json_is_array(forks))
		return wrong(r, "a member is missing");
	if (!probe_json_count(root, "commands", SIZE_MAX, &commands) || commands != r->command_count)
		return wrong(r, "it is for other commands");
	read_stopped(r, json_object_get(live, "stopped"), observed);
	json_array_foreach(forks, i, fork)
		if (!r->failed)
			read_fork(r, fork, &observed->seen);
	observed->fork_count = observed->seen.moment_count;
	observed->whole = observed->end == PROBE_WHOLE && json_is_object(now);
	if (observed->whole && !r->failed) {
		struct seen_moment *moment = record_add(&observed->seen, i, false);

		read_process(r, json_object_get(now, "parent"), &moment->parent);
		read_process(r, json_object_get(now, "child"), &moment->child);
		observed->cost = read_cost(json_object_get(live, "cost"),
					   any_waited(json_object_get(now, "parent")));
	}
	for (int side = 0; side < SIDES && !r->failed; side++)
		read_verdict(r, json_object_get(compared, side_names[side]), &observed->verdicts[side]);
	return !r->failed;
}

struct observed *observed_read(const char *json, const char *commands, struct vf_error *error)
{
	struct observed *observed = xcalloc(1, sizeof(*observed));
	struct reading r = {.commands = commands, .command_count = count_lines(commands), .error = error};
	json_t *root = probe_json_open(json, error);
	bool ok = root && read_all(&r, root, observed);

	json_decref(root);
	if (ok)
		return observed;
	observed_free(observed);
	return NULL;
}
