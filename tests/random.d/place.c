/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings, and where they go: mostly back to back in one PMD table, so that they can be joined,
 * else each in one of its own, so that the tables of a fork distinguish them.
 */
#include <inttypes.h>

#include "random.d/generator.h"

static const struct kind {
	const char *words;
	enum backing backing;
	bool shared;
	unsigned weight;
	unsigned cannot;
	enum theme theme; /* in which it is more likely */
} kinds[] = {
	{"anon", BACKING_ANON, false, 32, 0, THEME_HUGE},
	{"anon shared", BACKING_SHMEM, true, 2, 0, THEME_ANY},
	{"shmem", BACKING_SHMEM, true, 22, 0, THEME_UFFD},
	{"shmem private", BACKING_SHMEM, false, 10, 0, THEME_PIN},
	{"file", BACKING_FILE, false, 10, CANNOT_FILE, THEME_GUARD},
	{"file shared", BACKING_FILE, true, 8, CANNOT_FILE, THEME_GUARD},
	{"hugetlb", BACKING_HUGETLB, false, 4, CANNOT_HUGETLB, THEME_HUGETLB},
	{"hugetlb shared", BACKING_HUGETLB, true, 4, CANNOT_HUGETLB, THEME_HUGETLB},
	{"mixedmap", BACKING_MIXEDMAP, true, 2, CANNOT_RING, THEME_ANY},
	{"stack", BACKING_STACK, false, 4, 0, THEME_ANY},
	{"secret", BACKING_SECRET, true, 3, CANNOT_SECRET, THEME_ANY},
};

static unsigned kind_weight(const struct generator *g, size_t i)
{
	unsigned more = g->theme == THEME_HUGETLB ? 12 : 4;

	return kinds[i].cannot & g->around->cannot ? 0
						   : kinds[i].weight * in_theme(g, kinds[i].theme, more);
}

static const struct kind *any_kind(struct generator *g)
{
	return &kinds[pick_weighted(g, ARRAY_SIZE(kinds), kind_weight)];
}

/* The kind of a VMA, or another one. */
static const struct kind *kind_beside(struct generator *g, const struct vm_area *vma)
{
	if (percent(&g->rng, 85))
		for (size_t i = ARRAY_SIZE(kinds); i-- > 0;)
			if (kinds[i].backing == vma->backing &&
			    kinds[i].shared == ((vma->flags & VM_SHARED) != 0))
				return &kinds[i];
	return any_kind(g);
}

static uint64_t any_size(struct generator *g, enum backing backing)
{
	static const unsigned few[] = {1, 2, 2, 3, 4, 4, 4, 5, 6, 8, 8, 9};
	static const unsigned small[] = {1, 2, 3, 4, 5, 8, 8, 9, 16, 17, 32, 40};
	static const struct {
		unsigned huge;
		int pages;
	} large[] = {{1, -1}, {1, 0}, {1, 0}, {1, 0}, {1, 1}, {1, 88}, {2, 0}, {2, 0}, {2, 1}, {3, 0}};
	uint64_t huge = huge_unit(g);

	if (backing == BACKING_HUGETLB)
		return huge * (percent(&g->rng, 60) ? 1 : 1 + below(&g->rng, 3));
	if (backing == BACKING_MIXEDMAP)
		return 1 + below(&g->rng, 4);
	if (percent(&g->rng, g->theme == THEME_HUGE ? 85 : g->adjacent ? 2 : 6)) {
		unsigned which = below(&g->rng, ARRAY_SIZE(large));

		return large[which].huge * huge + (uint64_t)large[which].pages;
	}
	return g->adjacent ? few[below(&g->rng, ARRAY_SIZE(few))] : small[below(&g->rng, ARRAY_SIZE(small))];
}

/* --- where -------------------------------------------------------------------------------- */

#define FIRST_ADDRESS UINT64_C(0x10000000000)

uint64_t spot_offset(const struct generator *g, struct spot spot)
{
	const struct paging *paging = &machine(g)->paging;
	const uint64_t bases[] = {
		[SPOT_HALF_HUGE] = pmd_size(paging) / 2,
		[SPOT_HUGE] = pmd_size(paging),
		[SPOT_PMD_TABLE] = UINT64_C(1) << table_shift(paging, LEVEL_PMD),
	};

	return bases[spot.base] + (uint64_t)spot.pages * page_size(paging);
}

