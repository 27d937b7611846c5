/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/observe.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "observe/decide.h"
#include "observe/paging.h"
#include "observe/proc.h"

/* --- what a fork costs anyway -------------------------------------------------- */

/* A child, how many tables it has, and optionally that child's child. */
static bool measure_once(struct live *live, const struct process *parent, int64_t tables[], int depth,
			 struct real *real)
{
	struct process child = {0};
	int err = 0;
	bool ok;

	if (real_ended(real, remote_fork(&live->remote, parent, &child, &err)))
		return false;
	if (err) {
		real_refused(real, err);
		return false;
	}
	tables[0] = proc_tables(child.pid);
	ok = !depth || measure_once(live, &child, tables + 1, depth - 1, real);
	ok = ok && !real_ended(real, remote_leave(&live->remote, &child, ORDER_EXIT, &err));
	process_close(&child);
	return ok;
}

bool baseline_measure(struct live *live, struct baseline *baseline, struct real *real)
{
	int64_t again[1];

	if (!measure_once(live, &live->parent, baseline->tables, 1, real) ||
	    !measure_once(live, &live->parent, again, 0, real))
		return false;
	if (again[0] != baseline->tables[0])
		baseline->tables[0] = baseline->tables[1] = -1;
	return true;
}

/* --- one process ------------------------------------------------------------------- */

/* The pagemap entries of a VMA, which distinguish its frames: one for each page, or NULL. */
struct frames {
	struct pagemap_entry *looks;
	uint64_t pages;
};

static struct seen_vma *add_vma(struct seen_process *process, const struct mapping *mapping,
				const struct proc_map *map)
{
	struct seen_vma *seen =
		seen_add_vma(process, mapping->name, mapping->backing, mapping->start, mapping->end);
	const struct proc_vma *vma = proc_map_find(map, mapping->start);

	if (!vma || vma->start >= mapping->end) {
		seen->absent = true;
		return seen;
	}
	seen->whole = vma->start == mapping->start && vma->end == mapping->end;
	seen->flags = vma->flags;
	seen->flags_known = UINT64_MAX;
	/* A driver's file may be on a mount without exec, whatever the kind of mapping. */
	if (mapping->moved)
		seen->flags_known &= ~VM_MAYEXEC;
	return seen;
}

/* Soft-dirty depends on the configuration; the other flags on the kernel alone. */
static uint64_t visible_flags(const struct eyes *eyes)
{
	return eyes->soft_dirty ? UINT64_MAX : ~VM_SOFTDIRTY;
}

static struct frames look_at_vma(const struct process *p, const struct eyes *eyes,
				 const struct mapping *mapping, const struct seen_vma *seen,
				 const struct proc_map *map)
{
	const struct proc_vma *vma = proc_map_find(map, mapping->start);
	struct frames frames = {.pages = (mapping->end - mapping->start) / PAGE_SIZE};
	struct look_at at = {
		.start = mapping->start,
		.pages = frames.pages,
		.hugetlb = mapping->backing == BACKING_HUGETLB,
		.hidden_markers = mapping->hidden_markers,
		.no_huge = seen->whole && vma && !vma->anon_huge,
		.soft_dirty_vma = seen->flags & VM_SOFTDIRTY,
	};

	if (seen->absent || frames.pages > LOOK_PAGES_MAX)
		return frames;
	if (seen->flags & VM_PFNMAP) /* pagemap takes a pfn map for a hole */
		return frames;
	frames.looks = xcalloc(frames.pages, sizeof(*frames.looks));
	if (!pagemap_look(eyes, p->pagemap_fd, &at, frames.looks)) {
		free(frames.looks);
		frames.looks = NULL;
	}
	return frames;
}

static uint8_t same_frame(struct pagemap_entry child, struct pagemap_entry parent)
{
	if (!child.frame || !parent.frame || child.page.states != parent.page.states)
		return SEEN_UNKNOWN;
	return child.frame == parent.frame ? SEEN_YES : SEEN_NO;
}

static void add_pages(struct seen_vma *seen, const struct frames *own, const struct frames *parent)
{
	seen->pages_known = own->looks;
	for (uint64_t i = 0; own->looks && i < own->pages; i++) {
		struct seen_page page = own->looks[i].page;

		if (parent && parent->looks && i < parent->pages)
			page.same = same_frame(own->looks[i], parent->looks[i]);
		seen_add_pages(seen, 1, page);
	}
}

