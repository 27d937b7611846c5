/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/spots.h"

#include <stdlib.h>

#include "base/alloc.h"

void spots_add(struct spots *spots, struct hotspot spot)
{
	GROW(spots->v, spots->n, spots->cap);
	spots->v[spots->n++] = spot;
}

void spots_deinit(struct spots *spots)
{
	free(spots->v);
	*spots = (struct spots){0};
}

const struct hotspot *spots_at(const struct spots *spots, int row, int col)
{
	for (size_t i = spots->n; i-- > 0;) {
		const struct hotspot *spot = &spots->v[i];

		if (spot->row == row && spot->col <= col && col < spot->col + spot->cols)
			return spot;
	}
	return NULL;
}

const struct hotspot *spots_cell(const struct spots *spots, int side, bool child, uint64_t page, int *col)
{
	for (size_t i = 0; i < spots->n; i++) {
		const struct hotspot *spot = &spots->v[i];

		if (spot->kind != SPOT_CELLS || spot->side != side || spot->child != child ||
		    page < spot->first || (page - spot->first) >> spot->shift >= (uint64_t)spot->cols)
			continue;
		*col = spot->col + (int)((page - spot->first) >> spot->shift);
		return spot;
	}
	return NULL;
}
