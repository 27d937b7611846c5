/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/minmax.h"
#include "live/subject.h"
#include "live/touch.h"
#include "live/uffd_calls.h"
#include "observe/paging.h"
#include "observe/uapi.h"

const char *const call_end_words[] = {
	[CALL_DONE] = "was carried out",
	[CALL_DIED] = "ended the process",
	[CALL_BLOCKED] = "waits until somebody reads its event",
	[CALL_WAITS] = "waits for the userfaultfd inside of the kernel",
	[CALL_LATE] = "timed out",
	[CALL_STOPPED] = "was interrupted",
};

/* --- channels --------------------------------------------------------------- */

#define BOX_SIZE align_up(sizeof(struct mailbox), PAGE_SIZE)

/* Under one PTE table: maps room for two, and keeps one. */
static bool box_create(struct remote *r)
{
	const size_t size = BOX_SIZE;
	char *memory = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uintptr_t start = (uintptr_t)memory;
	bool first = start / PMD_SIZE == (start + size - 1) / PMD_SIZE;

	if (memory == MAP_FAILED)
		return false;
	munmap(memory + (first ? size : 0), size);
	r->box = (struct mailbox *)(void *)(memory + (first ? 0 : size));
	memset(r->box, 0, sizeof(*r->box));
	return true;
}

/* Each process takes four descriptors: as many as this user may have. */
static void raise_limit(void)
{
	struct rlimit files;

	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static bool channels_create(struct remote *r, size_t count)
{
	raise_limit();
	if (!box_create(r))
		return false;
	r->channels = xcalloc(count, sizeof(*r->channels));
	for (; r->channel_count < count; r->channel_count++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
			return false;
		r->channels[r->channel_count] = (struct channel){
			.probe_fd = pair[0],
			.subject_fd = pair[1],
		};
	}
	return true;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void channels_free(struct remote *r)
{
	for (size_t i = 0; i < r->channel_count; i++) {
		close_fd(&r->channels[i].probe_fd);
		close_fd(&r->channels[i].subject_fd);
	}
	free(r->channels);
	if (r->box)
		munmap(r->box, BOX_SIZE);
}

/* --- processes ---------------------------------------------------------------- */

static bool process_open(struct process *p, pid_t pid, size_t channel)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	*p = (struct process){
		.pid = pid,
		.channel = channel,
		.pid_fd = (int)syscall(SYS_pidfd_open, pid, 0),
		.pagemap_fd = open(path, O_RDONLY | O_CLOEXEC),
	};
	if (p->pid_fd >= 0 && p->pagemap_fd >= 0)
		return true;
	err = errno;
	process_close(p);
	errno = err;
	return false;
}

void process_close(struct process *p)
{
	if (!p->pid)
		return;
	close_fd(&p->pid_fd);
	close_fd(&p->pagemap_fd);
	p->pid = 0;
}

/* --- waiting --------------------------------------------------------------------- */

/*
 * Reads one message of each userfaultfd that has some. *waits: a thread waits at a fault, or
 * for a reader that there is not.
 */
static void read_watches(struct remote *r, const struct pollfd *fds, size_t count, bool *waits)
{
	for (size_t i = 0; i < count; i++) {
		if (!fds[i].revents)
			continue;
		if (r->watches[i].unread)
			*waits = true;
		else
			uffd_read(r, i, waits);
	}
}

/* What poll() waits for, in this order; then the userfaultfds. */
enum { POLL_SUBJECT, POLL_GONE, POLL_STOP, POLL_FIXED };

/*
 * Waits until the process answers. want_gone: until it has ended. A touch that
 * waits for a userfaultfd is ordered to give up, and then answers.
 */
static enum call_end wait_for(struct remote *r, const struct process *p, bool touching,
			      bool want_gone)
{
	struct pollfd *fds = NULL;
	enum call_end end = CALL_DONE;

	for (;;) {
		int64_t left = r->deadline - clock_ms();
		size_t watches = r->watch_count;
		bool waits = false;
		char byte;
		int n;

		fds = xrealloc(fds, POLL_FIXED + watches, sizeof(*fds));
		fds[POLL_SUBJECT] = (struct pollfd){
			.fd = want_gone ? -1 : r->channels[p->channel].probe_fd, .events = POLLIN};
		fds[POLL_GONE] = (struct pollfd){.fd = p->pid_fd, .events = POLLIN};
		fds[POLL_STOP] = (struct pollfd){.fd = r->stop_fd, .events = POLLIN};
		for (size_t i = 0; i < watches; i++)
			fds[POLL_FIXED + i] =
				(struct pollfd){.fd = r->watches[i].fd, .events = POLLIN};
		n = left > 0 ? poll(fds, POLL_FIXED + watches, (int)left) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			end = CALL_LATE;
			break;
		}
		if (fds[POLL_STOP].revents) {
			end = CALL_STOPPED;
			break;
		}
		read_watches(r, fds + POLL_FIXED, watches, &waits);
		if (waits && !touching) {
			end = r->box->order == ORDER_FORK || r->box->order == ORDER_CLONE ? CALL_BLOCKED : CALL_WAITS;
			break;
		}
		if (waits)
			kill(p->pid, TOUCH_GIVE_UP);
		if (fds[POLL_SUBJECT].revents & POLLIN) {
			end = read(r->channels[p->channel].probe_fd, &byte, 1) == 1 ? CALL_DONE
										    : CALL_DIED;
			break;
		}
		if (fds[POLL_GONE].revents) {
			end = want_gone ? CALL_DONE : CALL_DIED;
			break;
		}
	}
	free(fds);
	return end;
}

