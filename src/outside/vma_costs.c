/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/vma_costs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/label.h"
#include "report/now.h"
#include "report/sides.h"
#include "report/text.h"

/* VMAs that get a row of their own; the others share one. */
#define SHOWN_VMAS 40
/* A row then has 76 columns, which fit into a box on a screen of 80. */
#define NAME_COLS 22
/* Large folios are named if they would make the total that much smaller. */
#define LARGE_MATTERS 1.2

struct cost_row {
	const struct fork_vma *vma;
	struct work work;
	double seconds; /* or, without a calibration, a number that sorts in the same order */
};

struct cost_table {
	struct cost_row *rows;
	size_t n;
	struct work sum; /* includes the fork itself */
	bool complete;	 /* the calibration has all prices that were needed */
};

/* Without a calibration, a table counts as much as the entries that it holds. */
static double weight(const struct work *work, const struct paging *paging)
{
	return (double)(work->entries + ptrs_per_table(paging) * work->tables);
}

static int most_expensive_first(const void *a, const void *b)
{
	const struct cost_row *x = a, *y = b;

	if (x->seconds != y->seconds)
		return x->seconds < y->seconds ? 1 : -1;
	return x->vma->src->start < y->vma->src->start ? -1 : x->vma->src->start > y->vma->src->start;
}

static struct cost_table table_of(const struct machine *m, const struct calibration *calibration)
{
	const struct fork_record *fork = last_fork(m);
	struct cost_table table = {.n = fork->vma_count, .complete = true};
	struct work *work = xcalloc(fork->vma_count, sizeof(*work));

	table.rows = xcalloc(fork->vma_count, sizeof(*table.rows));
	work_of_vmas(m, fork, work);
	table.sum.count[PRICE_FORK] = 1;
	for (size_t i = 0; i < table.n; i++) {
		struct cost_row *row = &table.rows[i];

		row->vma = &fork->vmas[i];
		row->work = work[i];
		row->seconds = calibration ? work_seconds(&work[i], calibration, NULL) : weight(&work[i], &m->paging);
		work_add(&table.sum, &work[i]);
	}
	if (calibration)
		work_seconds(&table.sum, calibration, &table.complete);
	qsort(table.rows, table.n, sizeof(*table.rows), most_expensive_first);
	free(work);
	return table;
}

static bool same(const struct cost_table *a, const struct cost_table *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->rows[i].vma->src->start != b->rows[i].vma->src->start ||
		    a->rows[i].vma->src->end != b->rows[i].vma->src->end ||
		    a->rows[i].vma->decision.what != b->rows[i].vma->decision.what ||
		    memcmp(&a->rows[i].work, &b->rows[i].work, sizeof(a->rows[i].work)))
			return false;
	return true;
}

/* The number in so many columns at least. */
static void add_time(double seconds, int columns, struct buf *out)
{
	double us = seconds * 1e6;

	if (us < 1000)
		buf_printf(out, "%*.1f us", columns, us);
	else if (us < 1e6)
		buf_printf(out, "%*.2f ms", columns, us / 1e3);
	else
		buf_printf(out, "%*.2f s", columns, us / 1e6);
}

static void add_row(int width, const char *name, const char *what, const struct work *work,
		    const struct calibration *calibration, struct buf *out)
{
	struct buf bytes = {0}, cut = {0};

	buf_size(&bytes, work->bytes);
	buf_middle(&cut, name, (size_t)width, false);
	buf_printf(out, "  %-*s %-8s %10" PRIu64 " %8" PRIu64 " %9s ", width, buf_str(&cut), what,
		   work->entries, work->tables, work->bytes ? buf_str(&bytes) : "0");
	if (calibration)
		add_time(work_seconds(work, calibration, NULL), 9, out);
	buf_putc(out, '\n');
	buf_deinit(&bytes);
	buf_deinit(&cut);
}

