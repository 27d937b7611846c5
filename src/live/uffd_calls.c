/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/uffd_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "live/processor.h"
#include "observe/uapi.h"

static struct watch *add_watch(struct remote *r, const char *name, int fd, pid_t owner)
{
	struct watch *watch;

	GROW(r->watches, r->watch_count, r->watch_cap);
	watch = &r->watches[r->watch_count++];
	*watch = (struct watch){.fd = fd, .owner = owner};
	snprintf(watch->name, sizeof(watch->name), "%s", name);
	return watch;
}

struct watch *uffd_watch(struct remote *r, const struct process *p, const char *name)
{
	for (size_t i = 0; i < r->watch_count; i++)
		if (r->watches[i].owner == p->pid && !strcmp(r->watches[i].name, name))
			return &r->watches[i];
	return NULL;
}

/* --- opening ------------------------------------------------------------------ */

/* By the device, for users who may not use the system call. */
static enum call_end open_device(struct remote *r, const struct process *p,
				 struct call_result *fd)
{
	struct mailbox *box = r->box;
	struct call_result device = {0}, closed;
	enum call_end end;

	snprintf(box->scratch, sizeof(box->scratch), "/dev/userfaultfd");
	end = remote_syscall(r, p, &device, SYS_openat, AT_FDCWD, (long)(intptr_t)box->scratch,
			     O_RDWR | O_CLOEXEC, 0, 0, 0);
	if (end != CALL_DONE || device.err)
		return end;
	end = remote_syscall(r, p, fd, SYS_ioctl, device.value, LIVE_USERFAULTFD_IOC_NEW,
			     O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
	return end != CALL_DONE
		       ? end
		       : remote_syscall(r, p, &closed, SYS_close, device.value, 0, 0, 0, 0, 0);
}

/* The ways to open a userfaultfd, from the most capable to the least. */
static enum call_end open_any(struct remote *r, const struct process *p, struct call_result *fd)
{
	static const int flags[] = {O_CLOEXEC | O_NONBLOCK,
				    O_CLOEXEC | O_NONBLOCK | LIVE_UFFD_USER_MODE_ONLY};
	enum call_end end = CALL_DONE;

