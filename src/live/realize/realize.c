/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/realize/realize_private.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "live/lacks.h"
#include "model/limits.h"
#include "model/pool.h"
#include "observe/paging.h"
#include "observe/proc.h"
#include "observe/uapi.h"

/* --- results ------------------------------------------------------------------- */

bool real_ended(struct real *real, enum call_end end)
{
	if (end == CALL_DONE)
		return false;
	real->kind = end == CALL_STOPPED ? REAL_STOPPED : end == CALL_LATE ? REAL_LATE : REAL_BROKEN;
	snprintf(real->reason, sizeof(real->reason), "it %s", call_end_words[end]);
	return true;
}

void real_impossible(struct real *real, const char *format, ...)
{
	va_list args;

	real->kind = REAL_IMPOSSIBLE;
	va_start(args, format);
	vsnprintf(real->reason, sizeof(real->reason), format, args);
	va_end(args);
}

void real_refused(struct real *real, int err)
{
	if (!err)
		return;
	real->kind = REAL_REFUSED;
	real->err = err;
	snprintf(real->reason, sizeof(real->reason), "%s", strerror(err));
}

/* Is it refused whatever its arguments are? With these, no call does anything. */
static bool is_filtered(struct live *live, long number)
{
	struct call_result result = {-1, 0};

	return remote_syscall(&live->remote, live->by, &result, number, -1, -1, -1, -1, -1, -1) == CALL_DONE &&
	       result.err == EPERM;
}

long real_syscall(struct live *live, struct real *real, long number, long a, long b, long c, long d,
		  long e, long f)
{
	struct call_result result = {-1, 0};

	if (real_ended(real, remote_syscall(&live->remote, live->by, &result, number, a, b, c, d, e, f)))
		return -1;
	real_refused(real, result.err);
	if (result.err == EPERM && is_filtered(live, number))
		real_impossible(real, "a filter of system calls (seccomp) refuses it here");
	return result.value;
}

/* --- what commands name ------------------------------------------------------------ */

static const char *word(const struct command *c, unsigned n)
{
	return c->line.words[n].text;
}

bool real_pages(struct live *live, const struct command *c, const struct name *name,
		struct ranges *pages, struct real *real)
{
	const struct mm *mm = live->by_mm;
	uint64_t base = address_page(mm, mm_stretch(mm, name).start);
	struct ranges numbers = {0};
	struct model_error error;

	if (!command_pages(mm, name, c, &numbers, &error))
		real_impossible(real, "%s", error.message);
	else if (!numbers.n)
		real_impossible(real, "%s no longer exists", name->text);
	for (size_t i = 0; i < numbers.n; i++)
		ranges_add(pages, numbers.v[i].first - base, numbers.v[i].last - base);
	ranges_deinit(&numbers);
	return real->kind == REAL_DONE;
}

void for_names(struct live *live, const struct command *c, struct real *real, each_name *each,
	       void *arg)
{
	for (size_t i = 0; i < live->names.n && real->kind == REAL_DONE; i++) {
		const struct name *name = live->names.v[i];
		const struct mapping *mapping = mappings_find(live->by_mappings, name);
		struct ranges pages = {0};

		if (!mapping)
			real_impossible(real, "this process has no %s", name->text);
		else if (real_pages(live, c, name, &pages, real))
			each(live, c, mapping, &pages, arg, real);
		ranges_deinit(&pages);
		real->begun |= real->kind == REAL_IMPOSSIBLE && i;
	}
}

static void ranges_of(struct live *live, const struct command *c, const struct mapping *mapping,
		      const struct ranges *pages, void *arg, struct real *real)
{
	each_range *const *each = arg;

	for (size_t i = 0; i < pages->n && real->kind == REAL_DONE; i++) {
		(*each)(live, c, mapping, mapping->start + pages->v[i].first * PAGE_SIZE,
			(pages->v[i].last - pages->v[i].first + 1) * PAGE_SIZE, real);
		real->begun |= real->kind == REAL_IMPOSSIBLE && i;
	}
}

void for_ranges(struct live *live, const struct command *c, struct real *real, each_range *each)
{
	for_names(live, c, real, ranges_of, &each);
}

