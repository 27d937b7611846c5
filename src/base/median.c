/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/median.h"

#include <assert.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double median(double *values, size_t n)
{
	assert(n);
	qsort(values, n, sizeof(*values), ascending);
	return values[n / 2];
}
