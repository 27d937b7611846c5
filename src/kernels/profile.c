/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All profiles that there are, and the one that answers for a version. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/output.h"
#include "base/share.h"
#include "kernels/builtin.h"
#include "kernels/profile_private.h"
#include "language/kernel_spec.h"
#include "language/words.h"

/* A file of share/kernels that could not be read. */
struct broken {
	char *name; /* of the profile, as the file is called */
	struct vf_error error;
};

struct profiles {
	struct profile *v;
	size_t n, cap;
	struct broken *broken;
	size_t broken_count, broken_cap;
	const char **names;
};

static bool add_profile(struct profiles *all, const char *file, const char *text, size_t length,
			struct vf_error *error)
{
	struct profile profile;

	if (!profile_parse(file, text, length, &profile, error))
		return false;
	GROW(all->v, all->n, all->cap);
	all->v[all->n++] = profile;
	return true;
}

static bool add_file(struct profiles *all, const char *path, struct vf_error *error)
{
	size_t length;
	char *text = read_file(path, 1 << 20, &length, error);
	bool ok = text && add_profile(all, path, text, length, error);

	free(text);
	return ok;
}

static const char suffix[] = ".kernel";

static bool is_profile_name(const char *name)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && !strcmp(name + len - n, suffix);
}

static void read_folder(struct profiles *all, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[PATH_MAX];
		struct vf_error error;

		if (!is_profile_name(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (add_file(all, path, &error))
			continue;
		GROW(all->broken, all->broken_count, all->broken_cap);
		all->broken[all->broken_count++] = (struct broken){
			xstrndup(entry->d_name, strlen(entry->d_name) - strlen(suffix)), error};
	}
	if (dir)
		closedir(dir);
}

static int by_first_version(const void *a, const void *b)
{
	const struct profile *p = a, *q = b;
	static const struct version none = {.rc = VERSION_RELEASED};

	return version_compare(p->from_count ? &p->from[0] : &none,
				q->from_count ? &q->from[0] : &none);
}

struct profiles *profiles_create(void)
{
	struct profiles *all = xcalloc(1, sizeof(*all));
	char *folder = share_path("kernels");
	struct vf_error error;

	read_folder(all, folder);
	free(folder);
	if (!all->n) {
		/* No such folder, or every file in it is broken. */
		for (size_t i = 0; i < builtin_kernel_count; i++)
			add_profile(all, builtin_kernels[i].name, builtin_kernels[i].text,
				    strlen(builtin_kernels[i].text), &error);
	}
	qsort(all->v, all->n, sizeof(*all->v), by_first_version);
	all->names = xcalloc(all->n, sizeof(*all->names));
	for (size_t i = 0; i < all->n; i++)
		all->names[i] = all->v[i].kernel->profile;
	return all;
}

void profiles_free(struct profiles *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->n; i++)
		profile_deinit(&all->v[i]);
	for (size_t i = 0; i < all->broken_count; i++)
		free(all->broken[i].name);
	free(all->v);
	free(all->broken);
	free(all->names);
	free(all);
}

void profiles_show_broken(const char *program)
{
	struct profiles *all = profiles_create();

	for (size_t i = 0; i < all->broken_count; i++) {
		struct vf_error error = all->broken[i].error;

		snprintf(error.message, sizeof(error.message), "%s is left out: %.400s",
			 all->broken[i].name, all->broken[i].error.message);
		output_error(program, &error);
	}
	profiles_free(all);
}

const char *const *profiles_names(const struct profiles *all, size_t *n)
{
	*n = all->n;
	return all->names;
}

/* The profile with the latest start that is not after v, and that start; or NULL. */
static const struct profile *for_version(const struct profiles *all, const struct version *v,
					 struct version *start)
{
	const struct profile *best = NULL;

	for (size_t i = 0; i < all->n; i++)
		for (size_t f = 0; f < all->v[i].from_count; f++) {
			const struct version *from = &all->v[i].from[f];

			if (version_compare(from, v) <= 0 &&
			    (!best || version_compare(from, start) > 0)) {
				best = &all->v[i];
				*start = *from;
			}
		}
	return best;
}

/*
 * The broken one that would be asked: of that name, or by its name the last one up to
 * that version, behind all that could be read. NULL: none.
 */
