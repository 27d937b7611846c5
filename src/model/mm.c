/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/mm.h"

const char *const backing_names[BACKINGS] = {
	[BACKING_ANON] = "anon",	 [BACKING_SHMEM] = "shmem",
	[BACKING_FILE] = "file",	 [BACKING_HUGETLB] = "hugetlb",
	[BACKING_PFNMAP] = "pfnmap",	 [BACKING_MIXEDMAP] = "mixedmap",
	[BACKING_STACK] = "stack",
};

const char *const touch_result_names[] = {
	[TOUCH_OK] = "ok",
	[TOUCH_SIGSEGV] = "SIGSEGV",
	[TOUCH_SIGBUS] = "SIGBUS",
	[TOUCH_BLOCKED] = "blocked",
};

const char *const table_level_names[TABLE_LEVELS] = {
	[LEVEL_PTE] = "PTE",
	[LEVEL_PMD] = "PMD",
	[LEVEL_PUD] = "PUD",
	[LEVEL_P4D] = "P4D",
};

size_t mm_find(const struct mm *mm, uint64_t address)
{
	size_t lo = 0, hi = mm->vma_count;

	if (hi && mm->vmas[hi - 1]->end <= address)
		return hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (mm->vmas[mid]->end <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct vm_area *mm_vma_at(const struct mm *mm, uint64_t address)
{
	size_t i = mm_find(mm, address);

	if (i < mm->vma_count && mm->vmas[i]->start <= address)
		return mm->vmas[i];
	return NULL;
}
