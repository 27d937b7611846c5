/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pins that last: fixed buffers of an io_uring, by the bare system calls. References that
 * last: vmsplice() into a pipe that nobody empties. They stay until they are taken back, or
 * until the scenario's last process has ended, as all of them have the descriptors.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "live/realize/realize_private.h"
#include "observe/paging.h"
#include "observe/proc.h"
#include "observe/uapi.h"

/* Of one buffer; two or more in the scratch memory of a mailbox. */
#define BUFFER_MAX (UINT64_C(1) << 30) /* the kernel's */
#define BUFFERS_MAX 512u
#define RINGS_MAX 64u
#define PIPES_MAX 400u /* two descriptors each, of 1024 */
#define PIPE_PAGES 256u

/* What one process holds at these addresses. */
struct live_pin {
	pid_t pid;	/* who took it, and has the descriptor */
	uint64_t start, end;
	bool reference; /* in a pipe; else a buffer of a ring */
	long fd;	/* the ring, or the pipe's end for reading */
	unsigned slot;	/* of the ring */
};

static void note_pin(struct live *live, struct live_pin pin)
{
	GROW(live->held, live->held_count, live->held_cap);
	live->held[live->held_count++] = pin;
}

/* So that any of them can be taken back alone, each page is held alone. */
static uint64_t chunk_size(const struct live *live, uint64_t most)
{
	return live->unpins ? PAGE_SIZE : most;
}

/* Pages in the order of their addresses, a chunk at a time. */
struct chunks {
	const struct mapping *mapping;
	const struct ranges *pages;
	size_t range;
	uint64_t at; /* bytes that are done of this range */
};

static bool next_chunk(struct chunks *chunks, uint64_t most, uint64_t *start, uint64_t *size)
{
	const struct range *range;
	uint64_t left;

	if (chunks->range == chunks->pages->n)
		return false;
	range = &chunks->pages->v[chunks->range];
	left = (range->last - range->first + 1) * PAGE_SIZE - chunks->at;
	*start = chunks->mapping->start + range->first * PAGE_SIZE + chunks->at;
	*size = min(left, most);
	chunks->at += *size;
	if (*size == left) {
		chunks->range++;
		chunks->at = 0;
	}
	return true;
}

/* --- pins ------------------------------------------------------------------------------ */

static long open_ring(struct live *live, struct real *real)
{
	struct mailbox *box = live->remote.box;
	struct live_io_uring_params *params = (struct live_io_uring_params *)(void *)box->scratch;
	long fd;

	memset(params, 0, sizeof(*params));
	fd = real_syscall(live, real, SYS_io_uring_setup, 4, (long)(intptr_t)params, 0, 0, 0, 0);
	if (fd < 0 && real->kind == REAL_REFUSED)
		real_impossible(real, "io_uring: %s", strerror(real->err));
	return fd;
}

/* As many buffers as one ring takes; false: there are no more, or it went wrong. */
static bool pin_in_ring(struct live *live, struct chunks *chunks, struct real *real)
{
	struct iovec buffers[BUFFERS_MAX];
	uint64_t start, size;
	size_t n = 0;
	long fd;

	while (n < BUFFERS_MAX && next_chunk(chunks, chunk_size(live, BUFFER_MAX), &start, &size))
		buffers[n++] = (struct iovec){(void *)(uintptr_t)start, size};
	if (!n)
		return false;
	fd = open_ring(live, real);
	if (fd < 0)
		return false;
	memcpy(live->remote.box->scratch, buffers, n * sizeof(*buffers));
	if (real_syscall(live, real, SYS_io_uring_register, fd, LIVE_IORING_REGISTER_BUFFERS,
			 (long)(intptr_t)live->remote.box->scratch, (long)n, 0, 0) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		start = (uint64_t)(uintptr_t)buffers[i].iov_base;
		note_pin(live, (struct live_pin){
				       .pid = live->by->pid,
				       .start = start,
				       .end = start + buffers[i].iov_len,
				       .fd = fd,
				       .slot = (unsigned)i,
			       });
	}
	return true;
}

void real_pin_pages(struct live *live, const struct mapping *mapping, const struct ranges *pages,
		    struct real *real)
{
	struct chunks chunks = {.mapping = mapping, .pages = pages};

	for (unsigned rings = 0; pin_in_ring(live, &chunks, real); rings++)
		if (rings == RINGS_MAX) {
			real_impossible(real, "that takes more than %u io_urings", RINGS_MAX);
			return;
		}
}

/* --- pins for reading -------------------------------------------------------------------- */

