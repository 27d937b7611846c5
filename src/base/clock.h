/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one clock for deadlines and durations: it starts at any value, and never goes back. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Seconds. */
double clock_now(void);

/* Processor time of this thread, in seconds. */
double clock_cpu(void);

/* clock_now() in whole milliseconds, as poll() counts. */
static inline int64_t clock_ms(void)
{
	return (int64_t)(clock_now() * 1000);
}

#endif
