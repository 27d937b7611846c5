/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/subject.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "live/touch.h"
#include "model/pages.h"
#include "observe/paging.h"
#include "observe/uapi.h"

struct subject {
	struct mailbox *box;
	struct channel *channels;
	size_t channel; /* its own */
};

/* A child dies with its parent, and the parent with the probe. */
static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
}

static void report(const struct subject *s)
{
	if (write(s->channels[s->channel].subject_fd, "d", 1) != 1)
		_exit(0);
}

static void obey_nothing(struct subject *s, struct mailbox *box)
{
	(void)s;
	(void)box;
}

static void obey_syscall(struct subject *s, struct mailbox *box)
{
	const long *a = box->args;

	(void)s;
	errno = 0;
	box->result = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
	box->err = box->result == -1 ? errno : 0;
}

/* Page by page, so that file systems with large folios make small ones. */
static void obey_fill(struct subject *s, struct mailbox *box)
{
	const long *a = box->args;

	(void)s;
	box->err = 0;
	for (long i = 0; i < a[3] && !box->err; i++) {
		box->result = syscall(SYS_pwrite64, a[0], a[1], PAGE_SIZE, a[2] + i * (long)PAGE_SIZE);
		box->err = box->result < 0 ? errno : 0;
	}
}

static void obey_touch(struct subject *s, struct mailbox *box)
{
	(void)s;
	touch_pages(box);
}

/* In the child this returns into the loop of orders, with the child's channel. */
static void obey_fork(struct subject *s, struct mailbox *box)
{
	size_t channel = (size_t)box->args[0];
	pid_t self = getpid(), child = fork();

	if (child == 0) {
		die_with(self);
		s->channel = channel;
		return;
	}
	box->result = child;
	box->err = child < 0 ? errno : 0;
}

_Noreturn static void leave(void)
{
	_exit(0);
}

_Noreturn static void loop(struct subject *s);

/* A child with a stack of its own, and a loop of its own. */
struct cloned {
	struct subject subject;
	pid_t parent;
};

static int cloned_main(void *arg)
{
	struct cloned *cloned = arg;

	die_with(cloned->parent);
	cloned->subject.box->result = getpid(); /* the parent of a vfork cannot report it */
	loop(&cloned->subject);
}

/* With CLONE_VFORK this returns when the child has given up the memory. */
static void obey_clone(struct subject *s, struct mailbox *box)
{
	char *stack = box->stacks[box->args[1]];
	struct cloned *cloned = (struct cloned *)(void *)stack; /* at its far end */

	*cloned = (struct cloned){.subject = *s, .parent = getpid()};
	cloned->subject.channel = (size_t)box->args[0];
	box->err = 0;
	if (clone(cloned_main, stack + STACK_SIZE, (int)box->args[2] | SIGCHLD, cloned) < 0)
		box->err = errno;
}

static void obey_exit(struct subject *s, struct mailbox *box)
{
	(void)s;
	(void)box;
	leave();
}

static void obey_exec(struct subject *s, struct mailbox *box)
{
	char *const argv[] = {(char *)"vmafork-probe", (char *)SUBJECT_EXEC_WORD, NULL};
	char *const envp[] = {NULL};

	(void)s;
	execve("/proc/self/exe", argv, envp);
	box->err = errno;
}

static void (*const obey[ORDERS])(struct subject *s, struct mailbox *box) = {
	[ORDER_NOTHING] = obey_nothing, [ORDER_SYSCALL] = obey_syscall,
	[ORDER_FILL] = obey_fill,	[ORDER_TOUCH] = obey_touch,
	[ORDER_FORK] = obey_fork,	[ORDER_CLONE] = obey_clone,
	[ORDER_EXIT] = obey_exit,	[ORDER_EXEC] = obey_exec,
};

_Noreturn static void loop(struct subject *s)
{
	for (;;) {
		char byte;
		ssize_t n;

		report(s);
		do
			n = read(s->channels[s->channel].subject_fd, &byte, 1);
		while (n < 0 && errno == EINTR);
		if (n != 1)
			leave();
		obey[s->box->order < ORDERS ? s->box->order : ORDER_NOTHING](s, s->box);
	}
}

/*
 * All on one processor: a page that was just mapped stays for a while in a
 * per-CPU list of that processor, and looks shared to the others.
 */
static void stay_on_one_processor(void)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* Raises the limit that scenarios may exceed, as far as permitted. */
static void raise_limits(void)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY}, now;

	if (setrlimit(RLIMIT_MEMLOCK, &all) && !getrlimit(RLIMIT_MEMLOCK, &now)) {
		now.rlim_cur = now.rlim_max;
		setrlimit(RLIMIT_MEMLOCK, &now);
	}
}

_Noreturn void subject_main(struct mailbox *box, struct channel *channels, size_t count, pid_t probe,
			    bool thp)
{
	struct subject s = {box, channels, 0};
	sigset_t none;

	setpgid(0, 0); /* so that one signal ends them all */
	die_with(probe);
	for (size_t i = 0; i < count; i++)
		close(channels[i].probe_fd);
	signal(SIGCHLD, SIG_IGN); /* no zombies */
	signal(SIGXFSZ, SIG_IGN); /* a file that may not be so large is an error of write */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	raise_limits();
	stay_on_one_processor();
	if (!thp)
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (!touch_init())
		_exit(98);
	loop(&s);
}
