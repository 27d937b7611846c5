/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations: what a scenario states must hold at its line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "model/vma.h"
#include "report/explain.h"
#include "report/text.h"

/* --- holding against the machines ---------------------------------------------------------- */

static const char *name_of(const struct command *c)
{
	return c->line.words[c->args.target.name].text;
}

static bool is_decision(const struct command *c, const struct decision *d)
{
	const char *reason;
	uint64_t bit;

	if ((int)d->what != c->args.expect.decision)
		return false;
	if (!c->args.expect.reason)
		return true;
	reason = c->line.words[c->args.expect.reason].text;
	bit = vm_flag_by_name(reason);
	/* A mask is one clause: each of its flags that was set is a reason. */
	return !strcmp(reason, decision_reason(d)) || (bit & d->fired) ||
	       (bit && bit == vm_flag_by_name(decision_reason(d)));
}

/* Of each VMA of the last fork that holds the pages. */
static bool decision_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct fork_record *fork = m->fork_count ? &m->forks[m->fork_count - 1] : NULL;
	const struct fork_vma *vma = last_fork_vma(m, name_of(c));
	struct ranges pages = {0};
	struct model_error e;
	const struct mm *mm;
	bool holds = true;

	if (!vma) {
		buf_puts(got, m->fork_count ? "no such VMA in the last fork" : "no fork yet");
		return false;
	}
	mm = fork->parent;
	if (!command_pages(mm, machine_name(m, name_of(c)), c, &pages, &e)) {
		buf_puts(got, e.message);
		return false;
	}
	for (size_t i = 0; holds && i < pages.n; i++) {
		uint64_t at = page_address(mm, pages.v[i].first);
		uint64_t end = page_address(mm, pages.v[i].last + 1);

		for (; (vma = fork_vma_from(fork, at)) && vma->src->start < end; at = vma->src->end) {
			holds = is_decision(c, &vma->decision);
			buf_clear(got);
			buf_printf(got, "%s because %s", decision_names[vma->decision.what],
				   decision_reason(&vma->decision));
			if (!holds)
				break;
		}
	}
	ranges_deinit(&pages);
	return holds;
}

/* The name, if anything of it is mapped in the process that is meant. */
static const struct name *mapped_name(const struct command *c, const struct machine *m,
				      struct mm **process, struct buf *got)
{
	struct mm *mm = c->args.expect.process == PROCESS_CHILD ? m->child : m->parent;
	const struct name *name = machine_name(m, name_of(c));

	*process = mm;
	if (mm && name && mm_named_vma(mm, name))
		return name;
	buf_puts(got, mm ? "absent" : "no child yet");
	return NULL;
}

static bool matches(const struct entry_args *entry, struct pte pte)
{
	return (entry->state < 0 || pte.state == entry->state) &&
	       (pte.attrs & entry->attrs) == entry->attrs;
}

/* The command's pages in that process; false: there are none. */
static bool pages_of(const struct command *c, const struct machine *m, struct mm **mm,
		     struct ranges *pages, struct buf *got)
{
	const struct name *name = mapped_name(c, m, mm, got);
	struct model_error e;

	if (!name)
		return false;
	if (command_pages(*mm, name, c, pages, &e))
		return true;
	buf_puts(got, e.message);
	return false;
}

static void say_pages(const struct mm *mm, uint64_t first, uint64_t last, struct buf *got)
{
	uint64_t page = mm_named_page(mm, first);

	explain_range(page, page + (last - first), got);
	buf_putc(got, ' ');
}

/* Pages of one range. */
static bool range_holds(const struct expect_args *expect, const struct mm *mm, struct range r,
			struct buf *got)
{
	uint64_t hole, last;

	if (first_hole(mm, r.first, r.last, &hole)) { /* absent, which is no state */
		say_pages(mm, hole, hole, got);
		buf_puts(got, "absent");
		return false;
	}
	for (uint64_t page = r.first; page <= r.last; page = last + 1) {
		struct pte pte = runs_at(&mm->pages, page, &last);

		if (last > r.last)
			last = r.last;
		if (matches(&expect->entry, pte) != expect->negated)
			continue;
		say_pages(mm, page, last, got);
		explain_pte(pte, got);
		return false;
	}
	return true;
}