/* Each in a table of its own: of PMDs, of PTEs, or of the highest level that has several. */
static uint64_t lone_address(struct generator *g, enum backing backing)
{
	static const struct spot spots[] = {
		{SPOT_START, 1},	 {SPOT_HUGE, -1},      {SPOT_HUGE, -2},
		{SPOT_PMD_TABLE, -1}, {SPOT_HALF_HUGE, 0}, {SPOT_START, 3},
	};
	const struct paging *paging = &machine(g)->paging;
	enum table_level level = percent(&g->rng, 85)	? LEVEL_PMD
				 : percent(&g->rng, 50) ? LEVEL_PTE
							: LEVEL_PUD;
	uint64_t address;

	if (level > paging_top(paging))
		level = paging_top(paging);
	address = FIRST_ADDRESS + ((uint64_t)g->vmas << table_shift(paging, level));
	if (level == LEVEL_PTE)
		address += UINT64_C(256) << table_shift(paging, LEVEL_PMD);
	if (backing != BACKING_HUGETLB && percent(&g->rng, 30))
		address += spot_offset(g, spots[below(&g->rng, ARRAY_SIZE(spots))]);
	return address;
}

/* With room on both sides; some where tables end. */
static uint64_t first_address(struct generator *g, enum backing backing)
{
	static const struct spot spots[] = {
		{SPOT_HUGE, -4}, {SPOT_HUGE, -1}, {SPOT_START, 3}, {SPOT_HALF_HUGE, 0}};
	uint64_t address = FIRST_ADDRESS + 64 * pmd_size(&machine(g)->paging);

	if (backing != BACKING_HUGETLB && percent(&g->rng, 30))
		address += spot_offset(g, spots[below(&g->rng, ARRAY_SIZE(spots))]);
	return address;
}

/* Pages that are free below and above a VMA; many: as good as endless. */
static uint64_t room_below(const struct vm_area *vma)
{
	const struct vm_area *before = mm_before(vma);

	return vma_first(vma) - (before ? vma_last(before) + 1 : 0);
}

static uint64_t room_above(const struct vm_area *vma)
{
	const struct vm_area *next = mm_next(vma);

	return next ? vma_first(next) - vma_last(vma) - 1 : UINT64_MAX;
}

/* Where a mapping of that many pages, or of fewer, touches the VMA; 0: nowhere. */
static uint64_t place_beside(struct generator *g, const struct vm_area *vma, uint64_t unit,
			     uint64_t *pages)
{
	uint64_t above = room_above(vma) / unit * unit, under = room_below(vma) / unit * unit;
	bool low = !above || (under && percent(&g->rng, 40));
	uint64_t room = low ? under : above;

	if (!room || vma_first(vma) % unit || (vma_last(vma) + 1) % unit)
		return 0;
	/* Holes are often filled. */
	if (*pages > room || (room <= 16 * unit && percent(&g->rng, 60)))
		*pages = room;
	return low ? vma->start - page_address(vma->mm, *pages) : vma->end;
}

/* --- the words ------------------------------------------------------------------------------- */

#define NAMES_MAX 12u

char free_letter(struct generator *g)
{
	const struct machine *m = machine(g);
	unsigned used = 0, letters = 0;
	char again[NAMES_MAX], fresh = 0;

	for (char letter = 'a'; letters < NAMES_MAX; letter++, letters++) {
		const struct name *name = machine_name(m, (const char[]){letter, '\0'});

		if (!name && !fresh)
			fresh = letter;
		if (name && !machine_name_in_use(m, name))
			again[used++] = letter;
	}
	return used && (!fresh || percent(&g->rng, 40)) ? again[below(&g->rng, used)] : fresh;
}

static void put_protection(struct generator *g, struct buf *line, const struct vm_area *beside)
{
	static const char *const words[] = {"r", "r", "rw", "none", "rwx", "rx", "w"};

	if (beside && percent(&g->rng, 70) && !(beside->flags & (VM_WRITE | VM_EXEC)))
		buf_puts(line, beside->flags & VM_READ ? " r" : " none");
	else if (percent(&g->rng, 15))
		buf_printf(line, " %s", words[below(&g->rng, ARRAY_SIZE(words))]);
}

/* " of NAME from PAGE": so that it goes on with the file of the VMA beside it, or any page. */
static void put_file(struct generator *g, struct buf *line, const struct kind *kind,
		     const struct vm_area *beside, uint64_t address, uint64_t pages)
{
	const struct mm *mm = acting(g);
	const struct name *name = any_name(g, mm);
	const struct vm_area *vma = name ? mm_named_vma(mm, name) : NULL;
	uint64_t base, from;

	if (!vma || vma->backing != kind->backing || kind->backing == BACKING_HUGETLB || !vma->object)
		return;
	from = below(&g->rng, name_pages(mm, name) + 1);
	if (beside && beside->object == vma->object && percent(&g->rng, 70)) {
		base = linear_page_index(vma, address_page(mm, mm_stretch(mm, name).start));
		from = (address == beside->end ? beside->pgoff + vma_pages(beside)
					       : beside->pgoff - pages) - base;
		if (from > 64)
			return;
	}
	buf_printf(line, " of %s", name->text);
	if (from || percent(&g->rng, 30))
		buf_printf(line, " from %" PRIu64, from);
}

