/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/run/failure_json.h"

#include <assert.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/utf8.h"

bool probe_has_json(struct vf_error *error)
{
	(void)error;
	return true;
}

/* Names of files may be any bytes: as text that can be shown. */
static json_t *clean_string(const char *text)
{
	struct buf clean = {0};
	json_t *value;

	utf8_clean(text, &clean);
	value = json_string(buf_str(&clean));
	buf_deinit(&clean);
	return value;
}

char *failure_json(enum probe_end end, const struct vf_error *error)
{
	json_t *root = json_object(), *object = json_object();
	char *text;

	assert(probe_end_is_error(end));
	json_object_set_new(object, "kind", json_string(probe_end_names[end]));
	if (error->file[0])
		json_object_set_new(object, "file", clean_string(error->file));
	if (error->line)
		json_object_set_new(object, "line", json_integer(error->line));
	if (error->col)
		json_object_set_new(object, "column", json_integer(error->col));
	json_object_set_new(object, "message", clean_string(error->message));
	if (error->hint[0])
		json_object_set_new(object, "hint", clean_string(error->hint));
	json_object_set_new(root, "schema", json_integer(PROBE_JSON_SCHEMA));
	json_object_set_new(root, "error", object);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}
