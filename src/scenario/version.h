/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions of kernels, in their order: 6.19-rc1 < 6.19 < 6.19.1. */
#ifndef SCENARIO_VERSION_H
#define SCENARIO_VERSION_H

#include <stdbool.h>

#include "base/buf.h"

struct version {
	unsigned part[3];
	unsigned rc; /* VERSION_RELEASED: no -rc */
};
#define VERSION_RELEASED 1000u

/*
 * Reads v6.18, 6.18.44 or 6.19-rc1 into *v. What stands behind it (a distribution's
 * suffix, after one of -+~_) does not count. False: it is no version.
 */
bool version_parse(const char *s, struct version *v);

/* Below 0, 0, above 0. */
int version_compare(const struct version *a, const struct version *b);
/* The same of their branches: 6.18.44 and 6.18-rc1 are of one. */
int version_compare_branches(const struct version *a, const struct version *b);

/* As v6.19-rc1. */
void version_print(const struct version *v, struct buf *out);

#endif
