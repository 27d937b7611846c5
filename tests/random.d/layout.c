/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.d/layout.h"

#include <stdlib.h>

#include "base/alloc.h"

void layout_take(struct layout *layout, const struct mm *mm)
{
	layout->mm = mm;
	layout->n = 0;
	if (!mm || mm->dead)
		return;
	for_each_vma(mm, vma) {
		GROW(layout->v, layout->n, layout->cap);
		layout->v[layout->n++] = (struct stretch){vma->start, vma->end};
	}
}

void layout_deinit(struct layout *layout)
{
	free(layout->v);
	*layout = (struct layout){0};
}

/* Does one of them begin or end inside the stretch? */
static bool edge_inside(const struct layout *layout, struct stretch s)
{
	for (size_t i = 0; i < layout->n; i++)
		if ((layout->v[i].start > s.start && layout->v[i].start < s.end) ||
		    (layout->v[i].end > s.start && layout->v[i].end < s.end))
			return true;
	return false;
}

static bool any_edge_inside(const struct layout *edges, const struct layout *stretches)
{
	for (size_t i = 0; i < stretches->n; i++)
		if (edge_inside(edges, stretches->v[i]))
			return true;
	return false;
}

unsigned layout_changes(const struct layout *before)
{
	struct layout now = {0};
	unsigned changes;

	layout_take(&now, before->mm);
	changes = (any_edge_inside(&now, before) ? LAYOUT_SPLIT : 0) |
		  (any_edge_inside(before, &now) ? LAYOUT_JOINED : 0);
	layout_deinit(&now);
	return changes;
}

unsigned layout_unequal(const struct mm *mm)
{
	for_each_vma(mm, vma) {
		const struct vm_area *next = mm_next(vma);

		if (next && vma->end == next->start && vma->backing == next->backing &&
		    vma->anon_vma != next->anon_vma)
			return LAYOUT_UNEQUAL;
	}
	return 0;
}
