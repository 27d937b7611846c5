/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls on a part of what is mapped. The same call on one half and then on the other,
 * and back again, is what splits VMAs and joins them.
 */
#include <stdio.h>
#include <string.h>

#include "random.d/generator.h"

/* The line, and in g->toggle what it does and what takes it back. */
static void put_call(struct generator *g, struct buf *line, const struct range_call *call,
		     const char *name, uint64_t first, uint64_t last, uint64_t pages)
{
	buf_printf(line, "%s %s%s", call->verb, name, call->before_pages);
	if (first || last != pages - 1) {
		buf_putc(line, ' ');
		put_pages(line, first, last);
	} else if (percent(&g->rng, 10)) {
		buf_puts(line, " all");
	}
	buf_puts(line, call->behind_pages);
}

static void remember(struct generator *g, const struct range_call *there, const struct range_call *back,
		     const char *name, uint64_t first, uint64_t last)
{
	g->toggle = (struct toggle){.there = *there, .back = *back, .first = first, .last = last};
	snprintf(g->toggle.name, sizeof(g->toggle.name), "%s", name);
}

/* The call on a part of the name. */
static void put_part(struct generator *g, struct buf *line, const struct name *name,
		     const struct range_call *there, const struct range_call *back)
{
	const struct mm *mm = acting(g);
	uint64_t pages = name_pages(mm, name), first, last;

	any_part(g, pages, name_unit(mm, name), &first, &last);
	put_call(g, line, there, name->text, first, last, pages);
	remember(g, there, back, name->text, first, last);
}

/* --- protection, advice, locks --------------------------------------------------------- */

static const struct {
	struct range_call there, back;
	unsigned weight;
	enum theme theme; /* in which it is more likely */
} calls[] = {
	{{"mprotect", " r", ""}, {"mprotect", " rw", ""}, 8, THEME_PARTS},
	{{"mprotect", " none", ""}, {"mprotect", " rw", ""}, 2, THEME_PARTS},
	{{"mprotect", " rwx", ""}, {"mprotect", " rw", ""}, 1, THEME_ANY},
	{{"mprotect", " rx", ""}, {"mprotect", " r", ""}, 1, THEME_ANY},
	{{"mprotect", " w", ""}, {"mprotect", " rw", ""}, 1, THEME_ANY},
	{{"mlock", "", ""}, {"munlock", "", ""}, 3, THEME_PARTS},
	{{"mlock", "", " onfault"}, {"munlock", "", ""}, 2, THEME_PARTS},
	{{"madvise", " dontfork", ""}, {"madvise", " dofork", ""}, 3, THEME_PARTS},
	{{"madvise", " wipeonfork", ""}, {"madvise", " keeponfork", ""}, 4, THEME_ANY},
	{{"madvise", " hugepage", ""}, {"madvise", " nohugepage", ""}, 4, THEME_HUGE},
	{{"madvise", " nohugepage", ""}, {"madvise", " hugepage", ""}, 2, THEME_HUGE},
	{{"madvise", " mergeable", ""}, {"madvise", " unmergeable", ""}, 2, THEME_ANY},
	{{"madvise", " dontdump", ""}, {"madvise", " dodump", ""}, 2, THEME_PARTS},
	{{"madvise", " sequential", ""}, {"madvise", " normal", ""}, 1, THEME_PARTS},
	{{"madvise", " random", ""}, {"madvise", " normal", ""}, 1, THEME_PARTS},
};

static unsigned call_weight(const struct generator *g, size_t i)
{
	return calls[i].weight * in_theme(g, calls[i].theme, 3);
}

bool make_range_call(struct generator *g, struct buf *line)
{
	const struct name *name = any_name(g, acting(g));
	size_t row = pick_weighted(g, ARRAY_SIZE(calls), call_weight);

	if (name)
		put_part(g, line, name, &calls[row].there, &calls[row].back);
	return name;
}