/* frames: of the parent's mappings, for a child; filled in for a parent. */
static void look_at_process(const struct process *p, const struct mappings *mappings,
			    const struct eyes *eyes, struct proc_map *map,
			    const struct mappings *parent_mappings, struct frames *parent_frames,
			    struct seen_process *process)
{
	process->alive = p->pid && proc_map_read(map, p->pid);
	for (size_t i = 0; process->alive && i < mappings->n; i++) {
		const struct mapping *mapping = &mappings->v[i];
		struct seen_vma *seen = add_vma(process, mapping, map);
		struct frames own, *other = NULL;

		seen->flags_known &= visible_flags(eyes);
		own = look_at_vma(p, eyes, mapping, seen, map);
		for (size_t j = 0; parent_mappings && j < parent_mappings->n; j++)
			if (!strcmp(parent_mappings->v[j].name, mapping->name))
				other = &parent_frames[j];
		add_pages(seen, &own, other);
		if (parent_mappings)
			free(own.looks);
		else
			parent_frames[i] = own;
	}
}

/* --- a moment ----------------------------------------------------------------------- */

/* Entries of the child that are surely there; -1: some VMA could not be looked into. */
static int64_t count_entries(const struct seen_process *child)
{
	int64_t entries = 0;

	for (size_t i = 0; i < child->vma_count; i++) {
		const struct seen_vma *vma = &child->vmas[i];

		if (vma->absent)
			continue;
		if (!vma->pages_known)
			return -1;
		for (size_t r = 0; r < vma->run_count; r++) {
			int state = seen_state(vma->runs[r].page);

			if (vma->runs[r].page.states & 1u << PTE_NONE && state < 0)
				return -1;
			if (state == PTE_NONE)
				continue;
			if (state < 0 && vma->runs[r].page.states & 1u << PTE_HUGE)
				return -1;
			if (state == PTE_HUGE || vma->backing == BACKING_HUGETLB)
				entries += (int64_t)(vma->runs[r].count / PTRS_PER_PTE);
			else
				entries += (int64_t)vma->runs[r].count;
		}
	}
	return entries;
}

/* Does the harness itself live under the same top-level entry as one of the mappings? */
static bool shares_tables(const struct proc_map *map, const struct mappings *mappings)
{
	const unsigned shift = TABLE_SHIFT(LEVEL_PUD);

	for (size_t i = 0; i < map->n; i++) {
		const struct proc_vma *vma = &map->v[i];
		bool mapping = false, same = false;

		for (size_t j = 0; j < mappings->n; j++) {
			mapping |= vma->start < mappings->v[j].end && mappings->v[j].start < vma->end;
			same |= vma->start >> shift <= (mappings->v[j].end - 1) >> shift &&
				mappings->v[j].start >> shift <= (vma->end - 1) >> shift;
		}
		if (!mapping && same)
			return true;
	}
	return false;
}

void observe_moment(const struct live *live, const struct eyes *eyes,
		    const struct baseline *baseline, unsigned generation,
		    struct seen_moment *moment)
{
	struct proc_map map = {0};
	struct frames *frames = xcalloc(live->parent_mappings.n + 1, sizeof(*frames));
	int64_t harness = baseline->tables[generation < 1 ? 0 : 1], tables;

	look_at_process(&live->parent, &live->parent_mappings, eyes, &map, NULL, frames, &moment->parent);
	look_at_process(&live->child, &live->child_mappings, eyes, &map, &live->parent_mappings, frames,
			&moment->child);
	if (moment->fork && moment->child.alive) {
		tables = proc_tables(live->child.pid);
		/* The model counts the tables of a moved mapping at another address. */
		if (tables >= 0 && harness >= 0 && !live->moved &&
		    !shares_tables(&map, &live->child_mappings))
			moment->tables = tables - harness;
		moment->entries = count_entries(&moment->child);
		decide(moment);
	}
	for (size_t i = 0; i < live->parent_mappings.n; i++)
		free(frames[i].looks);
	free(frames);
	proc_map_deinit(&map);
}
