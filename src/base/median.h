/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_MEDIAN_H
#define BASE_MEDIAN_H

#include <stddef.h>

/* The middle one of n > 0 values, which it sorts, the lowest first; of two in the middle the higher. */
double median(double *values, size_t n);

#endif
