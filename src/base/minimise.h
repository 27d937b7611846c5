/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shortest condition that separates one set of points from another. A point is
 * a word of bits, one for each variable; a cube says which value some of them have.
 * Points in neither set do not matter.
 */
#ifndef BASE_MINIMISE_H
#define BASE_MINIMISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cube {
	uint64_t care;	/* variables that it names */
	uint64_t value; /* and their values */
};

static inline bool cube_has(struct cube cube, uint64_t point)
{
	return !((point ^ cube.value) & cube.care);
}

/*
 * Prime implicants that cover every point of `on` and none of `off` (no point
 * may be in both): the fewest, and among those the ones with the fewest
 * variables. Returns an array of *n cubes, which the caller frees. *exact becomes
 * false when the search reached its limit: the answer is correct, but may be longer
 * than necessary.
 */
struct cube *minimise(const uint64_t *on, size_t on_count, const uint64_t *off, size_t off_count,
		      size_t *n, bool *exact);

#endif
