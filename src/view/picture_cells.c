/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a cell of the picture shows: the entries of one page or of many, as one sign. */
#include "view/picture_private.h"

/* A cell of so many different runs is a mixture: what a frame costs is bounded. */
enum { RUNS_LOOKED_AT = 64 };

const struct cell_sign cell_signs[CELLS] = {
	[CELL_NO_TABLE] = {" ", " ", STYLE_NORMAL, NULL},
	[CELL_UNMAPPED] = {" ", " ", STYLE_NORMAL, NULL},
	[CELL_NONE] = {"·", "-", STYLE_NONE, NULL},
	[CELL_WRITABLE] = {"W", "W", STYLE_WRITABLE, "writable"},
	[CELL_READ_ONLY] = {"P", "P", STYLE_PRESENT, "read-only"},
	[CELL_UFFD] = {"U", "U", STYLE_UFFD, "uffd-wp"},
	[CELL_OWN] = {"C", "C", STYLE_OWN, "own page"},
	[CELL_PINNED] = {"N", "N", STYLE_WATCHED, "pinned"},
	[CELL_ZERO] = {"Z", "Z", STYLE_ZERO, "zero page"},
	[CELL_DEVICE] = {"D", "D", STYLE_PRESENT, "device memory"},
	[CELL_HUGE] = {"H", "H", STYLE_HUGE, "huge"},
	[CELL_HUGE_READ_ONLY] = {"h", "h", STYLE_HUGE, "huge, read-only"},
	[CELL_HUGE_ZERO] = {"z", "z", STYLE_ZERO, "huge zero page"},
	[CELL_HUGETLB] = {"T", "T", STYLE_HUGE, "hugetlb"},
	[CELL_SWAP] = {"S", "S", STYLE_SWAP, "swap"},
	[CELL_MIGRATION] = {"m", "m", STYLE_SWAP, "migration"},
	[CELL_DEVICE_PRIVATE] = {"d", "d", STYLE_SWAP, "device private"},
	[CELL_DEVICE_EXCLUSIVE] = {"e", "e", STYLE_SWAP, "device exclusive"},
	[CELL_MARKER] = {"M", "M", STYLE_MARKER, "marker"},
	[CELL_GUARD] = {"G", "G", STYLE_MARKER, "guard"},
	[CELL_POISON] = {"!", "!", STYLE_BAD, "poison"},
	[CELL_HWPOISON] = {"X", "X", STYLE_BAD, "hwpoison"},
	[CELL_GUESS] = {"□", "o", STYLE_LABEL, "your answer"},
	[CELL_MIXED] = {"%", "%", STYLE_NORMAL, "a mixture"},
	[CELL_EMPTY_TABLE] = {"□", "o", STYLE_SLOT, "empty table"},
};

static enum cell_kind present_kind(struct pte pte)
{
	if (pte.attrs & PTE_PINNED)
		return CELL_PINNED;
	if (pte.attrs & PTE_UFFD_WP)
		return CELL_UFFD;
	if (pte.attrs & PTE_SPECIAL)
		return CELL_DEVICE;
	return pte.attrs & PTE_WRITE ? CELL_WRITABLE : CELL_READ_ONLY;
}

static enum cell_kind huge_kind(const struct vm_area *vma, struct pte pte)
{
	if (vma && is_vm_hugetlb_page(vma))
		return CELL_HUGETLB;
	if (pte.attrs & PTE_PINNED)
		return CELL_PINNED;
	if (pte.attrs & PTE_UFFD_WP)
		return CELL_UFFD;
	if (pte.attrs & PTE_SPECIAL)
		return CELL_HUGE_ZERO;
	return pte.attrs & PTE_WRITE ? CELL_HUGE : CELL_HUGE_READ_ONLY;
}

enum cell_kind cell_of_entry(const struct vm_area *vma, struct pte pte)
{
	static const enum cell_kind kinds[PTE_STATES] = {
		[PTE_NONE] = CELL_NONE,
		[PTE_SWAP] = CELL_SWAP,
		[PTE_MIGRATION] = CELL_MIGRATION,
		[PTE_DEVICE_PRIVATE] = CELL_DEVICE_PRIVATE,
		[PTE_DEVICE_EXCLUSIVE] = CELL_DEVICE_EXCLUSIVE,
		[PTE_MARKER] = CELL_MARKER,
		[PTE_HWPOISON] = CELL_HWPOISON,
		[PTE_ZERO] = CELL_ZERO,
	};

	if (pte.state == PTE_PRESENT)
		return present_kind(pte);
	if (pte.state == PTE_HUGE)
		return huge_kind(vma, pte);
	if (pte.state == PTE_MARKER && pte.attrs & PTE_GUARD)
		return CELL_GUARD;
	if (pte.state == PTE_MARKER && pte.attrs & PTE_POISON)
		return CELL_POISON;
	return kinds[pte.state];
}

