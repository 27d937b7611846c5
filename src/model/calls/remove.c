/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MADV_REMOVE: punches a hole into the file, which takes its pages from all that map them. */
#include <errno.h>

#include "model/calls/madvise_private.h"
#include "model/hold.h"

/* Pages of a file: [first, end) */
struct hole {
	uint64_t first, end;
};

/*
 * unmap_mapping_range() without even_cows: only the file's own pages go, and markers stay.
 * A hole in hugetlb takes the copies of private mappings, too.
 */
static void unmap_pages(struct machine *m, struct vm_area *vma, uint64_t page, uint64_t last_page)
{
	uint64_t last;

	split_huge_edges(m, vma, page, last_page);
	for (; page <= last_page && !m->exhausted; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		last = min(last, last_page);
		machine_work(m, 1);
		if (frame_kind(pte.frame) == FRAME_FILE || is_vm_hugetlb_page(vma))
			zap_page_range(m, vma, page, last);
	}
}

/* The VMAs of one process. */
static void unmap_hole(struct machine *m, struct mm *mm, const struct object *object, struct hole hole)
{
	machine_work(m, mm_vma_count(mm));
	for_each_vma(mm, vma) {
		uint64_t first = max(hole.first, vma->pgoff);
		uint64_t end = min(hole.end, vma->pgoff + vma_pages(vma));

		if (vma->object == object && first < end)
			unmap_pages(m, vma, object_page(vma, first), object_page(vma, end - 1));
	}
}

/* vfs_fallocate(FALLOC_FL_PUNCH_HOLE) */
static bool punch_hole(struct machine *m, const struct vm_area *vma, struct hole hole)
{
	struct object *object = vma->object;

	if (is_vm_hugetlb_page(vma)) { /* whole pages only; the rest is filled with zeroes */
		hole.first = huge_first(vma->mm, hole.first + huge_pages(vma->mm) - 1);
		hole.end = huge_first(vma->mm, hole.end);
		if (hole.first >= hole.end)
			return true;
	}
	for (size_t i = 0; i < m->mm_count; i++)
		if (!m->mms[i]->dead)
			unmap_hole(m, m->mms[i], object, hole);
	rangeset_remove(&object->cached, hole.first, hole.end - 1);
	rangeset_remove(&object->swapped, hole.first, hole.end - 1);
	rangeset_remove(&object->dirty, hole.first, hole.end - 1);
	hold_forget(m, object->frame + hole.first, object->frame + hole.end - 1);
	rangeset_remove(&m->mlocked, object->frame + hole.first, object->frame + hole.end - 1);
	return true;
}

bool madvise_remove(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		    struct model_error *error)
{
	if (vma->flags & VM_LOCKED)
		return refuse(error, EINVAL, "VM_LOCKED is set");
	if (!vma->object)
		return refuse(error, EINVAL, "the VMA maps no file");
	if ((vma->flags & (VM_SHARED | VM_MAYWRITE)) != (VM_SHARED | VM_MAYWRITE))
		return refuse(error, EACCES, "remove needs a shared mapping that may be written");
	if (vma->flags & VM_SPECIAL && !is_vm_hugetlb_page(vma))
		return refuse(error, ENODEV, "a driver's memory is not a file that can have holes");
	if (vma->backing == BACKING_SECRET)
		return refuse(error, EOPNOTSUPP, "a file of memfd_secret cannot have holes");
	return punch_hole(m, vma, (struct hole){linear_page_index(vma, first), linear_page_index(vma, last) + 1});
}
