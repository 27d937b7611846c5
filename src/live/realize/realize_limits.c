/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario's limits count its own memory; the machine's count all. So before each command the
 * machine's are set to what the scenario may have, and what others have at that moment.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "live/realize/realize_private.h"
#include "live/settings.h"
#include "model/limits.h"
#include "observe/paging.h"
#include "observe/proc.h"

/* Is the address of the process at hand one of the scenario's? */
static bool is_scenarios(const struct live *live, uint64_t address)
{
	for (size_t i = 0; i < live->by_mappings->n; i++)
		if (live->by_mappings->v[i].start <= address && address < live->by_mappings->v[i].end)
			return true;
	return false;
}

/* What a process has beside the scenario's VMAs: how many, and how many pages are accounted. */
struct harness {
	uint64_t vmas, accounted;
};

static bool measure(const struct live *live, struct harness *harness)
{
	struct proc_map map = {0};

	if (!proc_map_read(&map, live->by->pid))
		return false;
	*harness = (struct harness){0};
	for (size_t i = 0; i < map.n; i++) {
		const struct proc_vma *vma = &map.v[i];

		/* The gate is no VMA of the process. */
		if (is_scenarios(live, vma->start) || (vma->path && !strcmp(vma->path, "[vsyscall]")))
			continue;
		harness->vmas++;
		if (vma->flags & VM_ACCOUNT)
			harness->accounted += (vma->end - vma->start) / PAGE_SIZE;
	}
	proc_map_deinit(&map);
	return true;
}

/* What the scenario may have beside the pages that others have been promised. */
static bool limit_commit(struct live *live, const struct command *c, uint64_t bytes,
			 const struct harness *harness)
{
	const struct machine *m = live->lockstep.machine;
	uint64_t pages = bytes / PAGE_SIZE + proc_committed_pages(), ours = live->committed;

	/*
	 * The child's copy of the harness comes after the scenario's VMAs: a fork that succeeds
	 * needs room for it, one that fails has failed before.
	 */
	if (c->spec->id == COMMAND_fork && m->fork_count && !m->forks[m->fork_count - 1].err)
		pages += harness->accounted;
	return pages > ours && acquire_commit_limit(&live->acquired, pages - ours);
}

/* The pool has what the scenario may have, and what others have taken or reserved. */
static bool limit_pool(struct live *live, uint64_t pages)
{
	uint64_t taken = huge_pages_taken();

	/* More than the pool has come from memory. */
	if (pages > taken + huge_pages_unreserved() &&
	    pages - taken - huge_pages_unreserved() > room_left(&live->room, ROOM_MEMORY) / PMD_SIZE)
		return false;
	return taken >= live->pool_in_use &&
	       acquire_pool(&live->acquired, pages + taken - live->pool_in_use + live->others_reserved);
}

/*
 * mremap to where the model has it is carried out as one to a given place, which some kernels
 * do only if two more VMAs are allowed.
 */
static unsigned vmas_for_place(const struct live *live, const struct command *c)
{
	bool moves = c->spec->id == COMMAND_mremap && !live->predicted.err;

	return moves && !c->args.remap.fixed && !c->args.remap.dontunmap ? 2 : 0;
}

#define HEAP (32u << 20) /* bytes; M_MMAP_THRESHOLD may not be more */

/* At a limit the probe itself gets no more memory, either: it takes what it needs before. */
static void reserve_heap(void)
{
	static bool done;
	volatile char *heap;

	if (done)
		return;
	done = true;
	mallopt(M_MMAP_THRESHOLD, HEAP);
	mallopt(M_TRIM_THRESHOLD, 2 * HEAP);
	heap = malloc(HEAP - 4096);
	if (heap)
		*heap = 0; /* or the compiler leaves it all out */
	free((void *)heap);
}

static bool limit_all(struct live *live, const struct command *c)
{
	const uint64_t *limits = live->lockstep.machine->limits;
	struct harness harness;

	if (limits[LIMIT_HUGEPAGES] != UNLIMITED && !limit_pool(live, limits[LIMIT_HUGEPAGES]))
		return false;
	if (limits[LIMIT_VMAS] == UNLIMITED && limits[LIMIT_COMMIT] == UNLIMITED)
		return true;
	reserve_heap();
	if (!live->by->pid || !measure(live, &harness))
		return true;
	if (limits[LIMIT_VMAS] != UNLIMITED &&
	    !acquire_vma_limit(&live->acquired,
			       limits[LIMIT_VMAS] + harness.vmas + vmas_for_place(live, c)))
		return false;
	return limits[LIMIT_COMMIT] == UNLIMITED || limit_commit(live, c, limits[LIMIT_COMMIT], &harness);
}

static bool has_promised_file(const struct machine *m)
{
	for (const struct object *object = m->objects; object; object = object->next)
		if (object->promised && object_is_mapped(m, object))
			return m->limits[LIMIT_COMMIT] != UNLIMITED;
	return false;
}

/* The model has applied the command already: its limit stands before real_limit() refuses it. */
bool real_limit_all(struct live *live, const struct command *c, struct real *real)
{
	if (!live->may_limit)
		return true;
	if (has_promised_file(live->lockstep.machine)) {
		real_impossible(real, "shared anonymous memory is made with memfd here, and charged "
				      "by the page");
		return false;
	}
	if (limit_all(live, c))
		return true;
	real_impossible(real, "this machine's limits cannot be set");
	return false;
}

void real_limit(struct live *live, const struct command *c, struct real *real)
{
	(void)c;
	if (!live->may_limit)
		real_impossible(real, "limits apply to the whole machine: vmafork-probe --may-limit sets them");
}