/* --- userfaultfd ------------------------------------------------------------------------- */

static struct range_call unregister_call(const struct uffd_ctx *ctx)
{
	struct range_call call = {0};

	snprintf(call.verb, sizeof(call.verb), "unregister %s", ctx->name);
	return call;
}

bool make_register(struct generator *g, struct buf *line)
{
	static const char *const modes[] = {"wp", "wp", "wp", "wp", "wp", "missing", "missing", "minor",
					    "wp missing", "wp minor", "missing minor"};
	static const char *const new_modes[] = {"rwp", "rwp", "wp rwp", "rwp missing"};
	const struct uffd_ctx *ctx = any_context(g);
	const struct name *name = any_name(g, acting(g));
	bool rwp = g->around->kernel->uffd_features & UFFD_FEATURE_RWP && percent(&g->rng, 30);
	struct range_call there = {0}, back;

	if (!ctx || !name)
		return false;
	snprintf(there.verb, sizeof(there.verb), "register %s", ctx->name);
	snprintf(there.behind_pages, sizeof(there.behind_pages), " %s",
		 rwp ? new_modes[below(&g->rng, ARRAY_SIZE(new_modes))]
		     : modes[below(&g->rng, ARRAY_SIZE(modes))]);
	back = unregister_call(ctx);
	put_part(g, line, name, &there, &back);
	return true;
}

bool make_unregister(struct generator *g, struct buf *line)
{
	const struct vm_area *vma = NULL;
	const struct uffd_ctx *ctx = any_context(g);
	struct range_call call;
	uint64_t end;

	for (int tries = 0; ctx && tries < 6 && !(vma && vma->uffd); tries++)
		vma = any_vma(g, acting(g));
	if (!ctx || !vma)
		return false;
	call = unregister_call(vma->uffd && percent(&g->rng, 95) ? vma->uffd : ctx);
	put_part(g, line, mm_name_at(vma->mm, vma->start, &end), &call, &call);
	return true;
}

/* --- once more --------------------------------------------------------------------------- */

/* A name that begins where that one ends, or ends where it begins; NULL: none. */
static const struct name *adjacent_name(struct generator *g, const struct mm *mm,
					const struct name *name)
{
	struct stretch stretch = mm_stretch(mm, name);
	bool behind = percent(&g->rng, 50);
	uint64_t end;
	const struct name *found = mm_name_at(mm, behind ? stretch.end : stretch.start - 1, &end);

	return found && found != name && mm_named_vma(mm, found) ? found : NULL;
}

/* The call on what is left of the name, or on the next one, or the call back. */
bool make_again(struct generator *g, struct buf *line)
{
	const struct toggle t = g->toggles[below(&g->rng, TOGGLES_MAX)];
	const struct mm *mm = acting(g);
	const struct name *name = *t.name ? machine_name(machine(g), t.name) : NULL, *next;
	uint64_t first = t.first, last = t.last, pages;
	unsigned which = below(&g->rng, 100);

	if (!name || mm->dead || !mm_named_vma(mm, name))
		return false;
	pages = name_pages(mm, name);
	if (last >= pages) /* others have the name now */
		return false;
	next = which < 15 ? adjacent_name(g, mm, name) : NULL;
	if (next) {
		put_part(g, line, next, percent(&g->rng, 60) ? &t.there : &t.back, &t.back);
		return true;
	}
	if (which < 40 && (first || last != pages - 1)) {
		if (first && (last == pages - 1 || percent(&g->rng, 50)))
			last = first - 1, first = 0;
		else
			first = last + 1, last = pages - 1;
		put_call(g, line, &t.there, name->text, first, last, pages);
		remember(g, &t.there, &t.back, name->text, first, last);
		return true;
	}
	if (which >= 85)
		first = 0, last = pages - 1;
	put_call(g, line, &t.back, name->text, first, last, pages);
	remember(g, &t.back, &t.there, name->text, first, last);
	return true;
}
