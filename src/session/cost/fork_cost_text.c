/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "base/minmax.h"
#include "session/cost/fork_cost.h"

#define NAMED_MAPPINGS 4 /* in a line */
#define NAME_COLUMNS 24
#define BAR_MOST 60

static void add_time(double seconds, struct buf *out)
{
	if (seconds < 1e-3)
		buf_printf(out, "%.2f ms", seconds * 1e3);
	else if (seconds < 1)
		buf_printf(out, "%.1f ms", seconds * 1e3);
	else
		buf_printf(out, "%.0f ms", seconds * 1e3);
}

static void add_bytes(uint64_t bytes, struct buf *out)
{
	if (bytes < UINT64_C(1) << 20)
		buf_printf(out, "%" PRIu64 " KiB", bytes >> 10);
	else
		buf_printf(out, "%.1f MiB", (double)bytes / (1 << 20));
}

/* Of the work of all mappings. */
static double share(const struct fork_cost *c, const struct cost_mapping *mapping)
{
	double sum = 0;

	for (size_t i = 0; i < c->n; i++)
		sum += c->mappings[i].seconds;
	return sum > 0 ? 100 * mapping->seconds / sum : 0;
}

/* How sure the time is, after "as calibrated on DATE". */
static void add_promise(const struct fork_cost *c, struct buf *out)
{
	double large = work_seconds_large(&c->work, &c->prices);

	if (!c->forked)
		buf_puts(out, ", within a factor of two");
	if (large < 0 || large > c->seconds / 2)
		return;
	/* Which pages are in such folios is not in a scenario. */
	buf_puts(out, "; ");
	add_time(large, out);
	buf_puts(out, " if all its pages are in large folios");
}

static void add_fork(const struct fork_cost *c, struct buf *out)
{
	double low = fork_cost_seconds(c, c->tables_least),
	       high = fork_cost_seconds(c, c->tables_most);

	buf_puts(out, "fork        ");
	buf_count(out, c->work.entries, "entry", "entries");
	buf_puts(out, ", ");
	if (c->ranged && c->tables_least != c->tables_most)
		buf_printf(out, "%" PRIu64 " to %" PRIu64 " page tables", c->tables_least,
			   c->tables_most);
	else
		buf_count(out, c->work.tables, "page table", "page tables");
	buf_puts(out, ": ");
	if (c->ranged && high > 1.1 * low) {
		add_time(low, out);
		buf_puts(out, " to ");
		add_time(high, out);
	} else {
		add_time(c->seconds, out);
	}
	if (c->typical) {
		buf_puts(out, " (a typical time: calibrate measures this machine");
	} else {
		buf_printf(out, " (as calibrated on %.10s", c->prices.date);
		add_promise(c, out);
	}
	if (c->forked)
		buf_puts(out, "; more for each fork that it descends from, whose number cannot be seen");
	buf_putc(out, ')');
	buf_puts(out, c->complete ? "\n" : ", without operations that have no price\n");
}

static void add_most(const struct fork_cost *c, struct buf *out)
{
	buf_puts(out, "most of it  ");
	for (size_t i = 0; i < c->shown && i < NAMED_MAPPINGS; i++) {
		buf_puts(out, i ? ", " : "");
		buf_middle(out, c->mappings[i].name, NAME_COLUMNS, false);
		buf_printf(out, " %.0f %%", share(c, &c->mappings[i]));
	}
	if (c->shown > NAMED_MAPPINGS)
		buf_printf(out, ", and %zu more for 95 %%", c->shown - NAMED_MAPPINGS);
	buf_printf(out, "%s of %zu mappings\n", c->shown ? ";" : "none", c->n);
}

static void add_after(const struct fork_cost *c, struct buf *out)
{
	buf_puts(out, "after fork  ");
	if (!c->after.faults && !c->after.left_out) {
		buf_puts(out, "nothing more if the parent writes all of it\n");
		return;
	}
	buf_count(out, c->after.faults, "fault", "faults");
	buf_puts(out, " if the parent writes all of it while the child lives: copies ");
	add_bytes(c->after.bytes, out);
	buf_puts(out, ", ");
	add_time(c->after.seconds, out);
	if (c->after.left_out)
		buf_printf(out, ", without %zu of the mappings", c->after.left_out);
	buf_putc(out, '\n');
}

static void add_change(const struct fork_cost *c, enum cost_change_kind kind, struct buf *out)
{
	const struct cost_change *change = &c->changes[kind];
	const char *name = c->largest < c->n ? c->mappings[c->largest].name : "";

	if (kind == CHANGE_HUGE)
		buf_puts(out, "huge pages");
	else if (kind == CHANGE_DONTFORK)
		buf_puts(out, "MADV_DONTFORK on ");
	else if (kind == CHANGE_BORROW)
		buf_puts(out, "vfork or posix_spawn below");
	if (kind == CHANGE_DONTFORK || kind == CHANGE_SHARED)
		buf_middle(out, name, NAME_COLUMNS, false);
	buf_puts(out, kind == CHANGE_SHARED ? " shared " : " ");
	add_time(change->seconds, out);
	if (change->memory) {
		buf_puts(out, " (with ");
		add_bytes(change->memory, out);
		buf_puts(out, " more memory)");
	}
}

static void add_changes(const struct fork_cost *c, struct buf *out)
{
	bool any = false;

	buf_puts(out, "instead     ");
	for (int i = 0; i < CHANGES; i++) {
		if (!c->changes[i].possible)
			continue;
		buf_puts(out, any ? "; " : "");
		add_change(c, (enum cost_change_kind)i, out);
		any = true;
	}
	buf_puts(out, any ? "\n" : "nothing that the model can compute\n");
}

void fork_cost_text(const struct fork_cost *c, struct buf *out)
{
	buf_printf(out, "%s, on %s\n", c->title, c->kernel);
	add_fork(c, out);
	add_most(c, out);
	add_after(c, out);
	add_changes(c, out);
}

/* Eighths of a column in UTF-8, whole ones in ASCII. */
static void add_bar(double part, int columns, bool utf8, struct buf *out)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	int length = (int)(part * columns * 8 + 0.5);

	for (int i = 0; i < length / 8; i++)
		buf_puts(out, utf8 ? "█" : "#");
	buf_puts(out, utf8 ? eighths[length % 8] : length % 8 >= 4 ? "#" : "");
}

void fork_cost_bars(const struct fork_cost *c, int columns, bool utf8, struct buf *out)
{
	int room = columns - NAME_COLUMNS - 28;

	if (room < 8)
		return;
	room = room < BAR_MOST ? room : BAR_MOST;
	for (size_t i = 0; i < c->shown; i++) {
		const struct cost_mapping *mapping = &c->mappings[i];
		struct buf name = {0}, time = {0};

		buf_middle(&name, mapping->name, NAME_COLUMNS, false);
		add_time(mapping->seconds, &time);
		buf_printf(out, "%-*s %10" PRIu64 " %10s  ", NAME_COLUMNS, buf_str(&name),
			   mapping->work.entries, buf_str(&time));
		add_bar(mapping->seconds / c->mappings[0].seconds, room, utf8, out);
		buf_putc(out, '\n');
		buf_deinit(&name);
		buf_deinit(&time);
	}
}
