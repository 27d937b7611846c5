/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables in which nothing is. /proc does not show them, but VmPTE counts all tables of a
 * process, and the entries explain some. Where can the others be? A table covers 2 MiB, a unit,
 * and belongs to a VMA, or it would have been freed with the last one; so the candidates are
 * the units in which a VMA lies and no entry is:
 *
 *     VMAs      |---- a ----|      |--------- b ---------|
 *     units   0     1     2     3     4     5     6     7
 *     entries       x                                 x
 *     may be  ?           ?           ?     ?     ?            5 candidates
 *
 * If 5 tables are missing, each of these is there. If 4 are missing, at least 2 are b's: a
 * cannot have more than 2 of them. Which of b's is not known then, and does not matter to fork.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"
#include "import/import_text.h"
#include "observe/paging.h"

#define LINE_PAGES 100

static uint64_t unit_of(uint64_t address, enum table_level level)
{
	return address >> TABLE_SHIFT(level);
}

void import_units_add(struct import_units *units, uint64_t start, uint64_t end)
{
	struct import_unit_span span = {unit_of(start, LEVEL_PTE), unit_of(end - 1, LEVEL_PTE) + 1};

	if (units->n && span.first <= units->v[units->n - 1].end) {
		if (span.end > units->v[units->n - 1].end)
			units->v[units->n - 1].end = span.end;
		return;
	}
	GROW(units->v, units->n, units->cap);
	units->v[units->n++] = span;
}

void import_units_deinit(struct import_units *units)
{
	free(units->v);
	*units = (struct import_units){0};
}

/* The first span that does not end before this unit; n: there is none. */
static size_t units_at(const struct import_units *units, uint64_t unit)
{
	size_t at;

	BISECT(at, units->n, units->v[at].end <= unit);
	return at;
}

/* Is anything in the table of this level, numbered so? */
static bool is_used(const struct import_units *used, enum table_level level, uint64_t table)
{
	unsigned bits = TABLE_SHIFT(level) - TABLE_SHIFT(LEVEL_PTE);
	size_t at = units_at(used, table << bits);

	return at < used->n && used->v[at].first < (table + 1) << bits;
}

/* Never accessible, as the gaps that a loader leaves: it cannot have had an entry. */
static bool was_accessible(const struct proc_vma *vma)
{
	return vma->perms[0] == 'r' || vma->perms[1] == 'w' || vma->perms[2] == 'x' ||
	       vma->flags & (VM_ACCOUNT | VM_NORESERVE);
}

/* Units of a VMA; a candidate of two VMAs is the first one's. */
struct table_room {
	const struct proc_vma *vma;
	const char *name;
	struct import_units units;
	uint64_t count, upper; /* its units; tables above them that may be missing as well */
};

static void find_units(struct table_room *c, const struct import_units *used, uint64_t *next)
{
	uint64_t unit = unit_of(c->vma->start, LEVEL_PTE), end = unit_of(c->vma->end - 1, LEVEL_PTE) + 1;

	/* Their entries, if there are any, are in PMD tables. */
	if (c->vma->flags & VM_HUGETLB)
		return;
	if (unit < *next)
		unit = *next;
	*next = end > *next ? end : *next;
	for (size_t at = units_at(used, unit); unit < end; at++) {
		uint64_t stop = at < used->n ? min(used->v[at].first, end) : end;

		if (unit < stop) {
			import_units_add(&c->units, unit << TABLE_SHIFT(LEVEL_PTE), stop << TABLE_SHIFT(LEVEL_PTE));
			c->count += stop - unit;
		}
		unit = at < used->n ? used->v[at].end : end;
	}
}

/* Tables of the upper levels over a VMA, in which no entry is: each is counted once. */
static void count_upper(struct table_room *c, const struct import_units *used, uint64_t next[TABLE_LEVELS])
{
	for (enum table_level level = LEVEL_PMD; level <= paging_top(paging_observed()); level++) {
		uint64_t table = unit_of(c->vma->start, level), last = unit_of(c->vma->end - 1, level);

		if (table < next[level])
			table = next[level];
		for (; table <= last; table++)
			c->upper += !is_used(used, level, table);
		next[level] = last + 1 > next[level] ? last + 1 : next[level];
	}
}

