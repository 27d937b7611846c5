/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who else has an anonymous page: a walk over its reverse mapping (mm/rmap.c). Pages are
 * looked for by the place where they were first mapped: see mm_home().
 */
#include "base/minmax.h"
#include "model/machine.h"

/* What is looked for. */
struct quarry {
	uint64_t home, frame; /* of the first page */
	bool mapped;	      /* present entries only; otherwise swap entries count, too */
	uint64_t last;	      /* home of the last page for which the answer is the same */
};

static bool is_mapped(struct pte pte)
{
	return pte.state == PTE_PRESENT || pte.state == PTE_HUGE;
}

/* Is it at this page? */
static bool found_at(const struct mm *mm, uint64_t page, struct quarry *search)
{
	uint64_t end;
	struct pte pte = runs_at(&mm->pages, page, &end);

	search->last = min(search->last, search->home + (end - page));
	return pte.frame == search->frame && (!search->mapped || is_mapped(pte));
}

/* Is it where this stretch of moved pages has those of its home? */
static bool found_moved(const struct mm *mm, const struct span *span, struct quarry *search)
{
	uint64_t distance = (uint64_t)(uintptr_t)span->value;
	uint64_t first = span->start - distance, last = span->end - 1 - distance;

	if (search->home > last)
		return false;
	if (search->home < first) {
		search->last = min(search->last, first - 1);
		return false;
	}
	search->last = min(search->last, last);
	return found_at(mm, search->home + distance, search);
}

static bool found_in(const struct mm *mm, struct quarry *search)
{
	struct span_place place;
	const struct span *span;
	uint64_t last;
	bool found = false, unmoved = mm_home(mm, search->home, &last) == search->home;

	search->last = min(search->last, last);
	if (unmoved)
		found = found_at(mm, search->home, search);
	for (span = spans_find(&mm->moved, 0, &place); span; span = spans_next(&mm->moved, &place))
		found |= found_moved(mm, span, search);
	return found;
}

static bool found_elsewhere(const struct machine *m, const struct mm *mm, struct quarry *search)
{
	bool found = false;

	for (size_t i = 0; i < m->mm_count; i++)
		if (m->mms[i] != mm && !m->mms[i]->dead)
			found |= found_in(m->mms[i], search);
	return found;
}

static bool held_elsewhere(const struct machine *m, const struct mm *mm, uint64_t page,
			   uint64_t frame, bool mapped, uint64_t limit, uint64_t *last)
{
	struct quarry search = {.frame = frame, .mapped = mapped};
	uint64_t end, home = mm_home(mm, page, &end);
	bool found;

	search.home = home;
	search.last = home + (min(end, limit) - page);
	found = found_elsewhere(m, mm, &search);
	*last = page + (search.last - home);
	return found;
}

bool frame_shared(const struct machine *m, const struct mm *mm, uint64_t page,
		  uint64_t frame, uint64_t limit, uint64_t *last)
{
	return held_elsewhere(m, mm, page, frame, false, limit, last);
}

bool frame_mapped(const struct machine *m, const struct mm *mm, uint64_t page,
		  uint64_t frame, uint64_t limit, uint64_t *last)
{
	return held_elsewhere(m, mm, page, frame, true, limit, last);
}

bool mm_has_frame(const struct mm *mm, uint64_t home, uint64_t frame, uint64_t limit, uint64_t *last)
{
	struct quarry search = {.home = home, .frame = frame, .last = limit};
	bool found = found_in(mm, &search);

	*last = search.last;
	return found;
}

/* --- folios of 2 MiB -------------------------------------------------------------------- */

/* The home and the frame of the folio's first page. */
static struct quarry of_folio(const struct mm *mm, uint64_t page, uint64_t frame)
{
	uint64_t last, at = frame & (huge_pages(mm) - 1);

	return (struct quarry){.home = mm_home(mm, page, &last) - at, .frame = frame - at};
}

static bool folio_elsewhere(const struct machine *m, const struct mm *mm, struct quarry search)
{
	uint64_t stop = search.home + huge_pages(mm) - 1, next;

	for (; search.home <= stop; search.home = next) {
		search.last = stop;
		if (found_elsewhere(m, mm, &search))
			return true;
		next = search.last + 1;
		search.frame += next - search.home;
	}
	return false;
}

bool folio_shared(const struct machine *m, const struct mm *mm, uint64_t page, uint64_t frame)
{
	return folio_elsewhere(m, mm, of_folio(mm, page, frame));
}

bool folio_mapped(const struct machine *m, const struct mm *mm, uint64_t page, uint64_t frame)
{
	struct quarry search = of_folio(mm, page, frame);

	search.mapped = true;
	return folio_elsewhere(m, mm, search);
}

uint64_t folio_pages_mapped(const struct mm *mm, uint64_t page, uint64_t frame)
{
	struct quarry search = of_folio(mm, page, frame);
	uint64_t stop = search.home + huge_pages(mm) - 1, mapped = 0, next;

	for (; search.home <= stop; search.home = next) {
		bool found;

		search.last = stop;
		found = found_in(mm, &search);
		next = search.last + 1;
		mapped += found ? next - search.home : 0;
		search.frame += next - search.home;
	}
	return mapped;
}
