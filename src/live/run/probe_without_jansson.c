/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of all that prints JSON, where jansson is missing. */
#include <assert.h>
#include <stddef.h>

#include "live/era_json.h"
#include "live/record_json.h"
#include "live/run/failure_json.h"

bool probe_has_json(struct vf_error *error)
{
	vf_error_set(error, "this build prints no JSON");
	vf_error_hint(error, "it was built without jansson (libjansson-dev); --compare and --record print text");
	return false;
}

char *failure_json(enum probe_end end, const struct vf_error *error)
{
	(void)end;
	(void)error;
	assert(false);
	return NULL;
}

char *record_json(const struct probe *probe, bool sides_too)
{
	(void)probe;
	(void)sides_too;
	assert(false);
	return NULL;
}

char *era_json(const struct era *era)
{
	(void)era;
	assert(false);
	return NULL;
}
