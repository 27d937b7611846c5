/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls on pages: touches, advice, and those of a userfaultfd. */
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

/* --- userfaultfd ------------------------------------------------------------------------------- */

bool make_uffd(struct generator *g, struct buf *line)
{
	/* Those that change what happens come more often than the others. */
	static const struct {
		uint32_t bit;
		unsigned chance;
	} features[] = {
		{UFFD_FEATURE_EVENT_FORK, 35},	   {UFFD_FEATURE_WP_UNPOPULATED, 30},
		{UFFD_FEATURE_WP_ASYNC, 15},	   {UFFD_FEATURE_WP_HUGETLBFS_SHMEM, 20},
		{UFFD_FEATURE_SIGBUS, 8},	   {UFFD_FEATURE_PAGEFAULT_FLAG_WP, 8},
		{UFFD_FEATURE_POISON, 12},	   {UFFD_FEATURE_MISSING_SHMEM, 4},
		{UFFD_FEATURE_MISSING_HUGETLBFS, 4}, {UFFD_FEATURE_MINOR_SHMEM, 6},
		{UFFD_FEATURE_MINOR_HUGETLBFS, 6}, {UFFD_FEATURE_EXACT_ADDRESS, 3},
		{UFFD_FEATURE_THREAD_ID, 3},	   {UFFD_FEATURE_EVENT_REMAP, 3},
		{UFFD_FEATURE_EVENT_UNMAP, 1},	   {UFFD_FEATURE_EVENT_REMOVE, 1},
		{UFFD_FEATURE_MOVE, 3},		   {UFFD_FEATURE_RWP, 30},
		{UFFD_FEATURE_RWP_ASYNC, 10},
	};
	bool unknown = percent(&g->rng, 3);

	if (g->contexts == 4 || g->around->cannot & CANNOT_UFFD)
		return false;
	buf_printf(line, "uffd %c", "uvwx"[g->contexts++]);
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		if ((features[i].bit & g->around->kernel->uffd_features || unknown) &&
		    percent(&g->rng, features[i].chance))
			buf_printf(line, " %s",
				   uffd_feature_names[__builtin_ctz(features[i].bit)]);
	return true;
}

/* The call on pages of a name, mostly in a VMA that this userfaultfd watches. */
static bool with_pages(struct generator *g, struct buf *line, const char *verb)
{
	const struct mm *mm = acting(g);
	const struct uffd_ctx *ctx = any_context(g);
	const struct vm_area *vma = NULL;
	const struct name *name;
	uint64_t first, pages, end;

	for (int tries = 0; ctx && tries < 6; tries++) {
		vma = any_vma(g, mm);
		if (!vma || (vma->uffd && percent(&g->rng, 95)))
			break;
	}
	if (!ctx || !vma)
		return false;
	if (vma->uffd && percent(&g->rng, 95))
		ctx = vma->uffd;
	name = mm_name_at(mm, vma->start, &end);
	first = mm_named_page(mm, vma_first(vma));
	pages = address_page(mm, (end < vma->end ? end : vma->end) - vma->start);
	buf_printf(line, "%s %s %s", verb, ctx->name, name->text);
	if (percent(&g->rng, 15)) {
		put_any_pages(g, line, name_pages(mm, name));
	} else if (percent(&g->rng, 50)) {
		put_some_pages(g, line, first, pages);
	} else {
		buf_putc(line, ' ');
		put_pages(line, first, first + pages - 1);
	}
	return true;
}

bool make_protect(struct generator *g, struct buf *line)
{
	return with_pages(g, line, "protect");
}

bool make_unprotect(struct generator *g, struct buf *line)
{
	return with_pages(g, line, "unprotect");
}

bool make_poison(struct generator *g, struct buf *line)
{
	return with_pages(g, line, "poison");
}
