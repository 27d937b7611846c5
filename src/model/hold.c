/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/hold.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "model/mm.h"

static void add_hold(struct machine *m, struct hold hold)
{
	if (!machine_take(m, sizeof(hold)))
		return;
	GROW(m->holds, m->hold_count, m->hold_cap);
	m->holds[m->hold_count++] = hold;
}

/* The frames of these pages, and of the whole folio where they belong to a large one. */
static struct range frames_of(const struct hold *hold)
{
	uint64_t unit = huge_pages(hold->mm), pages = hold->pages.last - hold->pages.first;
	struct range frames = {hold->frame, hold->frame + pages};

	if (hold->huge) {
		frames.first -= page_slot(hold->mm, hold->pages.first);
		frames.last += unit - 1 - page_slot(hold->mm, hold->pages.last);
	} else if (frame_kind(hold->frame) == FRAME_ANON && hold->frame & FRAME_LARGE) {
		frames.first &= ~(unit - 1);
		frames.last |= unit - 1;
	}
	return frames;
}

static bool can_be_held(struct pte pte)
{
	bool page = pte.state == PTE_PRESENT || pte.state == PTE_HUGE;
	enum frame_kind kind = frame_kind(pte.frame);

	/* A KSM page is shared in any case: holding it changes nothing. */
	return page && (kind == FRAME_ANON || kind == FRAME_FILE);
}

/* Is it the child of a vfork or clone-vm that acts? */
static bool is_borrower(const struct machine *m, const struct mm *mm)
{
	return m->borrow != BORROW_NOTHING && machine_child_acts(m, mm);
}

void hold_pages(struct machine *m, const struct mm *mm, uint64_t first, uint64_t last, bool pin)
{
	uint64_t end;

	for (uint64_t page = first; page <= last && !m->exhausted; page = end + 1) {
		struct pte pte = runs_at(&mm->pages, page, &end);
		struct hold hold = {
			.mm = mm, .pages = {page, min(end, last)}, .frame = pte.frame, .pin = pin,
			.huge = pte.state == PTE_HUGE,
			.borrower = is_borrower(m, mm),
			.forks = m->fork_count,
		};
		struct range frames;

		end = min(end, last);
		if (!can_be_held(pte))
			continue;
		add_hold(m, hold);
		frames = frames_of(&hold);
		rangeset_add(&m->held, frames.first, frames.last);
		if (pin)
			rangeset_add(&m->pinned, frames.first, frames.last);
	}
}

/* --- the end ---------------------------------------------------------------------------- */

/* Frames whose holds end. */
struct ended {
	struct rangeset held, pinned;
};

static void note_end(struct ended *ended, const struct hold *hold)
{
	struct range frames = frames_of(hold);

	rangeset_add(&ended->held, frames.first, frames.last);
	if (hold->pin)
		rangeset_add(&ended->pinned, frames.first, frames.last);
}

/* The pages of the hold from..to, which are some of its own. */
static struct hold part_of(const struct hold *hold, uint64_t from, uint64_t to)
{
	struct hold part = *hold;

	part.pages = (struct range){from, to};
	part.frame += from - hold->pages.first;
	return part;
}

/* Whose holds end, and of which pages. */
struct ending {
	const struct mm *mm;
	bool borrower;
	bool exits; /* the process: its children may go on holding them */
	struct range pages;
};

/* Does a process live that this one has forked since, or one of its children has? */
static bool has_heir(const struct machine *m, const struct mm *mm, size_t forks)
{
	for (size_t i = forks; i < m->fork_count; i++)
		if (m->forks[i].parent == mm &&
		    (!m->forks[i].child->dead || has_heir(m, m->forks[i].child, i + 1)))
			return true;
	return false;
}

static bool is_ending(const struct machine *m, const struct hold *hold, const struct ending *ending)
{
	bool its = hold->mm == ending->mm && hold->borrower == ending->borrower;

	/* Of a process that has left earlier this one may have been the last heir. */
	if (ending->exits)
		return (its || hold->mm->dead) && !has_heir(m, hold->mm, hold->forks);
	return its && hold->pages.first <= ending->pages.last && hold->pages.last >= ending->pages.first;
}

