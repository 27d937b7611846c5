/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of what reads the JSON of helper programs, where jansson is missing. */
#include "outside/live_kernel.h"
#include "outside/observed.h"

static void no_json(struct vf_error *error)
{
	vf_error_set(error, "this build reads no JSON");
	vf_error_hint(error, "it was built without jansson (libjansson-dev)");
}

struct observed *observed_read(const char *json, const char *commands, struct vf_error *error)
{
	(void)json;
	(void)commands;
	no_json(error);
	return NULL;
}

struct kernel *live_kernel_read(const struct profiles *profiles, const char *json, char **text,
				struct vf_error *error)
{
	(void)profiles;
	(void)json;
	(void)text;
	no_json(error);
	return NULL;
}
