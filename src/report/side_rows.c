/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/side_rows.h"

#include "base/minmax.h"

/* vma: of each side, the first that ends after `from`, or NULL. */
static bool make_row(const struct vm_area *const vma[SIDES], uint64_t from, struct side_row *row)
{
	*row = (struct side_row){.start = UINT64_MAX, .end = UINT64_MAX};
	for (int side = 0; side < SIDES; side++)
		if (vma[side])
			row->start = min(row->start, vma[side]->start > from ? vma[side]->start : from);
	for (int side = 0; side < SIDES; side++) {
		if (!vma[side])
			continue;
		if (vma[side]->start <= row->start)
			row->vma[side] = vma[side];
		row->end = min(row->end, row->vma[side] ? vma[side]->end : vma[side]->start);
	}
	return row->start != UINT64_MAX;
}

bool rows_next(struct machine *const machines[SIDES], uint64_t from, struct side_row *row)
{
	const struct vm_area *vma[SIDES];

	for (int side = 0; side < SIDES; side++)
		vma[side] = mm_find(machines[side]->parent, from);
	return make_row(vma, from, row);
}

bool rows_next_forked(const struct fork_record *const forks[SIDES], uint64_t from,
		      struct side_row *row)
{
	const struct vm_area *vma[SIDES];

	for (int side = 0; side < SIDES; side++) {
		const struct fork_vma *found = fork_vma_from(forks[side], from);

		vma[side] = found ? found->src : NULL;
	}
	return make_row(vma, from, row);
}

bool rows_at(struct machine *const machines[SIDES], uint64_t address, struct side_row *row)
{
	uint64_t from = address;

	for (int side = 0; side < SIDES; side++) {
		const struct vm_area *vma = mm_vma_at(machines[side]->parent, address);

		if (vma)
			from = min(from, vma->start);
	}
	while (rows_next(machines, from, row) && row->end <= address)
		from = row->end;
	return row->start <= address && address < row->end;
}

bool rows_before(struct machine *const machines[SIDES], uint64_t address, struct side_row *row)
{
	uint64_t end = 0;

	for (int side = 0; side < SIDES; side++) {
		const struct mm *mm = machines[side]->parent;
		const struct vm_area *vma = mm_find(mm, address);

		if (!vma)
			vma = mm_last(mm);
		if (vma && vma->start >= address)
			vma = mm_before(vma);
		if (vma && vma->end > end)
			end = vma->end;
	}
	return end && rows_at(machines, min(end, address) - 1, row);
}
