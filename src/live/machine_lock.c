/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/machine_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/output.h"

/* Who waits holds this one, so that it is next: whoever releases the lock has to queue again. */
#define QUEUE "/sys/kernel"

#define SILENT_MS 500 /* waiting for less is not worth a word */
#define TRY_MS 10

struct waiting {
	int stop_fd;
	int64_t say, end; /* of clock_ms() */
	bool said;
};

/* Not one of the first three: the keeper closes those, and puts its own there. */
static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), above;

	if (fd < 0 || fd > 2)
		return fd;
	above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	close(fd);
	return above;
}

static void say(struct waiting *waiting)
{
	struct vf_error error;

	waiting->said = true;
	vf_error_set(&error, "another probe is at work on this machine: waiting");
	output_error(program_invocation_short_name, &error);
}

/* A file system that has no locks is no reason to wait. */
static enum machine_lock_end wait_for(int fd, struct waiting *waiting)
{
	while (flock(fd, LOCK_EX | LOCK_NB) && (errno == EWOULDBLOCK || errno == EINTR)) {
		struct pollfd stop = {.fd = waiting->stop_fd, .events = POLLIN};

		if (clock_ms() >= waiting->end)
			return MACHINE_LOCK_BUSY;
		if (!waiting->said && clock_ms() >= waiting->say)
			say(waiting);
		if (poll(&stop, 1, TRY_MS) > 0)
			return MACHINE_LOCK_STOPPED;
	}
	return MACHINE_LOCK_TAKEN;
}

enum machine_lock_end machine_lock_take(int *fd, int stop_fd, unsigned wait_ms)
{
	struct waiting waiting = {stop_fd, clock_ms() + SILENT_MS, clock_ms() + wait_ms, false};
	int queue = open_directory(QUEUE), lock = open_directory(MACHINE_LOCK_PLACE);
	enum machine_lock_end end = MACHINE_LOCK_TAKEN;

	*fd = -1;
	if (queue >= 0 && lock >= 0)
		end = wait_for(queue, &waiting);
	if (lock >= 0 && end == MACHINE_LOCK_TAKEN)
		end = wait_for(lock, &waiting);
	if (queue >= 0)
		close(queue);
	if (end == MACHINE_LOCK_TAKEN)
		*fd = lock;
	else if (lock >= 0)
		close(lock);
	return end;
}

void machine_lock_release(int *fd)
{
	if (*fd < 0)
		return;
	flock(*fd, LOCK_UN);
	close(*fd);
	*fd = -1;
}
