/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of the machine, and states that no system call reaches from here. */
#include "language/apply_private.h"

/* Ends `apart` of the addresses that a word names. */
static bool drop_policy_of(struct machine *m, const struct command *c, unsigned word,
			   struct model_error *e)
{
	struct mm *mm = m->parent;
	const struct name *name = command_name(m, mm, c, word, e), *other = NULL;
	struct ranges pages = {0};
	struct stretch stretch;
	bool ok = name;

	if (!ok)
		return false;
	stretch = mm_stretch(mm, name);
	own_pages(mm, name, address_page(mm, stretch.start), address_page(mm, stretch.end - 1), &pages,
		  &other);
	for (size_t i = 0; ok && i < pages.n; i++)
		ok = drop_policy(m, mm, pages.v[i].first, pages.v[i].last, e);
	ranges_deinit(&pages);
	return ok;
}

bool apply_merge(struct machine *m, const struct command *c, struct model_error *e)
{
	return drop_policy_of(m, c, c->args.target.name, e) && drop_policy_of(m, c, c->args.other, e);
}

bool apply_set(struct machine *m, const struct command *c, struct model_error *e)
{
	switch (c->args.set.knob) {
	case KNOB_THP:
		m->thp = c->args.set.thp;
		return true;
	case KNOB_FAULT_AROUND:
		m->fault_around = c->args.set.number;
		return true;
	default:
		if (mm_vma_count(m->parent) || m->fork_count)
			return refuse(e, MODEL_CANNOT, "page-table-levels must be set before the first VMA");
		m->paging.levels = (unsigned)c->args.set.number;
		m->paging.task_size = (UINT64_C(1) << (m->paging.levels == 5 ? 56 : 47)) -
				      page_size(&m->paging);
		return true;
	}
}

bool apply_limit(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)e;
	m->limits[c->args.limit.limit] = c->args.limit.value;
	return true;
}

static bool call_flags(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		       const struct command *c, struct model_error *e)
{
	return set_flags_by_hand(m, mm, first, last, c->args.flags.add, c->args.flags.remove, e);
}

bool apply_flags(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, c, e, call_flags);
}

static bool call_anon_vma(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			  const struct command *c, struct model_error *e)
{
	(void)e;
	set_anon_vma_by_hand(m, mm, first, last, c->args.on);
	return true;
}

bool apply_anon_vma(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, c, e, call_anon_vma);
}

static bool call_pte(struct machine *m, struct mm *mm, const struct ranges *pages,
		     const struct command *c, struct model_error *e)
{
	return set_pte_by_hand(m, mm, pages, (enum pte_state)c->args.entry.state, c->args.entry.attrs, e);
}

bool apply_pte(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, c, e, call_pte);
}
