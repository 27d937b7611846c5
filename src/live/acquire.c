/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine gets back what it has lent whatever becomes of the borrower: a process
 * of its own, the keeper, lends it, and takes it back when the borrower has hung up.
 * Who is killed hangs up, too.
 */
#include "live/acquire.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/settings.h"
#include "observe/proc.h"

/* --- the keeper ------------------------------------------------------------------ */

struct wish {
	lender *what; /* the keeper is a fork: a function is where it was */
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

/* Nobody waits for the keeper's end of a pipe or a terminal, nor ends it with a group. */
static void stand_alone(int fd)
{
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "vmafork-keeper");
	dup2(fd, 0);
	close_range(1, ~0U, 0);
	if (chdir("/"))
		return; /* then it keeps a mount busy for a while */
}

_Noreturn static void keep(int fd)
{
	struct lent lent;
	struct wish wish;

	stand_alone(fd);
	lend_init(&lent);
	while (receive(0, &wish, sizeof(wish)) == sizeof(wish)) {
		bool granted = wish.what(&lent, wish.pages);

		send(0, &granted, sizeof(granted), MSG_NOSIGNAL);
	}
	lend_return(&lent);
	_exit(0);
}

static bool have_keeper(struct borrowed *borrowed)
{
	int pair[2];
	pid_t pid;

	if (borrowed->keeper)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return false;
	pid = fork();
	if (!pid)
		keep(pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return false;
	}
	borrowed->keeper = pid;
	borrowed->fd = pair[0];
	return true;
}

static bool ask(struct borrowed *borrowed, lender *what, uint64_t pages)
{
	struct wish wish = {what, pages};
	bool granted;

	return have_keeper(borrowed) &&
	       send(borrowed->fd, &wish, sizeof(wish), MSG_NOSIGNAL) == sizeof(wish) &&
	       receive(borrowed->fd, &granted, sizeof(granted)) == sizeof(granted) && granted;
}

/* --- the borrower ---------------------------------------------------------------- */

void borrow_init(struct borrowed *borrowed)
{
	*borrowed = (struct borrowed){.fd = -1};
}

bool borrow_huge_pages(struct borrowed *borrowed, uint64_t pages, uint64_t copies)
{
	borrowed->huge_copies += pages * copies;
	pages += borrowed->huge_copies;
	return huge_pages_are_free(pages) || ask(borrowed, lend_huge_pages, pages);
}

bool borrow_swap(struct borrowed *borrowed)
{
	return (proc_has_swap() && swap_comes_alone()) || ask(borrowed, lend_swap, 0);
}

#define CROWD_SIZE (UINT64_C(4) << 20)

/*
 * The first process that could have huge pages wakes khugepaged, whatever it sleeps:
 * so that one is us, with one huge page; also where it sleeps long already. Changing
 * its sleep wakes it once more.
 */
void borrow_calm(struct borrowed *borrowed)
{
	bool calm = khugepaged_is_calm();
	char *crowd;

	if (!calm && !have_keeper(borrowed))
		return;
	crowd = mmap(NULL, CROWD_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (crowd == MAP_FAILED)
		return;
	if (madvise(crowd, CROWD_SIZE, MADV_HUGEPAGE) || madvise(crowd, CROWD_SIZE, MADV_DONTFORK) ||
	    (!calm && !ask(borrowed, lend_calm, 0))) {
		munmap(crowd, CROWD_SIZE);
		return;
	}
	*(volatile char *)(crowd + CROWD_SIZE / 2) = 1;
	borrowed->crowd = crowd;
}

void borrow_return(struct borrowed *borrowed)
{
	if (borrowed->crowd)
		munmap(borrowed->crowd, CROWD_SIZE);
	if (borrowed->keeper) {
		/* Children may have this end, too: closing it alone would not be heard. */
		shutdown(borrowed->fd, SHUT_WR);
		while (waitpid(borrowed->keeper, NULL, 0) < 0 && errno == EINTR)
			;
		close(borrowed->fd);
	}
	borrow_init(borrowed);
}