	for (int way = 0; way < 3; way++) {
		end = way == 1 ? open_device(r, p, fd)
			       : remote_syscall(r, p, fd, SYS_userfaultfd, flags[way / 2], 0, 0, 0,
						0, 0);
		if (end != CALL_DONE || (!fd->err && fd->value >= 0))
			return end;
	}
	return end;
}

enum call_end uffd_live_open(struct remote *r, const struct process *p, pid_t owner,
			     const char *name, uint32_t features, int *err)
{
	struct live_uffdio_api api = {LIVE_UFFD_API, features, 0};
	struct call_result theirs = {.err = EPERM}, closed;
	enum call_end end = open_any(r, p, &theirs);
	int fd;

	*err = theirs.err;
	if (end != CALL_DONE || theirs.err)
		return end;
	fd = (int)syscall(SYS_pidfd_getfd, p->pid_fd, theirs.value, 0);
	*err = fd < 0 ? errno : 0;
	end = remote_syscall(r, p, &closed, SYS_close, theirs.value, 0, 0, 0, 0, 0);
	if (fd < 0)
		return end;
	if (end != CALL_DONE || ioctl(fd, LIVE_UFFDIO_API, &api)) {
		*err = errno;
		close(fd);
		return end;
	}
	add_watch(r, name, fd, owner);
	return CALL_DONE;
}

/* --- ioctls ----------------------------------------------------------------------- */

/* The kernel returns EAGAIN while the memory map changes; nothing changes it here. */
static int request(const struct watch *watch, unsigned long number, void *argument)
{
	for (int tries = 0; tries < 100; tries++) {
		if (!ioctl(watch->fd, number, argument))
			return 0;
		if (errno != EAGAIN)
			break;
	}
	return errno;
}

int uffd_live_register(const struct watch *watch, uint64_t start, uint64_t size, unsigned modes)
{
	struct live_uffdio_register arg = {{start, size}, modes, 0};

	return request(watch, LIVE_UFFDIO_REGISTER, &arg);
}

int uffd_live_unregister(const struct watch *watch, uint64_t start, uint64_t size)
{
	struct live_uffdio_range arg = {start, size};

	return request(watch, LIVE_UFFDIO_UNREGISTER, &arg);
}

int uffd_live_protect(const struct watch *watch, uint64_t start, uint64_t size, bool protect,
		      bool rwp)
{
	struct live_uffdio_protect arg = {{start, size}, protect};

	return request(watch, rwp ? LIVE_UFFDIO_RWPROTECT : LIVE_UFFDIO_WRITEPROTECT, &arg);
}

/*
 * These do not repeat at EAGAIN, which may mean that half of it was done. They make pages, on
 * the processor of the process.
 */

static int request_once(const struct watch *watch, unsigned long number, void *argument)
{
	cpu_set_t before;
	bool joined = processor_join(watch->owner, &before);
	int err = ioctl(watch->fd, number, argument) ? errno : 0;

	if (joined)
		processor_leave(&before);
	return err;
}

int uffd_live_poison(const struct watch *watch, uint64_t start, uint64_t size)
{
	struct live_uffdio_fill arg = {{start, size}, 0, 0};

	return request_once(watch, LIVE_UFFDIO_POISON, &arg);
}

int uffd_live_zeropage(const struct watch *watch, uint64_t start, uint64_t size)
{
	struct live_uffdio_fill arg = {{start, size}, 0, 0};

	return request_once(watch, LIVE_UFFDIO_ZEROPAGE, &arg);
}

int uffd_live_continue(const struct watch *watch, uint64_t start, uint64_t size, bool wp)
{
	struct live_uffdio_fill arg = {{start, size}, wp ? LIVE_UFFDIO_CONTINUE_MODE_WP : 0, 0};

	return request_once(watch, LIVE_UFFDIO_CONTINUE, &arg);
}

int uffd_live_copy(const struct watch *watch, uint64_t start, uint64_t size, bool wp)
{
	struct live_uffdio_copy arg = {.dst = start, .len = size, .mode = wp ? LIVE_UFFDIO_COPY_MODE_WP : 0};
	void *zeroes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int err;

	if (zeroes == MAP_FAILED)
		return errno;
	arg.src = (uint64_t)(uintptr_t)zeroes;
	err = request_once(watch, LIVE_UFFDIO_COPY, &arg);
	munmap(zeroes, size);
	return err;
}

/* Yama allows a child to take a descriptor of its parent only where that agrees. */
#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif

enum call_end uffd_live_move(struct remote *r, const struct process *p, const struct watch *watch,
			     uint64_t to, uint64_t from, uint64_t size, int *err)
{
	struct live_uffdio_copy arg = {.dst = to, .src = from, .len = size};
	struct call_result probe = {0}, fd = {0}, moved = {0}, closed;
	enum call_end end;

	prctl(PR_SET_PTRACER, p->pid, 0, 0, 0);
	end = remote_syscall(r, p, &probe, SYS_pidfd_open, getpid(), 0, 0, 0, 0, 0);
	if (end == CALL_DONE && !probe.err)
		end = remote_syscall(r, p, &fd, SYS_pidfd_getfd, probe.value, watch->fd, 0, 0, 0, 0);
	prctl(PR_SET_PTRACER, 0, 0, 0, 0);
	if (end == CALL_DONE && !probe.err && !fd.err) {
		memcpy(r->box->scratch, &arg, sizeof(arg));
		end = remote_syscall(r, p, &moved, SYS_ioctl, fd.value, LIVE_UFFDIO_MOVE,
				     (long)(intptr_t)r->box->scratch, 0, 0, 0);
	}
	*err = probe.err ? probe.err : fd.err ? fd.err : moved.err;
	if (end == CALL_DONE && !probe.err && !fd.err)
		end = remote_syscall(r, p, &closed, SYS_close, fd.value, 0, 0, 0, 0, 0);
	if (end == CALL_DONE && !probe.err)
		end = remote_syscall(r, p, &closed, SYS_close, probe.value, 0, 0, 0, 0, 0);
	return end;
}

void uffd_live_close(struct remote *r, struct watch *watch)
{
	close(watch->fd);
	*watch = r->watches[--r->watch_count];
}

/* --- messages ------------------------------------------------------------------------ */

void uffd_read(struct remote *r, size_t i, bool *waits)
{
	struct live_uffd_msg message;

	if (read(r->watches[i].fd, &message, sizeof(message)) != sizeof(message))
		return;
	if (message.event == LIVE_UFFD_EVENT_PAGEFAULT) {
		*waits = true;
	} else if (message.event == LIVE_UFFD_EVENT_FORK) {
		char name[sizeof(r->watches[i].name)];

		memcpy(name, r->watches[i].name, sizeof(name));
		add_watch(r, name, (int)message.fork.ufd, 0);
		fcntl((int)message.fork.ufd, F_SETFD, FD_CLOEXEC);
	}
}
