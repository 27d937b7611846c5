/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cells of a grid stand for: recorded while it is drawn, and asked when somebody
 * points there. A later spot covers an earlier one.
 */
#ifndef VIEW_SPOTS_H
#define VIEW_SPOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum spot_kind {
	SPOT_CELLS,  /* entries of a process: pages from `first` on, 2^shift in each column */
	SPOT_VMA,    /* the VMA at `address` */
	SPOT_CHOICE, /* a line that can be chosen: its number, from 0 */
};

struct hotspot {
	enum spot_kind kind;
	int row, col, cols; /* one row of the grid */
	int side;
	bool child;
	uint64_t first; /* page number of the process */
	unsigned shift;
	uint64_t address;
	size_t choice;
};

struct spots {
	struct hotspot *v;
	size_t n, cap;
};

void spots_add(struct spots *spots, struct hotspot spot);
void spots_deinit(struct spots *spots);

/* The spot there; NULL: there is none. */
const struct hotspot *spots_at(const struct spots *spots, int row, int col);
/* The cell that holds that page of that process, which *col is then the column of. */
const struct hotspot *spots_cell(const struct spots *spots, int side, bool child, uint64_t page, int *col);

#endif