/* The width of the longest name shown, up to the room. */
static int name_width(const struct cost_table *table, const char *name)
{
	size_t width = strlen("... and 131072 more");

	for (size_t i = 0; i < table->n && i < SHOWN_VMAS; i++) {
		struct buf label = {0};

		label_vma(table->rows[i].vma->src, &label);
		if (!name && label.len > width)
			width = label.len;
		buf_deinit(&label);
	}
	return width < NAME_COLS ? (int)width : NAME_COLS;
}

static void add_table(const struct cost_table *table, const char *name,
		      const struct calibration *calibration, struct buf *out)
{
	struct work others = {0};
	size_t shown = 0, left = 0;
	int width = name_width(table, name);

	buf_printf(out, "  %-*s %-8s %10s %8s %9s %s\n", width, "VMA", "fork", "entries", "tables", "bytes",
		   calibration ? "   estimate" : "");
	for (size_t i = 0; i < table->n; i++) {
		const struct cost_row *row = &table->rows[i];
		const struct fork_vma *vma = row->vma;

		if (name && !vma_has_name(vma->src, name))
			continue;
		if (shown++ < SHOWN_VMAS) {
			struct buf label = {0};

			label_vma(vma->src, &label);
			add_row(width, buf_str(&label), decision_names[vma->decision.what], &row->work,
				calibration, out);
			buf_deinit(&label);
		} else {
			work_add(&others, &row->work);
			left++;
		}
	}
	if (left) {
		struct buf more = {0};

		buf_printf(&more, "... and %zu more", left);
		add_row(width, buf_str(&more), "", &others, calibration, out);
		buf_deinit(&more);
	}
	if (!name)
		add_row(width, "total", "", &table->sum, calibration, out);
}

/* How sure the total is: what the runs of the calibration differ by, and what nothing here shows. */
static void add_doubts(const struct cost_table *table, const struct calibration *calibration,
		       struct buf *out)
{
	double total = work_seconds(&table->sum, calibration, NULL);
	double large = work_seconds_large(&table->sum, calibration);
	struct work_range range = work_range(&table->sum, calibration);

	if (range.high > range.low) {
		buf_puts(out, "  The runs of that calibration differ: the total is between ");
		add_time(range.low, 0, out);
		buf_puts(out, " and ");
		add_time(range.high, 0, out);
		buf_puts(out, ".\n");
	}
	if (large >= 0 && large < total / LARGE_MATTERS) {
		buf_puts(out, "  If its anonymous pages are in large folios (mTHP), which smaps does not show,\n"
			      "  it can be as low as ");
		add_time(large, 0, out);
		buf_puts(out, ".\n");
	}
}

static void add_source(const struct cost_table *table, const struct calibration *calibration,
		       struct buf *out)
{
	if (!calibration) {
		buf_puts(out, "  (run calibrate first: then the estimated time is shown, too)\n");
		return;
	}
	buf_printf(out, "  Times are estimates, from a calibration of %s on kernel %s:\n"
			"  CPU time of a first fork, to within a factor of about two, without waiting.\n",
		   calibration->date, calibration->kernel);
	if (!table->complete)
		buf_puts(out, "  They do not include operations that could not be measured here.\n");
	add_doubts(table, calibration, out);
}

void text_vma_costs(struct machine *const m[2], const char *name,
		    const struct calibration *calibration, struct buf *out)
{
	struct cost_table tables[2];
	struct point_in_time point;
	bool alike;

	if (!m[0]->fork_count || !m[1]->fork_count)
		return;
	for (int side = 0; side < 2; side++)
		tables[side] = table_of(m[side], calibration);
	alike = same(&tables[0], &tables[1]);
	for (int side = 0; side < (alike ? 1 : 2); side++) {
		buf_printf(out, "\n%s: the last fork as a whole, VMA by VMA, the most expensive first\n",
			   alike ? "both" : side_names[side]);
		point = fork_return_to(m[side], last_fork(m[side]));
		add_table(&tables[side], name, calibration, out);
		fork_leave(m[side], point);
	}
	add_source(&tables[0], calibration, out);
	for (int side = 0; side < 2; side++)
		free(tables[side].rows);
}
