/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about single pages: pins, a debugger's stores, soft-dirty. (ksm is in ksmd.c) */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "live/processor.h"
#include "live/realize/realize_private.h"
#include "model/syscalls.h"
#include "observe/pagemap.h"
#include "observe/paging.h"
#include "observe/uapi.h"

static void pin_pages(struct live *live, const struct command *c, const struct mapping *mapping,
		      const struct ranges *pages, void *arg, struct real *real)
{
	(void)arg;
	if (real_too_much(live, mapping, pages, TAKE_PAGES, real))
		return;
	switch (c->args.pin) {
	case PIN_WRITE:
		real_pin_pages(live, mapping, pages, real);
		break;
	case PIN_READ:
		real_pin_for_reading(live, mapping, pages, real);
		break;
	case PIN_SHORT:
		real_hold_pages(live, mapping, pages, real);
		break;
	}
}

void real_pin(struct live *live, const struct command *c, struct real *real)
{
	for_names(live, c, real, pin_pages, NULL);
}

static void unpin_pages(struct live *live, const struct command *c, const struct mapping *mapping,
			const struct ranges *pages, void *arg, struct real *real)
{
	(void)c;
	(void)arg;
	real_unpin_pages(live, mapping, pages, real);
}

void real_unpin(struct live *live, const struct command *c, struct real *real)
{
	for_names(live, c, real, unpin_pages, NULL);
	live->read_pins &= live->lockstep.machine->hold_count > 0;
}

/* --- files of a process in /proc --------------------------------------------------------- */

long real_open_own(struct live *live, const struct process *p, const char *path, struct real *real)
{
	struct call_result result = {-1, 0};

	strcpy(live->remote.box->scratch, path);
	if (real_ended(real, remote_syscall(&live->remote, p, &result, SYS_openat, AT_FDCWD,
					    (long)(intptr_t)live->remote.box->scratch,
					    O_WRONLY | O_CLOEXEC, 0, 0, 0)))
		return -1;
	if (result.value < 0)
		real_impossible(real, "%s: %s", path, strerror(result.err));
	return result.value;
}

void real_close_own(struct live *live, const struct process *p, long fd, struct real *real)
{
	struct call_result result;
	struct real closing = {.kind = REAL_DONE};

	real_ended(&closing, remote_syscall(&live->remote, p, &result, SYS_close, fd, 0, 0, 0, 0, 0));
	if (real->kind == REAL_DONE && closing.kind != REAL_DONE)
		*real = closing;
}

/* --- poke ----------------------------------------------------------------------------------- */

/* Stops the process, and starts to trace it. */
static bool trace(pid_t pid)
{
	int status;

	return !ptrace(PTRACE_SEIZE, pid, NULL, NULL) && !ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) &&
	       waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status);
}

/*
 * As a debugger does it, where /proc/PID/mem is for debuggers only (proc_mem.force_override).
 * On the processor of the process, in whose lists new pages then are.
 */
static void poke_traced(struct live *live, uint64_t start, uint64_t size, struct real *real)
{
	pid_t pid = live->by->pid;
	cpu_set_t before;
	bool joined = processor_join(pid, &before);
	uint64_t at = start;

	if (!joined || !trace(pid)) {
		real_impossible(real, "a debugger cannot attach here: %s", strerror(errno));
	} else {
		while (at < start + size && !ptrace(PTRACE_POKEDATA, pid, (void *)(uintptr_t)at, (void *)1))
			at += PAGE_SIZE;
		if (at < start + size)
			real_refused(real, errno);
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	}
	if (joined)
		processor_leave(&before);
}

/* The process itself stores, so that new pages are in the lists of its own processor. */
static void poke_range(struct live *live, const struct command *c, const struct mapping *mapping,
		       uint64_t start, uint64_t size, struct real *real)
{
	char *page = live->remote.box->scratch + PAGE_SIZE;
	struct call_result result = {-1, 0};
	long fd = real_open_own(live, live->by, "/proc/self/mem", real);

	(void)c;
	(void)mapping;
	if (fd < 0)
		return;
	memset(page, 0, PAGE_SIZE);
	*page = 1; /* as a touch has it */
	if (!real_ended(real, remote_fill(&live->remote, live->by, &result, fd, page, start,
					  size / PAGE_SIZE)))
		real_refused(real, result.err);
	real_close_own(live, live->by, fd, real);
	if (real->kind == REAL_REFUSED && real->err == EIO && !live->predicted.err) {
		real->kind = REAL_DONE;
		poke_traced(live, start, size, real);
	}
}

void real_poke(struct live *live, const struct command *c, struct real *real)
{
	for_ranges_that_fit(live, c, real, poke_range, TAKE_PAGES);
}

/* --- clear-refs ------------------------------------------------------------------------------ */

void real_clear_refs(struct live *live, const struct command *c, struct real *real)
{
	char *digit = live->remote.box->scratch;
	long fd;

	(void)c;
	if (!live->eyes->soft_dirty) {
		real_impossible(real, "this kernel was built without CONFIG_MEM_SOFT_DIRTY");
		return;
	}
	fd = real_open_own(live, live->by, "/proc/self/clear_refs", real);
	if (fd < 0)
		return;
	strcpy(digit, "4");
	real_syscall(live, real, SYS_write, fd, (long)(intptr_t)digit, 1, 0, 0, 0);
	real_close_own(live, live->by, fd, real);
}
