/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/pool.h"

#include <errno.h>

#include "base/minmax.h"

static uint64_t units(const struct machine *m, uint64_t pages)
{
	return pages >> m->paging.table_bits;
}

/* --- what there is ----------------------------------------------------------------------- */

/* The frames of a private mapping; several processes can have the same. */
static void add_frames(const struct vm_area *vma, struct rangeset *frames)
{
	uint64_t last;

	for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		if (pte.state == PTE_HUGE && frame_kind(pte.frame) == FRAME_ANON)
			rangeset_add(frames, pte.frame, pte.frame + (last - page));
	}
}

static void mark_mapped(const struct machine *m, struct rangeset *frames)
{
	for (size_t i = 0; i < m->mm_count; i++) {
		if (m->mms[i]->dead)
			continue;
		for_each_vma(m->mms[i], vma)
			if (is_vm_hugetlb_page(vma))
				add_frames(vma, frames);
	}
}

uint64_t pool_in_use(const struct machine *m)
{
	struct rangeset frames = {0};
	uint64_t pages;

	mark_mapped(m, &frames);
	pages = rangeset_count(&frames, 0, UINT64_MAX);
	rangeset_deinit(&frames);
	for (const struct object *object = m->objects; object; object = object->next)
		if (object->backing == BACKING_HUGETLB && object_is_mapped(m, object))
			pages += rangeset_count(&object->cached, 0, FILE_PAGES_MAX);
	return units(m, pages);
}

uint64_t pool_reserved(const struct machine *m)
{
	uint64_t pages = m->lost_reserved;

	for (size_t i = 0; i < m->mm_count; i++)
		if (!m->mms[i]->dead)
			pages += rangeset_count(&m->mms[i]->huge_reserved, 0, PAGES_MAX);
	for (const struct object *object = m->objects; object; object = object->next)
		if (object->backing == BACKING_HUGETLB && object_is_mapped(m, object))
			pages += rangeset_count(&object->reserved, 0, FILE_PAGES_MAX);
	return units(m, pages);
}

uint64_t pool_free(const struct machine *m)
{
	uint64_t taken;

	if (!pool_is_limited(m))
		return UNLIMITED;
	taken = pool_in_use(m) + pool_reserved(m);
	return taken < m->limits[LIMIT_HUGEPAGES] ? m->limits[LIMIT_HUGEPAGES] - taken : 0;
}

/* --- reservations ------------------------------------------------------------------------ */

bool pool_reserve(struct machine *m, struct vm_area *vma, struct model_error *error)
{
	bool shared = vma->flags & VM_SHARED;
	uint64_t first = shared ? vma->pgoff : vma_first(vma), last = first + vma_pages(vma) - 1, more;

	if (vma->flags & VM_NORESERVE)
		return true;
	more = vma_pages(vma);
	if (shared)
		more -= rangeset_count(&vma->object->cached, first, last) +
			rangeset_count(&vma->object->reserved, first, last);
	if (units(m, more) > pool_free(m))
		return refuse(error, ENOMEM, "%llu huge pages are to be reserved, and %llu are free",
			      (unsigned long long)units(m, more), (unsigned long long)pool_free(m));
	if (!shared) {
		rangeset_add(&vma->mm->huge_reserved, first, last);
		rangeset_add(&vma->mm->huge_owned, first, last);
		return true;
	}
	for (struct range part; first <= last && rangeset_next(&vma->object->cached, first, last, false, &part);
	     first = part.last + 1)
		rangeset_add(&vma->object->reserved, part.first, part.last);
	return true;
}

void pool_release(struct mm *mm, uint64_t first, uint64_t last)
{
	rangeset_remove(&mm->huge_reserved, first, last);
	rangeset_remove(&mm->huge_owned, first, last);
	rangeset_remove(&mm->huge_lost, first, last);
}

/* What the set has of first..last, it has from now on at `to`, and nothing else of the VMA. */
static void move_set(struct rangeset *set, const struct vm_area *vma, uint64_t first, uint64_t last,
		     uint64_t to)
{
	struct rangeset before = {0};
	struct range part;

	rangeset_copy(&before, set);
	rangeset_remove(set, vma_first(vma), vma_last(vma));
	for (uint64_t at = first; at <= last && rangeset_next(&before, at, last, true, &part);
	     at = part.last + 1)
		rangeset_add(set, to + (part.first - first), to + (part.last - first));
	rangeset_deinit(&before);
}

