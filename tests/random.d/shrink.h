/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a scenario as small as it gets while it still shows what was found.
 *
 * Each candidate is tried for real. Lines go first, halves before quarters before
 * single ones; then sizes, with what is above moved down; then words; then what words
 * say: fewer pages.
 */
#ifndef RANDOM_SHRINK_H
#define RANDOM_SHRINK_H

#include "random.d/trial.h"

/*
 * What a finding is known by, from its verdict: the first difference without its
 * place and its numbers, or the reason of a failure. The caller frees it.
 */
char *finding_shape(const struct verdict *verdict);
/* Does this verdict show that? */
bool shows(const struct verdict *verdict, const char *shape);

/*
 * The smaller text; the caller frees it. trial: to try with; more(): may it go on?
 */
char *shrink(struct trial *trial, const struct trial_options *options, const char *text,
	     const char *shape, bool (*more)(void));

#endif
