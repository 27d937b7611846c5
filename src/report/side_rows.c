/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/side_rows.h"

#include "base/alloc.h"
#include "base/minmax.h"
#include "report/label.h"

/* What one side has: [start, end) of a VMA; vma NULL: nothing. */
struct row_part {
	const struct vm_area *vma;
	uint64_t start, end;
};

static struct row_part part_of(const struct vm_area *vma, uint64_t from)
{
	if (!vma)
		return (struct row_part){NULL, UINT64_MAX, UINT64_MAX};
	return (struct row_part){vma, max(vma->start, from), vma->end};
}

/* The processes that have VMAs: parent, and child or NULL. */
static void processes(const struct machine *m, const struct mm *mms[2])
{
	mms[0] = m->parent;
	mms[1] = m->child && !m->child->dead ? m->child : NULL;
}

/* The first from there: the parent's, or the child's where the parent has none. */
static struct row_part first_part(const struct machine *m, uint64_t from)
{
	const struct mm *mms[2];
	struct row_part parent, child;

	processes(m, mms);
	parent = part_of(mm_find(mms[0], from), from);
	child = part_of(mms[1] ? mm_find(mms[1], from) : NULL, from);
	child.end = min(child.end, parent.start);
	return child.start < parent.start ? child : parent;
}

/* parts: of each side, the first that ends after `from`. */
static bool make_row(const struct row_part parts[SIDES], struct side_row *row)
{
	*row = (struct side_row){.start = min(parts[LEFT].start, parts[RIGHT].start), .end = UINT64_MAX};
	for (int side = 0; side < SIDES; side++) {
		bool there = parts[side].vma && parts[side].start == row->start;

		row->vma[side] = there ? parts[side].vma : NULL;
		row->end = min(row->end, there ? parts[side].end : parts[side].start);
	}
	return row->start != UINT64_MAX;
}

bool rows_next(struct machine *const machines[SIDES], uint64_t from, struct side_row *row)
{
	struct row_part parts[SIDES];

	for (int side = 0; side < SIDES; side++)
		parts[side] = first_part(machines[side], from);
	return make_row(parts, row);
}

size_t rows_count(struct machine *const machines[SIDES], size_t most)
{
	struct side_row row = {0};
	size_t n = 0;

	while (n < most && rows_next(machines, row.end, &row))
		n++;
	return n;
}

bool rows_next_forked(const struct fork_record *const forks[SIDES], uint64_t from,
		      struct side_row *row)
{
	struct row_part parts[SIDES];

	for (int side = 0; side < SIDES; side++) {
		const struct fork_vma *found = fork_vma_from(forks[side], from);

		parts[side] = part_of(found ? found->src : NULL, from);
	}
	return make_row(parts, row);
}

bool rows_at(struct machine *const machines[SIDES], uint64_t address, struct side_row *row)
{
	uint64_t from = address;

	for (int side = 0; side < SIDES; side++) {
		const struct mm *mms[2];

		processes(machines[side], mms);
		for (size_t i = 0; i < ARRAY_SIZE(mms); i++) {
			const struct vm_area *vma = mms[i] ? mm_vma_at(mms[i], address) : NULL;

			if (vma)
				from = min(from, vma->start);
		}
	}
	while (rows_next(machines, from, row) && row->end <= address)
		from = row->end;
	return row->start <= address && address < row->end;
}

/* Where the last VMA that starts before the address ends; 0: none does. */
static uint64_t end_before(const struct mm *mm, uint64_t address)
{
	const struct vm_area *vma = mm_find(mm, address);

	if (!vma)
		vma = mm_last(mm);
	if (vma && vma->start >= address)
		vma = mm_before(vma);
	return vma ? vma->end : 0;
}

bool rows_before(struct machine *const machines[SIDES], uint64_t address, struct side_row *row)
{
	uint64_t end = 0;

	for (int side = 0; side < SIDES; side++) {
		const struct mm *mms[2];

		processes(machines[side], mms);
		for (size_t i = 0; i < ARRAY_SIZE(mms); i++)
			if (mms[i])
				end = max(end, end_before(mms[i], address));
	}
	return end && rows_at(machines, min(end, address) - 1, row);
}

bool side_row_of_child(struct machine *const machines[SIDES], const struct side_row *row, int side)
{
	return row->vma[side] && row->vma[side]->mm != machines[side]->parent;
}

void side_row_label(struct machine *const machines[SIDES], const struct side_row *row,
		    struct buf *out)
{
	int side = row->vma[LEFT] ? LEFT : RIGHT;
	const struct mm *mm = row->vma[side]->mm;

	if (side_row_of_child(machines, row, side))
		buf_puts(out, "child: ");
	label_range(mm, address_page(mm, row->start), address_page(mm, row->end - 1), out);
}
