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

/*
 * Opens a context with these features (UFFD_FEATURE_... of the model). owner: the process
 * itself, or the parent whose memory it uses. *err: errno.
 */
enum call_end uffd_live_open(struct remote *remote, const struct process *process, pid_t owner,
			     const char *name, uint32_t features, int *err);

/* The context of that name that watches this process, or NULL. */
struct watch *uffd_watch(struct remote *remote, const struct process *process, const char *name);

/* The ioctls; they return 0 or an errno. Modes are UFFD_MODE_... of the model. */
int uffd_live_register(const struct watch *watch, uint64_t start, uint64_t size, unsigned modes);
int uffd_live_unregister(const struct watch *watch, uint64_t start, uint64_t size);
int uffd_live_protect(const struct watch *watch, uint64_t start, uint64_t size, bool protect,
		      bool rwp);
int uffd_live_poison(const struct watch *watch, uint64_t start, uint64_t size);
int uffd_live_zeropage(const struct watch *watch, uint64_t start, uint64_t size);
/* From memory of the probe, which is full of zeroes. */
int uffd_live_copy(const struct watch *watch, uint64_t start, uint64_t size, bool wp);
int uffd_live_continue(const struct watch *watch, uint64_t start, uint64_t size, bool wp);

/*
 * UFFDIO_MOVE, which only the process itself may ask for: it gets the descriptor for that
 * long. *err: errno; EPERM: or it may not have it.
 */
enum call_end uffd_live_move(struct remote *remote, const struct process *process,
			     const struct watch *watch, uint64_t to, uint64_t from, uint64_t size,
			     int *err);

/* Closes it; the pointer and those to the others are void. */
void uffd_live_close(struct remote *remote, struct watch *watch);

/*
 * Reads a message of watch number i. A fork event brings the child's userfaultfd, which
 * is kept open: closing it would clear the child's flags. *waits is set when the
 * message means that a thread waits in a fault.
 */
void uffd_read(struct remote *remote, size_t i, bool *waits);

#endif