static const struct broken *in_the_way(const struct profiles *all, const char *spec)
{
	const struct profile *profile;
	const struct broken *best = NULL;
	struct version v, start, version;

	for (size_t i = 0; i < all->broken_count; i++)
		if (!strcmp(all->broken[i].name, spec))
			return &all->broken[i];
	if (!version_parse(spec, &v))
		return NULL;
	profile = for_version(all, &v, &start);
	for (size_t i = 0; i < all->broken_count; i++) {
		if (!version_parse(all->broken[i].name, &version) || version_compare(&version, &v) > 0)
			continue;
		if ((profile || best) && version_compare(&version, &start) <= 0)
			continue;
		best = &all->broken[i];
		start = version;
	}
	return best;
}

static const struct version newest = {{100000, 0, 0}, VERSION_RELEASED};

/*
 * Does nobody know whether that version behaves as its profile does? It is newer than all
 * that are known, or older than the kernel whose entries the profile describes.
 */
static bool is_a_guess(const struct profiles *all, const struct profile *profile,
		       const struct version *v)
{
	struct version made_for, start;

	if (profile == for_version(all, &newest, &start) && version_compare_branches(v, &profile->from[0]) > 0)
		return true;
	if (!version_parse(profile->kernel->profile, &made_for) || version_compare_branches(v, &made_for) >= 0)
		return false;
	for (size_t i = 0; i < profile->from_count; i++) /* a backport */
		if (profile->from[i].part[2] && !version_compare_branches(v, &profile->from[i]))
			return false;
	return true;
}

static struct kernel *named(const struct kernel *kernel, const char *name)
{
	struct kernel *copy = kernel_copy(kernel);

	free(copy->name);
	copy->name = xstrdup(name);
	return copy;
}

static struct kernel *from_file(const char *path, struct vf_error *error)
{
	size_t length;
	char *text = read_file(path, 1 << 20, &length, error);
	struct kernel *kernel = text ? profile_read(path, text, length, error) : NULL;

	free(text);
	return kernel;
}

struct kernel *profiles_find(const struct profiles *all, const char *spec, struct vf_error *error)
{
	const struct profile *profile;
	const struct broken *broken;
	const char *near;
	struct version v, start;

	if (!strncmp(spec, "vmlinux:", 8)) {
		vf_error_set(error, "'%.60s': images are not read here", spec);
		vf_error_hint(error, "vmafork-vmlinux IMAGE > my.kernel makes a profile of it");
		return NULL;
	}
	if (spec_is_file(spec))
		return from_file(spec, error);
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->v[i].kernel->profile, spec))
			return kernel_copy(all->v[i].kernel);
	broken = in_the_way(all, spec);
	if (broken) {
		*error = broken->error;
		return NULL;
	}
	if (!strcmp(spec, "live")) {
		vf_error_set(error, "'live' is not found out here");
		vf_error_hint(error, "vmafork-probe --era tells which profile this kernel behaves as");
		return NULL;
	}
	if (version_parse(spec, &v)) {
		struct buf name = {0};
		struct kernel *kernel = NULL;

		profile = for_version(all, &v, &start);
		if (profile) {
			buf_printf(&name, "%s%s", spec[0] == 'v' ? "" : "v", spec);
			if (is_a_guess(all, profile, &v))
				buf_printf(&name, " (as %s)", profile->kernel->profile);
			kernel = named(profile->kernel, buf_str(&name));
			buf_deinit(&name);
			return kernel;
		}
		vf_error_set(error, "%.60s is older than the oldest kernel that is known", spec);
		vf_error_hint(error, "kernel list shows them");
		return NULL;
	}
	near = nearest_word(spec, all->names, all->n);
	vf_error_set(error, "no kernel is called '%.60s'", spec);
	if (near)
		vf_error_hint(error, "did you mean '%s'?", near);
	else
		vf_error_hint(error, "expected a version (v6.19-rc1), a profile (kernel list), "
				     "or a file (./my.kernel)");
	return NULL;
}

struct kernel *profiles_newest(const struct profiles *all)
{
	struct version start;
	const struct profile *profile = for_version(all, &newest, &start);

	return kernel_copy(profile ? profile->kernel : all->v[all->n - 1].kernel);
}

void profiles_list(const struct profiles *all, struct buf *out)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct profile *p = &all->v[i];
		struct buf from = {0};

		for (size_t f = 0; f < p->from_count; f++) {
			if (f)
				buf_puts(&from, ", ");
			version_print(&p->from[f], &from);
		}
		buf_printf(out, "%-12s from %-22s %s\n", p->kernel->profile, buf_str(&from),
			   p->kernel->title);
		buf_deinit(&from);
	}
}
