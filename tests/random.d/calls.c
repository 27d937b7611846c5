/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls on pages: touches and advice. */
#include <string.h>

#include "random.d/generator.h"

void put_name(struct generator *g, struct buf *line, const struct name *name)
{
	const char *dot = strchr(name->text, '.');

	if (dot && percent(&g->rng, 25))
		buf_printf(line, "%.*s*", (int)(dot + 1 - name->text), name->text);
	else
		buf_puts(line, name->text);
}

/* --- touches -------------------------------------------------------------------------- */

bool make_touch(struct generator *g, struct buf *line)
{
	const struct mm *mm = acting(g);
	const struct name *name = any_name(g, mm);

	if (!name)
		return false;
	buf_puts(line, "touch ");
	put_name(g, line, name);
	put_any_pages(g, line, name_pages(mm, name));
	buf_puts(line, percent(&g->rng, 35) ? " read" : percent(&g->rng, 50) ? " write" : "");
	return true;
}

/* --- advice ------------------------------------------------------------------------------ */

static const struct {
	enum advice advice;
	unsigned weight;
	enum theme theme;
} advices[] = {
	{ADVICE_DONTNEED, 8, THEME_UFFD},
	{ADVICE_DONTNEED_LOCKED, 2, THEME_ANY},
	{ADVICE_FREE, 5, THEME_SWAP},
	{ADVICE_COLD, 2, THEME_SWAP},
	{ADVICE_REMOVE, 3, THEME_UFFD},
	{ADVICE_POPULATE_READ, 3, THEME_ANY},
	{ADVICE_POPULATE_WRITE, 3, THEME_ANY},
	{ADVICE_PAGEOUT, 6, THEME_SWAP},
	{ADVICE_COLLAPSE, 3, THEME_HUGE},
	{ADVICE_GUARD_INSTALL, 6, THEME_GUARD},
	{ADVICE_GUARD_REMOVE, 3, THEME_GUARD},
};

static unsigned advice_weight(const struct generator *g, size_t i)
{
	return advices[i].weight * in_theme(g, advices[i].theme, 5);
}

bool make_madvise(struct generator *g, struct buf *line)
{
	const struct mm *mm = acting(g);
	const struct name *name = any_name(g, mm);
	enum advice advice;

	if (!name)
		return false;
	advice = advices[pick_weighted(g, ARRAY_SIZE(advices), advice_weight)].advice;
	if (advice == ADVICE_PAGEOUT && g->around->cannot & CANNOT_SWAP)
		return false;
	buf_puts(line, "madvise ");
	put_name(g, line, name);
	buf_printf(line, " %s", advice_names[advice]);
	put_any_pages(g, line, name_pages(mm, name));
	return true;
}

