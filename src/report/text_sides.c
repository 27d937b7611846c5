/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff, and the result of a fork: texts that put the sides next to each other. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/explain.h"
#include "report/label.h"
#include "report/now.h"
#include "report/side_rows.h"
#include "report/text.h"

static const struct mm *live(const struct mm *mm)
{
	return mm && !mm->dead ? mm : NULL;
}

/* --- diff ---------------------------------------------------------------------------------- */

/* What each VMA of the name was decided to be; once, if it is the same for all. */
static void decisions_of(struct machine *m, const char *name, struct buf *out)
{
	const struct fork_record *fork = fork_now(m);
	struct point_in_time point = fork_return_to(m, fork);
	const struct fork_vma *first = machine_fork_vma(m, fork, name), *vma;
	bool any = false, alike = true;

	for (vma = first; vma && alike; vma = machine_fork_next(m, fork, vma, name))
		alike = vma->decision.what == first->decision.what &&
			vma->decision.fired == first->decision.fired && decided_now(m, fork, vma);
	for (vma = first; vma; vma = alike ? NULL : machine_fork_next(m, fork, vma, name)) {
		if (!decided_now(m, fork, vma))
			continue;
		buf_puts(out, any ? "; " : "");
		if (!alike) {
			label_vma(vma->src, out);
			buf_putc(out, ' ');
		}
		explain_outcome(&vma->decision, out);
		any = true;
	}
	if (!any)
		buf_puts(out, "not decided yet");
	fork_leave(m, point);
}

static void decision_line(struct machine *const m[2], const char *name, struct buf *out)
{
	buf_printf(out, "%s:", name);
	for (int side = 0; side < 2; side++) {
		buf_printf(out, "%s %s ", side ? "," : "", side_names[side]);
		decisions_of(m[side], name, out);
	}
	buf_putc(out, '\n');
}

/* The child's pages of that name, by their number in it. */
static void child_pages(const struct machine *m, const char *text, const char *side, struct buf *out)
{
	const struct mm *mm = live(m->child);
	const struct name *name = machine_name(m, text);
	bool there = mm && name && mm_named_vma(mm, name), any = false;
	struct named_entries entries;
	uint64_t page, last;

	buf_printf(out, "    %s child\n", side);
	if (!there) {
		buf_puts(out, "      absent\n");
		return;
	}
	page = address_page(mm, mm_stretch(mm, name).start);
	last = address_page(mm, mm_stretch(mm, name).end - 1);
	for (; page <= last; page = entries.pages.last + 1) {
		struct buf numbers = {0};

		entries = named_entries(mm, page, last);
		if (entries.pages.name != name || (entries.mapped && entries.pte.state == PTE_NONE))
			continue;
		label_numbers(entries.pages, false, &numbers);
		buf_printf(out, "      %-14s ", buf_str(&numbers));
		if (entries.mapped)
			explain_pte(entries.pte, out);
		else
			buf_puts(out, "absent");
		buf_putc(out, '\n');
		buf_deinit(&numbers);
		any = true;
	}
	if (!any)
		buf_puts(out, "      no entries\n");
}

void text_diff(struct machine *const m[2], struct buf *out)
{
	bool end = m[0]->at == m[0]->event_count && m[1]->at == m[1]->event_count;
	const char **names;
	size_t n;

	if (!m[0]->fork_count || !m[1]->fork_count) {
		buf_puts(out, text_no_fork);
		return;
	}
	n = differing_names(m, true, &names);
	for (size_t i = 0; i < n; i++) {
		decision_line(m, names[i], out);
		child_pages(m[0], names[i], side_names[LEFT], out);
		child_pages(m[1], names[i], side_names[RIGHT], out);
	}
	if (!n)
		buf_puts(out, end ? "the sides are the same\n" : "the sides are the same at this step\n");
	free(names);
}

/* --- the result of a fork ------------------------------------------------------------------ */

static bool is_mapped(const struct mm *mm, const struct side_row *row)
{
	const struct vm_area *vma = mm_find(mm, row->start);

	return vma && vma->start < row->end;
}