/* What all names take together. */
struct sum {
	enum take take;
	uint64_t bytes;
};

static void add_takes(struct live *live, const struct command *c, const struct mapping *mapping,
		      const struct ranges *pages, void *arg, struct real *real)
{
	struct sum *sum = arg;

	(void)c;
	(void)real;
	sum->bytes += real_takes(live, mapping, pages, sum->take);
}

void for_ranges_that_fit(struct live *live, const struct command *c, struct real *real,
			 each_range *each, enum take take)
{
	struct sum sum = {take, 0};

	for_names(live, c, real, add_takes, &sum);
	if (real->kind == REAL_DONE && !real_too_many(live, ROOM_MEMORY, sum.bytes, real))
		for_ranges(live, c, real, each);
}

/* --- madvise ------------------------------------------------------------------------------ */

static const int real_advice[ADVICES] = {
	[ADVICE_DONTFORK] = MADV_DONTFORK,
	[ADVICE_DOFORK] = MADV_DOFORK,
	[ADVICE_WIPEONFORK] = MADV_WIPEONFORK,
	[ADVICE_KEEPONFORK] = MADV_KEEPONFORK,
	[ADVICE_HUGEPAGE] = MADV_HUGEPAGE,
	[ADVICE_NOHUGEPAGE] = MADV_NOHUGEPAGE,
	[ADVICE_MERGEABLE] = MADV_MERGEABLE,
	[ADVICE_UNMERGEABLE] = MADV_UNMERGEABLE,
	[ADVICE_DONTDUMP] = MADV_DONTDUMP,
	[ADVICE_DODUMP] = MADV_DODUMP,
	[ADVICE_NORMAL] = MADV_NORMAL,
	[ADVICE_SEQUENTIAL] = MADV_SEQUENTIAL,
	[ADVICE_RANDOM] = MADV_RANDOM,
	[ADVICE_DONTNEED] = MADV_DONTNEED,
	[ADVICE_DONTNEED_LOCKED] = LIVE_MADV_DONTNEED_LOCKED,
	[ADVICE_FREE] = MADV_FREE,
	[ADVICE_COLD] = LIVE_MADV_COLD,
	[ADVICE_REMOVE] = MADV_REMOVE,
	[ADVICE_POPULATE_READ] = LIVE_MADV_POPULATE_READ,
	[ADVICE_POPULATE_WRITE] = LIVE_MADV_POPULATE_WRITE,
	[ADVICE_PAGEOUT] = LIVE_MADV_PAGEOUT,
	[ADVICE_COLLAPSE] = LIVE_MADV_COLLAPSE,
	[ADVICE_GUARD_INSTALL] = LIVE_MADV_GUARD_INSTALL,
	[ADVICE_GUARD_REMOVE] = LIVE_MADV_GUARD_REMOVE,
};

static void advise(struct live *live, const struct command *c, const struct mapping *mapping,
		   uint64_t start, uint64_t size, struct real *real)
{
	(void)mapping;
	real_syscall(live, real, SYS_madvise, (long)start, (long)size, real_advice[c->args.advice], 0, 0,
		     0);
}

/* Is any of the VMA's pages in the command's stretch still mapped? */
static bool any_present(const struct live *live, const struct mapping *mapping, uint64_t start,
			uint64_t size)
{
	struct pagemap_entry *looks = real_look(live->by, mapping);
	uint64_t first = (start - mapping->start) / PAGE_SIZE, end = first + size / PAGE_SIZE;
	bool any = false;

	for (uint64_t i = first; looks && i < end; i++)
		any |= (looks[i].page.states & (1u << PTE_PRESENT | 1u << PTE_ZERO | 1u << PTE_HUGE)) != 0;
	free(looks);
	return any;
}

/* Pages that stay are no result of the kernel if swap, or a control group's part of it, is full. */
static void explain_stay(const struct live *live, uint64_t size, struct real *real)
{
	if (real->kind == REAL_DONE && room_left(&live->room, ROOM_SWAP) < size)
		real_impossible(real, "swap is full");
}

