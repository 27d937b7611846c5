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
#include "report/text.h"
#include "session/reproducer/repro_ksm_private.h"

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
	struct ksm_run run;
	struct range line = {1, 0}; /* empty */
	uint64_t next = vma_first(vma), number, line_number = 0;

	while (ksm_run_next(vma, &next, &run)) {
		number = planned_content(plans, run.first, &run.last);
		next = run.last + 1;
		if (!ksm_run_is_writable(&run))
			continue;
		ksm_note_content(r, run.pte.frame, ksm_run_last_frame(&run), number);
		if (line.first <= line.last && line.last + 1 == run.first && number == line_number) {
			line.last = run.last;
			continue;
		}
		if (line.first <= line.last)
			ksm_each_part(r, vma->mm, line, set_contents, line_number, out);
		line = (struct range){run.first, run.last};
		line_number = number;
	}
	if (line.first <= line.last)
		ksm_each_part(r, vma->mm, line, set_contents, line_number, out);
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
		struct ksm_run run;

		for (uint64_t next = vma_first(vma); ksm_run_next(vma, &next, &run);) {
			uint64_t end, last, number;
			bool named = ranges_probe(pages, run.first, &end);

			ksm_run_cut(&run, run.first, min(run.last, end));
			next = run.last + 1;
			if (!named || ksm_run_is_writable(&run))
				continue;
			last = ksm_run_last_frame(&run);
			number = ksm_content(r, run.pte.frame, &last);
			if (frame_kind(run.pte.frame) != FRAME_KSM)
				next = run.first + (last - run.pte.frame) + 1;
			if (number == NO_CONTENT || number == OWN_CONTENT || (*fixed && *fixed != number))
				return false;
			*fixed = number;
		}
	}
	return true;
}

/* --- ksm ------------------------------------------------------------------------------------ */

static bool write_ksm(struct repro *r, struct merge_plan *plan)
{
	const struct merge_plans plans = {plan, 1, 1};

	if (!find_fixed(r, r->mm, &plan->pages, &plan->number))
		return repro_cannot(r, "what is in the pages cannot be chosen: they are shared, or protected by a userfaultfd");
	if (!plan->number)
		plan->number = ++r->contents;
	if (!ksm_find_asides(r, &plan->pages, plan->number))
		return false;
	repro_need(r, "ksm");
	write_mergeable(r, r->mm, &plans, &r->block);
	ksm_write_holds(r, r->mm, &r->aside[0], &r->block);
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
		ksm_add_frames(r->mm, &pages, &frames);
	for (size_t i = 0; i < frames.n; i++)
		ksm_note_content(r, frames.v[i].first, frames.v[i].last, r->merged);
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
	if (ksm_other_mm(r)) {
		write_mergeable(r, ksm_other_mm(r), &nothing, &lines);
		ksm_write_holds(r, ksm_other_mm(r), &r->aside[1], &lines);
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
			ksm_add_frames(r->mm, &pages, &frames);
		for (size_t n = 0; n < frames.n; n++)
			ksm_forget_content(r, frames.v[n].first, frames.v[n].last);
		ranges_deinit(&pages);
		ranges_deinit(&frames);
	}
}