/*
 * No call here pins for reading and for long. process_vm_readv() does so for a moment, which
 * replaces shared pages just the same; but only anonymous ones.
 */
static bool all_anonymous(const struct live *live, const struct mapping *mapping,
			  const struct ranges *pages)
{
	struct pagemap_entry *looks = real_look_closely(live, live->by, mapping);
	bool all = looks != NULL;

	for (size_t i = 0; looks && i < pages->n; i++)
		for (uint64_t page = pages->v[i].first; page <= pages->v[i].last; page++)
			all &= looks[page].page.anon == SEEN_YES && seen_state(looks[page].page) != PTE_ZERO;
	free(looks);
	return all;
}

/* One byte of each page; `n` of them from box->scratch on. */
static bool read_bytes(struct live *live, size_t n, struct real *real)
{
	struct iovec *remote = (struct iovec *)(void *)live->remote.box->scratch;
	struct iovec *local = remote + n;
	size_t done = 0;

	*local = (struct iovec){local + 1, n};
	while (done < n) {
		long got = real_syscall(live, real, SYS_process_vm_readv, live->by->pid,
					(long)(intptr_t)local, 1, (long)(intptr_t)(remote + done),
					(long)(n - done), 0);

		if (got <= 0)
			return false;
		done += (size_t)got;
		local->iov_len = n - done;
	}
	return true;
}

void real_pin_for_reading(struct live *live, const struct mapping *mapping,
			  const struct ranges *pages, struct real *real)
{
	const unsigned how = live->lockstep.machine->kernel->behaviour[BEHAVIOUR_PIN_READ];
	struct chunks chunks = {.mapping = mapping, .pages = pages};
	struct iovec *remote = (struct iovec *)(void *)live->remote.box->scratch;
	uint64_t start, size;
	size_t n = 0;
	bool more;

	if (how == PIN_READ_UNSHARES_ALL && !mapping->shared && !all_anonymous(live, mapping, pages)) {
		real_impossible(real, "no call here pins a page of a file or the zero page for reading "
				      "and for long");
		return;
	}
	do {
		more = next_chunk(&chunks, PAGE_SIZE, &start, &size);
		if (more)
			remote[n++] = (struct iovec){(void *)(uintptr_t)start, 1};
		if (n && (!more || n == 256) && !read_bytes(live, n, real))
			return;
		if (n == 256)
			n = 0;
	} while (more);
	live->read_pins = true;
}

/* --- references --------------------------------------------------------------------------- */

/* A pipe with room for so many pages: its ends. */
static bool open_pipe(struct live *live, uint64_t pages, int fd[2], struct real *real)
{
	int *ends = (int *)(void *)live->remote.box->scratch;

	if (real_syscall(live, real, SYS_pipe2, (long)(intptr_t)ends, O_CLOEXEC, 0, 0, 0, 0) < 0)
		return false;
	fd[0] = ends[0];
	fd[1] = ends[1];
	return real_syscall(live, real, SYS_fcntl, fd[1], F_SETPIPE_SZ, (long)(pages * PAGE_SIZE), 0, 0,
			    0) >= 0;
}

/* Into that pipe: may take several calls, the last of which says why it cannot go on. */
static bool splice_pages(struct live *live, long fd, uint64_t start, uint64_t size, struct real *real)
{
	struct iovec *buffer = (struct iovec *)(void *)live->remote.box->scratch;

	while (size) {
		long got;

		*buffer = (struct iovec){(void *)(uintptr_t)start, size};
		got = real_syscall(live, real, SYS_vmsplice, fd, (long)(intptr_t)buffer, 1, SPLICE_F_NONBLOCK,
				   0, 0);
		if (got <= 0)
			return false;
		start += (uint64_t)got;
		size -= (uint64_t)got;
	}
	return true;
}

/* Before the first page is taken: what cannot be done as a whole is not begun. */
static bool has_pipes(const struct live *live, struct chunks chunks, struct real *real)
{
	uint64_t start, size, pipes = live->pipes;

	while (next_chunk(&chunks, chunk_size(live, PIPE_PAGES * PAGE_SIZE), &start, &size))
		pipes++;
	if (pipes > PIPES_MAX)
		real_impossible(real, "that takes more than %u pipes", PIPES_MAX);
	return pipes <= PIPES_MAX;
}

void real_hold_pages(struct live *live, const struct mapping *mapping, const struct ranges *pages,
		     struct real *real)
{
	struct chunks chunks = {.mapping = mapping, .pages = pages};
	uint64_t start, size;

