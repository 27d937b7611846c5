/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a scenario may take of this machine: half of what was free when it began. What is free
 * is asked before each call, of the machine, of the control group and of the file system.
 */
#ifndef LIVE_ROOM_H
#define LIVE_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "observe/cgroup.h"

enum room_kind { ROOM_MEMORY, ROOM_SWAP, ROOM_DISK, ROOM_HUGE_PAGES, ROOM_KINDS };

struct room {
	struct cgroup_limits cgroup;
	const char *folder; /* for files, the caller's; NULL: none */
	uint64_t keep[ROOM_KINDS]; /* bytes that stay free */
};

void room_init(struct room *room, const char *folder);
void room_deinit(struct room *room);

/* Bytes that can still be taken; UINT64_MAX: not known. */
uint64_t room_left(const struct room *room, enum room_kind kind);

/*
 * May so many bytes be taken? False: `reason` says that they may not, as "it would take 3 MiB of
 * memory, and 2 MiB are left of the half that a probe may take".
 */
bool room_for(const struct room *room, enum room_kind kind, uint64_t bytes, char *reason, size_t size);

/* Bytes of page tables that map these bytes of addresses, at most; upper levels included. */
uint64_t room_tables(uint64_t start, uint64_t size);

#endif
