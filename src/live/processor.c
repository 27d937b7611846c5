/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/processor.h"

bool processor_join(pid_t pid, cpu_set_t *before)
{
	cpu_set_t its;

	return !sched_getaffinity(0, sizeof(*before), before) && !sched_getaffinity(pid, sizeof(its), &its) &&
	       !sched_setaffinity(0, sizeof(its), &its);
}

void processor_leave(const cpu_set_t *before)
{
	sched_setaffinity(0, sizeof(*before), before);
}
