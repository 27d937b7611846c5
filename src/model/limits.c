/* SPDX-License-Identifier: GPL-2.0-or-later */
/* (mm/vma.c, mm/util.c, mm/shmem.c) */
#include "model/limits.h"

#include <errno.h>

bool may_map(const struct machine *m, const struct mm *mm, struct model_error *error)
{
	return mm_vma_count(mm) <= m->limits[LIMIT_VMAS] ||
	       refuse(error, ENOMEM, "there are %zu VMAs, more than the limit", mm_vma_count(mm));
}

bool may_have_split(const struct machine *m, const struct mm *mm, size_t before,
		    struct model_error *error)
{
	uint64_t limit = m->limits[LIMIT_VMAS];

	if (mm_vma_count(mm) <= limit)
		return true;
	return refuse(error, ENOMEM, "there would be more than %llu VMAs%s", (unsigned long long)limit,
		      before < limit ? " (the kernel has cut the VMA once)" : "");
}

bool may_have_more(const struct machine *m, const struct mm *mm, unsigned more, const char *after,
		   struct model_error *error)
{
	uint64_t limit = m->limits[LIMIT_VMAS], count = mm_vma_count(mm);

	return !more || (count <= limit && limit - count >= more) ||
	       refuse(error, ENOMEM, "there are %llu VMAs, and mremap works only if %u more are allowed%s",
		      (unsigned long long)count, more, after);
}

/* A file that was made for a shared mapping alone is charged as a whole; others by the page. */
static uint64_t file_pages(const struct object *object)
{
	return object->promised ? object->promised
				: rangeset_count(&object->cached, 0, FILE_PAGES_MAX) +
					  rangeset_count(&object->swapped, 0, FILE_PAGES_MAX);
}

uint64_t committed_pages(const struct machine *m)
{
	uint64_t pages = m->lost_commit;

	if (m->limits[LIMIT_COMMIT] == UNLIMITED)
		return 0;
	for (size_t i = 0; i < m->mm_count; i++)
		if (!m->mms[i]->dead)
			for_each_vma(m->mms[i], vma)
				pages += vma->flags & VM_ACCOUNT ? vma_pages(vma) : 0;
	for (const struct object *object = m->objects; object; object = object->next)
		if (object->backing == BACKING_SHMEM && object_is_mapped(m, object))
			pages += file_pages(object);
	return pages;
}

bool may_commit(const struct machine *m, uint64_t pages)
{
	return m->limits[LIMIT_COMMIT] == UNLIMITED ||
	       pages < m->limits[LIMIT_COMMIT] >> m->paging.page_shift;
}

uint64_t commit_room(const struct machine *m)
{
	uint64_t limit = m->limits[LIMIT_COMMIT] >> m->paging.page_shift, pages = committed_pages(m);

	if (m->limits[LIMIT_COMMIT] == UNLIMITED)
		return UINT64_MAX;
	return pages < limit ? limit - pages - 1 : 0;
}

bool may_commit_more(const struct machine *m, uint64_t more, struct model_error *error)
{
	uint64_t pages = committed_pages(m) + more;

	return !more || may_commit(m, pages) ||
	       refuse(error, ENOMEM, "%llu pages would be committed, and the limit is %llu",
		      (unsigned long long)pages,
		      (unsigned long long)(m->limits[LIMIT_COMMIT] >> m->paging.page_shift));
}
