/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A separate process, the keeper, changes the machine's settings, and restores them
 * when the probe's end of the socket closes. It closes when the probe is killed, too.
 */
#include "live/acquire.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/minmax.h"
#include "live/settings.h"
#include "observe/proc.h"

/* --- the keeper ------------------------------------------------------------------ */

struct wish {
	settings_change *what; /* the keeper is a fork: a function is where it was */
	uint64_t pages;
};

static ssize_t receive(int fd, void *to, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, to, size, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Where the keeper has its descriptors. */
enum { KEEPER_SOCKET, KEEPER_LOCK, KEEPER_FDS };

/*
 * The keeper holds no pipe or terminal open, and a signal to the probe's group misses it. The
 * machine's lock it holds, so that the next probe begins when all is restored.
 */
static void stand_alone(int fd, int lock)
{
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "vmafork-keeper");
	dup2(fd, KEEPER_SOCKET);
	if (lock >= 0)
		dup2(lock, KEEPER_LOCK);
	close_range(lock >= 0 ? KEEPER_FDS : KEEPER_LOCK, ~0U, 0);
	if (chdir("/"))
		return; /* then it keeps a mount busy for a while */
}

_Noreturn static void keep(int fd, int lock)
{
	struct machine_settings settings;
	struct wish wish;

	stand_alone(fd, lock);
	settings_init(&settings);
	while (receive(KEEPER_SOCKET, &wish, sizeof(wish)) == sizeof(wish)) {
		bool granted = wish.what(&settings, wish.pages);

		send(KEEPER_SOCKET, &granted, sizeof(granted), MSG_NOSIGNAL);
	}
	settings_restore(&settings);
	_exit(0);
}

static bool have_keeper(struct acquired *acquired)
{
	int pair[2];
	pid_t pid;

	if (acquired->keeper)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return false;
	pid = fork();
	if (!pid)
		keep(pair[1], acquired->lock);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return false;
	}
	acquired->keeper = pid;
	acquired->fd = pair[0];
	return true;
}

static bool ask(struct acquired *acquired, settings_change *what, uint64_t pages)
{
	struct wish wish = {what, pages};
	bool granted;

	return have_keeper(acquired) &&
	       send(acquired->fd, &wish, sizeof(wish), MSG_NOSIGNAL) == sizeof(wish) &&
	       receive(acquired->fd, &granted, sizeof(granted)) == sizeof(granted) && granted;
}

/* --- the probe ------------------------------------------------------------------- */

void acquire_init(struct acquired *acquired)
{
	*acquired = (struct acquired){.fd = -1, .lock = -1};
}

#define WAIT_MS 60000 /* for another probe */

enum machine_lock_end acquire_machine(struct acquired *acquired, int stop_fd)
{
	return machine_lock_take(&acquired->lock, stop_fd, WAIT_MS);
}

void acquire_busy(char *reason, size_t size)
{
	snprintf(reason, size, "another probe has been at work on this machine for %d s", WAIT_MS / 1000);
}

uint64_t acquire_huge_missing(const struct acquired *acquired, uint64_t pages, uint64_t copies)
{
	uint64_t all = pages * (copies + 1) + acquired->huge_copies + acquired->huge_keep;

	return all - min(all, huge_pages_unreserved());
}

bool acquire_huge_pages(struct acquired *acquired, uint64_t pages, uint64_t copies)
{
	acquired->huge_copies += pages * copies;
	pages += acquired->huge_copies + acquired->huge_keep;
	return huge_pages_are_free(pages) || ask(acquired, settings_add_huge_pages, pages);
}

bool acquire_swap(struct acquired *acquired)
{
	return (proc_free_swap() && swap_comes_alone() && !swap_area_is_left()) || ask(acquired, settings_add_swap, 0);
}

bool acquire_pool(struct acquired *acquired, uint64_t pages)
{
	return ask(acquired, settings_set_huge_pages, pages);
}

bool acquire_vma_limit(struct acquired *acquired, uint64_t count)
{
	return ask(acquired, settings_limit_vmas, count);
}

bool acquire_commit_limit(struct acquired *acquired, uint64_t pages)
{
	return ask(acquired, settings_limit_commit, pages);
}

bool acquire_ksm(struct acquired *acquired)
{
	return ask(acquired, settings_start_ksm, 0);
}

void release_ksm(struct acquired *acquired)
{
	ask(acquired, settings_stop_ksm, 0);
}

#define CROWD_SIZE (UINT64_C(4) << 20)

/* It looks at all memory when it is woken. */
#define SCANS 1
#define SCANS_MS 300

/* Waits until khugepaged, which a change of its sleep wakes, sleeps again. */
static void let_it_sleep(uint64_t before)
{
	int64_t end = clock_ms() + SCANS_MS;

	while (khugepaged_full_scans() < before + SCANS && clock_ms() < end)
		poll(NULL, 0, 1);
}

/*
 * The first process that could have huge pages wakes khugepaged, however long it
 * sleeps. So the probe is that process, with one huge page, even if khugepaged already
 * sleeps long. Changing its sleep wakes it once more.
 */
void acquire_calm(struct acquired *acquired)
{
	bool calm = khugepaged_is_calm();
	uint64_t scans = khugepaged_full_scans();
	char *crowd;

	if (!calm && !have_keeper(acquired))
		return;
	crowd = mmap(NULL, CROWD_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (crowd == MAP_FAILED)
		return;
	if (madvise(crowd, CROWD_SIZE, MADV_HUGEPAGE) || madvise(crowd, CROWD_SIZE, MADV_DONTFORK) ||
	    (!calm && !ask(acquired, settings_calm_khugepaged, 0))) {
		munmap(crowd, CROWD_SIZE);
		return;
	}
	*(volatile char *)(crowd + CROWD_SIZE / 2) = 1;
	if (!calm)
		let_it_sleep(scans);
	acquired->crowd = crowd;
}

void acquire_restore(struct acquired *acquired)
{
	if (acquired->crowd)
		munmap(acquired->crowd, CROWD_SIZE);
	if (acquired->keeper) {
		/* Children may hold this end, too: closing it here does not close the socket. */
		shutdown(acquired->fd, SHUT_WR);
		while (waitpid(acquired->keeper, NULL, 0) < 0 && errno == EINTR)
			;
		close(acquired->fd);
	}
	machine_lock_release(&acquired->lock);
	acquire_init(acquired);
}
