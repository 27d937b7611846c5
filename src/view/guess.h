/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The viewer's answers to predictions, next to what they were about: from the answer on
 * until the next question after they were revealed.
 */
#ifndef VIEW_GUESS_H
#define VIEW_GUESS_H

#include "view/grid.h"
#include "view/scene.h"

/* About the decision of that side on what is there, or on a part of it; NULL: no answer is shown. */
const struct prediction *guess_decision(const struct predictions *predictions, const struct machine *m,
					int side, struct stretch where);
/* About this cost of that side, such as COST_ENTRIES. */
const struct prediction *guess_cost(const struct predictions *predictions, int side, int cost);
/*
 * Answers about the state of pages first..last of a process, parent or child; of the first such
 * page. NULL: none.
 */
const struct prediction *guess_page(const struct scene *scene, bool child, uint64_t first, uint64_t last);
/* Did the viewer say that there is an entry? */
bool guess_is_entry(const struct prediction *guess);

/*
 * "you: skip"; whether it is right is left to the style, and to what is beside it. known: what
 * it is about has happened at this step; before, it looks as it did when it was open.
 */
void put_guess_briefly(struct area area, int row, int col, const struct prediction *guess, bool known);
/*
 * "you: skip, wrong" in the last columns of the row. NULL: nothing. Returns the first column
 * that it takes.
 */
int put_guess_right(struct area area, int row, const struct prediction *guess, bool known);

#endif
