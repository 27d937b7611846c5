/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of a userfaultfd. */
#include "random.d/generator.h"

#include <inttypes.h>

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

/* --- filling pages ---------------------------------------------------------------------- */

/* Has the page no entry, and is it in the page cache or not, as the call wants it? */
static bool fits_fill(const struct vm_area *vma, uint64_t page, bool cached, uint64_t *last)
{
	bool none = vma_pte(vma, page, last).state == PTE_NONE, is = false;
	uint64_t end;

	if (vma->object) {
		is = rangeset_probe(&vma->object->cached, linear_page_index(vma, page), &end);
		if (end - linear_page_index(vma, page) < *last - page)
			*last = page + (end - linear_page_index(vma, page));
	}
	return none && (cached ? is : !is || !(vma->flags & VM_SHARED));
}

/* Some of the pages that the call would fill, in a VMA that is registered. */
static bool fill(struct generator *g, struct buf *line, const char *verb, bool cached, bool wp)
{
	const struct vm_area *vma = any_vma(g, acting(g));
	uint64_t first = 0, last = 0, end, page;
	const struct name *name;
	unsigned n = 0;

	if (percent(&g->rng, 15))
		return with_pages(g, line, verb);
	for (int tries = 0; vma && !vma->uffd && tries < 6; tries++)
		vma = any_vma(g, acting(g));
	if (!vma || !vma->uffd)
		return false;
	for (page = vma_first(vma); page <= vma_last(vma); page = end + 1)
		if (fits_fill(vma, page, cached, &end) && !below(&g->rng, ++n)) {
			first = page;
			last = end;
		}
	if (!n)
		return false;
	if (vma->backing == BACKING_HUGETLB)
		last = first + (huge_unit(g) * (1 + below(&g->rng, (last - first + 1) / huge_unit(g)))) - 1;
	else if (percent(&g->rng, 70))
		last = first + below(&g->rng, (last - first < 15 ? last - first : 15) + 1);
	name = mm_name_at(vma->mm, page_address(vma->mm, first), &end);
	if (!name)
		return false;
	end = address_page(vma->mm, end) - 1;
	buf_printf(line, "%s %s %s ", verb, vma->uffd->name, name->text);
	put_pages(line, mm_named_page(vma->mm, first),
		  mm_named_page(vma->mm, first) + (last < end ? last : end) - first);
	if (wp && vma->flags & VM_UFFD_WP && percent(&g->rng, 40))
		buf_puts(line, " wp");
	return true;
}

bool make_zeropage(struct generator *g, struct buf *line)
{
	return fill(g, line, "zeropage", false, false);
}

bool make_copy(struct generator *g, struct buf *line)
{
	return fill(g, line, "copy", false, true);
}

bool make_continue(struct generator *g, struct buf *line)
{
	return fill(g, line, "continue", true, true);
}

/* --- moving pages ----------------------------------------------------------------------- */

/* A run of pages that have an entry (or have none); false: there is none. */
static bool any_run(struct generator *g, const struct vm_area *vma, bool none, uint64_t *first,
		    uint64_t *last)
{
	uint64_t end;
	unsigned n = 0;

	for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = end + 1)
		if ((vma_pte(vma, page, &end).state == PTE_NONE) == none && !below(&g->rng, ++n)) {
			*first = page;
			*last = end;
		}
	return n;
}

static const struct vm_area *any_private(struct generator *g, bool registered)
{
	const struct vm_area *vma = any_vma(g, acting(g));
	bool any = percent(&g->rng, 3);

	for (int tries = 0; vma && !any && tries < 8; tries++) {
		if (vma_is_anonymous(vma) && (!registered || vma->uffd))
			return vma;
		vma = any_vma(g, acting(g));
	}
	return any ? vma : NULL;
}

bool make_move(struct generator *g, struct buf *line)
{
	const struct vm_area *src = any_private(g, false), *dst = any_private(g, true);
	const struct uffd_ctx *ctx = dst && dst->uffd ? dst->uffd : any_context(g);
	uint64_t first, last, to, free_last, end, pages;
	const struct name *name, *other;

	if (!ctx || !src || !dst || !any_run(g, src, false, &first, &last) ||
	    !any_run(g, dst, true, &to, &free_last))
		return false;
	pages = last - first + 1;
	if (percent(&g->rng, 50)) {
		first += below(&g->rng, pages);
		to += below(&g->rng, free_last - to + 1);
	}
	pages = last - first < free_last - to ? last - first + 1 : free_last - to + 1;
	if (percent(&g->rng, 60) && pages != huge_unit(g))
		pages = 1 + below(&g->rng, pages < 12 ? pages : 12);
	pages += percent(&g->rng, 5);
	name = mm_name_at(src->mm, page_address(src->mm, first), &end);
	other = mm_name_at(dst->mm, page_address(dst->mm, to), &end);
	if (!name || !other)
		return false;
	first = mm_named_page(src->mm, first);
	if (first + pages > name_pages(src->mm, name))
		pages = name_pages(src->mm, name) - first;
	buf_printf(line, "move %s %s ", ctx->name, name->text);
	put_pages(line, first, first + pages - 1);
	buf_printf(line, " to %s %" PRIu64, other->text, mm_named_page(dst->mm, to));
	return true;
}

/* --- closing, and events ---------------------------------------------------------------- */

bool make_close(struct generator *g, struct buf *line)
{
	const struct uffd_ctx *ctx = any_context(g);

	if (ctx)
		buf_printf(line, "close %s", ctx->name);
	return ctx;
}

bool make_reader(struct generator *g, struct buf *line)
{
	const struct machine *m = machine(g);
	const struct uffd_ctx *ctx = m->unborn ? uffd_fork_waits(m, m->unborn) : any_context(g);

	if (ctx)
		buf_printf(line, "reader %s %s", ctx->name, m->unborn || ctx->unread ? "on" : "off");
	return ctx;
}
