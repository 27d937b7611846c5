/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <jansson.h>
#include <stdlib.h>

#include "model/kernel.h"
#include "session/cost/fork_cost.h"

static json_t *integer(uint64_t number)
{
	return json_integer((json_int_t)number);
}

static void set_work(json_t *object, const struct work *work, double seconds)
{
	json_object_set_new(object, "entries", integer(work->entries));
	json_object_set_new(object, "tables", integer(work->tables));
	json_object_set_new(object, "bytes", integer(work->bytes));
	json_object_set_new(object, "seconds", json_real(seconds));
}

static json_t *fork_object(const struct fork_cost *c)
{
	json_t *object = json_object();

	set_work(object, &c->work, c->seconds);
	if (c->ranged) {
		json_object_set_new(object, "tables_least", integer(c->tables_least));
		json_object_set_new(object, "tables_most", integer(c->tables_most));
	}
	if (c->forked)
		json_object_set_new(object, "forked", json_true());
	json_object_set_new(object, "prices", json_string(c->typical ? "typical" : "calibrated"));
	json_object_set_new(object, "complete", json_boolean(c->complete));
	return object;
}

static json_t *mapping_objects(const struct fork_cost *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n; i++) {
		const struct cost_mapping *mapping = &c->mappings[i];
		json_t *object = json_object();

		json_object_set_new(object, "name", json_string(mapping->name));
		json_object_set_new(object, "start", integer(mapping->start));
		json_object_set_new(object, "size", integer(mapping->end - mapping->start));
		json_object_set_new(object, "fork", json_string(decision_names[mapping->decision]));
		set_work(object, &mapping->work, mapping->seconds);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *after_object(const struct fork_cost *c)
{
	json_t *object = json_object();

	json_object_set_new(object, "faults", integer(c->after.faults));
	json_object_set_new(object, "copies", integer(c->after.copies));
	json_object_set_new(object, "bytes", integer(c->after.bytes));
	json_object_set_new(object, "seconds", json_real(c->after.seconds));
	json_object_set_new(object, "left_out", integer(c->after.left_out));
	return object;
}

static json_t *change_objects(const struct fork_cost *c)
{
	json_t *list = json_array();

	for (int i = 0; i < CHANGES; i++) {
		const struct cost_change *change = &c->changes[i];
		json_t *object;

		if (!change->possible)
			continue;
		object = json_object();
		json_object_set_new(object, "what", json_string(cost_change_names[i]));
		if (i == CHANGE_DONTFORK || i == CHANGE_SHARED)
			json_object_set_new(object, "mapping",
					    json_string(c->mappings[c->largest].name));
		set_work(object, &change->work, change->seconds);
		json_object_set_new(object, "more_memory", integer(change->memory));
		json_array_append_new(list, object);
	}
	return list;
}

void fork_cost_json(const struct fork_cost *c, struct buf *out)
{
	json_t *object = json_object();
	char *text;

	json_object_set_new(object, "title", json_string(c->title));
	json_object_set_new(object, "kernel", json_string(c->kernel));
	json_object_set_new(object, "fork", fork_object(c));
	json_object_set_new(object, "most", integer(c->shown));
	json_object_set_new(object, "mappings", mapping_objects(c));
	json_object_set_new(object, "after_fork", after_object(c));
	json_object_set_new(object, "instead", change_objects(c));
	text = json_dumps(object, JSON_COMPACT);
	buf_puts(out, text ? text : "{}");
	buf_putc(out, '\n');
	free(text);
	json_decref(object);
}
