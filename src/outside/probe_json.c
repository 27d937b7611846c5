/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/probe_json.h"

#include <jansson.h>
#include <stdint.h>

#include "observe/probe_end.h"
#include "report/model_json.h"

bool probe_json_wrong(struct vf_error *error, const char *what)
{
	return vf_error_set(error, "cannot parse vmafork-probe's output: %s", what);
}

const char *probe_json_string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

bool probe_json_count(const json_t *object, const char *key, size_t most, size_t *count)
{
	const json_t *value = json_object_get(object, key);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || (uintmax_t)number > most)
		return false;
	*count = (size_t)number;
	return true;
}

static bool check_schema(const json_t *root, struct vf_error *error)
{
	size_t schema;

	if (!probe_json_count(root, "schema", INT32_MAX, &schema))
		return probe_json_wrong(error, "\"schema\" is missing or not a number");
	if (schema == PROBE_JSON_SCHEMA)
		return true;
	probe_json_wrong(error, "it has another schema");
	vf_error_hint(error, "schema %zu, expected %d: install the programs of one version", schema,
		      PROBE_JSON_SCHEMA);
	return false;
}

/* What the probe reports in place of a result. */
static bool read_failure(const json_t *failure, struct vf_error *error)
{
	int kind = json_read_word(json_object_get(failure, "kind"), probe_end_names, PROBE_ENDS);
	const char *message = probe_json_string(failure, "message");
	const json_t *hint = json_object_get(failure, "hint");

	if (kind < 0 || !probe_end_is_error((enum probe_end)kind) || !message ||
	    (hint && !json_is_string(hint)))
		return probe_json_wrong(error, "its error is not well-formed");
	vf_error_set(error, "vmafork-probe: %s", message);
	if (hint)
		vf_error_hint(error, "%s", json_string_value(hint));
	return false;
}

json_t *probe_json_open(const char *json, struct vf_error *error)
{
	json_error_t syntax;
	json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &syntax);
	const json_t *failure = json_object_get(root, "error");
	bool ok;

	if (!root)
		ok = probe_json_wrong(error, syntax.text);
	else
		ok = check_schema(root, error) && (!failure || read_failure(failure, error));
	if (ok)
		return root;
	json_decref(root);
	return NULL;
}