/* --- as commands ------------------------------------------------------------------------- */

static const char *cannot_be_emptied(const struct proc_vma *vma)
{
	if (vma->flags & VM_PFNMAP)
		return NULL; /* it is not emptied: what is there cannot be seen */
	return vma->flags & VM_LOCKED ? "it is locked" : vma->flags & VM_SEALED ? "it is sealed" : NULL;
}

/* The first page of a VMA in a unit. */
static uint64_t page_of(const struct proc_vma *vma, uint64_t unit)
{
	uint64_t start = unit << TABLE_SHIFT(LEVEL_PTE);

	return start < vma->start ? 0 : (start - vma->start) / PAGE_SIZE;
}

/*
 * Makes one entry in each of so many units of a VMA, and takes it away: the tables stay. Not more,
 * as dontneed frees the table of a whole unit on some kernels.
 */
static void add_tables(const struct table_room *c, uint64_t count, struct buf *out)
{
	bool pfn = c->vma->flags & VM_PFNMAP;
	const char *state = pfn ? "present,special" : import_anonymous(c->vma) ? "zero" : "present";
	struct buf pages = {0};
	unsigned in_line = 0;

	for (size_t i = 0; count; i++)
		for (uint64_t unit = c->units.v[i].first; unit < c->units.v[i].end && count; unit++) {
			buf_printf(&pages, "%s%" PRIu64, in_line ? "," : "", page_of(c->vma, unit));
			count--;
			if (++in_line < LINE_PAGES && count)
				continue;
			buf_printf(out, "pte %s %s %s\n", c->name, buf_str(&pages), state);
			if (!pfn)
				buf_printf(out, "madvise %s dontneed %s\n", c->name, buf_str(&pages));
			buf_deinit(&pages);
			in_line = 0;
		}
}

static void add_proven(const struct table_room *c, uint64_t count, struct buf *out)
{
	const char *why = cannot_be_emptied(c->vma);

	if (why)
		buf_printf(out, "#   tables of %s that no command makes, as %s: %" PRIu64 "\n", c->name, why, count);
	else if (c->vma->flags & VM_PFNMAP)
		buf_printf(out, "#   %s has a table, so a driver has made an entry:\n", c->name);
	else if (count < c->count)
		buf_printf(out, "#   %s has at least %" PRIu64 " of %" PRIu64 " possible ones; which cannot be seen:\n",
			   c->name, count, c->count);
	if (!why)
		add_tables(c, count, out);
}

/* --- all of them ---------------------------------------------------------------------------- */

uint64_t import_empty_tables(const struct import *im, const char *const *names,
			     const struct import_units *used, uint64_t missing, struct buf *out)
{
	struct table_room *all = xcalloc(im->map.n ? im->map.n : 1, sizeof(*all));
	uint64_t next[TABLE_LEVELS] = {0}, possible = 0, proven = 0;

	for (size_t i = 0; i < im->map.n; i++) {
		all[i] = (struct table_room){.vma = &im->map.v[i], .name = names[i]};
		if (!names[i] || !was_accessible(all[i].vma))
			continue;
		find_units(&all[i], used, &next[LEVEL_PTE]);
		count_upper(&all[i], used, next);
		possible += all[i].count + all[i].upper;
	}
	/* More than there is room for: they are not where memory is, and nothing is proven. */
	for (size_t i = 0; i < im->map.n && missing && missing <= possible; i++) {
		uint64_t elsewhere = possible - all[i].count;
		uint64_t here = missing > elsewhere ? missing - elsewhere : 0;

		/* The driver of [vvar] makes entries on first use; others' are assumed to be there. */
		if (!here || (all[i].vma->flags & VM_PFNMAP && !import_is_vvar(all[i].vma)))
			continue;
		if (!proven)
			buf_puts(out, "\n# Tables in which nothing is, as VmPTE leaves no other place for them. An entry is made\n"
					"# in each, and taken away again: the table stays.\n");
		add_proven(&all[i], here, out);
		proven += here + (missing == possible ? all[i].upper : 0);
	}
	for (size_t i = 0; i < im->map.n; i++)
		import_units_deinit(&all[i].units);
	free(all);
	return proven;
}
