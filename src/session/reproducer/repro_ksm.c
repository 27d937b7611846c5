/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksmd merges all that is equal. So the pages that it may merge are given a content each, and
 * those that a command names the same one. What processes share cannot be given another one: so
 * that is done before each fork for the ksm commands behind it, and noted here, by frame.
 *
 *   touch a          a 0-3: four frames of the parent
 *   fork             before it: a 0-1 get content 7, as `ksm a 0-1` follows, a 2-3 one each
 *   ksm a 0-1        is carried out, as the two frames, which are shared, are known to be equal
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "model/hold.h"
#include "report/text.h"
#include "session/reproducer/reproducer_private.h"

#define OWN_CONTENT 0u /* each of these frames has one that no other has */
#define NO_CONTENT (UINT64_C(1) << 63) /* not known; two of them may be equal */

/* --- what frames contain ------------------------------------------------------------------- */

static void add_content(struct repro *r, uint64_t first, uint64_t last, uint64_t number)
{
	GROW(r->content, r->content_count, r->content_cap);
	r->content[r->content_count++] = (struct repro_content){first, last, number};
}

static void forget_content(struct repro *r, uint64_t first, uint64_t last)
{
	size_t n = r->content_count;

	for (size_t i = 0; i < n; i++) {
		struct repro_content was = r->content[i];

		if (was.last < first || was.first > last)
			continue;
		r->content[i] = (struct repro_content){1, 0, 0}; /* none */
		if (was.first < first)
			r->content[i] = (struct repro_content){was.first, first - 1, was.number};
		if (was.last > last)
			add_content(r, last + 1, was.last, was.number);
	}
}

static void note_content(struct repro *r, uint64_t first, uint64_t last, uint64_t number)
{
	forget_content(r, first, last);
	add_content(r, first, last, number);
}

/* *last: the last frame with that answer, of those until there. */
static uint64_t content_of(const struct repro *r, uint64_t frame, uint64_t *last)
{
	for (size_t i = 0; i < r->content_count; i++) {
		const struct repro_content *content = &r->content[i];

		if (content->first <= frame && frame <= content->last) {
			*last = min(*last, content->last);
			return content->number;
		}
		if (content->first > frame && content->first <= content->last)
			*last = min(*last, content->first - 1);
	}
	return NO_CONTENT;
}

/* --- pages --------------------------------------------------------------------------------- */

/* Pages of a VMA that ksmd could merge, with the frames `frame` on; merged ones have the same. */
struct run {
	const struct vm_area *vma;
	uint64_t first, last;
	struct pte pte; /* of the first */
};

/* From page *next on, which is moved behind it; false: there is no more. */
static bool next_run(const struct vm_area *vma, uint64_t *next, struct run *run)
{
	while (*next <= vma_last(vma)) {
		*run = (struct run){.vma = vma, .first = *next};
		run->pte = vma_pte(vma, run->first, &run->last);
		*next = run->last + 1;
		if ((run->pte.state == PTE_PRESENT || run->pte.state == PTE_HUGE) && frame_is_anon(run->pte.frame))
			return true;
	}
	return false;
}

/* Can what is in these pages be chosen? Those that are merged are left as they are. */
static bool is_writable(const struct run *run)
{
	return frame_kind(run->pte.frame) == FRAME_ANON && run->pte.attrs & PTE_EXCLUSIVE &&
	       !(run->pte.attrs & PTE_UFFD_WP);
}

static uint64_t last_frame(const struct run *run)
{
	return frame_kind(run->pte.frame) == FRAME_KSM ? run->pte.frame
						       : run->pte.frame + (run->last - run->first);
}

static void cut_run(struct run *run, uint64_t first, uint64_t last)
{
	run->pte = pte_advance(run->pte, first - run->first);
	run->first = first;
	run->last = last;
}

/* --- setting contents ---------------------------------------------------------------------- */

/* Pages that are to be equal; the first list that has a page decides. */
struct merge_plan {
	struct ranges pages;
	uint64_t number;
};

