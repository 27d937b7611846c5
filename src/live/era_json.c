/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/era_json.h"

#include <jansson.h>

#include "observe/probe_end.h"

/* At a command of a tiny fork; text: what that member is called. */
static json_t *note_object(const struct likeness_note *note, const char *text)
{
	json_t *object = json_object();

	if (note->line) {
		json_object_set_new(object, "file", json_string(note->file));
		json_object_set_new(object, "line", json_integer(note->line));
	}
	json_object_set_new(object, text, json_string(note->text));
	return object;
}

static json_t *candidate_object(const struct candidate *candidate)
{
	json_t *object = json_object();

	if (!candidate)
		return json_null();
	json_object_set_new(object, "profile", json_string(candidate->kernel->profile));
	json_object_set_new(object, "check", json_string(kernel_check_word(candidate->kernel)));
	json_object_set_new(object, "released", json_boolean(!candidate->toggled));
	json_object_set_new(object, "agree", json_integer((json_int_t)candidate->agree));
	json_object_set_new(object, "differ", json_integer((json_int_t)candidate->differ));
	json_object_set_new(object, "not_observable", json_integer((json_int_t)candidate->unseen));
	if (candidate->contradiction.text)
		json_object_set_new(object, "contradiction", note_object(&candidate->contradiction, "text"));
	return object;
}

char *era_json(const struct era *era)
{
	json_t *root = json_object(), *candidates = json_array(), *alike = json_array();
	json_t *left_out = json_array();
	char *text;

	json_object_set_new(root, "schema", json_integer(PROBE_JSON_SCHEMA));
	json_object_set_new(root, "release", json_string(era->release));
	json_object_set_new(root, "version", json_string(era->version));
	json_object_set_new(root, "machine", json_string(arch_names[era->arch]));
	json_object_set_new(root, "by_release",
			    era->by_release ? json_string(era->by_release) : json_null());
	json_object_set_new(root, "chosen", candidate_object(era->chosen));
	json_object_set_new(root, "nearest", candidate_object(era->nearest));
	for (size_t i = 0; i < era->count; i++) {
		const struct candidate *candidate = &era->candidates[i];

		json_array_append_new(candidates, candidate_object(candidate));
		if (era_is_alike(era, candidate))
			json_array_append_new(alike, json_string(candidate->kernel->profile));
	}
	json_object_set_new(root, "alike", alike);
	json_object_set_new(root, "candidates", candidates);
	for (size_t i = 0; i < era->left_out_count; i++)
		json_array_append_new(left_out, note_object(&era->left_out[i], "reason"));
	json_object_set_new(root, "not_carried_out", left_out);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}
