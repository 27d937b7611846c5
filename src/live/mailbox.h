/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the probe gives orders to a subject: a mailbox in memory that all processes share
 * (so that a pointer into it means the same everywhere), and for each process a
 * socket whose bytes mean "there is an order" and "it is done". One mailbox is
 * enough, as one order is carried out at a time.
 *
 * Shared memory, because it is not copied at fork: an order leaves no trace in
 * the page tables that are being watched. It is under one PTE table.
 */
#ifndef LIVE_MAILBOX_H
#define LIVE_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "observe/paging.h"

enum order {
	ORDER_NOTHING,
	ORDER_SYSCALL, /* args: number and up to six arguments */
	ORDER_FILL,    /* args: file, a page, where, how many: one write each */
	ORDER_TOUCH,
	ORDER_FORK, /* args[0]: the child's channel */
	ORDER_CLONE, /* the same, on a stack of the mailbox; args[1]: which; args[2]: more flags */
	ORDER_EXIT,
	ORDER_EXEC,
	ORDERS
};

struct touch_range {
	uint64_t address, pages;
};

#define TOUCH_RANGES_MAX 3000
#define SCRATCH_SIZE (2 * PAGE_SIZE_MOST)

/*
 * Children that use their parent's memory have stacks here: nothing of them shows in it. So have
 * their children, as this memory is not copied.
 */
enum { STACKS = 12, STACK_SIZE = 32768 };

struct mailbox {
	uint32_t order;
	long args[7];
	long result; /* of the system call, or the child's pid */
	int err;

	/* ORDER_TOUCH */
	bool write;
	uint32_t range_count;
	uint64_t faults;      /* minor and major, of the touching instructions */
	int signal;	      /* that ended it, or 0 */
	uint64_t signal_page; /* pages touched before the signal */

	char scratch[SCRATCH_SIZE]; /* what system calls point to */
	struct touch_range ranges[TOUCH_RANGES_MAX];
	_Alignas(64) char stacks[STACKS][STACK_SIZE];
};

struct channel {
	int probe_fd, subject_fd; /* -1: closed here */
};

#endif