/* Repeats the advice: the first passes may only move pages to the end of a list. */
static void page_out(struct live *live, const struct command *c, const struct mapping *mapping,
		     uint64_t start, uint64_t size, struct real *real)
{
	for (int pass = 0; pass < 8 && real->kind == REAL_DONE; pass++) {
		advise(live, c, mapping, start, size, real);
		if (!any_present(live, mapping, start, size))
			return;
	}
	explain_stay(live, size, real);
}

/* Is there room in swap for these pages? */
static void need_swap(struct live *live, const struct command *c, const struct mapping *mapping,
		      const struct ranges *pages, void *arg, struct real *real)
{
	uint64_t *size = arg;

	(void)c;
	(void)mapping;
	for (size_t i = 0; i < pages->n; i++)
		*size += (pages->v[i].last - pages->v[i].first + 1) * PAGE_SIZE;
	if (!acquire_swap(&live->acquired))
		real_impossible(real, "this machine has no swap to page out to");
	else
		real_too_many(live, ROOM_SWAP, *size, real);
}

/* What the kernel allocates for it. */
static const enum take advice_takes[ADVICES] = {
	[ADVICE_POPULATE_READ] = TAKE_PAGES,
	[ADVICE_POPULATE_WRITE] = TAKE_PAGES,
	[ADVICE_COLLAPSE] = TAKE_PAGES,
	[ADVICE_UNMERGEABLE] = TAKE_PAGES,
	[ADVICE_GUARD_INSTALL] = TAKE_TABLES,
};

void real_madvise(struct live *live, const struct command *c, struct real *real)
{
	uint64_t paged_out = 0;

	switch (c->args.advice) {
	case ADVICE_PAGEOUT:
		for_names(live, c, real, need_swap, &paged_out);
		if (real->kind == REAL_DONE)
			for_ranges(live, c, real, page_out);
		break;
	case ADVICE_COLLAPSE:
		if (live->no_thp) {
			real_impossible(real, "a process for which huge pages are turned off cannot collapse");
			break;
		}
		/* fall through */
	default:
		for_ranges_that_fit(live, c, real, advise, advice_takes[c->args.advice]);
	}
}

/* --- mprotect, mlock, munlock, munmap, mseal, merge --------------------------------------- */

static void protect_range(struct live *live, const struct command *c, const struct mapping *mapping,
			  uint64_t start, uint64_t size, struct real *real)
{
	real_syscall(live, real, SYS_mprotect, (long)start, (long)size, real_prot(c->args.prot), 0, 0, 0);
	if (mapping_moved(mapping) && c->args.prot & MODEL_PROT_EXEC && real->kind == REAL_REFUSED)
		real_impossible(real, "the driver's file may be on a mount without exec");
}

/* Locked memory that becomes writable gets its pages at once. */
static bool any_locked(const struct live *live)
{
	for (size_t i = 0; i < live->names.n; i++) {
		const struct vm_area *vma = mm_named_vma(live->by_mm, live->names.v[i]);

		if (vma && vma->flags & VM_LOCKED)
			return true;
	}
	return false;
}

void real_mprotect(struct live *live, const struct command *c, struct real *real)
{
	for_ranges_that_fit(live, c, real, protect_range, any_locked(live) ? TAKE_PAGES : TAKE_NOTHING);
}

static void lock_range(struct live *live, const struct command *c, const struct mapping *mapping,
		       uint64_t start, uint64_t size, struct real *real)
{
	(void)mapping;
	real_syscall(live, real, SYS_mlock2, (long)start, (long)size, c->args.onfault ? MLOCK_ONFAULT : 0,
		     0, 0, 0);
}

void real_mlock(struct live *live, const struct command *c, struct real *real)
{
	for_ranges_that_fit(live, c, real, lock_range, c->args.onfault ? TAKE_NOTHING : TAKE_PAGES);
}

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

/* Calls that take a range and nothing else. */
static const long range_calls[COMMANDS] = {
	[COMMAND_munlock] = SYS_munlock,
	[COMMAND_munmap] = SYS_munmap,
	[COMMAND_mseal] = SYS_mseal,
};

static void call_range(struct live *live, const struct command *c, const struct mapping *mapping,
		       uint64_t start, uint64_t size, struct real *real)
{
	(void)mapping;
	real_syscall(live, real, range_calls[c->spec->id], (long)start, (long)size, 0, 0, 0, 0);
}