struct merge_plans {
	struct merge_plan *v;
	size_t n, cap;
};

static void plans_deinit(struct merge_plans *plans)
{
	for (size_t i = 0; i < plans->n; i++)
		ranges_deinit(&plans->v[i].pages);
	free(plans->v);
}

/* The content of that page. *last: the last page with the same, of those until there. */
static uint64_t planned_content(const struct merge_plans *plans, uint64_t page, uint64_t *last)
{
	for (size_t i = 0; i < plans->n; i++) {
		uint64_t end;
		bool named = ranges_probe(&plans->v[i].pages, page, &end);

		*last = min(*last, end);
		if (named)
			return plans->v[i].number;
	}
	return OWN_CONTENT;
}

/* Calls `each` for these pages, cut where names begin and end, with the C of address and size. */
typedef void part(struct repro *r, const char *at, const char *size, uint64_t pages, uint64_t number,
		  struct buf *out);

static void each_part(struct repro *r, const struct mm *mm, struct range pages, part *each, uint64_t number,
		      struct buf *out)
{
	uint64_t start = page_address(mm, pages.first), end = page_address(mm, pages.last + 1);
	const struct name *name;
	uint64_t next = 0;

	while ((name = mm_next_name(mm, &next))) {
		struct stretch stretch = mm_stretch(mm, name);
		uint64_t from = max(start, stretch.start), to = min(end, stretch.end);
		struct buf at = {0}, size = {0};

		if (from >= to || !mm_named_vma(mm, name))
			continue;
		repro_address(r, name, stretch.start, from, &at);
		repro_size(r, to - from, &size);
		each(r, buf_str(&at), buf_str(&size), (to - from) / repro_page(r), number, out);
		buf_deinit(&at);
		buf_deinit(&size);
	}
}

static void set_contents(struct repro *r, const char *at, const char *size, uint64_t pages, uint64_t number,
			 struct buf *out)
{
	(void)pages;
	repro_need(r, "contents");
	buf_printf(out, "\t\tset_contents(%s, %s, %" PRIu64 ");\n", at, size, number);
}

/* Pages of one VMA: those that lie side by side and get the same are one line. */
static void write_vma(struct repro *r, const struct vm_area *vma, const struct merge_plans *plans, struct buf *out)
{
	struct run run;
	struct range line = {1, 0}; /* empty */
	uint64_t next = vma_first(vma), number, line_number = 0;

	while (next_run(vma, &next, &run)) {
		number = planned_content(plans, run.first, &run.last);
		next = run.last + 1;
		if (!is_writable(&run))
			continue;
		note_content(r, run.pte.frame, last_frame(&run), number);
		if (line.first <= line.last && line.last + 1 == run.first && number == line_number) {
			line.last = run.last;
			continue;
		}
		if (line.first <= line.last)
			each_part(r, vma->mm, line, set_contents, line_number, out);
		line = (struct range){run.first, run.last};
		line_number = number;
	}
	if (line.first <= line.last)
		each_part(r, vma->mm, line, set_contents, line_number, out);
}

static void write_mergeable(struct repro *r, const struct mm *mm, const struct merge_plans *plans, struct buf *out)
{
	for_each_vma(mm, vma)
		if (vma->flags & VM_MERGEABLE)
			write_vma(r, vma, plans, out);
}

/* --- what is in pages that are shared ------------------------------------------------------ */

/* The content that those of the pages have that cannot be written; OWN_CONTENT: there are none. */
static bool find_fixed(const struct repro *r, const struct mm *mm, const struct ranges *pages, uint64_t *fixed)
{
	*fixed = OWN_CONTENT;
	for_each_vma(mm, vma) {
		struct run run;

		for (uint64_t next = vma_first(vma); next_run(vma, &next, &run);) {
			uint64_t end, last, number;
			bool named = ranges_probe(pages, run.first, &end);

			cut_run(&run, run.first, min(run.last, end));
			next = run.last + 1;
			if (!named || is_writable(&run))
				continue;
			last = last_frame(&run);
			number = content_of(r, run.pte.frame, &last);
			if (frame_kind(run.pte.frame) != FRAME_KSM)
				next = run.first + (last - run.pte.frame) + 1;
			if (number == NO_CONTENT || number == OWN_CONTENT || (*fixed && *fixed != number))
				return false;
			*fixed = number;
		}
	}
	return true;
}

