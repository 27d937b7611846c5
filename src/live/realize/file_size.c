/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files are as long as what is mapped of them. */
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "live/realize/realize_private.h"
#include "observe/paging.h"

/*
 * Written page by page, so that file systems with large folios make small ones, and then clean;
 * not all of the file: its other pages may be mapped, and dirty.
 */
bool real_fill_file(struct live *live, long fd, uint64_t size, uint64_t end, struct real *real)
{
	char *page = live->remote.box->scratch + SCRATCH_SIZE / 2;
	struct call_result filled = {-1, 0};

	if (real_too_many(live, ROOM_DISK, end - size, real) || real_too_many(live, ROOM_MEMORY, end - size, real))
		return false;
	memset(page, 0x11, SCRATCH_SIZE / 2);
	if (real_ended(real, remote_fill(&live->remote, live->by, &filled, fd, page, size,
					 (end - size) / PAGE_SIZE)))
		return false;
	real_refused(real, filled.err);
	if (filled.err)
		return false;
	return real_syscall(live, real, SYS_sync_file_range, fd, (long)size, (long)(end - size),
			    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				    SYNC_FILE_RANGE_WAIT_AFTER,
			    0, 0) >= 0;
}

void real_extend_file(struct live *live, const struct mapping *mapping, uint64_t end,
		      struct real *real)
{
	long size;

	if (mapping->backing == BACKING_SECRET) {
		real_impossible(real, "the size of secret memory is set once, and cannot be asked for");
		return;
	}
	size = real_syscall(live, real, SYS_lseek, mapping->fd, 0, SEEK_END, 0, 0, 0);
	if (size < 0 || (uint64_t)size >= end)
		return;
	if (mapping->backing == BACKING_FILE)
		real_fill_file(live, mapping->fd, (uint64_t)size, end, real);
	else
		real_syscall(live, real, SYS_ftruncate, mapping->fd, (long)end, 0, 0, 0, 0);
}