void real_munlock(struct live *live, const struct command *c, struct real *real)
{
	for_ranges(live, c, real, call_range);
}

void real_munmap(struct live *live, const struct command *c, struct real *real)
{
	for_ranges(live, c, real, call_range);
}

void real_mseal(struct live *live, const struct command *c, struct real *real)
{
	for_ranges(live, c, real, call_range);
}

/* Gives all that is mapped of a name the policy of the process. */
static void drop_policy_of(struct live *live, word_number word_of_name, const struct command *c,
			   struct real *real)
{
	const struct machine *m = live->lockstep.machine;
	const struct name *name = machine_name(m, word(c, word_of_name));
	struct mapping *mapping = mappings_find(live->by_mappings, name);
	struct stretch stretch = mm_stretch(m->parent, name);

	if (!mapping || !mapping->policy)
		return;
	for_each_vma_range(m->parent, vma, stretch.start, stretch.end) {
		uint64_t stop = min(vma->end, stretch.end), end;

		for (uint64_t at = max(vma->start, stretch.start); at < stop; at = end) {
			bool taken = mm_name_at(m->parent, at, &end) != name; /* by another one */

			end = min(end, stop);
			if (taken)
				continue;
			real_set_policy(live, at - mapping->model + mapping->start,
					end - mapping->model + mapping->start, 0, real);
			if (real->kind != REAL_DONE)
				return;
		}
	}
	mapping->policy = 0;
}

void real_merge(struct live *live, const struct command *c, struct real *real)
{
	drop_policy_of(live, c->args.target.name, c, real);
	if (real->kind == REAL_DONE)
		drop_policy_of(live, c->args.other, c, real);
}

/* --- fork and after ------------------------------------------------------------------------------------ */

/* A process that commands can no longer name lives on, unobserved. */
static void put_aside(struct live *live, struct process *p)
{
	if (!p->pid)
		return;
	GROW(live->others, live->other_count, live->other_cap);
	live->others[live->other_count++] = *p;
	*p = (struct process){.pid_fd = -1, .pagemap_fd = -1};
}

/* The child of a vfork, clone-vm or posix_spawn. */
static bool borrow(struct live *live, enum borrow borrow, struct real *real)
{
	int err = 0;

	put_aside(live, &live->child);
	mappings_deinit(&live->child_mappings);
	live->borrow = BORROW_NOTHING;
	if (real_ended(real, remote_borrow(&live->remote, &live->parent, &live->child,
					   borrow == BORROW_VFORK, &err)))
		return false;
	if (err)
		real_impossible(real, "too many children that use their parent's memory");
	else
		live->borrow = borrow;
	return !err;
}

void real_vfork(struct live *live, const struct command *c, struct real *real)
{
	(void)c;
	borrow(live, BORROW_VFORK, real);
}

void real_clone_vm(struct live *live, const struct command *c, struct real *real)
{
	(void)c;
	borrow(live, BORROW_VM, real);
}

/* The child is the newest, if there is one. A fork that waits is blocked like a touch. */
static void fork_ended(struct live *live, enum call_end end, const struct process *child, int err,
		       struct real *real)
{
	const struct machine *m = live->lockstep.machine;

	live->fork_waits = end == CALL_BLOCKED;
	if (live->fork_waits) {
		real->step.touch = true;
		real->step.signal = TOUCH_BLOCKED;
		return;
	}
	if (real_ended(real, end)) {
		if (end == CALL_DIED && machine_lacks(live->remote.err))
			snprintf(real->reason, sizeof(real->reason), "the child: %s",
				 machine_lacks(live->remote.err));
		return;
	}
	real->step.err = err;
	if (err && m->forks[m->fork_count - 1].err == err)
		return;
	real_refused(real, err);
	if (err)
		return;
	put_aside(live, &live->child);
	mappings_deinit(&live->child_mappings);
	live->borrow = BORROW_NOTHING;
	live->child = *child;
	live->forked = live->child_born = true;
	mappings_copy(&live->child_mappings, &live->parent_mappings);
}