void pool_move(struct machine *m, const struct vm_area *vma, uint64_t first, uint64_t last,
	       uint64_t to)
{
	struct mm *mm = vma->mm;

	if (!is_vm_hugetlb_page(vma) || vma->flags & VM_SHARED)
		return;
	m->lost_reserved += rangeset_count(&mm->huge_reserved, vma_first(vma), vma_last(vma)) -
			    rangeset_count(&mm->huge_reserved, first, last);
	move_set(&mm->huge_reserved, vma, first, last, to);
	move_set(&mm->huge_owned, vma, first, last, to);
	move_set(&mm->huge_lost, vma, first, last, to);
}

void pool_reserve_again(struct vm_area *vma, uint64_t first, uint64_t last)
{
	uint64_t end;

	for (uint64_t page = first; page <= last; page = end + 1) {
		struct pte pte = vma_pte(vma, page, &end);

		end = min(end, last);
		if (pte.state == PTE_HUGE && frame_kind(pte.frame) == FRAME_ANON && pool_is_owner(vma, page))
			rangeset_add(&vma->mm->huge_reserved, page, end);
	}
}

bool pool_has_reserved(const struct vm_area *vma, uint64_t page)
{
	if (vma->flags & VM_SHARED)
		return rangeset_has(&vma->object->reserved, linear_page_index(vma, page));
	return rangeset_has(&vma->mm->huge_reserved, page);
}

void pool_take(struct vm_area *vma, uint64_t first, uint64_t last)
{
	if (vma->flags & VM_SHARED)
		rangeset_remove(&vma->object->reserved, linear_page_index(vma, first),
				linear_page_index(vma, last));
	else
		rangeset_remove(&vma->mm->huge_reserved, first, last);
}

/* --- an empty pool ----------------------------------------------------------------------- */

bool pool_is_owner(const struct vm_area *vma, uint64_t page)
{
	return rangeset_has(&vma->mm->huge_owned, page);
}

/* What is done where another VMA has the page that this one has at `first`. False: it ends. */
typedef bool taker(struct machine *m, struct vm_area *other, uint64_t page, uint64_t first);

/* Other processes map it privately, at the same place of its file. */
static bool each_other(struct machine *m, const struct vm_area *vma, uint64_t first, taker *call)
{
	uint64_t index = linear_page_index(vma, first), end, frame = vma_pte(vma, first, &end).frame;

	for (size_t i = 0; i < m->mm_count; i++) {
		if (m->mms[i]->dead || m->mms[i] == vma->mm)
			continue;
		for_each_vma(m->mms[i], other) {
			uint64_t page = vma_first(other) + (index - other->pgoff);

			if (other->object != vma->object || index < other->pgoff || page > vma_last(other) ||
			    vma_pte(other, page, &end).frame != frame)
				continue;
			if (!call(m, other, page, first))
				return false;
		}
	}
	return true;
}

static bool take(struct machine *m, struct vm_area *other, uint64_t page, uint64_t first)
{
	(void)first;
	change_pte(m, other->mm, page, huge_last(other->mm, page), (struct pte){0});
	rangeset_add(&other->mm->huge_lost, vma_first(other), vma_last(other));
	return true;
}

void pool_take_away(struct machine *m, struct vm_area *vma, uint64_t first)
{
	each_other(m, vma, first, take);
}

static bool is_looked_for(struct machine *m, struct vm_area *other, uint64_t page, uint64_t first)
{
	(void)other;
	return page == first ||
	       machine_behaviour(m, BEHAVIOUR_HUGETLB_TAKE_AWAY) == HUGETLB_TAKE_AWAY_ANY;
}

bool pool_can_take_away(struct machine *m, const struct vm_area *vma, uint64_t first)
{
	return each_other(m, vma, first, is_looked_for);
}

bool pool_is_lost(const struct vm_area *vma, uint64_t page)
{
	return rangeset_has(&vma->mm->huge_lost, page);
}
