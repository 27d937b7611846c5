/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "outside/live_kernel.h"

static const char *string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The first line is the message, the rest the hint. */
static void no_kernel(const char *told, struct vf_error *error)
{
	size_t n = strcspn(told, "\n");
	const char *rest = told[n] ? told + n + 1 + strspn(told + n + 1, " ") : "";

	vf_error_set(error, "%.*s", n < 400 ? (int)n : 400, told);
	vf_error_hint(error, "%.*s", (int)strcspn(rest, "\n"), rest);
}

struct kernel *era_read(const struct profiles *profiles, const char *json, char **told,
			struct vf_error *error)
{
	json_error_t syntax;
	json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &syntax);
	const json_t *chosen = json_object_get(root, "chosen");
	const char *profile = string(chosen, "profile"), *check = string(chosen, "check");
	const char *version = string(root, "version"), *words = string(root, "told");
	struct kernel *kernel = NULL;

	if (!version || !words || !chosen || (json_is_object(chosen) && (!profile || !check)))
		vf_error_set(error, "cannot parse vmafork-probe's output: %s",
			     root ? "a member is missing" : syntax.text);
	else if (!profile)
		no_kernel(words, error);
	else
		kernel = profiles_find(profiles, profile, error);
	if (kernel) {
		struct buf name = {0};

		/* "none": that kernel has no check that could be turned. */
		kernel_check(kernel, strcmp(check, "src") ? SIDE_DST : SIDE_SRC);
		buf_printf(&name, "live %.40s (as %s)", version, kernel->profile);
		free(kernel->name);
		kernel->name = buf_take(&name);
		*told = xstrdup(words);
	}
	json_decref(root);
	return kernel;
}
