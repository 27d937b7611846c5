/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

#include <time.h>

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double clock_now(void)
{
	return seconds_of(CLOCK_MONOTONIC);
}

double clock_cpu(void)
{
	return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}
