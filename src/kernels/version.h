/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions of kernels, in their order: 6.19-rc1 < 6.19 < 6.19.1. */
#ifndef KERNELS_VERSION_H
#define KERNELS_VERSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct version {
	unsigned part[3];
	unsigned rc; /* VERSION_RELEASED: no -rc */
};
#define VERSION_RELEASED 1000u

/*
 * Reads the version that `s` begins with into *v: 6.18, 6.18.44, 6.19-rc1 or 6.19~rc1.
 * Parts after the third belong to a distribution and are ignored: 6.6.87.2. Returns
 * its length, ignored parts included; 0: no version.
 */
size_t version_scan(const char *s, struct version *v);

/*
 * Reads a version, with an optional v before it and an optional distribution's suffix after
 * it (from one of -+~_ on), which is ignored. False: not a version.
 */
bool version_parse(const char *s, struct version *v);

/* Below 0, 0, above 0. */
int version_compare(const struct version *a, const struct version *b);
/* The same for their branches: 6.18.44 and 6.18-rc1 are of one. */
int version_compare_branches(const struct version *a, const struct version *b);

/* As v6.19-rc1. */
void version_print(const struct version *v, struct buf *out);

#endif
