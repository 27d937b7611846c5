/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/mm.h"

#include <assert.h>
#include <string.h>

#include "base/minmax.h"

const char *const backing_names[BACKINGS] = {
	[BACKING_ANON] = "anon",	 [BACKING_SHMEM] = "shmem",
	[BACKING_FILE] = "file",	 [BACKING_HUGETLB] = "hugetlb",
	[BACKING_PFNMAP] = "pfnmap",	 [BACKING_MIXEDMAP] = "mixedmap",
	[BACKING_SECRET] = "secret",	 [BACKING_STACK] = "stack",
};

const char *const touch_result_names[] = {
	[TOUCH_OK] = "ok",
	[TOUCH_SIGSEGV] = "SIGSEGV",
	[TOUCH_SIGBUS] = "SIGBUS",
	[TOUCH_BLOCKED] = "blocked",
};

struct pte vma_pte(const struct vm_area *vma, uint64_t page, uint64_t *last)
{
	struct pte pte = runs_at(&vma->mm->pages, page, last);

	*last = min(*last, vma_last(vma));
	return pte;
}

struct pte vma_entry(const struct vm_area *vma, uint64_t page, uint64_t *last)
{
	struct pte pte = vma_pte(vma, vma_first(vma) + page, last);

	*last -= vma_first(vma);
	return pte;
}

uint64_t mm_home(const struct mm *mm, uint64_t page, uint64_t *last)
{
	struct span_place place;
	const struct span *span = spans_find(&mm->moved, page, &place);
	bool moved = span && span->start <= page;

	*last = moved ? span->end - 1 : span ? span->start - 1 : mm->pages.pages - 1;
	return moved ? page - (uint64_t)(uintptr_t)span->value : page;
}

void mm_each_whereabouts(const struct mm *mm, uint64_t home, uint64_t last,
			 void (*each)(const struct whereabouts *at, void *arg), void *arg)
{
	struct span_place place;
	uint64_t end;

	for (uint64_t page = home; page <= last; page = end + 1) {
		bool unmoved = mm_home(mm, page, &end) == page;

		end = min(end, last);
		if (unmoved)
			each(&(struct whereabouts){page, page, end - page + 1}, arg);
	}
	for (const struct span *span = spans_find(&mm->moved, 0, &place); span;
	     span = spans_next(&mm->moved, &place)) {
		uint64_t distance = (uint64_t)(uintptr_t)span->value;
		uint64_t first = max(span->start - distance, home);
		uint64_t stop = min(span->end - 1 - distance, last);

		if (first <= stop)
			each(&(struct whereabouts){first + distance, first, stop - first + 1}, arg);
	}
}

/* --- VMAs ------------------------------------------------------------------------------ */

static struct vm_area *vma_of(const struct span *span)
{
	return span ? span->value : NULL;
}

struct vm_area *mm_find(const struct mm *mm, uint64_t address)
{
	struct span_place place;

	return vma_of(spans_find(&mm->vmas, address, &place));
}

struct vm_area *mm_vma_at(const struct mm *mm, uint64_t address)
{
	struct vm_area *vma = mm_find(mm, address);

	return vma && vma->start <= address ? vma : NULL;
}

struct vm_area *mm_first(const struct mm *mm)
{
	return mm_find(mm, 0);
}

struct vm_area *mm_last(const struct mm *mm)
{
	struct span_place place = {mm->vmas.chunks, 0};

	return vma_of(spans_before(&mm->vmas, &place));
}

struct vm_area *mm_next(const struct vm_area *vma)
{
	return mm_find(vma->mm, vma->end);
}

struct vm_area *mm_before_address(const struct mm *mm, uint64_t address)
{
	struct span_place place;

	spans_find(&mm->vmas, address, &place);
	return vma_of(spans_before(&mm->vmas, &place));
}

struct vm_area *mm_before(const struct vm_area *vma)
{
	return mm_before_address(vma->mm, vma->start);
}

/* --- names ------------------------------------------------------------------------------- */

const struct name *mm_name_around(const struct mm *mm, uint64_t address, uint64_t *start,
				  uint64_t *end)
{
	struct span_place place;
	const struct span *span = spans_find(&mm->names, address, &place), *before;

	if (span && span->start <= address) {
		*start = span->start;
		*end = span->end;
		return span->value;
	}
	*end = span ? span->start : UINT64_MAX;
	before = spans_before(&mm->names, &place);
	*start = before ? before->end : 0;
	return NULL;
}

const struct name *mm_name_at(const struct mm *mm, uint64_t address, uint64_t *end)
{
	struct span_place place;
	const struct span *span = spans_find(&mm->names, address, &place);

	if (!span || span->start > address) {
		*end = span ? span->start : UINT64_MAX;
		return NULL;
	}
	*end = span->end;
	return span->value;
}

struct stretch mm_stretch(const struct mm *mm, const struct name *name)
{
	return name->id < mm->stretch_count ? mm->stretches[name->id] : (struct stretch){0};
}

/* Where the first span of that name begins. Others may have taken the front of its stretch. */
static uint64_t first_named(const struct mm *mm, const struct name *name)
{
	struct span_place place;
	const struct span *span = spans_find(&mm->names, mm_stretch(mm, name).start, &place);

	while (span && span->value != name)
		span = spans_next(&mm->names, &place);
	assert(span);
	return span->start;
}

const struct name *mm_next_name(const struct mm *mm, uint64_t *at)
{
	struct span_place place;
	const struct span *span = spans_find(&mm->names, *at, &place);

	while (span && first_named(mm, span->value) != span->start)
		span = spans_next(&mm->names, &place);
	if (!span)
		return NULL;
	*at = span->end;
	return span->value;
}

uint64_t mm_named_page(const struct mm *mm, uint64_t page)
{
	uint64_t end;
	const struct name *name = mm_name_at(mm, page_address(mm, page), &end);

	return name ? page - address_page(mm, mm_stretch(mm, name).start) : page;
}

const char *vma_name(const struct vm_area *vma)
{
	uint64_t end;
	const struct name *name = mm_name_at(vma->mm, vma->start, &end);

	return name ? name->text : "a VMA";
}

bool vma_has_name(const struct vm_area *vma, const char *text)
{
	for (uint64_t at = vma->start, end; at < vma->end; at = end) {
		const struct name *name = mm_name_at(vma->mm, at, &end);

		if (name && !strcmp(name->text, text))
			return true;
	}
	return false;
}

/* The first VMA from `from` on that has an address of this name. */
static struct vm_area *named_from(const struct mm *mm, const struct name *name, uint64_t from)
{
	uint64_t stop = mm_stretch(mm, name).end, end;

	if (mm->dead)
		return NULL;
	for (uint64_t at = from; at < stop;) {
		struct vm_area *vma = mm_find(mm, at);

		if (!vma || vma->start >= stop)
			return NULL;
		if (vma->start > at)
			at = vma->start;
		/* The VMA may begin with addresses of others. */
		for (; at < vma->end && at < stop; at = end)
			if (mm_name_at(mm, at, &end) == name)
				return vma;
		at = vma->end;
	}
	return NULL;
}

struct vm_area *mm_named_vma(const struct mm *mm, const struct name *name)
{
	return named_from(mm, name, mm_stretch(mm, name).start);
}

struct vm_area *mm_named_next(const struct vm_area *vma, const struct name *name)
{
	return named_from(vma->mm, name, vma->end);
}
