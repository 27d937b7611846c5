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

static uint64_t reserved(const struct machine *m)
{
	uint64_t pages = 0;

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
	taken = pool_in_use(m) + reserved(m);
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

void pool_take_away(struct machine *m, struct vm_area *vma, uint64_t first)
{
	uint64_t last = huge_last(vma->mm, first), end;
	uint64_t frame = vma_pte(vma, first, &end).frame;

	for (size_t i = 0; i < m->mm_count; i++) {
		struct mm *mm = m->mms[i];
		const struct vm_area *other = mm->dead ? NULL : mm_vma_at(mm, page_address(mm, first));

		if (mm == vma->mm || !other || vma_pte(other, first, &end).frame != frame)
			continue;
		change_pte(m, mm, first, last, (struct pte){0});
		rangeset_add(&mm->huge_lost, vma_first(other), vma_last(other));
	}
}

bool pool_is_lost(const struct vm_area *vma, uint64_t page)
{
	return rangeset_has(&vma->mm->huge_lost, page);
}
