/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of share/kernels/, share/era/ and share/export/ as compiled in at build time.
 * build/gen/builtin_*.c are generated from them.
 */
#ifndef KERNELS_BUILTIN_H
#define KERNELS_BUILTIN_H

#include <stddef.h>

struct builtin_file {
	const char *name; /* "v6.19-rc1.kernel": without its directory */
	const char *text;
};

/* Sorted by name; the element after the last is NULLs. */
extern const struct builtin_file builtin_kernels[];
extern const size_t builtin_kernel_count;

/* Small scenarios that distinguish eras. */
extern const struct builtin_file builtin_eras[];
extern const size_t builtin_era_count;

/* page.html, which export fills in. */
extern const struct builtin_file builtin_pages[];
extern const size_t builtin_page_count;

#endif
