/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits: of VMAs, of the pool of huge pages, of memory that was promised. */
#include <inttypes.h>

#include "model/pool.h"
#include "random.d/generator.h"

/* So close to what the process has that the next calls pass it. */
static void limit_vmas(struct generator *g, struct buf *line)
{
	buf_printf(line, "vmas %" PRIu64, (uint64_t)mm_vma_count(acting(g)) + below(&g->rng, 9));
}

/* The kernel cannot take away what is in use, or reserved. */
static void limit_pool(struct generator *g, struct buf *line)
{
	const struct machine *m = machine(g);

	buf_printf(line, "hugepages %" PRIu64,
		   pool_in_use(m) + pool_reserved(m) + below(&g->rng, 3));
}

static bool has_accounted(const struct mm *mm)
{
	for_each_vma(mm, vma)
		if (vma->flags & VM_ACCOUNT)
			return true;
	return false;
}

bool make_limit(struct generator *g, struct buf *line)
{
	unsigned kind = below(&g->rng, 100);

	if (g->around->cannot & CANNOT_LIMIT || acting(g)->dead)
		return false;
	buf_puts(line, "limit ");
	if (kind < (g->theme == THEME_HUGETLB ? 30 : 70))
		limit_vmas(g, line);
	else if (kind < 85 && !(g->around->cannot & CANNOT_HUGETLB))
		limit_pool(g, line);
	else if (g->phase == PHASE_AFTER && has_accounted(acting(g)))
		buf_puts(line, "commit 1p"); /* it is counted in batches: to be passed by far */
	else
		return false;
	return true;
}
