/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/observe.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/bisect.h"
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

/* --- where the scenario is ----------------------------------------------------------- */

/* Addresses that the scenario has given names, as the kernel has them. */
struct place {
	uint64_t start, end;
	uint64_t model; /* where the model has the first one */
	const struct mapping *mapping;
};

struct places {
	struct place *v; /* in order of address */
	size_t n, cap;
};

static int by_start(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* mm: of the model, which knows the names. */
static void find_places(const struct mappings *mappings, const struct mm *mm, struct places *places)
{
	struct span_place at;
	const struct span *span;

	for (span = spans_find(&mm->names, 0, &at); span; span = spans_next(&mm->names, &at)) {
		const struct mapping *mapping = mappings_find(mappings, span->value);
		uint64_t offset;

		if (!mapping)
			continue;
		offset = span->start - mapping->model;
		GROW(places->v, places->n, places->cap);
		places->v[places->n++] = (struct place){
			.start = mapping->start + offset,
			.end = mapping->start + offset + (span->end - span->start),
			.model = span->start,
			.mapping = mapping,
		};
	}
	if (places->n)
		qsort(places->v, places->n, sizeof(*places->v), by_start);
}

/* The first place that ends behind the address, or NULL. */
static const struct place *place_from(const struct places *places, uint64_t address)
{
	size_t at;

	BISECT(at, places->n, places->v[at].end <= address);
	return at < places->n ? &places->v[at] : NULL;
}

/* The first place that lies in the VMA; NULL: it is not the scenario's. */
static const struct place *place_of(const struct places *places, const struct proc_vma *vma)
{
	const struct place *place = place_from(places, vma->start);

	return place && place->start < vma->end ? place : NULL;
}

/* --- one process ------------------------------------------------------------------- */

/* The pagemap entries of a VMA, which distinguish its frames: one for each page, or NULL. */
struct frames {
	uint64_t start; /* in the model */
	uint64_t pages;
	struct pagemap_entry *looks;
};

/* Of all VMAs of a process, in order of address. */
struct all_frames {
	struct frames *v;
	size_t n, cap;
};

static void forget_frames(struct all_frames *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->v[i].looks);
	free(all->v);
	*all = (struct all_frames){0};
}

static uint64_t visible_flags(const struct eyes *eyes, const struct mapping *mapping)
{
	uint64_t hidden = (eyes->soft_dirty ? 0 : VM_SOFTDIRTY) |
			  (eyes->lockonfault ? 0 : VM_LOCKONFAULT);

	/* A driver's file may be on a mount without exec, whatever the kind of mapping. */
	return ~(mapping_moved(mapping) ? hidden | VM_MAYEXEC : hidden);
}

/* smaps_pmd_entry() of 6.1 finds no page behind a huge entry that gives no access: its sums lack it. */
static bool smaps_counts_huge(const struct proc_vma *vma)
{
	return vma->flags & (VM_READ | VM_WRITE | VM_EXEC);
}

