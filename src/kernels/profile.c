/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the profile that answers for a name or a version. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/output.h"
#include "kernels/profile_private.h"
#include "language/kernel_spec.h"
#include "language/words.h"

void profiles_show_broken(const char *program)
{
	const struct profiles *all = profiles_all();

	for (size_t i = 0; i < all->broken_count; i++) {
		struct vf_error error = all->broken[i].error;

		snprintf(error.message, sizeof(error.message), "%s is ignored: %.400s",
			 all->broken[i].name, all->broken[i].error.message);
		output_error(program, &error);
	}
}

const char *const *profiles_names(const struct profiles *all, size_t *n)
{
	*n = all->n;
	return all->names;
}

/* The profile with the latest `from` up to v, and that `from`; or NULL. */
static struct profile *for_version(const struct profiles *all, const struct version *v,
				   struct version *start)
{
	struct profile *best = NULL;

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
 * The broken profile that answers for `spec`: of that name, or with the latest version in
 * its name up to that version, and later than any profile that parsed. NULL: none.
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
 * Is it unknown whether that version behaves as its profile says? It is newer than all known
 * ones, or older than the kernel that the profile was written for.
 */
static bool is_a_guess(const struct profiles *all, const struct profile *profile,
		       const struct version *v)
{
	struct version made_for, start;

	if (profile == for_version(all, &newest, &start) && version_compare_branches(v, &profile->from[0]) > 0)
		return true;
	if (!version_parse(profile->name, &made_for) || version_compare_branches(v, &made_for) >= 0)
		return false;
	for (size_t i = 0; i < profile->from_count; i++) /* a backport */
		if (profile->from[i].part[2] && !version_compare_branches(v, &profile->from[i]))
			return false;
	return true;
}

static struct kernel *from_file(const struct profiles *all, const char *path, struct vf_error *error)
{
	size_t length;
	char *text = read_file(path, 1 << 20, &length, error);
	struct kernel *kernel = text ? profile_read(all, path, text, length, error) : NULL;

	free(text);
	return kernel;
}

/* The kernel of that profile, or NULL on error. The caller frees it. */
static struct kernel *copy_of(const struct profiles *all, struct profile *profile,
			      struct vf_error *error)
{
	const struct kernel *kernel = profile_kernel(all, profile, error);

	return kernel ? kernel_copy(kernel) : NULL;
}

/* The same, named after a version that the profile answers for. */
static struct kernel *copy_for(const struct profiles *all, struct profile *profile,
			       const struct version *v, const char *spec, struct vf_error *error)
{
	struct kernel *kernel = copy_of(all, profile, error);
	struct buf name = {0};

	if (!kernel)
		return NULL;
	buf_printf(&name, "%s%s", spec[0] == 'v' ? "" : "v", spec);
	if (is_a_guess(all, profile, v))
		buf_printf(&name, " (as %s)", profile->name);
	free(kernel->name);
	kernel->name = buf_take(&name);
	profile_add_rows(profile, v, kernel);
	return kernel;
}

static struct kernel *find(const struct profiles *all, const char *spec, struct vf_error *error)
{
	struct profile *profile;
	const struct broken *broken;
	const char *near;
	struct version v, start;

	if (!strncmp(spec, "vmlinux:", 8)) {
		vf_error_set(error, "'%.60s': vmafork-tui does not read kernel images", spec);
		vf_error_hint(error, "vmafork-vmlinux IMAGE > my.kernel writes its profile");
		return NULL;
	}
	if (spec_is_file(spec)) {
		struct kernel *kernel = from_file(all, spec, error);

		if (!kernel)
			spec_hint_machines(spec, error);
		return kernel;
	}
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->v[i].name, spec))
			return copy_of(all, &all->v[i], error);
	broken = in_the_way(all, spec);
	if (broken) {
		*error = broken->error;
		return NULL;
	}
	if (!strcmp(spec, "live")) {
		vf_error_set(error, "'live' is not available here");
		vf_error_hint(error, "vmafork-probe --era prints the profile that matches the running kernel");
		return NULL;
	}
	if (version_parse(spec, &v)) {
		profile = for_version(all, &v, &start);
		if (profile)
			return copy_for(all, profile, &v, spec, error);
		vf_error_set(error, "%.60s is older than the oldest known kernel", spec);
		vf_error_hint(error, "kernel list prints the known ones");
		return NULL;
	}
	near = nearest_word(spec, all->names, all->n);
	vf_error_set(error, "unknown kernel '%.60s'", spec);
	if (near)
		vf_error_hint(error, "did you mean '%s'?", near);
	else
		vf_error_hint(error, "expected a version (v6.19-rc1), a profile (kernel list), "
				     "or a file (./my.kernel)");
	return NULL;
}

/* SPEC/MACHINE: that kernel as that machine has it. */
static struct kernel *find_on(const struct profiles *all, const char *spec, enum arch arch,
			      struct vf_error *error)
{
	struct kernel *kernel = profiles_find(all, spec, error), *on = NULL;

	if (kernel && kernel->arch != ARCHES && kernel->arch != arch)
		vf_error_set(error, "%.60s is a kernel of %s", spec, arch_names[kernel->arch]);
	else if (kernel)
		on = kernel_on(kernel, arch);
	kernel_free(kernel);
	return on;
}

struct kernel *profiles_find(const struct profiles *all, const char *spec, struct vf_error *error)
{
	enum arch arch;
	char *base = spec_without_machine(spec, &arch);
	struct kernel *kernel = NULL;

	if (arch == ARCHES)
		kernel = find(all, spec, error);
	else
		kernel = find_on(all, base, arch, error);
	free(base);
	return kernel;
}

struct kernel *profiles_newest(const struct profiles *all)
{
	struct version start;
	struct vf_error error;
	struct profile *profile = for_version(all, &newest, &start);
	struct kernel *kernel = profile ? copy_of(all, profile, &error) : NULL;

	/* A private folder may name no versions; a new profile of share/ may not parse. */
	for (size_t i = all->n; !kernel && i-- > 0;)
		kernel = copy_of(all, &all->v[i], &error);
	assert(kernel); /* tests parse those that are compiled in */
	return kernel;
}

void profiles_list(const struct profiles *all, struct buf *out)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct profile *p = &all->v[i];
		struct vf_error error;
		const struct kernel *kernel = profile_kernel(all, &all->v[i], &error);
		struct buf from = {0};

		if (!kernel)
			continue;
		for (size_t f = 0; f < p->from_count; f++) {
			if (f)
				buf_puts(&from, ", ");
			version_print(&p->from[f], &from);
		}
		buf_printf(out, "%-12s from %-22s %s\n", p->name, buf_str(&from),
			   kernel->title);
		buf_deinit(&from);
	}
	buf_puts(out, "On another machine: VERSION/aarch64, VERSION/s390x. kernel show VERSION lists what differs there.\n");
}
