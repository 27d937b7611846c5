/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two kernels decide differently, as plain text of 72 columns: for a patch thread. */
#ifndef KERNELS_KERNEL_DIFF_MAIL_H
#define KERNELS_KERNEL_DIFF_MAIL_H

#include "kernels/kernel_diff.h"
#include "kernels/profile.h"

/*
 * Adds the claim, the condition, the smallest scenario, what both sides do there, how it was
 * found out, and what the kernels are. Whoever gets it can repeat it: no path of this machine
 * is in it. spec: how each kernel is chosen everywhere, as words of the language; NULL: it is
 * known here only, so that its profile is in the text. False, with an error, when no scenario
 * was found with what is left of the budget.
 */
bool kernel_diff_mail(const struct profiles *profiles, const struct kernel_diff *diff,
		      const char *const spec[2], struct budget *budget, struct buf *out,
		      struct vf_error *error);

#endif
