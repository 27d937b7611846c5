/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The known kernel that behaves like the running one, from `vmafork-probe --era --json`. */
#ifndef OUTSIDE_LIVE_KERNEL_H
#define OUTSIDE_LIVE_KERNEL_H

#include "base/error.h"
#include "kernels/profile.h"
#include "model/kernel.h"

/*
 * The profile, named "live 6.18.44 (as v6.19-rc7)"; the caller frees it. *told (the
 * caller frees it) is a text about it. NULL: no known kernel explains the running one.
 */
struct kernel *era_read(const struct profiles *profiles, const char *json, char **told,
			struct vf_error *error);

#endif