	if (!has_pipes(live, chunks, real))
		return;
	while (next_chunk(&chunks, chunk_size(live, PIPE_PAGES * PAGE_SIZE), &start, &size)) {
		int fd[2];

		live->pipes++;
		if (!open_pipe(live, size / PAGE_SIZE, fd, real)) {
			if (real->kind == REAL_REFUSED)
				real_impossible(real, "a pipe: %s", strerror(real->err));
			return;
		}
		if (!splice_pages(live, fd[1], start, size, real))
			return;
		note_pin(live, (struct live_pin){
				       .pid = live->by->pid,
				       .start = start,
				       .end = start + size,
				       .reference = true,
				       .fd = fd[0],
			       });
	}
}

/* Other processes have the pipe as well: the page goes when somebody reads it. */
static void drain(struct live *live, const struct live_pin *pin, struct real *real)
{
	for (uint64_t size = pin->end - pin->start; size && real->kind == REAL_DONE;) {
		long got = real_syscall(live, real, SYS_read, pin->fd, (long)(intptr_t)live->remote.box->scratch,
					PAGE_SIZE, 0, 0, 0);

		if (got <= 0)
			return;
		size -= (uint64_t)got;
	}
}

bool real_hold_briefly(struct live *live, const uint64_t *addresses, size_t n, struct brief_hold *hold,
		       struct real *real)
{
	int fd[2];

	*hold = (struct brief_hold){.fd = {-1, -1}};
	if (!open_pipe(live, PIPE_PAGES, fd, real))
		return false;
	hold->fd[0] = fd[0];
	hold->fd[1] = fd[1];
	for (; hold->pages < n; hold->pages++)
		if (!splice_pages(live, fd[1], addresses[hold->pages], PAGE_SIZE, real))
			return false;
	return true;
}

void real_let_go(struct live *live, const struct brief_hold *hold, struct real *real)
{
	struct live_pin pin = {.end = hold->pages * PAGE_SIZE, .fd = hold->fd[0]};

	if (hold->fd[0] < 0)
		return;
	drain(live, &pin, real);
	real_syscall(live, real, SYS_close, hold->fd[0], 0, 0, 0, 0, 0);
	real_syscall(live, real, SYS_close, hold->fd[1], 0, 0, 0, 0, 0);
}

/* --- the end --------------------------------------------------------------------------------- */

/* An empty buffer in place of this one. */
static void empty_slot(struct live *live, const struct live_pin *pin, struct real *real)
{
	struct live_io_uring_rsrc_update2 *update =
		(struct live_io_uring_rsrc_update2 *)(void *)live->remote.box->scratch;
	struct iovec *nothing = (struct iovec *)(void *)(update + 1);

	*nothing = (struct iovec){0};
	*update = (struct live_io_uring_rsrc_update2){
		.offset = pin->slot, .data = (uint64_t)(uintptr_t)nothing, .nr = 1,
	};
	real_syscall(live, real, SYS_io_uring_register, pin->fd, LIVE_IORING_REGISTER_BUFFERS_UPDATE,
		     (long)(intptr_t)update, sizeof(*update), 0, 0);
}

/* Kernels up to 6.2 let go of a buffer a second later. */
#define LATE_MS 1500

static void wait_for_unpin(const struct live *live, int64_t before)
{
	for (int ms = 0; ms < LATE_MS && proc_pinned(live->by->pid) >= before; ms += 5)
		poll(NULL, 0, 5);
}

bool real_holds(const struct live *live, const struct process *p)
{
	for (size_t i = 0; i < live->held_count; i++)
		if (live->held[i].pid == p->pid)
			return true;
	return false;
}

void real_unpin_pages(struct live *live, const struct mapping *mapping, const struct ranges *pages,
		      struct real *real)
{
	int64_t before = proc_pinned(live->by->pid);
	bool waits = false;
	size_t kept = 0;

	for (size_t i = 0; i < live->held_count; i++) {
		const struct live_pin *pin = &live->held[i];
		uint64_t page = (pin->start - mapping->start) / PAGE_SIZE;

		if (pin->pid != live->by->pid || pin->start < mapping->start || pin->start >= mapping->end ||
		    !ranges_has(pages, page) || real->kind != REAL_DONE) {
			live->held[kept++] = *pin;
			continue;
		}
		waits |= !pin->reference;
		if (pin->reference)
			drain(live, pin, real);
		else
			empty_slot(live, pin, real);
	}
	live->held_count = kept;
	if (waits && real->kind == REAL_DONE)
		wait_for_unpin(live, before);
}
