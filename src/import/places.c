/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses for an import that others will read. An address of a process tells where its
 * memory was put at random; so tables are numbered anew, at each level:
 *
 *      47 ... 39   38 ... 30   29 ... 21   20 .......... 0
 *     |   PGD    |    PUD    |    PMD    | as it was       |
 *
 * Two VMAs share a table, touch, or lie apart as before, and entries are at the same places of
 * their PTE tables: fork makes the same tables. Of a gap only that it is there is left. A table
 * from which memory reaches into the next one keeps its numbers, so that it does so at its new
 * place.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "import/import_private.h"
#include "observe/paging.h"

/* From the highest level down: bits of address that a table of it covers. */
static unsigned shift_at(unsigned level)
{
	return TABLE_SHIFT(LEVEL_P4D - level);
}

#define USER_END (UINT64_C(1) << 56) /* above: the vsyscall page, the same in every process */

/* The number of the entry that leads to an address, in its table. */
static uint64_t index_at(uint64_t address, unsigned level)
{
	return address >> shift_at(level) & (PTRS_PER_PTE - 1);
}

/* Is there memory on both sides of the end of the table of this level that leads to the address? */
static bool reaches_on(const struct proc_map *map, uint64_t address, unsigned level)
{
	uint64_t end = ((address >> shift_at(level - 1)) + 1) << shift_at(level - 1);
	const struct proc_vma *before = proc_map_find(map, end - 1), *behind = proc_map_find(map, end);

	return behind && before->start < end && behind->start <= end;
}

/* The place of a VMA that starts there, behind one that ended with `last` and is now at `moved`. */
static uint64_t place(const struct proc_map *map, uint64_t start, uint64_t last, uint64_t moved)
{
	uint64_t at = 0, low = (UINT64_C(1) << shift_at(TABLE_LEVELS - 1)) - 1;
	bool same = true; /* table as that of `last`, so far */

	for (unsigned level = 0; level < TABLE_LEVELS; level++) {
		uint64_t old = index_at(start, level), before = index_at(last, level), now;

		if (level && reaches_on(map, start, level))
			now = old;
		else if (!same)
			now = old ? 1 : 0;
		else if (old <= before + 1) /* the same, or the next */
			now = index_at(moved, level) + (old - before);
		else
			now = index_at(moved, level) + 2;
		same = same && old == before;
		at |= now << shift_at(level);
	}
	return at | (start & low);
}

uint64_t *import_places(const struct proc_map *map)
{
	uint64_t *places = xcalloc(map->n ? map->n : 1, sizeof(*places)), last = 0, moved = 0;

	for (size_t i = 0; i < map->n; i++) {
		const struct proc_vma *vma = &map->v[i];

		places[i] = vma->end > USER_END ? vma->start : place(map, vma->start, last, moved);
		last = vma->end - 1;
		moved = places[i] + (last - vma->start);
	}
	return places;
}
