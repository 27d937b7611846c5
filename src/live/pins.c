/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long-term pins: fixed buffers of an io_uring, by the bare system calls. The
 * pages stay pinned until the ring is closed, with the scenario's last process.
 */
#include <string.h>
#include <sys/uio.h>

#include "live/realize.h"
#include "live/uapi.h"

void real_pin(struct live *live, const struct place *place, const struct ranges *pages,
	      struct real *real)
{
	struct mailbox *box = live->remote.box;
	struct live_io_uring_params *params = (struct live_io_uring_params *)(void *)box->scratch;
	struct iovec *buffers = (struct iovec *)(void *)box->scratch;
	long fd;

	if (pages->n > SCRATCH_SIZE / sizeof(*buffers)) {
		real_impossible(real, "more than %zu stretches of pages",
				SCRATCH_SIZE / sizeof(*buffers));
		return;
	}
	memset(params, 0, sizeof(*params));
	fd = real_syscall(live, real, SYS_io_uring_setup, 4, (long)(intptr_t)params, 0, 0, 0, 0);
	if (fd < 0) {
		if (real->kind == REAL_REFUSED)
			real_impossible(real, "io_uring: %s", strerror(real->err));
		return;
	}
	for (size_t i = 0; i < pages->n; i++)
		buffers[i] = (struct iovec){
			.iov_base = (void *)(uintptr_t)(place->start + pages->v[i].first * PAGE_SIZE),
			.iov_len = (pages->v[i].last - pages->v[i].first + 1) * PAGE_SIZE,
		};
	real_syscall(live, real, SYS_io_uring_register, fd, LIVE_IORING_REGISTER_BUFFERS,
		     (long)(intptr_t)buffers, (long)pages->n, 0, 0);
}
