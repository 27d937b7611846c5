/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/observe.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "observe/decide.h"
#include "observe/proc.h"

/* --- what a fork costs anyway -------------------------------------------------- */

/* A child, how many tables it has, and that child's child if wanted. */
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

/* A process's VMA with what tells its frames apart; looks: one a page, or NULL. */
struct frames {
	struct look *looks;
	uint64_t pages;
};

static struct seen_vma *add_vma(struct seen_process *process, const struct place *place,
				const struct proc_map *map)
{
	struct seen_vma *seen =
		seen_add_vma(process, place->name, place->backing, place->start, place->end);
	const struct proc_vma *vma = proc_map_find(map, place->start);

	if (!vma || vma->start >= place->end) {
		seen->absent = true;
		return seen;
	}
	seen->whole = vma->start == place->start && vma->end == place->end;
	seen->flags = vma->flags;
	seen->flags_known = UINT64_MAX;
	/* A driver's file may be on a mount without exec: that is not the kind's doing. */
	if (place->moved)
		seen->flags_known &= ~VM_MAYEXEC;
	return seen;
}

/* Softdirty is compiled in or not; the others show as far as the kernel has them. */
static uint64_t visible_flags(const struct eyes *eyes)
{
	return eyes->soft_dirty ? UINT64_MAX : ~VM_SOFTDIRTY;
}

static struct frames look_at_vma(const struct process *p, const struct eyes *eyes,
				 const struct place *place, const struct seen_vma *seen,
				 const struct proc_map *map)
{
	const struct proc_vma *vma = proc_map_find(map, place->start);
	struct frames frames = {.pages = (place->end - place->start) / PAGE_SIZE};
	struct look_at at = {
		.start = place->start,
		.pages = frames.pages,
		.hugetlb = place->backing == BACKING_HUGETLB,
		.hidden_markers = place->hidden_markers,
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

static uint8_t same_frame(struct look child, struct look parent)
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

/* frames: of the parent's places, for a child; filled in for a parent. */
static void look_at_process(const struct process *p, const struct places *places,
			    const struct eyes *eyes, struct proc_map *map,
			    const struct places *parent_places, struct frames *parent_frames,
			    struct seen_process *process)
{
	process->alive = p->pid && proc_map_read(map, p->pid);
	for (size_t i = 0; process->alive && i < places->n; i++) {
		const struct place *place = &places->v[i];
		struct seen_vma *seen = add_vma(process, place, map);
		struct frames own, *other = NULL;

		seen->flags_known &= visible_flags(eyes);
		own = look_at_vma(p, eyes, place, seen, map);
		for (size_t j = 0; parent_places && j < parent_places->n; j++)
			if (!strcmp(parent_places->v[j].name, place->name))
				other = &parent_frames[j];
		add_pages(seen, &own, other);
		if (parent_places)
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

/* Does the harness itself live under the same top-level entry as one of the places? */
static bool shares_tables(const struct proc_map *map, const struct places *places)
{
	const unsigned shift = TABLE_SHIFT(LEVEL_PUD);

	for (size_t i = 0; i < map->n; i++) {
		const struct proc_vma *vma = &map->v[i];
		bool place = false, same = false;

		for (size_t j = 0; j < places->n; j++) {
			place |= vma->start < places->v[j].end && places->v[j].start < vma->end;
			same |= vma->start >> shift <= (places->v[j].end - 1) >> shift &&
				places->v[j].start >> shift <= (vma->end - 1) >> shift;
		}
		if (!place && same)
			return true;
	}
	return false;
}

void observe_moment(const struct live *live, const struct eyes *eyes,
		    const struct baseline *baseline, unsigned generation,
		    struct seen_moment *moment)
{
	struct proc_map map = {0};
	struct frames *frames = xcalloc(live->parent_places.n + 1, sizeof(*frames));
	int64_t harness = baseline->tables[generation < 1 ? 0 : 1], tables;

	look_at_process(&live->parent, &live->parent_places, eyes, &map, NULL, frames, &moment->parent);
	look_at_process(&live->child, &live->child_places, eyes, &map, &live->parent_places, frames,
			&moment->child);
	if (moment->fork && moment->child.alive) {
		tables = proc_tables(live->child.pid);
		/* Tables that a moved mapping has left, the model has elsewhere. */
		if (tables >= 0 && harness >= 0 && !live->moved &&
		    !shares_tables(&map, &live->child_places))
			moment->tables = tables - harness;
		moment->entries = count_entries(&moment->child);
		decide(moment);
	}
	for (size_t i = 0; i < live->parent_places.n; i++)
		free(frames[i].looks);
	free(frames);
	proc_map_deinit(&map);
}
