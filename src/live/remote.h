/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe's end of the mailboxes: gives orders to subjects and waits for them, at
 * most until the deadline. Meanwhile it reads the userfaultfds' messages (else a fork
 * would wait forever), and notices when a signal ends the probe itself.
 */
#ifndef LIVE_REMOTE_H
#define LIVE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "live/mailbox.h"
#include "model/ranges.h"

/* A process of the scenario. */
struct process {
	pid_t pid; /* 0: none */
	int pid_fd, pagemap_fd;
	size_t channel;
	bool in_mailbox; /* its stack is there: a child of it cannot have the same */
};

/* A userfaultfd, held by the probe alone. */
struct watch {
	char name[68]; /* of the context */
	int fd;
	pid_t owner; /* the process whose memory it watches; 0: the child being forked */
	bool unread; /* nobody reads its messages */
};

enum call_end {
	CALL_DONE,
	CALL_DIED,    /* the process is gone */
	CALL_BLOCKED, /* a fork waits until its event is read */
	CALL_WAITS,   /* the kernel waits for a userfaultfd inside of a system call */
	CALL_LATE,    /* the deadline has passed */
	CALL_STOPPED, /* a signal ends the probe */
};
/* In words, for a reason: "ended the process". */
extern const char *const call_end_words[];

struct remote {
	struct channel *channels;
	size_t channel_count, channels_used;
	size_t stacks_used; /* of the mailbox */
	struct mailbox *box;
	pid_t group; /* process group of all subjects; 0: none yet */

	struct watch *watches;
	size_t watch_count, watch_cap;
	pid_t active; /* the process that carries out the order */
	int err;      /* why the newest process died: it could not be opened; 0: not known */

	int stop_fd;	 /* readable: a signal ends the probe; -1: none */
	int64_t deadline; /* of clock_ms() */
};

/*
 * Makes a subject, and channels for `children` of its children. stop_fd stays the
 * caller's. Unless CALL_DONE there is none; *err: the errno that says why, or 0.
 */
enum call_end remote_init(struct remote *remote, struct process *subject, size_t children,
			  unsigned timeout_ms, int stop_fd, bool thp, int *err);

/* Ends every process, and releases all resources. */
void remote_deinit(struct remote *remote);

/* Carries out the order that is in the box. */
enum call_end remote_order(struct remote *remote, const struct process *process,
			   enum order order);

/* A system call in that process; *result and *err as errno has it. */
struct call_result {
	long value;
	int err;
};
enum call_end remote_syscall(struct remote *remote, const struct process *process,
			     struct call_result *result, long number, long a, long b, long c,
			     long d, long e, long f);

/*
 * That process writes a page (of the mailbox's) to a file so many times from
 * `offset` on, each with a system call of its own; *result as of the last one.
 */
enum call_end remote_fill(struct remote *remote, const struct process *process,
			  struct call_result *result, long fd, const char *page, uint64_t offset,
			  uint64_t pages);

/*
 * A fork of that process; *child is filled in. *err: the errno of fork. CALL_BLOCKED: it waits
 * for the reader of a userfaultfd, and that process can do nothing else; remote_fork_again()
 * then waits again, with the same results.
 */
enum call_end remote_fork(struct remote *remote, const struct process *process,
			  struct process *child, int *err);
enum call_end remote_fork_again(struct remote *remote, const struct process *process,
				struct process *child, int *err);

/*
 * A child of that process that uses its memory. vfork: the
 * process does nothing until the child has left; see remote_resume().
 */
enum call_end remote_borrow(struct remote *remote, const struct process *process,
			    struct process *child, bool vfork, int *err);
/* Waits until a process goes on, whose vfork child has left. */
enum call_end remote_resume(struct remote *remote, const struct process *process);

/* ORDER_EXIT, ORDER_EXEC: waits until the process has given up its memory. *err: of exec. */
enum call_end remote_leave(struct remote *remote, struct process *process, enum order order,
			   int *err);

void process_close(struct process *process);

#endif