static struct frames look_at_vma(const struct process *p, const struct eyes *eyes,
				 const struct proc_vma *vma, const struct mapping *mapping,
				 uint64_t start)
{
	struct frames frames = {.start = start, .pages = (vma->end - vma->start) / PAGE_SIZE};
	struct look_at at = {
		.start = vma->start,
		.pages = frames.pages,
		.hugetlb = mapping->backing == BACKING_HUGETLB,
		.hidden_markers = mapping->hidden_markers,
		.no_huge = !vma->anon_huge && smaps_counts_huge(vma),
		.soft_dirty_vma = vma->flags & VM_SOFTDIRTY,
	};

	if (frames.pages > LOOK_PAGES_MAX)
		return frames;
	if (vma->flags & VM_PFNMAP) /* pagemap takes a pfn map for a hole */
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

/* parent: NULL, or the frames of the parent's VMA there. */
static void add_pages(struct seen_vma *seen, const struct frames *own, const struct frames *parent)
{
	seen->pages_known = own->looks;
	for (uint64_t i = 0; own->looks && i < own->pages; i++) {
		struct seen_page page = own->looks[i].page;
		uint64_t at = own->start / PAGE_SIZE + i;

		if (parent && parent->looks && at - parent->start / PAGE_SIZE < parent->pages)
			page.same = same_frame(own->looks[i],
					       parent->looks[at - parent->start / PAGE_SIZE]);
		seen_add_pages(seen, 1, page);
	}
}

/* Fork leaves VMAs where they are: a child's is in one of the parent's, if any. */
static const struct frames *frames_at(const struct all_frames *all, uint64_t start)
{
	size_t at;

	BISECT(at, all->n, all->v[at].start + all->v[at].pages * PAGE_SIZE <= start);
	return at < all->n ? &all->v[at] : NULL;
}

static int by_model_start(const void *a, const void *b)
{
	const struct seen_vma *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int by_frames_start(const void *a, const void *b)
{
	const struct frames *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* parent: the frames of the parent's VMAs, for a child; own: filled in. */
static void look_at_process(const struct process *p, const struct mappings *mappings,
			    const struct mm *mm, const struct eyes *eyes, struct proc_map *map,
			    const struct all_frames *parent, struct all_frames *own,
			    struct seen_process *process)
{
	struct places places = {0};

	process->alive = p->pid && mm && proc_map_read(map, p->pid);
	if (!process->alive)
		return;
	find_places(mappings, mm, &places);
	for (size_t i = 0; i < map->n; i++) {
		const struct proc_vma *vma = &map->v[i];
		const struct place *place = place_of(&places, vma);
		struct seen_vma *seen;
		struct frames frames;
		uint64_t start;

		if (!place)
			continue;
		start = place->model + (vma->start - place->start);
		seen = seen_add_vma(process, place->mapping->backing, start, start + (vma->end - vma->start));
		seen_add_names(seen, mm);
		seen->flags = vma->flags;
		seen->flags_known = visible_flags(eyes, place->mapping);
		frames = look_at_vma(p, eyes, vma, place->mapping, start);
		add_pages(seen, &frames, parent ? frames_at(parent, start) : NULL);
		GROW(own->v, own->n, own->cap);
		own->v[own->n++] = frames;
	}
	/* What drivers have placed elsewhere. */
	if (process->vma_count)
		qsort(process->vmas, process->vma_count, sizeof(*process->vmas), by_model_start);
	if (own->n)
		qsort(own->v, own->n, sizeof(*own->v), by_frames_start);
	free(places.v);
}

/* --- a moment ----------------------------------------------------------------------- */

/* Entries of the child that are surely there; -1: some VMA could not be looked into. */
static int64_t count_entries(const struct seen_process *child)
{
	int64_t entries = 0;

	for (size_t i = 0; i < child->vma_count; i++) {
		const struct seen_vma *vma = &child->vmas[i];

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

/* Does the harness itself live under the same top-level entry as one of the scenario's VMAs? */
static bool shares_tables(const struct proc_map *map, const struct places *places)
{
	const unsigned shift = TABLE_SHIFT(paging_top(paging_observed()));

	for (size_t i = 0; i < map->n; i++) {
		const struct proc_vma *vma = &map->v[i];
		const struct place *place;

		if (place_of(places, vma))
			continue;
		place = place_from(places, vma->start >> shift << shift);
		if (place && place->start >> shift <= (vma->end - 1) >> shift)
			return true;
	}
	return false;
}

/* The tables that the fork added for the scenario; -1: not known. */
static int64_t count_tables(const struct live *live, const struct mm *mm, const struct proc_map *map,
			    int64_t harness)
{
	struct places places = {0};
	int64_t tables = proc_tables(live->child.pid);

	/* The model counts the tables of a moved mapping at another address. */
	if (tables < 0 || harness < 0 || live->moved)
		return -1;
	find_places(&live->child_mappings, mm, &places);
	if (shares_tables(map, &places))
		tables = -1;
	free(places.v);
	return tables < 0 ? -1 : tables - harness;
}

void observe_moment(const struct live *live, const struct eyes *eyes,
		    const struct baseline *baseline, unsigned generation,
		    struct seen_moment *moment)
{
	const struct machine *m = live->lockstep.machine;
	struct proc_map map = {0};
	struct all_frames of_parent = {0}, of_child = {0};

	look_at_process(&live->parent, &live->parent_mappings, m->parent, eyes, &map, NULL, &of_parent,
			&moment->parent);
	look_at_process(&live->child,
			live->borrow == BORROW_NOTHING ? &live->child_mappings : &live->parent_mappings, m->child, eyes, &map, &of_parent, &of_child,
			&moment->child);
	/* A fork that fails may leave the child of the one before. */
	if (moment->fork && live->child_born && moment->child.alive) {
		moment->tables = count_tables(live, m->child, &map, baseline->tables[generation < 1 ? 0 : 1]);
		moment->entries = count_entries(&moment->child);
		decide(moment);
	}
	forget_frames(&of_parent);
	forget_frames(&of_child);
	proc_map_deinit(&map);
}
