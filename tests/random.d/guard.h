/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a scenario may be carried out for real: nothing from the first call on that
 * the running kernel might not finish. It checks each scenario right before that,
 * wherever it comes from: made, made smaller, or from a file.
 */
#ifndef RANDOM_GUARD_H
#define RANDOM_GUARD_H

#include "base/error.h"
#include "live/lockstep.h"

/*
 * The running kernel, whatever kernel the model is to be: the profile of this version
 * (or of that name), and the worse value where it is not sure. NULL with an error.
 */
struct kernel *guard_kernel(const char *version, struct vf_error *error);

/* How many of its first commands may be carried out. */
size_t guard_allows(const struct scenario *scenario, const struct kernel *guard,
		    struct knobs knobs);

#endif