static bool pages_hold(const struct command *c, const struct machine *m, struct buf *got)
{
	struct ranges pages = {0};
	struct mm *mm;
	bool holds = pages_of(c, m, &mm, &pages, got);

	for (size_t i = 0; holds && i < pages.n; i++)
		holds = range_holds(&c->args.expect, mm, pages.v[i], got);
	ranges_deinit(&pages);
	return holds;
}

/* Have the VMAs that hold these pages those flags? */
static bool range_has_flags(const struct expect_args *expect, const struct mm *mm, struct range r,
			    struct buf *got)
{
	for_each_vma_range(mm, vma, page_address(mm, r.first), page_address(mm, r.last + 1)) {
		if (((vma->flags & expect->flags) == expect->flags) != expect->negated)
			continue;
		explain_flags(vma->flags, false, got);
		return false;
	}
	return true;
}

static bool flags_hold(const struct command *c, const struct machine *m, struct buf *got)
{
	struct ranges pages = {0};
	struct mm *mm;
	bool holds = pages_of(c, m, &mm, &pages, got);

	for (size_t i = 0; holds && i < pages.n; i++)
		holds = range_has_flags(&c->args.expect, mm, pages.v[i], got);
	ranges_deinit(&pages);
	return holds;
}

static bool absent_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct expect_args *expect = &c->args.expect;
	struct mm *mm = expect->process == PROCESS_CHILD ? m->child : m->parent;
	const struct name *name = machine_name(m, name_of(c));
	struct ranges pages = {0};
	struct model_error e;
	bool holds = true;

	if (!mm) {
		buf_puts(got, "no child yet");
		return false;
	}
	if (!name || !mm_named_vma(mm, name)) {
		buf_puts(got, "absent");
		return !expect->negated;
	}
	if (!command_pages(mm, name, c, &pages, &e)) {
		buf_puts(got, e.message);
		return false;
	}
	for (size_t i = 0; holds && i < pages.n; i++) {
		uint64_t hole = 0;
		bool any = mm_find(mm, page_address(mm, pages.v[i].first)) &&
			   mm_find(mm, page_address(mm, pages.v[i].first))->start <=
				   page_address(mm, pages.v[i].last);

		holds = expect->negated ? !first_hole(mm, pages.v[i].first, pages.v[i].last, &hole)
					: !any;
		if (!holds && expect->negated)
			say_pages(mm, hole, hole, got);
	}
	if (!holds)
		buf_puts(got, expect->negated ? "absent" : "it is mapped");
	ranges_deinit(&pages);
	return holds;
}

static bool signal_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct mm *mm = c->args.expect.process == PROCESS_CHILD ? m->child : m->parent;

	buf_puts(got, mm ? touch_result_names[mm->last_touch] : "no child yet");
	return mm && mm->last_touch == c->args.expect.signal;
}

static bool cost_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct cost *cost = &m->cost;
	uint64_t is = 0;

	switch (c->args.expect.cost) {
	case COST_ENTRIES:
		is = cost->entries;
		break;
	case COST_TABLES:
		is = cost_tables(cost);
		break;
	case COST_FAULTS:
		is = cost->faults;
		break;
	case COST_COW_COPIES:
		is = cost->cow_copies;
		break;
	}
	buf_printf(got, "%" PRIu64, is);
	return is == c->args.expect.count;
}

bool expectation_is_modelled(const struct command *c, struct model_error *e)
{
	enum expect_kind kind = c->args.expect.kind;

	if (c->args.target.pattern)
		return not_modelled(e, "patterns of names");
	if (kind == EXPECT_VMAS || kind == EXPECT_JOINED || kind == EXPECT_FORK || kind == EXPECT_REFUSED)
		return not_modelled(e, "vmas, joined, fork and refused");
	if ((kind == EXPECT_DECISION || kind == EXPECT_FLAGS) && c->args.target.pages_word)
		return not_modelled(e, "decisions and flags of some pages");
	return true;
}

bool expectation_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	switch (c->args.expect.kind) {
	case EXPECT_DECISION:
		return decision_holds(c, m, got);
	case EXPECT_PAGES:
		return pages_hold(c, m, got);
	case EXPECT_FLAGS:
		return flags_hold(c, m, got);
	case EXPECT_ABSENT:
		return absent_holds(c, m, got);
	case EXPECT_SIGNAL:
		return signal_holds(c, m, got);
	default:
		return cost_holds(c, m, got);
	}
}
