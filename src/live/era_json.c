/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/era_json.h"

#include <jansson.h>

static json_t *candidate_object(const struct candidate *candidate)
{
	json_t *object = json_object();

	json_object_set_new(object, "profile", json_string(candidate->kernel->profile));
	json_object_set_new(object, "check", json_string(kernel_check_word(candidate->kernel)));
	json_object_set_new(object, "released", json_boolean(!candidate->toggled));
	json_object_set_new(object, "agree", json_integer((json_int_t)candidate->agree));
	json_object_set_new(object, "differ", json_integer((json_int_t)candidate->differ));
	json_object_set_new(object, "not_observable", json_integer((json_int_t)candidate->unseen));
	if (candidate->contradiction)
		json_object_set_new(object, "contradiction", json_string(candidate->contradiction));
	return object;
}

char *era_json(const struct era *era)
{
	json_t *root = json_object(), *candidates = json_array(), *left_out = json_array();
	struct buf told = {0};
	char *text;

	era_print(era, &told);
	json_object_set_new(root, "schema", json_integer(1));
	json_object_set_new(root, "release", json_string(era->release));
	json_object_set_new(root, "version", json_string(era->version));
	json_object_set_new(root, "chosen", era->chosen ? candidate_object(era->chosen) : json_null());
	for (size_t i = 0; i < era->count; i++)
		json_array_append_new(candidates, candidate_object(&era->candidates[i]));
	json_object_set_new(root, "candidates", candidates);
	for (size_t i = 0; i < era->left_out_count; i++)
		json_array_append_new(left_out, json_string(era->left_out[i]));
	json_object_set_new(root, "not_carried_out", left_out);
	json_object_set_new(root, "told", json_string(buf_str(&told)));
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	buf_deinit(&told);
	return text;
}
