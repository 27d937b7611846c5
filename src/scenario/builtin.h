/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel profiles that are compiled in: the files of share/kernels/ as
 * they were at build time. build/gen/builtin_kernels.c is made from them.
 */
#ifndef SCENARIO_BUILTIN_H
#define SCENARIO_BUILTIN_H

#include <stddef.h>

struct builtin_file {
	const char *name; /* "v6.19-rc1.kernel": without its folder */
	const char *text;
};

/* Sorted by name; one more element of NULLs behind the last. */
extern const struct builtin_file builtin_kernels[];
extern const size_t builtin_kernel_count;

#endif
