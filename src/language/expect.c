/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations: what a scenario states must hold at its line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "report/explain.h"
#include "report/text.h"

/* --- holding against the machines ---------------------------------------------------------- */

static const char *name_of(const struct command *c)
{
	return c->line.words[c->args.target.name].text;
}

static bool decision_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct fork_vma *vma = last_fork_vma(m, name_of(c));
	const struct decision *d;
	bool holds;

	if (!vma) {
		buf_puts(got, m->fork_count ? "no such VMA in the last fork" : "no fork yet");
		return false;
	}
	d = &vma->decision;
	holds = (int)d->what == c->args.expect.decision;
	if (holds && c->args.expect.reason) {
		const char *reason = c->line.words[c->args.expect.reason].text;
		uint64_t bit = vm_flag_by_name(reason);

		/* A mask is one clause: each of its flags that was set is a reason. */
		holds = !strcmp(reason, decision_reason(d)) || (bit & d->fired) ||
			(bit && bit == vm_flag_by_name(decision_reason(d)));
	}
	buf_printf(got, "%s because %s", decision_names[d->what], decision_reason(d));
	return holds;
}

static struct vm_area *vma_of(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct mm *mm = c->args.expect.process == PROCESS_CHILD ? m->child : m->parent;
	struct vm_area *vma = mm && !mm->dead ? machine_vma(m, mm, name_of(c)) : NULL;

	if (!mm)
		buf_puts(got, "no child yet");
	else if (!vma)
		buf_puts(got, "absent");
	return vma;
}

static bool matches(const struct entry_args *entry, struct pte pte)
{
	return (entry->state < 0 || pte.state == entry->state) &&
	       (pte.attrs & entry->attrs) == entry->attrs;
}

static bool pages_hold(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct expect_args *expect = &c->args.expect;
	const struct vm_area *vma = vma_of(c, m, got);
	struct ranges pages = {0};
	struct model_error e;
	bool holds = true;

	if (!vma)
		return false;
	if (!command_pages(vma, c, &pages, &e)) {
		buf_puts(got, e.message);
		return false;
	}
	for (size_t i = 0; holds && i < pages.n; i++) {
		uint64_t page = pages.v[i].first, last;

		for (; holds && page <= pages.v[i].last; page = last + 1) {
			struct pte pte = runs_at(&vma->pages, page, &last);

			if (last > pages.v[i].last)
				last = pages.v[i].last;
			if (matches(&expect->entry, pte) != expect->negated)
				continue;
			holds = false;
			explain_range(page, last, got);
			buf_putc(got, ' ');
			explain_pte(pte, got);
		}
	}
	ranges_deinit(&pages);
	return holds;
}

static bool flags_hold(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct vm_area *vma = vma_of(c, m, got);

	if (!vma)
		return false;
	explain_flags(vma->flags, false, got);
	return ((vma->flags & c->args.expect.flags) == c->args.expect.flags) != c->args.expect.negated;
}

static bool absent_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct expect_args *expect = &c->args.expect;
	const struct mm *mm = expect->process == PROCESS_CHILD ? m->child : m->parent;
	const struct vm_area *vma = vma_of(c, m, got);
	struct ranges pages = {0};
	struct model_error e;

	if (!vma)
		return mm && !expect->negated;
	/* All pages of a VMA are mapped, or none. */
	if (c->args.target.pages_word && !command_pages(vma, c, &pages, &e)) {
		buf_puts(got, e.message);
		return false;
	}
	ranges_deinit(&pages);
	if (!expect->negated)
		buf_puts(got, "it is mapped");
	return expect->negated;
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
