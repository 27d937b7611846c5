/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands take of the machine at most: asked before they are carried out. */
#include "live/realize/realize_private.h"
#include "observe/paging.h"
#include "observe/proc.h"

#define VMA_BYTES 512		/* a VMA, its part of the tree, and of its anon_vma */
#define PROCESS_BYTES (256 << 10) /* its stack in the kernel, and what it writes to at once */

bool real_too_many(const struct live *live, enum room_kind kind, uint64_t bytes, struct real *real)
{
	char reason[sizeof(real->reason)];

	if (room_for(&live->room, kind, bytes, reason, sizeof(reason)))
		return false;
	real_impossible(real, "%s", reason);
	return true;
}

/* A fault may bring all pages of a huge one. Those of hugetlb are in the pool, and were asked for. */
static uint64_t pages_at_once(const struct live *live, const struct mapping *mapping, uint64_t page)
{
	const struct vm_area *vma;

	if (live->lockstep.knobs.thp == THP_NEVER ||
	    (mapping->backing != BACKING_ANON && mapping->backing != BACKING_SHMEM))
		return 1;
	if (live->lockstep.knobs.thp == THP_ALWAYS)
		return PTRS_PER_PTE;
	vma = live->by_mm ? mm_vma_at(live->by_mm, mapping->model + page * PAGE_SIZE) : NULL;
	return vma && vma->flags & VM_HUGEPAGE ? PTRS_PER_PTE : 1;
}

uint64_t real_takes(const struct live *live, const struct mapping *mapping, const struct ranges *pages,
		    enum take take)
{
	uint64_t bytes = 0, next = 0; /* two ranges may lie in one huge page */

	for (size_t i = 0; i < pages->n && take != TAKE_NOTHING; i++) {
		uint64_t first = pages->v[i].first, last = pages->v[i].last;
		uint64_t unit = pages_at_once(live, mapping, first), end = (last / unit + 1) * unit;

		bytes += room_tables(mapping->start + first * PAGE_SIZE, (last - first + 1) * PAGE_SIZE);
		first = first / unit * unit;
		first = first < next ? next : first;
		if (take == TAKE_PAGES && mapping->backing != BACKING_HUGETLB && end > first)
			bytes += (end - first) * PAGE_SIZE;
		next = end > next ? end : next;
	}
	return bytes;
}

bool real_too_much(const struct live *live, const struct mapping *mapping, const struct ranges *pages,
		   enum take take, struct real *real)
{
	return real_too_many(live, ROOM_MEMORY, real_takes(live, mapping, pages, take), real);
}

bool real_fork_too_much(const struct live *live, struct real *real)
{
	int64_t tables = proc_tables(live->parent.pid), pinned = proc_pinned(live->parent.pid);
	uint64_t pages = (tables > 0 ? (uint64_t)tables : 0) + (pinned > 0 ? (uint64_t)pinned : 0);
	const struct mm *mm = live->lockstep.machine->parent;

	return real_too_many(live, ROOM_MEMORY,
			     pages * PAGE_SIZE + (mm ? mm_vma_count(mm) : 0) * VMA_BYTES + PROCESS_BYTES, real);
}
