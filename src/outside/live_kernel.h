/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which known kernel the running one behaves as: what `vmafork-probe --era --json` printed. */
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
