/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what live/era_json.c writes. Nothing in it is taken on trust. */
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/likeness.h"
#include "language/kernel_spec.h"
#include "outside/live_kernel.h"
#include "outside/probe_json.h"

static bool wrong(struct vf_error *error, const char *member)
{
	struct buf what = {0};

	buf_printf(&what, "\"%s\"", member);
	probe_json_wrong(error, buf_str(&what));
	buf_deinit(&what);
	return false;
}

/* Only a profile's name: profiles_find() knows of files, too. */
static bool is_profile(const struct profiles *profiles, const char *name)
{
	size_t n;
	const char *const *names = profiles_names(profiles, &n);

	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* A note at a command of a tiny fork; text: what that member is called. */
static bool read_note(const json_t *object, const char *text, struct likeness_note *note)
{
	const char *file = probe_json_string(object, "file"), *words = probe_json_string(object, text);
	size_t line = 0;

	if (!words || (file && !probe_json_count(object, "line", INT_MAX, &line)))
		return false;
	likeness_note_set(note, file ? file : "", (unsigned)line, words);
	return true;
}

/* The profile that explains all that was observed, or else the nearest. */
static bool read_nearest(const struct profiles *profiles, const json_t *nearest,
			 struct likeness *likeness)
{
	static const char *const checks[] = {"dst", "src", "none"};
	const char *profile = probe_json_string(nearest, "profile");
	const char *check = probe_json_string(nearest, "check");
	const json_t *released = json_object_get(nearest, "released");
	const json_t *contradiction = json_object_get(nearest, "contradiction");
	bool known = false;

	for (size_t i = 0; check && i < ARRAY_SIZE(checks); i++)
		known |= !strcmp(check, checks[i]);
	if (!is_profile(profiles, profile) || !known || !json_is_boolean(released) ||
	    !probe_json_count(nearest, "agree", SIZE_MAX, &likeness->agree) ||
	    !probe_json_count(nearest, "differ", SIZE_MAX, &likeness->differ))
		return false;
	likeness->profile = xstrdup(profile);
	likeness->check = xstrdup(check);
	likeness->released = json_is_true(released);
	if (likeness->explains)
		return !contradiction && !likeness->differ;
	return read_note(contradiction, "text", &likeness->contradiction);
}

/* Those that explain all as well, with the titles of their profiles. */
static bool read_alike(const struct profiles *profiles, const json_t *list, struct likeness *likeness)
{
	struct vf_error ignored;
	json_t *name;
	size_t i;

	json_array_foreach(list, i, name) {
		const char *word = json_string_value(name);
		struct kernel *kernel = is_profile(profiles, word) ? profiles_find(profiles, word, &ignored)
								   : NULL;

		if (!kernel)
			return false;
		likeness_add_alike(likeness, kernel->profile, kernel->title);
		kernel_free(kernel);
	}
	return json_is_array(list);
}

static bool read_left_out(const json_t *list, struct likeness *likeness)
{
	json_t *object;
	size_t i;

	json_array_foreach(list, i, object) {
		struct likeness_note note = {0};

		if (!read_note(object, "reason", &note))
			return false;
		likeness_add_left_out(likeness, note.file, note.line, note.text);
		likeness_note_deinit(&note);
	}
	return json_is_array(list);
}

static bool read_likeness(const struct profiles *profiles, const json_t *root,
			  struct likeness *likeness, struct vf_error *error)
{
	const char *release = probe_json_string(root, "release");
	const char *version = probe_json_string(root, "version");
	const char *machine = probe_json_string(root, "machine");
	const json_t *by_release = json_object_get(root, "by_release");
	const json_t *chosen = json_object_get(root, "chosen");
	const json_t *nearest = json_object_get(root, "nearest");

	if (!release || !version)
		return wrong(error, release ? "version" : "release");
	likeness->arch = machine ? arch_by_name(machine) : ARCHES;
	if (likeness->arch == ARCHES)
		return wrong(error, "machine");
	likeness->release = xstrdup(release);
	likeness->version = xstrdup(version);
	if (json_is_string(by_release))
		likeness->by_release = xstrdup(json_string_value(by_release));
	else if (!json_is_null(by_release))
		return wrong(error, "by_release");
	likeness->explains = json_is_object(chosen);
	if (!likeness->explains && !json_is_null(chosen))
		return wrong(error, "chosen");
	if (likeness->explains)
		nearest = chosen;
	if (!json_is_null(nearest) && !read_nearest(profiles, nearest, likeness))
		return wrong(error, likeness->explains ? "chosen" : "nearest");
	if (!read_alike(profiles, json_object_get(root, "alike"), likeness))
		return wrong(error, "alike");
	return read_left_out(json_object_get(root, "not_carried_out"), likeness) ||
	       wrong(error, "not_carried_out");
}

/* The kernel that the profile makes, under the name of the one that runs. */
static struct kernel *make_kernel(const struct profiles *profiles, const struct likeness *likeness,
				  struct vf_error *error)
{
	struct buf name = {0}, spec = {0};
	struct kernel *kernel;

	spec_on_machine(likeness->profile, likeness->arch, &spec);
	kernel = profiles_find(profiles, buf_str(&spec), error);
	if (!kernel) {
		buf_deinit(&spec);
		return NULL;
	}
	/* "none": that kernel has nothing to turn. */
	kernel_check(kernel, strcmp(likeness->check, "src") ? SIDE_DST : SIDE_SRC);
	buf_printf(&name, "live %.40s (as %s)", likeness->version, buf_str(&spec));
	buf_deinit(&spec);
	free(kernel->name);
	kernel->name = buf_take(&name);
	return kernel;
}

struct kernel *live_kernel_read(const struct profiles *profiles, const char *json, char **text,
				struct vf_error *error)
{
	json_t *root = probe_json_open(json, error);
	struct likeness likeness = {0};
	struct kernel *kernel = NULL;
	struct buf out = {0};

	if (root && read_likeness(profiles, root, &likeness, error)) {
		if (likeness.explains)
			kernel = make_kernel(profiles, &likeness, error);
		else
			likeness_error(&likeness, error);
	}
	if (kernel) {
		likeness_print(&likeness, &out);
		*text = buf_take(&out);
	}
	likeness_deinit(&likeness);
	json_decref(root);
	return kernel;
}
