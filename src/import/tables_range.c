/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/tables_range.h"

#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "observe/paging.h"

#define USER_END (UINT64_C(1) << 56)
#define LEVELS 3 /* PTE, PMD and PUD tables: what VmPTE counts */

/* --- at least ------------------------------------------------------------------------- */

/*
 * From left to right: the fewest tables of a level over the VMAs so far, with the last table
 * of them unused, and used. The next VMA may have its first entries in that one.
 */
struct packing {
	uint64_t last; /* number of the last table that any VMA reaches; UINT64_MAX: none yet */
	uint64_t fewest[2]; /* UINT64_MAX: impossible */
};

static uint64_t add(uint64_t a, uint64_t b)
{
	return a == UINT64_MAX ? a : a + b;
}

/* Entries that do not fit into the first and last table, if those are used; in whole tables. */
static uint64_t tables_between(uint64_t entries, uint64_t room, uint64_t capacity)
{
	return entries > room ? (entries - room + capacity - 1) / capacity : 0;
}

static void pack(struct packing *p, uint64_t start, uint64_t end, uint64_t entries, unsigned shift)
{
	uint64_t capacity = (UINT64_C(1) << shift) / PAGE_SIZE;
	uint64_t first = start >> shift, last = (end - 1) >> shift;
	uint64_t in_first = (min(end, (first + 1) << shift) - start) / PAGE_SIZE;
	uint64_t in_last = first == last ? 0 : (end - (last << shift)) / PAGE_SIZE;
	uint64_t middle = last > first + 1 ? last - first - 1 : 0;
	uint64_t next[2] = {UINT64_MAX, UINT64_MAX};

	if (p->last != first) { /* its first table is a new one */
		p->fewest[0] = p->last == UINT64_MAX ? 0 : min(p->fewest[0], p->fewest[1]);
		p->fewest[1] = UINT64_MAX;
	}
	p->last = last;
	if (first == last) {
		next[1] = min(p->fewest[1], entries ? add(p->fewest[0], 1) : UINT64_MAX);
		next[0] = entries ? UINT64_MAX : p->fewest[0];
		memcpy(p->fewest, next, sizeof(next));
		return;
	}
	for (int used = 0; used < 2; used++) /* its first table: already used, taken now, or not */
		for (int take = used; take < 2; take++)
			for (int end_too = 0; end_too < 2; end_too++) {
				uint64_t room = (take ? in_first : 0) + (end_too ? in_last : 0);
				uint64_t more = tables_between(entries, room, capacity);

				if (more > middle || p->fewest[used] == UINT64_MAX)
					continue;
				more += (uint64_t)(take - used) + (uint64_t)end_too;
				next[end_too] = min(next[end_too], p->fewest[used] + more);
			}
	memcpy(p->fewest, next, sizeof(next));
}

/* --- at most -------------------------------------------------------------------------- */

/* Tables that the VMA reaches into, but for those that were counted before. */
static uint64_t reached(uint64_t next[LEVELS], const struct proc_vma *vma)
{
	uint64_t sum = 0;

	for (int level = 0; level < LEVELS; level++) {
		uint64_t first = vma->start >> TABLE_SHIFT(level),
			 end = ((vma->end - 1) >> TABLE_SHIFT(level)) + 1;

		if (first < next[level])
			first = next[level];
		sum += end > first ? end - first : 0;
		next[level] = end;
	}
	return sum;
}

/* --- both ----------------------------------------------------------------------------- */

/* Does fork walk it? For certain; or perhaps. */
static bool walked(const struct proc_vma *vma, enum import_evidence evidence, bool certainly)
{
	if (vma->flags & (VM_DONTCOPY | VM_WIPEONFORK))
		return false;
	if (evidence == EVIDENCE_PAGES)
		return true;
	if (vma->flags & (VM_PFNMAP | VM_MIXEDMAP | VM_UFFD_WP | VM_UFFD_RWP | VM_MAYBE_GUARD))
		return !certainly;
	if (vma->flags & VM_HUGETLB)
		return !certainly;
	/* Markers and zero pages, which userfaultfd fills in, are in no sum; both come with an anon_vma. */
	if (vma->perms[3] == 'p' && vma->flags & (VM_UFFD_MISSING | VM_UFFD_MINOR))
		return !certainly;
	return !certainly && evidence != EVIDENCE_NONE;
}

/* Small entries that are certainly in its tables, and huge ones. */
static uint64_t entries_of(const struct proc_vma *vma, bool small)
{
	uint64_t huge = vma->anon_huge + vma->shmem_huge + vma->file_huge;
	uint64_t swap = vma->perms[3] == 'p' && import_anonymous(vma) ? vma->swap : 0;
	uint64_t bytes = vma->rss + swap - (small ? min(huge, vma->rss) : 0);

	return min(bytes, vma->end - vma->start) / PAGE_SIZE;
}

static uint64_t fewest(const struct proc_map *map, const enum import_evidence *evidence, int level)
{
	struct packing p = {.last = UINT64_MAX};

	for (size_t i = 0; i < map->n; i++)
		if (map->v[i].start < USER_END && walked(&map->v[i], evidence[i], true))
			pack(&p, map->v[i].start, map->v[i].end, entries_of(&map->v[i], !level),
			     TABLE_SHIFT(level));
	return p.last == UINT64_MAX ? 0 : min(p.fewest[0], p.fewest[1]);
}

struct tables_range tables_range(const struct proc_map *map, const enum import_evidence *evidence,
				 int64_t have)
{
	struct tables_range range = {0};
	uint64_t next[LEVELS] = {0}, others_next[LEVELS] = {0}, others = 0;

	for (int level = 0; level < LEVELS; level++)
		range.least += fewest(map, evidence, level);
	for (size_t i = 0; i < map->n; i++) {
		const struct proc_vma *vma = &map->v[i];
		uint64_t deposits = vma->perms[3] == 'p' ? vma->anon_huge / PMD_SIZE : 0;

		if (vma->start >= USER_END)
			continue;
		if (walked(vma, evidence[i], true))
			range.least += deposits;
		if (walked(vma, evidence[i], false))
			range.most += reached(next, vma) + deposits;
		if (!walked(vma, evidence[i], true))
			others += reached(others_next, vma) + deposits;
	}
	if (have < 0)
		return range;
	/* Those that only other VMAs can have are not copied. */
	if ((uint64_t)have > others)
		range.least = max(range.least, (uint64_t)have - others);
	range.most = max(min(range.most, (uint64_t)have), range.least);
	return range;
}
