/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_BISECT_H
#define BASE_BISECT_H

#include <stddef.h>

/*
 * The one binary search. Sets `at`, a size_t, to how many of the first n things are before
 * the place that is looked for: `before` is an expression about thing number `at`, true of
 * these and false of the others. The last of n things that begins up to a key, where the
 * first does: BISECT(at, n - 1, thing[at + 1].begin <= key).
 */
#define BISECT(at, n, before)                                                           \
	do {                                                                            \
		size_t bisect_from = 0, bisect_to = (n);                                \
                                                                                        \
		while ((at) = bisect_from + (bisect_to - bisect_from) / 2,              \
		       bisect_from < bisect_to) {                                       \
			if (before)                                                     \
				bisect_from = (at) + 1;                                 \
			else                                                            \
				bisect_to = (at);                                       \
		}                                                                       \
	} while (0)

#endif