static void brief_pages(const struct mm *mm, const struct side_row *row, struct buf *out)
{
	uint64_t first, last;

	if (!mm || !is_mapped(mm, row)) {
		buf_puts(out, "absent");
		return;
	}
	first = address_page(mm, row->start);
	last = address_page(mm, row->end - 1);
	label_entries(mm, first, last, names_change(mm, first, last), out);
}

/* A row of the result, of the time of the fork: its names may be others by now. */
struct fork_row {
	struct side_row row;
	struct buf label;
	const struct fork_vma *vma[SIDES]; /* NULL: none there */
	struct buf why[SIDES];
};

static void describe_row(struct machine *const m[2], const struct fork_record *const forks[2],
			 struct fork_row *to)
{
	const struct side_row *row = &to->row;
	const struct vm_area *named = row->vma[LEFT] ? row->vma[LEFT] : row->vma[RIGHT];

	label_range(named->mm, address_page(named->mm, row->start),
		    address_page(named->mm, row->end - 1), &to->label);
	for (int side = 0; side < 2; side++) {
		to->vma[side] = fork_vma_at(forks[side], row->start);
		if (to->vma[side])
			explain_decision(m[side], to->vma[side], &to->why[side]);
	}
}

static void add_row(struct machine *const m[2], const struct fork_row *of, struct buf *out)
{
	const struct side_row *row = &of->row;

	buf_printf(out, "\n%s%s\n", buf_str(&of->label),
		   sides_differ_in(m, row->start, row->end) ? "   <-- the sides differ" : "");
	for (int side = 0; side < 2; side++) {
		if (!of->vma[side])
			continue;
		buf_printf(out, "  %-5s ", side_names[side]);
		explain_outcome(&of->vma[side]->decision, out);
		buf_puts(out, "\n        parent  ");
		brief_pages(live(m[side]->parent), row, out);
		buf_puts(out, "\n        child   ");
		brief_pages(live(m[side]->child), row, out);
		buf_printf(out, "\n        %s\n", buf_str(&of->why[side]));
	}
}

/* Fills in the first of the rows that the forks have; returns how many there are. */
static size_t describe_rows(struct machine *const m[2], struct fork_row rows[EXPLAIN_VMAS])
{
	const struct fork_record *const forks[SIDES] = {last_fork(m[LEFT]), last_fork(m[RIGHT])};
	struct point_in_time point[SIDES];
	struct side_row row = {0};
	size_t n = 0;

	for (int side = 0; side < SIDES; side++)
		point[side] = fork_return_to(m[side], forks[side]);
	for (; rows_next_forked(forks, row.end, &row); n++)
		if (n < EXPLAIN_VMAS) {
			rows[n] = (struct fork_row){.row = row};
			describe_row(m, forks, &rows[n]);
		}
	for (int side = 0; side < SIDES; side++)
		fork_leave(m[side], point[side]);
	return n;
}

void text_fork(struct machine *const m[2], struct buf *out)
{
	struct fork_row rows[EXPLAIN_VMAS];
	size_t n;

	if (!last_fork(m[0]) || !last_fork(m[1])) {
		buf_puts(out, text_no_fork);
		return;
	}
	buf_printf(out, "fork: left %s (check %s), right %s (check %s)\n", m[0]->kernel->name,
		   kernel_check_word(m[0]->kernel), m[1]->kernel->name,
		   kernel_check_word(m[1]->kernel));
	for (int side = 0; side < SIDES; side++)
		text_fork_end(m[side], side, out);
	n = describe_rows(m, rows);
	for (size_t i = 0; i < n && i < EXPLAIN_VMAS; i++) {
		add_row(m, &rows[i], out);
		buf_deinit(&rows[i].label);
		for (int side = 0; side < SIDES; side++)
			buf_deinit(&rows[i].why[side]);
	}
	if (n > EXPLAIN_VMAS)
		buf_printf(out, "\n... and %zu more VMAs\n", n - EXPLAIN_VMAS);
	buf_putc(out, '\n');
	text_cost(m, out);
}
