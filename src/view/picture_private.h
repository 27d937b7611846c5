/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The picture of the page tables: shared by the files that draw it, and only by them.
 *
 *          parent             child
 *     PGD  ···■············   ···■············
 *             │                  │
 *     PUD  ■···············   ■···············
 *          │                  │
 *     PMD  ■···············   ■···············
 *          │                  │
 *     PTE  WWWWUUUU········ ─▶PPPP············
 */
#ifndef VIEW_PICTURE_PRIVATE_H
#define VIEW_PICTURE_PRIVATE_H

#include "view/panes.h"

/* What a cell shows, of one page or of many. In the order of the legend. */
enum cell_kind {
	CELL_NO_TABLE, /* nothing: no table holds an entry for it */
	CELL_UNMAPPED, /* an entry that belongs to no VMA */
	CELL_NONE,
	CELL_WRITABLE,
	CELL_READ_ONLY,
	CELL_UFFD,
	CELL_OWN,
	CELL_PINNED,
	CELL_ZERO,
	CELL_DEVICE,
	CELL_HUGE,
	CELL_HUGE_READ_ONLY,
	CELL_HUGE_ZERO,
	CELL_HUGETLB,
	CELL_SWAP,
	CELL_MIGRATION,
	CELL_DEVICE_PRIVATE,
	CELL_DEVICE_EXCLUSIVE,
	CELL_MARKER,
	CELL_GUARD,
	CELL_POISON,
	CELL_HWPOISON,
	CELL_GUESS, /* none: the viewer said that there is one */
	CELL_MIXED,
	CELL_EMPTY_TABLE, /* of many pages: their tables exist, and hold nothing */
	CELLS
};

struct cell_sign {
	const char *utf8, *ascii;
	enum style style;
	const char *name; /* for the legend; NULL: needs none */
};
extern const struct cell_sign cell_signs[CELLS];

/* The part of the address space that the grids show. Row by row, 2^shift pages a cell. */
struct window {
	enum zoom zoom;
	uint64_t first;	      /* page number of the process */
	unsigned shift;
	int rows, cols;
	uint64_t begin, end;  /* pages of it that are of interest: of the VMA, last included */
	uint64_t at;	      /* a page whose tables are drawn above */
};

struct picture {
	struct area area;
	const struct scene *scene, *other;
	const struct ui *ui;
	const struct vm_area *vma;
	struct window window;
	int label, parent_col, child_col;
	int slots;   /* columns of a row of slots */
	bool framed; /* the grids have frames */
	uint32_t used; /* kinds of cells that were drawn */
	bool empty[2]; /* the parent's, the child's table exists and holds nothing */
};

/* picture_cells.c */

/* Pages of this step whose entry has not arrived, in an animation; false: none. */
bool cells_on_their_way(const struct scene *scene, const struct ui *ui, uint64_t *from);
/* What one cell of that process shows: pages first..last. */
enum cell_kind cell_kind(const struct picture *picture, bool child, uint64_t first, uint64_t last);
enum cell_kind cell_of_entry(const struct vm_area *vma, struct pte pte);

/* picture_window.c: the window for grids of `cols` columns and at most `rows` rows */
struct window window_choose(const struct scene scenes[SIDES], const struct vm_area *vma,
			    const struct ui *ui, int rows, int cols);
/* Lets it grow by up to `rows` rows, to the whole table. */
void window_grow(struct window *window, const struct mm *mm, int rows);

/* picture_levels.c: from the top level down to the PMD; returns the row after them */
int picture_levels(const struct picture *picture, int row, bool lines);
int picture_level_count(const struct scene *scene);

/* picture_grid.c: the cells; returns the row after them */
int picture_grids(struct picture *picture, int row);

#endif