void real_fork(struct live *live, const struct command *c, struct real *real)
{
	struct process born = {.pid_fd = -1, .pagemap_fd = -1};
	int err = 0;
	enum call_end end;

	(void)c;
	if (live->forks_left)
		live->forks_left--;
	if (real_fork_too_much(live, real))
		return;
	end = remote_fork(&live->remote, &live->parent, &born, &err);
	fork_ended(live, end, &born, err, real);
}

void real_fork_again(struct live *live, struct real *real)
{
	struct process born = {.pid_fd = -1, .pagemap_fd = -1};
	int err = 0;
	enum call_end end = remote_fork_again(&live->remote, &live->parent, &born, &err);

	fork_ended(live, end, &born, err, real);
	real->step.touch = false; /* that it waits still is no news */
	real->step.signal = TOUCH_OK;
}

/* Subjects die with their parents, so that none is left behind; this one outlives its parent. */
static void outlive(struct live *live, const struct process *p, struct real *real)
{
	struct call_result result;

	if (p->pid && p != live->by && real->kind == REAL_DONE)
		real_ended(real, remote_syscall(&live->remote, p, &result, SYS_prctl, PR_SET_PDEATHSIG, 0,
						0, 0, 0, 0));
}

/* The process has given its memory up, which may be its parent's. */
static void has_left(struct live *live, struct real *real)
{
	bool borrowed = live->borrow != BORROW_NOTHING && live->by == &live->child;

	process_close(live->by);
	if (!borrowed)
		mappings_deinit(live->by_mappings);
	if (borrowed && live->borrow == BORROW_VFORK)
		real_ended(real, remote_resume(&live->remote, &live->parent));
	if (borrowed)
		live->borrow = BORROW_NOTHING;
}

/* The kernel takes the io_uring of a process apart after it has left. */
#define LET_GO_MS 50

static void leave(struct live *live, enum order order, struct real *real)
{
	bool holds = real_holds(live, live->by);
	int err = 0;

	if (live->by == &live->parent) {
		outlive(live, &live->child, real);
		for (size_t i = 0; i < live->other_count; i++)
			outlive(live, &live->others[i], real);
	}
	if (real->kind != REAL_DONE || real_ended(real, remote_leave(&live->remote, live->by, order, &err)))
		return;
	real_refused(real, err);
	if (!err)
		has_left(live, real);
	if (holds)
		poll(NULL, 0, LET_GO_MS);
}

void real_exit(struct live *live, const struct command *c, struct real *real)
{
	(void)c;
	leave(live, ORDER_EXIT, real);
}

void real_exec(struct live *live, const struct command *c, struct real *real)
{
	(void)c;
	leave(live, ORDER_EXEC, real);
}

void real_posix_spawn(struct live *live, const struct command *c, struct real *real)
{
	(void)c;
	if (!borrow(live, BORROW_VFORK, real))
		return;
	live->by = &live->child;
	leave(live, ORDER_EXEC, real);
}

/* A parent lives on, unobserved; one whose memory its child uses may wait for it. */
static void leave_behind(struct live *live, struct process *p)
{
	if (live->borrow != BORROW_NOTHING || !p->pid) {
		process_close(p);
		return;
	}
	GROW(live->former, live->former_count, live->former_cap);
	live->former[live->former_count++] = *p;
}

void real_become(struct live *live, const struct command *c, struct real *real)
{
	(void)c;
	if (!live->child.pid) {
		real_impossible(real, "the child has exited or called exec");
		return;
	}
	leave_behind(live, &live->parent);
	live->parent = live->child;
	live->child = (struct process){.pid_fd = -1, .pagemap_fd = -1};
	if (live->borrow == BORROW_NOTHING)
		mappings_copy(&live->parent_mappings, &live->child_mappings);
	live->borrow = BORROW_NOTHING;
	mappings_deinit(&live->child_mappings);
}

/* --- what cannot be done ---------------------------------------------------------------------------------- */

