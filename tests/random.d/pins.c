/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls on single pages: pins, a debugger's stores, ksmd, soft-dirty. */
#include "random.d/generator.h"

static bool put_call(struct generator *g, struct buf *line, const char *verb)
{
	const struct mm *mm = acting(g);
	const struct name *name = any_name(g, mm);

	if (!name)
		return false;
	buf_printf(line, "%s ", verb);
	put_name(g, line, name);
	put_any_pages(g, line, name_pages(mm, name));
	return true;
}

bool make_pin(struct generator *g, struct buf *line)
{
	unsigned kind = below(&g->rng, 100);

	if ((kind < 50 && g->around->cannot & CANNOT_PIN) || !put_call(g, line, "pin"))
		return false;
	buf_puts(line, kind < 50 ? "" : kind < 75 ? " read" : " short");
	return true;
}

bool make_unpin(struct generator *g, struct buf *line)
{
	/* Mostly where something is held. */
	return (machine(g)->hold_count || percent(&g->rng, 5)) && put_call(g, line, "unpin");
}

bool make_poke(struct generator *g, struct buf *line)
{
	return put_call(g, line, "poke");
}

bool make_clear_refs(struct generator *g, struct buf *line)
{
	if (g->around->cannot & CANNOT_SOFT_DIRTY)
		return false;
	buf_puts(line, "clear-refs soft-dirty");
	return true;
}

/* --- ksmd -------------------------------------------------------------------------------- */

#define KSM_PAGES 24u /* looked at, of one name */

/* Can ksmd merge this page? */
static bool is_candidate(const struct vm_area *vma, uint64_t page)
{
	uint64_t last;
	struct pte pte = vma_pte(vma, page, &last);

	return vma->flags & VM_MERGEABLE && frame_is_anon(pte.frame) && !(pte.attrs & PTE_PINNED) &&
	       (pte.state == PTE_PRESENT || pte.state == PTE_HUGE);
}

/* Some of the first pages of a name that can be merged; how many. */
static unsigned put_candidates(struct generator *g, struct buf *line, const struct name *name)
{
	const struct mm *mm = acting(g);
	struct stretch stretch = mm_stretch(mm, name);
	uint64_t first = address_page(mm, stretch.start), pages = name_pages(mm, name), end;
	unsigned n = 0;

	for (uint64_t i = 0; i < pages && i < KSM_PAGES; i++) {
		const struct vm_area *vma = mm_vma_at(mm, page_address(mm, first + i));

		if (!vma || mm_name_at(mm, page_address(mm, first + i), &end) != name)
			continue;
		if (!is_candidate(vma, first + i) || percent(&g->rng, 30))
			continue;
		if (!n)
			buf_printf(line, " %s", name->text);
		buf_printf(line, " %u", (unsigned)i);
		n++;
	}
	return n;
}

/* One that ksmd may look at, if there is any; else any. */
static const struct name *mergeable_name(struct generator *g)
{
	const struct mm *mm = acting(g);
	const struct name *name = any_name(g, mm);

	for (int tries = 0; tries < 8 && name; tries++) {
		const struct vm_area *vma = mm_named_vma(mm, name);

		if (vma && vma->flags & VM_MERGEABLE)
			break;
		name = any_name(g, mm);
	}
	return name;
}

static bool put_ksm(struct generator *g, struct buf *line)
{
	unsigned n = 0, names = 0;
	const struct name *before = NULL;

	buf_puts(line, "ksm");
	for (int tries = 0; tries < 4 && names < 2; tries++) {
		const struct name *name = mergeable_name(g);
		unsigned here = name && name != before ? put_candidates(g, line, name) : 0;

		n += here;
		names += here > 0;
		before = here ? name : before;
	}
	return n > 1;
}

/* What memory lacks: pages, or the advice. */
static bool put_preparation(struct generator *g, struct buf *line)
{
	const struct mm *mm = acting(g);
	const struct name *name = mergeable_name(g);
	const struct vm_area *vma = name ? mm_named_vma(mm, name) : NULL;

	if (!vma || vma->flags & VM_SHARED || is_vm_hugetlb_page(vma))
		return false;
	if (vma->flags & VM_MERGEABLE)
		buf_printf(line, "touch %s 0", name->text);
	else
		buf_printf(line, "madvise %s mergeable", name->text);
	if (vma->flags & VM_MERGEABLE && name_pages(mm, name) > 1)
		buf_printf(line, "-%u", (unsigned)(name_pages(mm, name) < 8 ? name_pages(mm, name) - 1 : 7));
	return true;
}

bool make_ksm(struct generator *g, struct buf *line)
{
	struct buf merge = {0};
	bool some;

	if (g->around->cannot & CANNOT_KSM)
		return false;
	some = put_ksm(g, &merge);
	if (some)
		buf_puts(line, buf_str(&merge));
	buf_deinit(&merge);
	return some || put_preparation(g, line);
}
