/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is compiled in: the files of share/kernels/ and of share/era/, as they
 * were at build time. build/gen/builtin_*.c are made from them.
 */
#ifndef KERNELS_BUILTIN_H
#define KERNELS_BUILTIN_H

#include <stddef.h>

struct builtin_file {
	const char *name; /* "v6.19-rc1.kernel": without its folder */
	const char *text;
};

/* Sorted by name; one more element of NULLs behind the last. */
extern const struct builtin_file builtin_kernels[];
extern const size_t builtin_kernel_count;

/* The tiny forks that tell eras apart: scenarios. */
extern const struct builtin_file builtin_eras[];
extern const size_t builtin_era_count;

#endif
