/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksmd merges all that is equal. So the pages that it may merge are given a content each, and
 * those that the command names the same one. That takes pages that nobody else has.
 */
#include <inttypes.h>

#include "base/minmax.h"
#include "report/text.h"
#include "session/reproducer/reproducer_private.h"

/* Is every page that ksmd would look at this process's own, so that its content can be set? */
static bool is_own(const struct mm *mm, const struct ranges *named)
{
	for_each_vma(mm, vma) {
		uint64_t last;

		for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = last + 1) {
			struct pte pte = vma_pte(vma, page, &last);

			/* Those that are merged already are as they were. */
			if (!(vma->flags & VM_MERGEABLE) || frame_kind(pte.frame) != FRAME_ANON ||
			    (pte.state == PTE_PRESENT && pte.attrs & PTE_EXCLUSIVE))
				continue;
			if (pte.state == PTE_PRESENT || pte.state == PTE_HUGE || (named && ranges_has(named, page)))
				return false;
		}
	}
	return true;
}

/* Sets the contents of what has a name of these addresses: all the same, or 0. */
static void write_contents(struct repro *r, const struct mm *mm, uint64_t start, uint64_t end,
			   unsigned same, struct buf *out)
{
	const struct name *name;
	uint64_t next = 0;

	while ((name = mm_next_name(mm, &next))) {
		struct stretch stretch = mm_stretch(mm, name);
		uint64_t from = max(start, stretch.start), to = min(end, stretch.end);
		struct buf at = {0}, size = {0};

		if (from >= to || !mm_named_vma(mm, name))
			continue;
		repro_address(r, name, stretch.start, from, &at);
		repro_size(r, to - from, &size);
		buf_printf(out, "\t\tset_contents(%s, %s, %u);\n", buf_str(&at), buf_str(&size), same);
		buf_deinit(&at);
		buf_deinit(&size);
	}
}

static void write_mergeable(struct repro *r, const struct mm *mm, struct buf *out)
{
	for_each_vma(mm, vma)
		if (vma->flags & VM_MERGEABLE)
			write_contents(r, mm, vma->start, vma->end, 0, out);
}

bool repro_ksm(struct repro *r)
{
	const struct machine *m = r->m[LEFT];
	const struct mm *other = r->mm == m->parent ? m->child : m->parent;
	struct ranges pages = {0};
	struct model_error ignored;
	bool ok;

	if (m->borrow != BORROW_NOTHING)
		return repro_cannot(r, "two processes have that memory");
	ok = list_pages(m, r->mm, r->command, &pages, &ignored) && is_own(r->mm, &pages) &&
	     (!other || other->dead || is_own(other, NULL));
	if (ok) {
		repro_need(r, "ksm");
		write_mergeable(r, r->mm, &r->block);
		for (size_t i = 0; i < pages.n; i++)
			write_contents(r, r->mm, pages.v[i].first * repro_page(r),
				       (pages.v[i].last + 1) * repro_page(r), r->turns + 1, &r->block);
	}
	ranges_deinit(&pages);
	return ok || repro_cannot(r, "pages that ksmd may merge are shared, and what is in them cannot be "
				     "chosen");
}

void repro_ksm_after(struct repro *r)
{
	int other = r->by == r->parent ? r->child : r->parent;
	const struct machine *m = r->m[LEFT];
	const struct mm *mm = r->by == r->parent ? m->child : m->parent;
	struct buf lines = {0};

	if (other >= 0 && mm && !mm->dead)
		write_mergeable(r, mm, &lines);
	if (lines.len) {
		repro_turn(r, other);
		buf_printf(&r->body, " {\n%s\t}\n", buf_str(&lines));
	}
	repro_turn(r, REPRODUCER_OBSERVER);
	buf_puts(&r->body, "\n\t\tmerge_equal();\n");
	buf_deinit(&lines);
}
