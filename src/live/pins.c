/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long-term pins: fixed buffers of an io_uring, by the bare system calls. The
 * pages stay pinned until the ring is closed, with the scenario's last process.
 */
#include <string.h>
#include <sys/uio.h>

#include "base/minmax.h"
#include "live/realize_private.h"
#include "observe/paging.h"
#include "observe/uapi.h"

#define BUFFER_MAX (UINT64_C(1) << 30) /* the kernel's, of one */
#define BUFFERS_MAX (SCRATCH_SIZE / sizeof(struct iovec))

/* Buffers over the pages of a mapping; how many, or 0: they do not fit. */
static size_t put_buffers(struct iovec *buffers, const struct mapping *mapping,
			  const struct ranges *pages)
{
	size_t n = 0;

	for (size_t i = 0; i < pages->n; i++) {
		uint64_t at = mapping->start + pages->v[i].first * PAGE_SIZE;
		uint64_t end = mapping->start + (pages->v[i].last + 1) * PAGE_SIZE;

		for (uint64_t size; at < end; at += size) {
			if (n == BUFFERS_MAX)
				return 0;
			size = min(end - at, BUFFER_MAX);
			buffers[n++] = (struct iovec){(void *)(uintptr_t)at, size};
		}
	}
	return n;
}

void real_pin_pages(struct live *live, const struct mapping *mapping, const struct ranges *pages,
	      struct real *real)
{
	struct mailbox *box = live->remote.box;
	struct live_io_uring_params *params = (struct live_io_uring_params *)(void *)box->scratch;
	struct iovec buffers[BUFFERS_MAX];
	size_t n = put_buffers(buffers, mapping, pages);
	long fd;

	if (!n) {
		real_impossible(real, "more than %zu runs of pages, of 1 GiB at most", BUFFERS_MAX);
		return;
	}
	memset(params, 0, sizeof(*params));
	fd = real_syscall(live, real, SYS_io_uring_setup, 4, (long)(intptr_t)params, 0, 0, 0, 0);
	if (fd < 0) {
		if (real->kind == REAL_REFUSED)
			real_impossible(real, "io_uring: %s", strerror(real->err));
		return;
	}
	memcpy(box->scratch, buffers, n * sizeof(*buffers));
	real_syscall(live, real, SYS_io_uring_register, fd, LIVE_IORING_REGISTER_BUFFERS,
		     (long)(intptr_t)box->scratch, (long)n, 0, 0);
}