bool cells_on_their_way(const struct scene *scene, const struct ui *ui, uint64_t *from)
{
	uint64_t pages = scene->last - scene->first + 1;

	if (!scene->touches || !scene->event || ui->frame >= UI_FRAMES ||
	    scene->event->kind == EVENT_SPLIT)
		return false;
	/* pages are less than 2^36: the product fits */
	*from = scene->first + pages * (uint64_t)ui->frame / UI_FRAMES;
	return *from <= scene->last;
}

static const struct mm *process(const struct picture *picture, bool child)
{
	return scene_process(picture->scene, child);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* An anonymous frame that this process got later than the other one got its own. */
static bool is_own_copy(struct pte mine, struct pte theirs)
{
	bool mine_large = mine.frame & FRAME_LARGE, theirs_large = theirs.frame & FRAME_LARGE;

	if (mine.state != PTE_PRESENT || frame_kind(mine.frame) != FRAME_ANON ||
	    (theirs.state != PTE_PRESENT && theirs.state != PTE_HUGE && theirs.state != PTE_SWAP) ||
	    !pte_has_frame(theirs) || mine.frame == theirs.frame)
		return false;
	if (frame_kind(theirs.frame) != FRAME_ANON)
		return true;
	return mine_large == theirs_large ? mine.frame > theirs.frame : theirs_large;
}

/* No entry: is there a table for it at all? *last: up to where that is so. */
static enum cell_kind empty_kind(const struct mm *mm, uint64_t page, uint64_t *last)
{
	const struct vm_area *vma = mm_find(mm, page_address(mm, page));
	uint64_t table_last;
	bool table = mm_has_table(mm, LEVEL_PTE, page_table(mm, page), &table_last);
	unsigned bits = mm->paging->table_bits;

	if (table_last < UINT64_MAX >> bits)
		*last = sooner(*last, ((table_last + 1) << bits) - 1);
	if (vma && vma_first(vma) > page)
		*last = sooner(*last, vma_first(vma) - 1);
	else if (vma)
		*last = sooner(*last, vma_last(vma));
	if (!table)
		return CELL_NO_TABLE;
	return vma && vma_first(vma) <= page ? CELL_NONE : CELL_UNMAPPED;
}

/* The entry of this page as it was before this step, while that is not there yet. */
static bool is_before(const struct picture *picture, bool child, uint64_t page, uint64_t *last,
		      enum cell_kind *kind)
{
	const struct scene *scene = picture->scene;
	const struct event *event = scene->event;
	uint64_t from;

	if (!cells_on_their_way(scene, picture->ui, &from))
		return false;
	/* a borrower's memory is the parent's: it changes in both grids */
	if (event->kind == EVENT_TOUCH && process(picture, child) != process(picture, event->by_child))
		return false;
	if (page < from) {
		*last = sooner(*last, from - 1);
		return false;
	}
	if (page > scene->last)
		return false;
	*last = sooner(*last, scene->last);
	*kind = event->kind == EVENT_ENTRY && child ? CELL_NONE
						     : cell_of_entry(event->src, event->before);
	return true;
}

static enum cell_kind kind_at(const struct picture *picture, bool child, uint64_t page,
			      uint64_t *last)
{
	const struct mm *mm = process(picture, child), *relative = process(picture, !child);
	struct pte pte = runs_at(&mm->pages, page, last);
	enum cell_kind kind;
	uint64_t other_last;

	if (is_before(picture, child, page, last, &kind))
		return kind;
	if (pte.state == PTE_NONE)
		return empty_kind(mm, page, last);
	/* only huge entries differ by VMA, and only anonymous pages are copied: most cells need no more */
	kind = cell_of_entry(pte.state == PTE_HUGE ? mm_vma_at(mm, page_address(mm, page)) : NULL, pte);
	if (!relative || pte.state != PTE_PRESENT || kind == CELL_PINNED || frame_kind(pte.frame) != FRAME_ANON)
		return kind;
	if (is_own_copy(pte, runs_at(&relative->pages, page, &other_last)))
		kind = CELL_OWN;
	*last = sooner(*last, other_last);
	return kind;
}

static enum cell_kind both_kinds(enum cell_kind a, enum cell_kind b)
{
	if (a == b || b <= CELL_UNMAPPED)
		return a;
	return a <= CELL_UNMAPPED ? b : CELL_MIXED;
}

enum cell_kind cell_kind(const struct picture *picture, bool child, uint64_t first, uint64_t last)
{
	enum cell_kind kind = CELL_NO_TABLE;
	uint64_t run_last;
	int looked = 0;

	for (uint64_t page = first; page <= last; page = run_last + 1) {
		kind = both_kinds(kind, kind_at(picture, child, page, &run_last));
		if (kind == CELL_MIXED || run_last >= last)
			break;
		if (++looked == RUNS_LOOKED_AT)
			return CELL_MIXED;
	}
	if (last - first + 1 >= ptrs_per_table(process(picture, child)->paging) &&
	    (kind == CELL_NONE || kind == CELL_UNMAPPED))
		return CELL_EMPTY_TABLE;
	return kind;
}
