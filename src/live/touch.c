/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/touch.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "observe/paging.h"

/* Global, for the signal handler. Only the subject uses these. */
static sigjmp_buf escape;
static volatile sig_atomic_t armed;
/* A page of the harness itself, to warm up on. */
static volatile char own_page[PAGE_SIZE_MOST] __attribute__((aligned(PAGE_SIZE_MOST)));

static void on_signal(int number)
{
	if (armed)
		siglongjmp(escape, number);
	if (number != TOUCH_GIVE_UP)
		_exit(99); /* the harness itself is broken */
}

static uint64_t fault_count(const struct rusage *usage)
{
	return (uint64_t)usage->ru_minflt + (uint64_t)usage->ru_majflt;
}

/* volatile: these keep their values when a signal handler jumps out of the loop. */
struct touched {
	volatile uint64_t pages, faults;
};

static int touch_range(volatile char *p, uint64_t pages, bool write, struct touched *done)
{
	static struct rusage before, after;
	const size_t stride = PAGE_SIZE;
	int number = sigsetjmp(escape, 0);

	if (number) {
		armed = 0;
		return number;
	}
	armed = 1;
	for (volatile uint64_t i = 0; i < pages; i = i + 1) {
		volatile char *at = p + i * stride;

		getrusage(RUSAGE_SELF, &before);
		if (write)
			*at = 1;
		else
			(void)*at;
		getrusage(RUSAGE_SELF, &after);
		done->faults += fault_count(&after) - fault_count(&before);
		done->pages++;
	}
	armed = 0;
	return 0;
}

/*
 * The kernel keeps pages that were just mapped, unmapped or unlocked in per-CPU
 * lists for a while, with a reference that makes them look shared. Any
 * reclaim advice drains them.
 */
static void drain_lists(void)
{
	madvise((void *)(uintptr_t)own_page, PAGE_SIZE, MADV_COLD);
}

bool touch_init(void)
{
	static const int numbers[] = {SIGSEGV, SIGBUS, TOUCH_GIVE_UP};
	/* SA_NODEFER: the handler leaves by a jump that restores no mask. */
	struct touched done = {0, 0};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (sigaction(numbers[i], &action, NULL))
			return false;
	/*
	 * Once with a signal: faults in the stack and our own data that this needs, before
	 * tables are counted. Nothing is ever mapped at that address.
	 */
	touch_range((volatile char *)(uintptr_t)4096, 1, false, &done);
	touch_range(own_page, 1, true, &done);
	drain_lists();
	return true;
}

void touch_pages(struct mailbox *box)
{
	struct touched done = {0, 0};
	int number = 0;

	/* Once over memory of our own: any fault here is the harness's own. */
	touch_range(own_page, 1, true, &done);
	drain_lists();
	touch_range(own_page, 1, box->write, &done);
	done.pages = done.faults = 0;
	for (uint32_t i = 0; i < box->range_count && !number; i++) {
		const struct touch_range *range = &box->ranges[i];

		number = touch_range((volatile char *)(uintptr_t)range->address, range->pages,
				     box->write, &done);
	}
	box->faults = done.faults;
	box->signal = number;
	box->signal_page = done.pages;
}