/* Takes the pages out of the holds of the process; what others hold of the frames stays. */
static void take_out(struct machine *m, const struct ending *ending, struct ended *ended)
{
	struct range pages = ending->pages;
	size_t count = m->hold_count, kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct hold hold = m->holds[i], part;
		uint64_t from = max(hold.pages.first, pages.first);
		uint64_t to = min(hold.pages.last, pages.last);

		if (!is_ending(m, &hold, ending)) {
			m->holds[kept++] = hold;
			continue;
		}
		part = part_of(&hold, from, to);
		note_end(ended, &part);
		if (hold.pages.first < from)
			m->holds[kept++] = part_of(&hold, hold.pages.first, from - 1);
		if (hold.pages.last <= to)
			continue;
		part = part_of(&hold, to + 1, hold.pages.last);
		if (kept <= i)
			m->holds[kept++] = part;
		else
			add_hold(m, part); /* behind the others: it is not in these pages */
	}
	/* Those that were added while the others moved down. */
	for (size_t i = count; i < m->hold_count; i++)
		m->holds[kept++] = m->holds[i];
	m->hold_count = kept;
	for (size_t i = 0; i < m->hold_count; i++) {
		struct range frames = frames_of(&m->holds[i]);

		rangeset_remove(&ended->held, frames.first, frames.last);
		if (m->holds[i].pin)
			rangeset_remove(&ended->pinned, frames.first, frames.last);
	}
}

/* Entries of this run whose pages are pinned no longer; of a huge one it is all or none. */
static void unmark_run(struct machine *m, struct mm *mm, uint64_t page, uint64_t last, struct pte pte,
		       const struct rangeset *unpinned)
{
	uint64_t at = pte.frame, end = pte.frame + (last - page);
	struct range part;

	while (at <= end && rangeset_next(unpinned, at, end, true, &part)) {
		struct pte now = pte_advance(pte, part.first - pte.frame);

		now.attrs &= ~PTE_PINNED;
		change_pte(m, mm, page + (part.first - pte.frame), page + (part.last - pte.frame), now);
		at = part.last + 1;
	}
}

static void unmark(struct machine *m, struct mm *mm, const struct rangeset *unpinned)
{
	uint64_t last;

	for (uint64_t page = 0; page < mm->pages.pages; page = last + 1) {
		struct pte pte = runs_at(&mm->pages, page, &last);

		machine_work(m, 1);
		if (pte.attrs & PTE_PINNED && can_be_held(pte))
			unmark_run(m, mm, page, last, pte, unpinned);
	}
}

static void end_holds(struct machine *m, const struct ending *ending)
{
	struct ended ended = {0};
	struct range part;

	take_out(m, ending, &ended);
	for_each_range(&ended.held, part)
		rangeset_remove(&m->held, part.first, part.last);
	for_each_range(&ended.pinned, part)
		rangeset_remove(&m->pinned, part.first, part.last);
	if (rangeset_from(&ended.pinned, 0, &part))
		for (size_t i = 0; i < m->mm_count; i++)
			if (!m->mms[i]->dead)
				unmark(m, m->mms[i], &ended.pinned);
	rangeset_deinit(&ended.held);
	rangeset_deinit(&ended.pinned);
}

void hold_end(struct machine *m, const struct mm *mm, uint64_t first, uint64_t last)
{
	end_holds(m, &(struct ending){
			     .mm = mm,
			     .borrower = is_borrower(m, mm),
			     .pages = {first, last},
		     });
}

void hold_exit(struct machine *m, const struct mm *mm)
{
	end_holds(m, &(struct ending){
			     .mm = mm,
			     .borrower = is_borrower(m, mm),
			     .exits = true,
			     .pages = {0, UINT64_MAX},
		     });
}

/* The parts of a hold whose frames are not among these, put behind all others. */
static void add_rest(struct machine *m, struct hold hold, uint64_t first_frame, uint64_t last_frame)
{
	uint64_t last = hold.frame + (hold.pages.last - hold.pages.first);

	if (hold.frame < first_frame)
		add_hold(m, part_of(&hold, hold.pages.first,
				    hold.pages.first + (min(last + 1, first_frame) - 1 - hold.frame)));
	if (last > last_frame)
		add_hold(m, part_of(&hold,
				    hold.frame > last_frame ? hold.pages.first
							    : hold.pages.first + (last_frame + 1 - hold.frame),
				    hold.pages.last));
}

void hold_forget(struct machine *m, uint64_t first_frame, uint64_t last_frame)
{
	struct hold *holds = m->holds;
	size_t count = m->hold_count;

	m->holds = NULL;
	m->hold_count = m->hold_cap = 0;
	for (size_t i = 0; i < count; i++)
		add_rest(m, holds[i], first_frame, last_frame);
	free(holds);
	rangeset_remove(&m->held, first_frame, last_frame);
	rangeset_remove(&m->pinned, first_frame, last_frame);
}
