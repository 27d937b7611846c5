/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between this program and a helper program is a process that waits for both. If this program
 * ends, for whatever reason, the helper is asked to end, and killed if it does not.
 */
#ifndef TTY_HELPER_GUARD_H
#define TTY_HELPER_GUARD_H

#include <sys/types.h>

#define SECONDS_TO_END 5 /* after SIGTERM: a helper may have to restore settings */

/*
 * Called in a child of `parent`: that becomes the guard, in a session and a group of its own,
 * and passes SIGTERM on. Returns in a child of the guard only, which is to become the helper,
 * and which is killed with its group; the guard ends as it does. -1, with errno: no process.
 */
int helper_guard(pid_t parent);

#endif
