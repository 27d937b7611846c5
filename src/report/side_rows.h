/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of the VMAs of both sides, which may have them in different layouts: a row is a
 * range of addresses that no border of a VMA crosses, on either side.
 */
#ifndef REPORT_SIDE_ROWS_H
#define REPORT_SIDE_ROWS_H

#include "base/buf.h"
#include "model/machine.h"
#include "report/sides.h"

struct side_row {
	uint64_t start, end; /* bytes; [start, end) */
	const struct vm_area *vma[SIDES]; /* that holds it; NULL: none there */
};

/*
 * The next row of the VMAs as they are now, of the parents and, where those have none, of the
 * children; of those that a fork of each side copied. `from`: 0, or where another row ends.
 * False: there is none.
 */
bool rows_next(struct machine *const machines[SIDES], uint64_t from, struct side_row *row);
bool rows_next_forked(const struct fork_record *const forks[SIDES], uint64_t from,
		      struct side_row *row);

/* How many rows there are now, up to `most`. */
size_t rows_count(struct machine *const machines[SIDES], size_t most);
/* The last row that starts before the address. */
bool rows_before(struct machine *const machines[SIDES], uint64_t address, struct side_row *row);
/* What the row shows is called: "heap[0-3]"; "child: heap" where no parent has it. */
void side_row_label(struct machine *const machines[SIDES], const struct side_row *row,
		    struct buf *out);
/* Has the parent none there, on that side? */
bool side_row_of_child(struct machine *const machines[SIDES], const struct side_row *row, int side);
/* The row that holds the address. */
bool rows_at(struct machine *const machines[SIDES], uint64_t address, struct side_row *row);

#endif
