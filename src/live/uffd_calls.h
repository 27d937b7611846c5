/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * userfaultfds of the scenario. The subject opens them, because a userfaultfd
 * belongs to the address space of the process that opened it; the probe takes them over
 * as their monitor: it negotiates the features, and reads their messages.
 */
#ifndef LIVE_UFFD_CALLS_H
#define LIVE_UFFD_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "live/remote.h"

/* Opens a context with these features (UFFD_FEATURE_... of the model). *err: errno. */
enum call_end uffd_live_open(struct remote *remote, const struct process *process,
			     const char *name, uint32_t features, int *err);

/* The context of that name that watches this process, or NULL. */
struct watch *uffd_watch(struct remote *remote, const struct process *process, const char *name);

/* The ioctls; they return 0 or an errno. Modes are UFFD_MODE_... of the model. */
int uffd_live_register(const struct watch *watch, uint64_t start, uint64_t size, unsigned modes);
int uffd_live_unregister(const struct watch *watch, uint64_t start, uint64_t size);
int uffd_live_protect(const struct watch *watch, uint64_t start, uint64_t size, bool protect,
		      bool rwp);
int uffd_live_poison(const struct watch *watch, uint64_t start, uint64_t size);

/*
 * Reads a message of watch number i. A fork event brings the child's userfaultfd, which
 * is kept open: closing it would clear the child's flags. *waits is set when the
 * message means that a thread waits in a fault.
 */
void uffd_read(struct remote *remote, size_t i, bool *waits);

#endif