/* --- what is to be left alone --------------------------------------------------------------- */

static void add_frames(const struct mm *mm, const struct ranges *pages, struct ranges *frames)
{
	for_each_vma(mm, vma) {
		struct run run;

		for (uint64_t next = vma_first(vma); next_run(vma, &next, &run);) {
			uint64_t end;
			bool named = ranges_probe(pages, run.first, &end);

			cut_run(&run, run.first, min(run.last, end));
			next = run.last + 1;
			if (named)
				ranges_add(frames, run.pte.frame, last_frame(&run));
		}
	}
}

/* Frames that have been looked at. */
struct rest {
	struct ranges named, seen;
};

/*
 * Pages that are not to be merged, and may be equal to others: ksmd does not merge what somebody
 * holds, if it asks at all. *pages: those of this process that it has to hold.
 */
static bool set_aside(const struct repro *r, const struct run *run, uint64_t merged, struct rest *rest,
		      struct ranges *pages)
{
	uint64_t last;

	for (uint64_t frame = run->pte.frame; frame <= last_frame(run); frame = last + 1) {
		uint64_t number, end, first = run->first + (frame - run->pte.frame);
		bool named, seen;

		last = last_frame(run);
		number = content_of(r, frame, &last);
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
		struct run run;

		for (uint64_t next = vma_first(vma); vma->flags & VM_MERGEABLE && next_run(vma, &next, &run);)
			if (!is_writable(&run) && !set_aside(r, &run, merged, rest, pages))
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

static void write_holds(struct repro *r, const struct mm *mm, const struct ranges *pages, struct buf *out)
{
	buf_clear(&r->let_go);
	for (size_t i = 0; i < pages->n; i++)
		for (uint64_t first = pages->v[i].first; first <= pages->v[i].last; first += ASIDE_PAGES)
			each_part(r, mm, (struct range){first, min(pages->v[i].last, first + ASIDE_PAGES - 1)},
				  hold_part, 0, out);
}

/* --- ksm ------------------------------------------------------------------------------------ */

static const struct mm *other_mm(const struct repro *r)
{
	const struct machine *m = r->m[LEFT];
	const struct mm *other = r->by == r->parent ? m->child : m->parent;

	return other && !other->dead ? other : NULL;
}

/* What both processes have to hold meanwhile. */
static bool find_asides(struct repro *r, const struct ranges *pages, uint64_t number)
{
	struct rest rest = {0};
	bool ok;

	ranges_clear(&r->aside[0]);
	ranges_clear(&r->aside[1]);
	add_frames(r->mm, pages, &rest.named);
	ok = set_all_aside(r, r->mm, number, &rest, &r->aside[0]) &&
	     (!other_mm(r) || set_all_aside(r, other_mm(r), number, &rest, &r->aside[1])) &&
	     ranges_count(&rest.seen, 0, UINT64_MAX) <= ASIDE_MOST;
	ranges_deinit(&rest.named);
	ranges_deinit(&rest.seen);
	return ok || repro_cannot(r, "ksmd would merge other pages, too, that cannot be kept apart");
}

static bool write_ksm(struct repro *r, struct merge_plan *plan)
{
	const struct merge_plans plans = {plan, 1, 1};

	if (!find_fixed(r, r->mm, &plan->pages, &plan->number))
		return repro_cannot(r, "what is in the pages cannot be chosen: they are shared, or protected by a userfaultfd");
	if (!plan->number)
		plan->number = ++r->contents;
	if (!find_asides(r, &plan->pages, plan->number))
		return false;
	repro_need(r, "ksm");
	write_mergeable(r, r->mm, &plans, &r->block);
	write_holds(r, r->mm, &r->aside[0], &r->block);
	r->merged = plan->number;
	return true;
}

bool repro_ksm(struct repro *r)
{
	struct merge_plan plan = {0};
	struct model_error ignored;
	bool ok;

	if (r->m[LEFT]->borrow != BORROW_NOTHING)
		return repro_cannot(r, "two processes have that memory");
	ok = list_pages(r->m[LEFT], r->mm, r->command, &plan.pages, &ignored) ? write_ksm(r, &plan)
									      : repro_cannot(r, "nothing of it is mapped");
	ranges_deinit(&plan.pages);
	return ok;
}

/* The frame that has been made of the pages. */
static void note_merged(struct repro *r)
{
	struct ranges pages = {0}, frames = {0};
	struct model_error ignored;

	if (list_pages(r->m[LEFT], r->mm, r->command, &pages, &ignored))
		add_frames(r->mm, &pages, &frames);
	for (size_t i = 0; i < frames.n; i++)
		note_content(r, frames.v[i].first, frames.v[i].last, r->merged);
	ranges_deinit(&pages);
	ranges_deinit(&frames);
}

static void add_turn(struct repro *r, int process, const struct buf *lines)
{
	if (!lines->len)
		return;
	repro_flush_places(r);
	repro_turn(r, process);
	buf_printf(&r->body, " {\n%s\t}\n", buf_str(lines));
}

void repro_ksm_after(struct repro *r)
{
	static const struct merge_plans nothing;
	int other = r->by == r->parent ? r->child : r->parent;
	struct buf lines = {0}, own_end = {0};

	buf_puts(&own_end, buf_str(&r->let_go));
	note_merged(r);
	if (other_mm(r)) {
		write_mergeable(r, other_mm(r), &nothing, &lines);
		write_holds(r, other_mm(r), &r->aside[1], &lines);
		add_turn(r, other, &lines);
	} else {
		buf_clear(&r->let_go);
	}
	repro_turn(r, REPRODUCER_OBSERVER);
	buf_puts(&r->body, "\n\t\tmerge_equal();\n");
	add_turn(r, r->by, &own_end);
	add_turn(r, other, &r->let_go);
	buf_deinit(&lines);
	buf_deinit(&own_end);
}

/* --- before other commands ------------------------------------------------------------------- */

void repro_ksm_plan(struct repro *r)
{
	const struct log *log = r->source->log;
	const struct machine *m = r->m[LEFT];
	struct merge_plans plans = {0};
	struct model_error ignored;

	for (size_t i = r->at + 1; i < log->count; i++) {
		const struct command *c = log->entries[i].command;
		struct merge_plan *plan;

		if (c->spec->id != COMMAND_ksm)
			continue;
		GROW(plans.v, plans.n, plans.cap);
		plan = &plans.v[plans.n++];
		*plan = (struct merge_plan){0};
		/* What is mapped only later is not shared by this fork. */
		list_pages(m, m->parent, c, &plan->pages, &ignored);
		if (!find_fixed(r, m->parent, &plan->pages, &plan->number) || !plan->number)
			plan->number = ++r->contents;
	}
	if (plans.n)
		for_each_vma(m->parent, vma)
			if (is_cow_mapping(vma->flags))
				write_vma(r, vma, &plans, &r->block);
	plans_deinit(&plans);
}

/* A store changes what is in a page. */
void repro_ksm_stored(struct repro *r)
{
	for (size_t i = 0; r->content_count && i < r->names.n; i++) {
		struct ranges pages = {0}, frames = {0};
		struct model_error ignored;

		if (command_pages(r->mm, r->names.v[i], r->command, &pages, &ignored))
			add_frames(r->mm, &pages, &frames);
		for (size_t n = 0; n < frames.n; n++)
			forget_content(r, frames.v[n].first, frames.v[n].last);
		ranges_deinit(&pages);
		ranges_deinit(&frames);
	}
}