/* Settings belong to the whole machine: a scenario can only have their current values. */
void real_set(struct live *live, const struct command *c, struct real *real)
{
	const struct knobs *knobs = &live->lockstep.knobs;

	const bool is_so[KNOBS] = {
		[KNOB_THP] = c->args.set.thp == knobs->thp,
		[KNOB_FAULT_AROUND] = c->args.set.number == knobs->fault_around,
		[KNOB_ZERO_PAGE] = !c->args.set.number == knobs->no_zero_page,
		[KNOB_MACHINE] = c->args.set.number == knobs->paging.arch,
		[KNOB_PAGE_SIZE] = c->args.set.number == knobs->paging.page_shift,
		[KNOB_LEVELS] = c->args.set.number == knobs->paging.levels,
		[KNOB_ACCESS_BITS] = (c->args.set.number == ACCESS_BITS_HARDWARE) == knobs->paging.hardware_bits,
	};

	if (!is_so[c->args.set.knob])
		real_impossible(real, "this is a setting of the whole machine, whose value differs");
}

static void real_by_hand(struct live *live, const struct command *c, struct real *real)
{
	(void)live;
	real_impossible(real, "no system call does what '%s' does by hand", c->spec->name);
}

void real_flags(struct live *live, const struct command *c, struct real *real)
{
	real_by_hand(live, c, real);
}

void real_anon_vma(struct live *live, const struct command *c, struct real *real)
{
	real_by_hand(live, c, real);
}

void real_pte(struct live *live, const struct command *c, struct real *real)
{
	real_by_hand(live, c, real);
}

/* --- the table --------------------------------------------------------------------------------------------- */

typedef void realizer(struct live *live, const struct command *c, struct real *real);

/* Each build step has one. */
static realizer *const realizers[COMMANDS] = {
#define BUILD(id, ...) [COMMAND_##id] = real_##id,
#define RUN(id, ...)
#include "language/commands.def"
#undef BUILD
#undef RUN
};

void realize_prepare(struct live *live, const struct command *c)
{
	const struct machine *m = live->lockstep.machine;
	const struct mm *mm = command_mm(m, c);
	struct model_error ignored; /* the model says what is wrong */

	live->names.n = 0;
	live->committed = committed_pages(m);
	live->lost_reserved = m->lost_reserved;
	live->pool_in_use = pool_is_limited(m) ? pool_in_use(m) : 0;
	if (c->spec->id == COMMAND_fork)
		real_plan_ksm(live);
	if (!c->args.target.name || !mm)
		return;
	if (c->args.target.pattern)
		command_names(m, mm, c, &live->names, &ignored);
	else if (machine_name(m, word(c, c->args.target.name)))
		name_list_add(&live->names, machine_name(m, word(c, c->args.target.name)));
	if (c->spec->id == COMMAND_mremap)
		real_mremap_prepare(live, mm, c);
}

/* Would it do something else with pages that are pinned for reading than with others? */
static bool shows_read_pins(const struct live *live, const struct command *c)
{
	switch (c->spec->id) {
	case COMMAND_fork:
	case COMMAND_ksm:
	case COMMAND_clear_refs:
		return live->read_pins;
	case COMMAND_madvise:
		return live->read_pins &&
		       (c->args.advice == ADVICE_PAGEOUT || c->args.advice == ADVICE_COLLAPSE);
	default:
		return false;
	}
}

void realize(struct live *live, const struct command *c, const struct seen_step *predicted,
	     struct real *real)
{
	assert(c->spec->builds);
	live->predicted = *predicted;
	live->child_born = false;
	*real = (struct real){.kind = REAL_DONE, .step = {.done = true}};
	live->by = c->process == PROCESS_CHILD ? &live->child : &live->parent;
	live->by_mappings = c->process == PROCESS_CHILD && live->borrow == BORROW_NOTHING
				    ? &live->child_mappings : &live->parent_mappings;
	live->by_mm = command_mm(live->lockstep.machine, c);
	if (!real_limit_all(live, c, real))
		return;
	if (shows_read_pins(live, c))
		real_impossible(real, "a pin for reading does not last on the running kernel, and this "
				      "command depends on it");
	else if (live->by->pid || c->spec->by == BY_PARENT)
		realizers[c->spec->id](live, c, real);
	else
		real_impossible(real, "that process has exited");
	if (real->kind == REAL_REFUSED)
		real->step.err = real->err;
}
