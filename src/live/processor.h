/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel keeps pages that were just mapped in lists of the processor that mapped them,
 * with a reference. What is done for a process of the scenario is done on that one's processor,
 * so that it can drain them.
 */
#ifndef LIVE_PROCESSOR_H
#define LIVE_PROCESSOR_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

/* Moves this thread to the processors of pid. False, with errno: it stays where it is. */
bool processor_join(pid_t pid, cpu_set_t *before);
/* Takes that back. */
void processor_leave(const cpu_set_t *before);

#endif