/* Waits until the process that has this channel, whose pid is not known, has something to report. */
static enum call_end await_report(struct remote *r, size_t channel)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = r->channels[channel].probe_fd, .events = POLLIN},
			{.fd = r->stop_fd, .events = POLLIN},
		};
		int64_t left = r->deadline - clock_ms();
		int n = left > 0 ? poll(fds, 2, (int)left) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return CALL_LATE;
		return fds[1].revents ? CALL_STOPPED : CALL_DONE;
	}
}

/* --- orders ------------------------------------------------------------------------- */

static bool send_order(struct remote *r, const struct process *p, enum order order)
{
	r->box->order = order;
	r->active = p->pid;
	return send(r->channels[p->channel].probe_fd, "o", 1, MSG_NOSIGNAL) == 1;
}

static enum call_end give(struct remote *r, const struct process *p, enum order order,
			  bool want_gone)
{
	return send_order(r, p, order) ? wait_for(r, p, order == ORDER_TOUCH, want_gone) : CALL_DIED;
}

enum call_end remote_order(struct remote *r, const struct process *p, enum order order)
{
	return give(r, p, order, false);
}

static enum call_end call(struct remote *r, const struct process *p, struct call_result *result,
			  enum order order, const long args[7])
{
	struct mailbox *box = r->box;
	enum call_end end;

	memcpy(box->args, args, 7 * sizeof(*args));
	end = give(r, p, order, false);
	if (end == CALL_DONE)
		*result = (struct call_result){box->result, box->err};
	return end;
}

enum call_end remote_syscall(struct remote *r, const struct process *p, struct call_result *result,
			     long number, long a, long b, long c, long d, long e, long f)
{
	return call(r, p, result, ORDER_SYSCALL, (const long[7]){number, a, b, c, d, e, f});
}

enum call_end remote_fill(struct remote *r, const struct process *p, struct call_result *result,
			  long fd, const char *page, uint64_t offset, uint64_t pages)
{
	const long args[7] = {fd, (long)(intptr_t)page, (long)offset, (long)pages};

	return call(r, p, result, ORDER_FILL, args);
}

/* Opens the process that has just been made. */
static enum call_end welcome(struct remote *r, struct process *child, bool in_mailbox)
{
	enum call_end end;

	if (!process_open(child, (pid_t)r->box->result, r->channels_used++)) {
		r->err = errno;
		return CALL_DIED;
	}
	child->in_mailbox = in_mailbox;
	for (size_t i = 0; i < r->watch_count; i++)
		if (!r->watches[i].owner)
			r->watches[i].owner = child->pid;
	/* Waits until it is ready, then gives an order that does nothing, to warm up all code. */
	end = wait_for(r, child, false, false);
	if (end == CALL_DONE)
		end = remote_order(r, child, ORDER_NOTHING);
	if (end != CALL_DONE)
		process_close(child);
	return end;
}

