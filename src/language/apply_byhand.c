/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of the machine, and states that no system call reaches from here. */
#include <inttypes.h>
#include <stdio.h>

#include "language/apply_private.h"

#define KNOB_VALUE_WORD 2 /* set KNOB VALUE */

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

/* do_fault_around() stays inside a page table. */
static bool set_fault_around(struct machine *m, const struct command *c, struct model_error *e)
{
	uint64_t most = ptrs_per_table(&m->paging);

	if (!fault_around_fits(c->args.set.number, most)) {
		refuse(e, MODEL_CANNOT, "fault-around must be a power of two from 1 to %" PRIu64, most);
		return apply_blame(e, KNOB_VALUE_WORD);
	}
	m->fault_around = c->args.set.number;
	return true;
}

/* Of this machine, with other pages (page_shift) or other levels; 0: the most usual ones. */
static bool set_paging(struct machine *m, unsigned page_shift, unsigned levels, struct model_error *e)
{
	const struct paging *paging = paging_find(m->paging.arch, page_shift, levels);
	struct paging with_bits;

	if (!paging) {
		if (levels)
			refuse(e, MODEL_CANNOT, "%s with pages of %" PRIu64 " KiB has no page tables of %u levels",
			       arch_names[m->paging.arch], page_size(&m->paging) >> 10, levels);
		else
			refuse(e, MODEL_CANNOT, "%s has no pages of %u KiB", arch_names[m->paging.arch],
			       1u << page_shift >> 10);
		snprintf(e->hint, sizeof(e->hint), "set machine and set page-size come before it");
		return apply_blame(e, KNOB_VALUE_WORD);
	}
	with_bits = *paging;
	with_bits.hardware_bits = m->paging.hardware_bits;
	machine_set_paging(m, &with_bits);
	return true;
}

static bool set_access_bits(struct machine *m, bool hardware, struct model_error *e)
{
	if (!hardware && !arch_has_software_bits(m->paging.arch)) {
		refuse(e, MODEL_CANNOT, "every %s processor sets young and dirty by hardware",
		       arch_names[m->paging.arch]);
		snprintf(e->hint, sizeof(e->hint), "set machine aarch64 comes before it");
		return apply_blame(e, KNOB_VALUE_WORD);
	}
	m->paging.hardware_bits = hardware;
	return true;
}

/* What a machine is built with: nothing can have been done there. */
static bool set_machine(struct machine *m, const struct command *c, struct model_error *e)
{
	uint64_t value = c->args.set.number;

	if (!machine_is_new(m))
		return refuse(e, MODEL_CANNOT, "%s must be set before the first VMA, uffd and fork",
			      word_text(c, KNOB_VALUE_WORD - 1));
	switch (c->args.set.knob) {
	case KNOB_MACHINE:
		machine_set_paging(m, paging_find((enum arch)value, 0, 0));
		return true;
	case KNOB_PAGE_SIZE:
		return set_paging(m, (unsigned)value, 0, e);
	case KNOB_LEVELS:
		return set_paging(m, m->paging.page_shift, (unsigned)value, e);
	default:
		return set_access_bits(m, value == ACCESS_BITS_HARDWARE, e);
	}
}

bool apply_set(struct machine *m, const struct command *c, struct model_error *e)
{
	switch (c->args.set.knob) {
	case KNOB_THP:
		m->thp = c->args.set.thp;
		return true;
	case KNOB_FAULT_AROUND:
		return set_fault_around(m, c, e);
	case KNOB_ZERO_PAGE:
		m->no_zero_page = !c->args.set.number;
		return true;
	default:
		return set_machine(m, c, e);
	}
}

bool apply_limit(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)e;
	const struct limit_args *limit = &c->args.limit;

	m->limits[limit->limit] = limit->limit == LIMIT_COMMIT ? memory_size_bytes(limit->size, &m->paging)
							       : limit->value;
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
