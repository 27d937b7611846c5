/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.d/generator.h"

#include <inttypes.h>

/* --- names, VMAs, contexts ------------------------------------------------------------ */

const struct name *any_name(struct generator *g, const struct mm *mm)
{
	const struct name *found = NULL;
	struct span_place place;
	unsigned n = 0;

	if (!mm || mm->dead)
		return NULL;
	if (*g->focus && percent(&g->rng, 60)) {
		found = machine_name(machine(g), g->focus);
		if (found && mm_named_vma(mm, found))
			return found;
		found = NULL;
	}
	for (const struct span *span = spans_find(&mm->names, 0, &place); span;
	     span = spans_next(&mm->names, &place))
		if (mm_named_vma(mm, span->value) && !below(&g->rng, ++n))
			found = span->value;
	return found;
}

uint64_t name_pages(const struct mm *mm, const struct name *name)
{
	struct stretch stretch = mm_stretch(mm, name);

	return address_page(mm, stretch.end - stretch.start);
}

uint64_t name_unit(const struct mm *mm, const struct name *name)
{
	return is_vm_hugetlb_page(mm_named_vma(mm, name)) ? huge_pages(mm) : 1;
}

const struct vm_area *any_vma(struct generator *g, const struct mm *mm)
{
	size_t count = mm && !mm->dead ? mm_vma_count(mm) : 0, n = count ? below(&g->rng, count) : 0;
	const struct vm_area *vma = count ? mm_first(mm) : NULL;

	while (n--)
		vma = mm_next(vma);
	return vma;
}

const struct uffd_ctx *any_context(struct generator *g)
{
	const struct machine *m = machine(g);
	const struct mm *mm = acting(g);
	const struct uffd_ctx *found = NULL;
	bool any = percent(&g->rng, 2);
	unsigned n = 0;

	for (int list = 0; list < 2; list++)
		for (const struct uffd_ctx *ctx = list ? m->inherited : m->contexts; ctx; ctx = ctx->next)
			if ((any || (ctx->mm == mm && !ctx->closed)) && !below(&g->rng, ++n))
				found = ctx;
	return found;
}

/* --- pages ---------------------------------------------------------------------------- */

static uint64_t any_page(struct generator *g, uint64_t pages)
{
	/* The first, the last, and where tables and huge pages end. */
	const uint64_t huge = huge_unit(g);
	const uint64_t edges[] = {0, pages - 1, huge - 1, huge, huge / 2, pages / 2};
	uint64_t edge = edges[below(&g->rng, ARRAY_SIZE(edges))];

	return percent(&g->rng, 50) && edge < pages ? edge : below(&g->rng, pages);
}

/* A range of first..first + pages - 1. */
static void put_range(struct generator *g, struct buf *line, uint64_t first, uint64_t pages)
{
	uint64_t a = any_page(g, pages), b = any_page(g, pages), huge = huge_unit(g);

	if (pages >= huge && percent(&g->rng, 30)) {
		a = below(&g->rng, pages / huge) * huge;
		b = a + huge - 1;
	}
	put_pages(line, first + (a < b ? a : b), first + (a < b ? b : a));
}

void put_pages(struct buf *line, uint64_t first, uint64_t last)
{
	buf_printf(line, first == last ? "%" PRIu64 : "%" PRIu64 "-%" PRIu64, first, last);
}

void put_some_pages(struct generator *g, struct buf *line, uint64_t first, uint64_t pages)
{
	unsigned ranges = percent(&g->rng, 15) ? 2 : 1;

	if (percent(&g->rng, 35)) {
		buf_printf(line, " %" PRIu64, first + any_page(g, pages));
		return;
	}
	for (unsigned i = 0; i < ranges; i++) {
		buf_puts(line, i ? "," : " ");
		put_range(g, line, first, pages);
	}
}

void put_any_pages(struct generator *g, struct buf *line, uint64_t pages)
{
	if (!percent(&g->rng, 35))
		put_some_pages(g, line, 0, pages);
}

void any_part(struct generator *g, uint64_t pages, uint64_t unit, uint64_t *first, uint64_t *last)
{
	uint64_t units = pages / unit, cut;
	unsigned which = below(&g->rng, 100);

	*first = 0;
	*last = pages - 1;
	if (units < 2 || which < 20)
		return;
	cut = percent(&g->rng, 60) ? units / 2 : 1 + below(&g->rng, units - 1);
	if (which < 50)
		*last = cut * unit - 1;
	else if (which < 80 || units < 3)
		*first = cut * unit;
	else {
		*first = (1 + below(&g->rng, units - 2)) * unit;
		*last = *first + (1 + below(&g->rng, units - 1 - *first / unit)) * unit - 1;
	}
	/* Now and then a part that hugetlb cannot be split at. */
	if (unit > 1 && percent(&g->rng, 5))
		*last -= 1;
}

/* --- rows of a table ------------------------------------------------------------------ */

size_t pick_weighted(struct generator *g, size_t n,
		     unsigned (*weight)(const struct generator *g, size_t row))
{
	unsigned total = 0, at;
	size_t row = 0;

	for (size_t i = 0; i < n; i++)
		total += weight(g, i);
	for (at = below(&g->rng, total); at >= weight(g, row); row++)
		at -= weight(g, row);
	return row;
}

unsigned in_theme(const struct generator *g, enum theme theme, unsigned more)
{
	return g->theme != THEME_ANY && theme == g->theme ? more : 1;
}
