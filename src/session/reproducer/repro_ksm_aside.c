/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that a ksm command is not to merge, and that may be equal to others: they are held in pipes
 * meanwhile, since ksmd merges nothing that somebody holds.
 */
#include <inttypes.h>

#include "base/minmax.h"
#include "model/hold.h"
#include "session/reproducer/repro_ksm_private.h"

/* Frames that have been looked at. */
struct rest {
	struct ranges named, seen;
};

/*
 * Pages that are not to be merged, and may be equal to others: ksmd does not merge what somebody
 * holds, if it asks at all. *pages: those of this process that it has to hold.
 */
static bool set_aside(const struct repro *r, const struct ksm_run *run, uint64_t merged, struct rest *rest,
		      struct ranges *pages)
{
	uint64_t last;

	for (uint64_t frame = run->pte.frame; frame <= ksm_run_last_frame(run); frame = last + 1) {
		uint64_t number, end, first = run->first + (frame - run->pte.frame);
		bool named, seen;

		last = ksm_run_last_frame(run);
		number = ksm_content(r, frame, &last);
		named = ranges_probe(&rest->named, frame, &end);
		last = min(last, end);
		seen = ranges_probe(&rest->seen, frame, &end);
		last = min(last, end);
		if (named || number == OWN_CONTENT)
			continue;
		if (frame_kind(frame) == FRAME_KSM && number == merged)
			return false;
		if (frame_kind(frame) == FRAME_KSM)
			continue;
		if (!ksm_asks_holders(run->pte) || !(run->vma->flags & VM_READ) || run->vma->flags & VM_UFFD_RWP)
			return false;
		if (!seen)
			ranges_add(pages, first, first + (last - frame));
		ranges_add(&rest->seen, frame, last);
	}
	return true;
}

static bool set_all_aside(const struct repro *r, const struct mm *mm, uint64_t merged, struct rest *rest,
			  struct ranges *pages)
{
	for_each_vma(mm, vma) {
		struct ksm_run run;

		for (uint64_t next = vma_first(vma); vma->flags & VM_MERGEABLE && ksm_run_next(vma, &next, &run);)
			if (!ksm_run_is_writable(&run) && !set_aside(r, &run, merged, rest, pages))
				return false;
	}
	return true;
}

#define ASIDE_PAGES 16u	/* in one pipe, as every user may have it */
#define ASIDE_MOST 512u /* pages */

/* let_go: where the lines are collected that end it. */
static void hold_part(struct repro *r, const char *at, const char *size, uint64_t pages, uint64_t number,
		      struct buf *out)
{
	(void)number;
	repro_need(r, "unhold");
	buf_printf(&r->globals, "static int aside_%u;\n", r->asides);
	buf_printf(out, "\t\taside_%u = hold(%s, %s);\n", r->asides, at, size);
	buf_printf(&r->let_go, "\t\tlet_go(aside_%u, %" PRIu64 " * PAGE);\n", r->asides, pages);
	r->asides++;
}

void ksm_write_holds(struct repro *r, const struct mm *mm, const struct ranges *pages, struct buf *out)
{
	buf_clear(&r->let_go);
	for (size_t i = 0; i < pages->n; i++)
		for (uint64_t first = pages->v[i].first; first <= pages->v[i].last; first += ASIDE_PAGES)
			ksm_each_part(r, mm, (struct range){first, min(pages->v[i].last, first + ASIDE_PAGES - 1)},
				      hold_part, 0, out);
}

const struct mm *ksm_other_mm(const struct repro *r)
{
	const struct machine *m = r->m[LEFT];
	const struct mm *other = r->by == r->parent ? m->child : m->parent;

	return other && !other->dead ? other : NULL;
}

bool ksm_find_asides(struct repro *r, const struct ranges *pages, uint64_t number)
{
	struct rest rest = {0};
	bool ok;

	ranges_clear(&r->aside[0]);
	ranges_clear(&r->aside[1]);
	ksm_add_frames(r->mm, pages, &rest.named);
	ok = set_all_aside(r, r->mm, number, &rest, &r->aside[0]) &&
	     (!ksm_other_mm(r) || set_all_aside(r, ksm_other_mm(r), number, &rest, &r->aside[1])) &&
	     ranges_count(&rest.seen, 0, UINT64_MAX) <= ASIDE_MOST;
	ranges_deinit(&rest.named);
	ranges_deinit(&rest.seen);
	return ok || repro_cannot(r, "ksmd would merge other pages, too, that cannot be kept apart");
}
