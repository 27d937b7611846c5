/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a scenario may be carried out for real: nothing from the first call on that
 * the running kernel might not finish. The model that a probe compares with may be
 * another kernel, so that it is not the one to ask.
 */
#ifndef LIVE_SAFEGUARD_H
#define LIVE_SAFEGUARD_H

#include "base/error.h"
#include "live/lockstep.h"

/*
 * The running kernel: the profile of this version (or of that name), with the worse
 * value where the version does not decide. The caller frees it with kernel_free(). NULL
 * with an error: no profile is that of it.
 */
struct kernel *safeguard_kernel(const char *version, struct vf_error *error);

/* In place of a running kernel that no profile is of: that kernel, with all worse values. */
struct kernel *safeguard_like(const struct kernel *kernel);

/*
 * How many of its first commands may be carried out on that kernel, with either check
 * of vma_needs_copy(): scenario->n, or the index of the first call that is not finished.
 */
size_t safeguard_allows(const struct scenario *scenario, const struct kernel *running,
			struct knobs knobs);

#endif