/* mmap's own options; those of the VMA beside it are often its own, too. */
static void put_options(struct generator *g, struct buf *line, const struct kind *kind,
			const struct vm_area *beside)
{
	static const struct {
		const char *word;
		uint64_t flag; /* that it gives the VMA */
		unsigned chance;
		bool anon; /* mostly for private anonymous memory */
	} options[] = {
		{"noreserve", VM_NORESERVE, 4, false},
		{"populate", 0, 6, false},
		{"droppable", VM_DROPPABLE, 6, true},
		{"growsdown", VM_GROWSDOWN, 3, true},
		{"locked", VM_LOCKED, 4, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		bool suits = !options[i].anon || kind->backing == BACKING_ANON;

		if (percent(&g->rng, !suits ? 1 : beside && beside->flags & options[i].flag ? 70
											    : options[i].chance))
			buf_printf(line, " %s", options[i].word);
	}
}

static bool can_have_neighbor(const struct vm_area *vma)
{
	return vma->backing != BACKING_MIXEDMAP; /* the kernel chooses its address */
}

bool make_vma(struct generator *g, struct buf *line)
{
	const struct vm_area *beside = percent(&g->rng, g->adjacent ? 85 : 10)
					       ? any_vma(g, acting(g))
					       : NULL;
	bool together = beside && can_have_neighbor(beside);
	const struct kind *kind = together ? kind_beside(g, beside) : any_kind(g);
	uint64_t unit = kind->backing == BACKING_HUGETLB ? huge_unit(g) : 1;
	uint64_t pages = any_size(g, kind->backing), address = 0;
	char letter = free_letter(g);

	if (!letter)
		return false;
	if (kind->backing == BACKING_MIXEDMAP)
		together = false;
	if (together)
		address = place_beside(g, beside, unit, &pages);
	if (!address) {
		beside = NULL;
		address = g->adjacent && !g->vmas ? first_address(g, kind->backing)
						  : lone_address(g, kind->backing);
	}
	buf_printf(line, "vma %c %s %" PRIu64 "p", letter, kind->words, pages);
	if (kind->backing != BACKING_MIXEDMAP)
		put_protection(g, line, beside);
	if (percent(&g->rng, g->adjacent ? 98 : 90))
		buf_printf(line, " at 0x%" PRIx64, address);
	if (percent(&g->rng, 20))
		put_file(g, line, kind, beside, address, pages);
	if (kind->backing != BACKING_MIXEDMAP && percent(&g->rng, 5))
		buf_printf(line, " times %u", 2 + below(&g->rng, 3));
	if (kind->backing != BACKING_ANON && kind->backing != BACKING_STACK && percent(&g->rng, 8))
		buf_puts(line, " own");
	if (percent(&g->rng, g->adjacent ? 8 : 3))
		buf_puts(line, " apart");
	if (kind->backing != BACKING_MIXEDMAP)
		put_options(g, line, kind, beside);
	g->vmas++;
	return true;
}

/* Ends `apart` of two names; of those that have it, if there are any. */
bool make_merge(struct generator *g, struct buf *line)
{
	const struct mm *mm = acting(g);
	const struct name *a = any_name(g, mm), *b = any_name(g, mm);
	uint64_t end;

	if (!mm->dead && percent(&g->rng, 85)) {
		b = NULL;
		for_each_vma(mm, vma) {
			const struct vm_area *next = mm_next(vma);

			if (!next || vma->end != next->start || vma->policy == next->policy)
				continue;
			a = mm_name_at(mm, vma->end - 1, &end);
			b = mm_name_at(mm, next->start, &end);
		}
	}
	if (!a || !b || a == b)
		return false;
	if (percent(&g->rng, 30))
		buf_printf(line, "merge %s %s", b->text, a->text);
	else
		buf_printf(line, "merge %s %s", a->text, b->text);
	return true;
}

bool make_munmap(struct generator *g, struct buf *line)
{
	const struct mm *mm = acting(g);
	const struct name *name = any_name(g, mm);
	uint64_t pages, first, last;

	if (!name)
		return false;
	buf_printf(line, "munmap %s", name->text);
	pages = name_pages(mm, name);
	any_part(g, pages, name_unit(mm, name), &first, &last);
	if (first || last != pages - 1) {
		buf_putc(line, ' ');
		put_pages(line, first, last);
	}
	return true;
}