/* A child with a stack in the mailbox; its pid is known when it has begun. */
static enum call_end clone_on_stack(struct remote *r, const struct process *p, struct process *child,
				    long flags, int *err)
{
	struct mailbox *box = r->box;
	enum call_end end = CALL_DONE;

	if (r->channels_used == r->channel_count || r->stacks_used == STACKS) {
		*err = ENFILE;
		return CALL_DONE;
	}
	box->args[0] = (long)r->channels_used;
	box->args[1] = (long)r->stacks_used++;
	box->args[2] = flags;
	box->result = 0;
	box->err = 0;
	if (!send_order(r, p, ORDER_CLONE))
		return CALL_DIED;
	if (flags & CLONE_VFORK) /* looks, and leaves the report to welcome() */
		end = await_report(r, r->channels_used);
	else
		end = wait_for(r, p, false, false);
	*err = box->err;
	if (end != CALL_DONE || box->err)
		return end;
	if (!box->result)
		end = await_report(r, r->channels_used);
	return end == CALL_DONE ? welcome(r, child, true) : end;
}

enum call_end remote_fork(struct remote *r, const struct process *p, struct process *child,
			  int *err)
{
	struct mailbox *box = r->box;
	enum call_end end;

	if (p->in_mailbox)
		return clone_on_stack(r, p, child, 0, err);
	if (r->channels_used == r->channel_count) {
		*err = ENFILE;
		return CALL_DONE;
	}
	box->args[0] = (long)r->channels_used;
	end = give(r, p, ORDER_FORK, false);
	*err = end == CALL_DONE ? box->err : 0;
	return end == CALL_DONE && !box->err ? welcome(r, child, false) : end;
}

enum call_end remote_borrow(struct remote *r, const struct process *p, struct process *child, bool vfork,
			    int *err)
{
	/* One table of files, too: the child calls on mappings of files that are opened later. */
	return clone_on_stack(r, p, child, CLONE_VM | CLONE_FILES | (vfork ? CLONE_VFORK : 0), err);
}

enum call_end remote_resume(struct remote *r, const struct process *p)
{
	return wait_for(r, p, false, false);
}

enum call_end remote_fork_again(struct remote *r, const struct process *p, struct process *child,
				int *err)
{
	enum call_end end = wait_for(r, p, false, false);

	*err = end == CALL_DONE ? r->box->err : 0;
	if (end != CALL_DONE || *err)
		return end;
	if (p->in_mailbox && !r->box->result)
		end = await_report(r, r->channels_used);
	return end == CALL_DONE ? welcome(r, child, p->in_mailbox) : end;
}

enum call_end remote_leave(struct remote *r, struct process *p, enum order order, int *err)
{
	enum call_end end;

	*err = r->box->err = 0;
	end = give(r, p, order, order == ORDER_EXIT);
	if (order == ORDER_EXIT)
		return end;
	*err = end == CALL_DONE ? r->box->err : 0;
	return end == CALL_DIED ? CALL_DONE : end; /* exec: its program ends at once */
}

/* --- beginning and end --------------------------------------------------------------------- */

enum call_end remote_init(struct remote *r, struct process *subject, size_t children,
			  unsigned timeout_ms, int stop_fd, bool thp, int *err)
{
	enum call_end end = CALL_DIED;
	pid_t probe = getpid(), pid;

	*err = 0;
	*r = (struct remote){
		.stop_fd = stop_fd,
		.deadline = clock_ms() + timeout_ms,
	};
	*subject = (struct process){.pid_fd = -1, .pagemap_fd = -1};
	if (!channels_create(r, children + 1))
		goto fail;
	r->channels_used = 1;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		goto fail;
	if (!pid)
		subject_main(r->box, r->channels, r->channel_count, probe, thp);
	setpgid(pid, pid); /* whichever of the two is first */
	r->group = pid;
	for (size_t i = 0; i < r->channel_count; i++)
		close_fd(&r->channels[i].subject_fd);
	if (!process_open(subject, pid, 0))
		goto fail;
	end = wait_for(r, subject, false, false);
	if (end == CALL_DONE)
		end = remote_order(r, subject, ORDER_NOTHING);
	if (end == CALL_DONE)
		return end;
	goto ended;
fail:
	*err = errno;
ended:
	process_close(subject);
	remote_deinit(r);
	return end;
}

void remote_deinit(struct remote *r)
{
	/* A process that waits in a fork for its event continues when the watches close, and dies. */
	if (r->group)
		kill(-r->group, SIGKILL);
	for (size_t i = 0; i < r->watch_count; i++)
		close(r->watches[i].fd);
	free(r->watches);
	if (r->group) {
		kill(-r->group, SIGKILL);
		/* The children's children, too: main() has made us their reaper. */
		while (waitpid(-r->group, NULL, 0) > 0 || errno == EINTR)
			;
	}
	channels_free(r);
	*r = (struct remote){.stop_fd = -1};
}
