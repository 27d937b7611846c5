/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/room.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/minmax.h"
#include "live/settings.h"
#include "observe/paging.h"
#include "observe/proc.h"

/* --- what is free ------------------------------------------------------------------------ */

static uint64_t free_memory(const struct room *room)
{
	uint64_t machine = proc_available();

	return min(machine ? machine : UINT64_MAX, cgroup_free(&room->cgroup, CGROUP_MEMORY));
}

static uint64_t free_swap(const struct room *room)
{
	return min(proc_free_swap(), cgroup_free(&room->cgroup, CGROUP_SWAP));
}

/* For those who are not root, too. */
static uint64_t free_disk(const struct room *room)
{
	struct statvfs fs;

	if (!room->folder || statvfs(room->folder, &fs))
		return UINT64_MAX;
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}

static uint64_t free_huge_pages(const struct room *room)
{
	return min(huge_pages_unreserved() * PMD_SIZE, cgroup_free(&room->cgroup, CGROUP_HUGE_PAGES));
}

static const struct {
	uint64_t (*free)(const struct room *room);
	const char *what;
} kinds[ROOM_KINDS] = {
	[ROOM_MEMORY] = {free_memory, "memory"},
	[ROOM_SWAP] = {free_swap, "swap"},
	[ROOM_DISK] = {free_disk, "the disk"},
	[ROOM_HUGE_PAGES] = {free_huge_pages, "huge pages"},
};

/* --- what may be taken --------------------------------------------------------------------- */

void room_init(struct room *room, const char *folder)
{
	*room = (struct room){.folder = folder};
	cgroup_limits_read(&room->cgroup, "/proc/self/cgroup", "/proc/self/mountinfo");
	for (int kind = 0; kind < ROOM_KINDS; kind++)
		room->keep[kind] = kinds[kind].free(room) / 2;
	room->keep[ROOM_SWAP] = 0; /* the probe's own, mostly, which is there by and by */
}

void room_deinit(struct room *room)
{
	cgroup_limits_deinit(&room->cgroup);
}

uint64_t room_left(const struct room *room, enum room_kind kind)
{
	uint64_t now = kinds[kind].free(room);

	return now == UINT64_MAX ? now : now - min(now, room->keep[kind]);
}

bool room_for(const struct room *room, enum room_kind kind, uint64_t bytes, char *reason, size_t size)
{
	uint64_t left = room_left(room, kind), mib = (bytes >> 20) + (bytes % (1 << 20) != 0);

	if (bytes <= left)
		return true;
	if (room->keep[kind])
		snprintf(reason, size, "it would take %" PRIu64 " MiB of %s, and %" PRIu64
			 " MiB are left of the half that a probe may take", mib, kinds[kind].what, left >> 20);
	else
		snprintf(reason, size, "it would take %" PRIu64 " MiB of %s, and %" PRIu64 " MiB are free",
			 mib, kinds[kind].what, left >> 20);
	return false;
}

uint64_t room_tables(uint64_t start, uint64_t size)
{
	uint64_t tables = 0;

	assert(size);
	for (unsigned level = 0; level < 4; level++) {
		unsigned shift = TABLE_SHIFT(level);

		tables += ((start + size - 1) >> shift) - (start >> shift) + 1;
	}
	return tables * PAGE_SIZE;
}
