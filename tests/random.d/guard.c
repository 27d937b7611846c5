/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.d/guard.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "kernels/profile.h"
#include "kernels/version.h"

/* Of the branch 7.3 this one was looked at; up to it the older behaviour is assumed. */
static const struct version hugetlb_bit_cleared = {{7, 3, 4}, VERSION_RELEASED};

struct kernel *guard_kernel(const char *version, struct vf_error *error)
{
	const struct profiles *profiles = profiles_all();
	struct kernel *kernel = profiles_find(profiles, version, error);
	struct version v;

	if (!kernel)
		return NULL;
	if (!version_parse(version, &v) || version_compare(&v, &hugetlb_bit_cleared) < 0)
		kernel->behaviour[BEHAVIOUR_HUGETLB_STALE_BIT] = HUGETLB_STALE_BIT_KEPT;
	/* A distribution may have brought guard regions to an older kernel. */
	if (kernel->behaviour[BEHAVIOUR_GUARD_REGIONS] < GUARD_ANY_ANON_VMA)
		kernel->behaviour[BEHAVIOUR_GUARD_REGIONS] = GUARD_ANY_ANON_VMA;
	return kernel;
}

/* --- going along ---------------------------------------------------------------- */

struct walk {
	const struct scenario *scenario;
	const struct kernel *kernel;
	struct knobs knobs;
	bool *refused; /* by command: it changes nothing */
};

/* A machine that has carried out the first n commands, without those that were refused. */
static struct machine *build(const struct walk *w, size_t n)
{
	struct machine *m = machine_create(w->kernel);
	struct model_error error;

	m->thp = w->knobs.thp;
	m->fault_around = w->knobs.fault_around;
	for (size_t i = 0; i < n; i++)
		if (!w->refused[i])
			command_apply(m, w->scenario->commands[i], &error);
	return m;
}

/* The first command that is not finished, or n. */
static size_t walk(const struct walk *w)
{
	struct machine *m = build(w, 0);
	struct model_error error = {0};
	size_t i;

	for (i = 0; i < w->scenario->n; i++) {
		if (command_apply(m, w->scenario->commands[i], &error))
			continue;
		if (error.unfinished)
			break;
		w->refused[i] = true;
		machine_free(m);
		m = build(w, i);
	}
	machine_free(m);
	return i;
}

/* The test may look for the side that the kernel checks: the guard follows both. */
size_t guard_allows(const struct scenario *scenario, const struct kernel *guard,
		    struct knobs knobs)
{
	struct kernel *kernel = kernel_copy(guard);
	size_t least = scenario->n;

	for (int side = 0; side < 2; side++) {
		struct walk w = {scenario, kernel, knobs, xcalloc(scenario->n + 1, sizeof(bool))};
		size_t n;

		kernel_check(kernel, (enum vma_side)side);
		n = walk(&w);
		least = n < least ? n : least;
		free(w.refused);
	}
	kernel_free(kernel);
	return least;
}
