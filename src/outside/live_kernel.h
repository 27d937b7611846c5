/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The known kernel that behaves like the running one, from `vmafork-probe --era --json`. */
#ifndef OUTSIDE_LIVE_KERNEL_H
#define OUTSIDE_LIVE_KERNEL_H

#include "base/error.h"
#include "kernels/profile.h"
#include "model/kernel.h"

/*
 * The profile, named "live 6.18.44 (as v6.19-rc7)"; the caller frees it. *text (the
 * caller frees it) describes the result in lines. NULL, and *text is untouched: no
 * profile explains what was observed, or the JSON is wrong.
 */
struct kernel *live_kernel_read(const struct profiles *profiles, const char *json, char **text,
				struct vf_error *error);

#endif
