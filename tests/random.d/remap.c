/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mremap: memory gets another size, and goes to other places. */
#include <inttypes.h>

#include "random.d/generator.h"

/* The memory in hand: pages of a name. */
struct subject {
	const struct mm *mm;
	const struct name *name;
	const struct vm_area *vma; /* at its first page, or NULL */
	uint64_t first, pages;	   /* of the name */
	uint64_t address, unit;
};

/* All of a name, or a part of it. */
static bool choose_subject(struct generator *g, const struct mm *mm, bool part, struct subject *s)
{
	uint64_t last;

	s->mm = mm;
	s->name = any_name(g, mm);
	if (!s->name)
		return false;
	s->first = 0;
	s->pages = name_pages(mm, s->name);
	s->unit = name_unit(mm, s->name);
	if (part) {
		any_part(g, s->pages, s->unit, &s->first, &last);
		s->pages = last - s->first + 1;
	}
	s->address = mm_stretch(mm, s->name).start + page_address(mm, s->first);
	s->vma = mm_vma_at(mm, s->address);
	return true;
}

static uint64_t any_new_size(struct generator *g, const struct subject *s)
{
	uint64_t more = percent(&g->rng, 60) ? 1 + below(&g->rng, 8) : below(&g->rng, 2 * huge_unit(g));

	if (percent(&g->rng, 50))
		return s->pages;
	more = more / s->unit * s->unit;
	return percent(&g->rng, 60) || more >= s->pages ? s->pages + more : s->pages - more;
}

/* Where nothing else is; mostly at the same place of a page table. */
static uint64_t lone_place(struct generator *g, const struct subject *s)
{
	static const struct spot spots[] = {
		{SPOT_START, 0}, {SPOT_START, 0}, {SPOT_START, 1},
		{SPOT_HUGE, -1}, {SPOT_HUGE, 0},  {SPOT_PMD_TABLE, -1},
	};
	const struct paging *paging = &machine(g)->paging;
	uint64_t lone = (UINT64_C(1) << 42) + ((uint64_t)below(&g->rng, 64) << table_shift(paging, LEVEL_PMD));
	uint64_t keep =
		(UINT64_C(1) << table_shift(paging, percent(&g->rng, 50) ? LEVEL_PTE : LEVEL_PMD)) - 1;

	return percent(&g->rng, 60) ? lone + (s->address & keep)
				    : lone + spot_offset(g, spots[below(&g->rng, ARRAY_SIZE(spots))]);
}

static uint64_t any_place(struct generator *g, const struct subject *s, uint64_t size)
{
	const struct vm_area *other = any_vma(g, s->mm);
	unsigned how = below(&g->rng, 100);

	if (other && how < 25)
		return other->end;
	if (other && how < 40)
		return other->start - page_address(s->mm, size);
	if (other && how < 55) /* over what is there */
		return other->start + page_address(s->mm, below(&g->rng, vma_pages(other)));
	if (s->vma && vma_is_anonymous(s->vma) && how < 70) /* where its pages were once */
		return page_address(s->mm, linear_page_index(s->vma, address_page(s->mm, s->address)));
	return lone_place(g, s);
}

static void put_place(struct generator *g, struct buf *line, const struct subject *s, uint64_t size)
{
	uint64_t address = any_place(g, s, size);

	if (s->unit > 1 && percent(&g->rng, 95))
		address &= ~(page_address(s->mm, s->unit) - 1);
	buf_printf(line, " at 0x%" PRIx64, address);
}

bool make_mremap(struct generator *g, struct buf *line)
{
	bool part = percent(&g->rng, 45), dontunmap = percent(&g->rng, 25);
	struct subject s;
	uint64_t size;

	if (!choose_subject(g, acting(g), part, &s))
		return false;
	size = dontunmap && percent(&g->rng, 95) ? s.pages : any_new_size(g, &s);
	buf_printf(line, "mremap %s %" PRIu64 "p", s.name->text, size);
	if (percent(&g->rng, size == s.pages ? 90 : 35))
		put_place(g, line, &s, size);
	if (dontunmap)
		buf_puts(line, " dontunmap");
	if (!part)
		return true;
	buf_puts(line, " part ");
	put_pages(line, s.first, s.first + s.pages - 1);
	return true;
}
