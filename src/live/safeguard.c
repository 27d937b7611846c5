/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/safeguard.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "kernels/profile.h"
#include "kernels/version.h"

/* Of the branch 7.3 this one was looked at; up to it the older behaviour is assumed. */
static const struct version hugetlb_bit_cleared = {{7, 3, 4}, VERSION_RELEASED};

static void assume_worse(struct kernel *kernel, bool stale_bit)
{
	if (stale_bit)
		kernel->behaviour[BEHAVIOUR_HUGETLB_STALE_BIT] = HUGETLB_STALE_BIT_KEPT;
	/* A distribution may have brought guard regions to an older kernel. */
	if (kernel->behaviour[BEHAVIOUR_GUARD_REGIONS] < GUARD_ANY_ANON_VMA)
		kernel->behaviour[BEHAVIOUR_GUARD_REGIONS] = GUARD_ANY_ANON_VMA;
}

struct kernel *safeguard_kernel(const char *version, struct vf_error *error)
{
	struct kernel *kernel = profiles_find(profiles_all(), version, error);
	struct version v;

	if (kernel)
		assume_worse(kernel, !version_parse(version, &v) ||
				     version_compare(&v, &hugetlb_bit_cleared) < 0);
	return kernel;
}

struct kernel *safeguard_like(const struct kernel *kernel)
{
	struct kernel *worse = kernel_copy(kernel);

	assume_worse(worse, true);
	return worse;
}

/* --- carrying out, by the model --------------------------------------------------- */

struct dry_run {
	const struct scenario *scenario;
	const struct kernel *kernel;
	struct knobs knobs;
	struct budget budget; /* of each machine, one after the other */
	bool *refused; /* by command: it changes nothing */
};

/* A machine that has carried out the first n commands, without those that were refused. */
static struct machine *build(struct dry_run *w, size_t n)
{
	struct machine *m = machine_create(w->kernel, &w->budget);
	struct model_error error;

	budget_begin(&w->budget);
	knobs_apply(&w->knobs, m);
	for (size_t i = 0; i < n; i++)
		if (!w->refused[i])
			command_apply(m, w->scenario->commands[i], &error);
	return m;
}

/* The first command that is not finished, or n. */
static size_t dry_run(struct dry_run *w)
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

/* Which side the kernel checks may be what is to be found out: both are tried. */
size_t safeguard_allows(const struct scenario *scenario, const struct kernel *running,
			struct knobs knobs)
{
	struct kernel *kernel = kernel_copy(running);
	size_t least = scenario->n;

	for (int side = 0; side < 2; side++) {
		struct dry_run w = {scenario, kernel, knobs, budget_of(scenario_budget(scenario)),
				    xcalloc(scenario->n + 1, sizeof(bool))};
		size_t n;

		kernel_check(kernel, (enum vma_side)side);
		n = dry_run(&w);
		least = n < least ? n : least;
		free(w.refused);
	}
	kernel_free(kernel);
	return least;
}
