/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_MINMAX_H
#define BASE_MINMAX_H

#include <stdint.h>

static inline uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The next multiple of the unit, a power of two. */
static inline uint64_t align_up(uint64_t at, uint64_t unit)
{
	return (at + unit - 1) & ~(unit - 1);
}

#endif
