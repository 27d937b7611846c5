/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/comparison.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/differ.h"
#include "report/explain.h"
#include "report/label.h"
#include "report/markdown.h"
#include "report/now.h"
#include "report/side_rows.h"
#include "report/text.h"

#define MOST_VMAS 500 /* of a table; a longer one would not be read */

static void heading(struct buf *out, const char *text)
{
	buf_printf(out, "\n## %s\n\n", text);
}

static void cell_code(struct markdown_table *table, struct buf *text)
{
	struct buf code = {0};

	markdown_code(&code, buf_str(text));
	buf_deinit(text);
	markdown_cell_take(table, &code);
}

static void cell_text(struct markdown_table *table, const char *text)
{
	struct buf escaped = {0};

	markdown_text(&escaped, text);
	markdown_cell_take(table, &escaped);
}

static void head(struct markdown_table *table, const char *const names[])
{
	for (; *names; names++, table->columns++)
		markdown_cell(table, *names);
}

/* The lines of a text as a list. Frees the text. */
static void list_lines(struct buf *text, struct buf *out)
{
	char *rest = text->s, *line;

	while (rest && (line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		buf_puts(out, "- ");
		markdown_text(out, line);
		buf_putc(out, '\n');
	}
	buf_deinit(text);
}

static void say_more(size_t rows, struct buf *out)
{
	if (rows > MOST_VMAS)
		buf_printf(out, "\n... and %zu more VMAs\n", rows - MOST_VMAS);
}

static bool at_end(const struct machine *m)
{
	return m->at == m->event_count;
}

/* --- kernels ------------------------------------------------------------------------------ */

static void add_kernels(struct machine *const m[SIDES], struct buf *out)
{
	static const char *const names[] = {"", "left", "right", NULL};
	struct markdown_table table = {0};
	struct buf ends = {0}, machine = {0};

	head(&table, names);
	markdown_cell(&table, "kernel");
	for (int side = 0; side < SIDES; side++)
		cell_text(&table, m[side]->kernel->name);
	markdown_cell(&table, "check");
	for (int side = 0; side < SIDES; side++)
		cell_text(&table, kernel_check_word(m[side]->kernel));
	label_machine(&m[LEFT]->paging, &machine);
	if (machine.len) {
		markdown_cell(&table, "machine");
		for (int side = 0; side < SIDES; side++)
			cell_text(&table, buf_str(&machine));
	}
	buf_deinit(&machine);
	markdown_table_print(&table, out);
	for (int side = 0; side < SIDES; side++)
		if (at_end(m[side]))
			text_fork_end(m[side], side, &ends);
	buf_puts(out, ends.len ? "\n" : "");
	list_lines(&ends, out);
}

/* --- VMAs --------------------------------------------------------------------------------- */

static void add_vma(struct markdown_table *table, struct machine *const m[SIDES], const struct side_row *row)
{
	const struct vm_area *any = row->vma[LEFT] ? row->vma[LEFT] : row->vma[RIGHT];
	struct buf label = {0}, size = {0};

	side_row_label(m, row, &label);
	cell_code(table, &label);
	markdown_cell_printf(table, "%" PRIx64 "-%" PRIx64, row->start, row->end);
	buf_size(&size, row->end - row->start);
	markdown_cell_take(table, &size);
	markdown_cell_printf(table, "%s %s", backing_names[any->backing],
			     any->flags & VM_SHARED ? "shared" : "private");
	for (int side = 0; side < SIDES; side++) {
		struct buf flags = {0};

		if (row->vma[side])
			explain_flags(row->vma[side]->flags, true, &flags);
		else
			buf_puts(&flags, "absent");
		cell_code(table, &flags);
	}
}

static void add_vmas(struct machine *const m[SIDES], struct buf *out)
{
	static const char *const names[] = {"VMA",	   "addresses",	   "size", "kind",
					    "flags, left", "flags, right", NULL};
	struct markdown_table table = {.right = {[2] = true}};
	struct side_row row = {0};
	size_t rows = 0;

	heading(out, "VMAs");
	head(&table, names);
	for (; rows_next(m, row.end, &row); rows++)
		if (rows < MOST_VMAS)
			add_vma(&table, m, &row);
	markdown_table_print(&table, out);
	say_more(rows, out);
}

/* --- decisions ---------------------------------------------------------------------------- */

static void add_outcome(struct markdown_table *table, const struct machine *m,
			const struct fork_record *fork, const struct fork_vma *vma)
{
	struct buf outcome = {0};

	if (!vma)
		buf_puts(&outcome, "no such VMA");
	else if (!decided_now(m, fork, vma))
		buf_puts(&outcome, "not decided yet");
	else
		explain_outcome(&vma->decision, &outcome);
	cell_text(table, buf_str(&outcome));
	buf_deinit(&outcome);
}

static bool outcomes_differ(struct machine *const m[SIDES],
			    const struct fork_record *const forks[SIDES],
			    const struct fork_vma *const vma[SIDES])
{
	if (!vma[LEFT] || !vma[RIGHT])
		return true;
	for (int side = 0; side < SIDES; side++)
		if (!decided_now(m[side], forks[side], vma[side]))
			return false;
	return vma[LEFT]->decision.what != vma[RIGHT]->decision.what;
}

/* What a row of addresses is called, in the process that forked. */
static void label_row(const struct side_row *row, struct buf *label)
{
	const struct mm *mm = (row->vma[LEFT] ? row->vma[LEFT] : row->vma[RIGHT])->mm;

	label_range(mm, address_page(mm, row->start), address_page(mm, row->end - 1), label);
}

static void add_decision(struct markdown_table *table, struct machine *const m[SIDES],
			 const struct fork_record *const forks[SIDES], const struct side_row *row)
{
	const struct fork_vma *vma[SIDES];
	struct buf label = {0};

	label_row(row, &label);
	cell_code(table, &label);
	for (int side = 0; side < SIDES; side++) {
		vma[side] = fork_vma_at(forks[side], row->start);
		add_outcome(table, m[side], forks[side], vma[side]);
	}
	markdown_cell(table, outcomes_differ(m, forks, vma) ? "differ" : "");
}

/* At the end of the forks, if they are over: the VMAs are called as they were. */
static size_t add_decisions_of(struct machine *const m[SIDES],
			       const struct fork_record *const forks[SIDES],
			       struct markdown_table *table)
{
	struct point_in_time point[SIDES];
	struct side_row row = {0};
	size_t rows = 0;

	for (int side = 0; side < SIDES; side++)
		point[side] = fork_return_to(m[side], forks[side]);
	for (; rows_next_forked(forks, row.end, &row); rows++)
		if (rows < MOST_VMAS)
			add_decision(table, m, forks, &row);
	for (int side = 0; side < SIDES; side++)
		fork_leave(m[side], point[side]);
	return rows;
}

static void add_decisions(struct machine *const m[SIDES], struct buf *out)
{
	static const char *const names[] = {"VMA", "left", "right", "sides", NULL};
	const struct fork_record *const forks[SIDES] = {fork_now(m[LEFT]), fork_now(m[RIGHT])};
	struct markdown_table table = {0};
	size_t rows;

	heading(out, "Decisions of the last fork");
	if (!forks[LEFT] || !forks[RIGHT]) {
		buf_puts(out, "There is no fork yet.\n");
		return;
	}
	head(&table, names);
	rows = add_decisions_of(m, forks, &table);
	if (rows) {
		markdown_table_print(&table, out);
		say_more(rows, out);
		return;
	}
	markdown_table_drop(&table);
	text_undecided(forks[LEFT], out);
	buf_putc(out, '\n');
}

/* --- costs and differences ---------------------------------------------------------------- */

static void add_costs(struct machine *const m[SIDES], struct buf *out)
{
	static const char *const names[] = {"", "left", "right", "sides", NULL};
	struct markdown_table table = {.right = {[1] = true, [2] = true}};
	struct cost_number rows[COST_NUMBERS];
	size_t n = cost_numbers(m, rows);
	bool end = at_end(m[LEFT]) && at_end(m[RIGHT]);

	heading(out, end ? "Costs since the first fork" : "Costs from the first fork to this step");
	head(&table, names);
	for (size_t i = 0; i < n; i++) {
		markdown_cell(&table, rows[i].what);
		for (int side = 0; side < SIDES; side++)
			markdown_cell_printf(&table, "%" PRIu64, rows[i].value[side]);
		markdown_cell(&table, rows[i].value[LEFT] != rows[i].value[RIGHT] ? "differ" : "");
	}
	markdown_table_print(&table, out);
}

static void add_differences(struct machine *const m[SIDES], struct buf *out)
{
	const char **names = NULL;
	size_t n = 0;

	heading(out, "Differences");
	if (m[LEFT]->fork_count && m[RIGHT]->fork_count)
		n = differing_names(m, true, &names);
	for (size_t i = 0; i < n && i < EXPLAIN_VMAS; i++) {
		struct explained what = {.name = names[i]};
		struct buf why = {0};

		text_explain(m, &what, false, &why);
		list_lines(&why, out);
	}
	if (n) {
		buf_puts(out, "\n```text\n");
		text_diff(m, out);
		buf_puts(out, "```\n");
	} else {
		buf_puts(out, "The sides are the same.\n");
	}
	free(names);
}

void comparison_markdown(struct machine *const m[SIDES], const char *title, const char *about,
			 const char *when, struct buf *out)
{
	buf_puts(out, "# ");
	markdown_text(out, title ? title : "fork on two kernels");
	buf_puts(out, "\n\n");
	if (about) {
		markdown_text(out, about);
		buf_puts(out, "\n\n");
	}
	if (*when)
		buf_printf(out, "All of this is %s.\n\n", when);
	add_kernels(m, out);
	add_vmas(m, out);
	add_decisions(m, out);
	add_costs(m, out);
	add_differences(m, out);
}
