/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations: what a scenario states must hold at its line. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "language/command.h"
#include "language/pattern.h"
#include "model/vma.h"
#include "report/explain.h"
#include "report/text.h"

/* --- holding against the machines ---------------------------------------------------------- */

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
static bool decision_holds(const struct command *c, const struct machine *m,
			   const struct ranges *pages, struct buf *got)
{
	const struct fork_record *fork = &m->forks[m->fork_count - 1];
	const struct mm *mm = fork->parent;
	const struct fork_vma *vma;
	bool any = false;

	for (size_t i = 0; i < pages->n; i++) {
		uint64_t at = page_address(mm, pages->v[i].first);
		uint64_t end = page_address(mm, pages->v[i].last + 1);

		for (; (vma = fork_vma_from(fork, at)) && vma->src->start < end; at = vma->src->end) {
			any = true;
			budget_spend(m->budget, 1);
			if (is_decision(c, &vma->decision))
				continue;
			buf_printf(got, "%s because %s", decision_names[vma->decision.what],
				   decision_reason(&vma->decision));
			return false;
		}
	}
	if (!any)
		text_undecided(fork, got);
	return any;
}

static struct mm *process_of(const struct command *c, const struct machine *m)
{
	if (c->args.expect.kind == EXPECT_DECISION)
		return m->fork_count ? m->forks[m->fork_count - 1].parent : NULL;
	return c->args.expect.process == PROCESS_CHILD ? m->child : m->parent;
}

static bool matches(const struct entry_args *entry, struct pte pte)
{
	return (entry->state < 0 || pte.state == entry->state) &&
	       (pte.attrs & entry->attrs) == entry->attrs;
}

static void say_pages(const struct mm *mm, uint64_t first, uint64_t last, struct buf *got)
{
	uint64_t page = mm_named_page(mm, first);

	explain_range(page, page + (last - first), got);
	buf_putc(got, ' ');
}

/* Charges a look at the VMAs of a range. */
static void look_at_vmas(const struct machine *m, const struct mm *mm, struct range r)
{
	budget_spend(m->budget, 1 + min(r.last - r.first, mm_vma_count(mm)) / 16);
}

/* Entries of one range. */
static bool entries_hold(const struct expect_args *expect, const struct machine *m,
			 const struct mm *mm, struct range r, struct buf *got)
{
	uint64_t hole, last;

	look_at_vmas(m, mm, r);

	/* Absent is no state: such a page has none that is expected, and none that is not. */
	if (!expect->negated && first_hole(mm, r.first, r.last, &hole)) {
		say_pages(mm, hole, hole, got);
		buf_puts(got, "absent");
		return false;
	}
	for (uint64_t page = r.first; page <= r.last; page = last + 1) {
		struct pte pte = runs_at(&mm->pages, page, &last);

		budget_spend(m->budget, 1);
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

/* Have the VMAs that hold these pages those flags? */
static bool flags_hold(const struct expect_args *expect, const struct machine *m,
		       const struct mm *mm, struct range r, struct buf *got)
{
	look_at_vmas(m, mm, r);
	for_each_vma_range(mm, vma, page_address(mm, r.first), page_address(mm, r.last + 1)) {
		if (((vma->flags & expect->flags) == expect->flags) != expect->negated)
			continue;
		explain_flags(vma->flags, false, got);
		return false;
	}
	return true;
}

/* Is nothing of it mapped? Negated: is all of it? */
static bool absence_holds(const struct expect_args *expect, const struct machine *m,
			  const struct mm *mm, struct range r, struct buf *got)
{
	const struct vm_area *vma = mm_find(mm, page_address(mm, r.first));
	uint64_t hole;

	look_at_vmas(m, mm, r);
	if (expect->negated) {
		if (!first_hole(mm, r.first, r.last, &hole))
			return true;
		say_pages(mm, hole, hole, got);
		buf_puts(got, "absent");
		return false;
	}
	if (!vma || vma_first(vma) > r.last)
		return true;
	buf_puts(got, "it is mapped");
	return false;
}

static bool vmas_hold(const struct expect_args *expect, const struct machine *m,
		      const struct mm *mm, const struct ranges *pages, struct buf *got)
{
	const struct vm_area *last = NULL;
	uint64_t count = 0;

	for (size_t i = 0; i < pages->n; i++) {
		look_at_vmas(m, mm, pages->v[i]);
		for_each_vma_range(mm, vma, page_address(mm, pages->v[i].first),
				   page_address(mm, pages->v[i].last + 1)) {
			count += vma != last;
			last = vma;
		}
	}
	buf_printf(got, "%" PRIu64, count);
	return count == expect->count;
}

/* Of the pages of a range that are mapped, as pages counts them. */
static uint64_t count_pages(const struct expect_args *expect, const struct machine *m, const struct mm *mm,
			    struct range r)
{
	uint64_t count = 0, last;

	look_at_vmas(m, mm, r);
	for_each_vma_range(mm, vma, page_address(mm, r.first), page_address(mm, r.last + 1))
		for (uint64_t page = max(r.first, vma_first(vma)); page <= min(r.last, vma_last(vma));
		     page = last + 1) {
			struct pte pte = runs_at(&mm->pages, page, &last);

			budget_spend(m->budget, 1);
			last = min(last, min(r.last, vma_last(vma)));
			count += matches(&expect->entry, pte) ? last - page + 1 : 0;
		}
	return count;
}

static bool counts_hold(const struct expect_args *expect, const struct machine *m, const struct mm *mm,
			const struct ranges *pages, struct buf *got)
{
	uint64_t count = 0;

	for (size_t i = 0; i < pages->n; i++)
		count += count_pages(expect, m, mm, pages->v[i]);
	buf_printf(got, "%" PRIu64, count);
	return count == expect->count;
}

/* What is asked of each range of pages on its own. */
typedef bool range_asker(const struct expect_args *expect, const struct machine *m,
			 const struct mm *mm, struct range r, struct buf *got);
static range_asker *const range_askers[] = {
	[EXPECT_PAGES] = entries_hold,
	[EXPECT_FLAGS] = flags_hold,
	[EXPECT_ABSENT] = absence_holds,
};

/* Of one name, of which something is mapped, or was in the last fork, or has to be absent. */
static bool holds_of(const struct command *c, const struct machine *m, const struct mm *mm,
		     const struct name *name, struct buf *got)
{
	const struct expect_args *expect = &c->args.expect;
	struct ranges pages = {0};
	struct model_error e;
	bool holds = command_pages(mm, name, c, &pages, &e);

	if (!holds)
		buf_puts(got, e.message);
	else if (expect->kind == EXPECT_DECISION)
		holds = decision_holds(c, m, &pages, got);
	else if (expect->kind == EXPECT_VMAS)
		holds = vmas_hold(expect, m, mm, &pages, got);
	else if (expect->kind == EXPECT_COUNTED)
		holds = counts_hold(expect, m, mm, &pages, got);
	else
		for (size_t i = 0; holds && i < pages.n; i++)
			holds = range_askers[expect->kind](expect, m, mm, pages.v[i], got);
	ranges_deinit(&pages);
	return holds;
}

/* Can the expectation be about this name in that process? */
static bool is_about(const struct command *c, const struct machine *m, const struct mm *mm,
		     const struct name *name)
{
	if (c->args.expect.kind == EXPECT_DECISION)
		return machine_fork_vma(m, &m->forks[m->fork_count - 1], name->text);
	return c->args.expect.kind == EXPECT_ABSENT || c->args.expect.kind == EXPECT_VMAS ||
	       mm_named_vma(mm, name);
}

/* Of each name that the pattern fits. */
static bool pattern_holds(const struct command *c, const struct machine *m, const struct mm *mm,
			  struct buf *got)
{
	const char *pattern = command_word(c, c->args.target.name);
	const struct name *name;
	struct buf here = {0};
	bool any = false, holds = true;
	uint64_t at = 0;

	while (holds && (name = mm_next_name(mm, &at))) {
		budget_spend(m->budget, 2);
		if (!pattern_fits(pattern, name->text) || !is_about(c, m, mm, name))
			continue;
		any = true;
		buf_clear(&here);
		holds = holds_of(c, m, mm, name, &here);
		if (!holds)
			buf_printf(got, "%s ", name->text);
	}
	buf_puts(got, any ? buf_str(&here) : "no name of something mapped fits");
	buf_deinit(&here);
	return any && holds;
}

static bool names_hold(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct mm *mm = process_of(c, m);
	const struct name *name;
	bool absent = c->args.expect.kind == EXPECT_ABSENT;

	if (!mm) {
		buf_puts(got, c->args.expect.kind == EXPECT_DECISION ? "no fork yet" : "no child yet");
		return false;
	}
	if (c->args.target.pattern)
		return pattern_holds(c, m, mm, got);
	name = machine_name(m, command_word(c, c->args.target.name));
	if (!name || mm->dead || (absent && !mm_named_vma(mm, name))) {
		buf_puts(got, "absent");
		return absent && !c->args.expect.negated;
	}
	if (!is_about(c, m, mm, name)) {
		if (c->args.expect.kind == EXPECT_DECISION)
			text_undecided(&m->forks[m->fork_count - 1], got);
		else
			buf_puts(got, "absent");
		return false;
	}
	return holds_of(c, m, mm, name, got);
}

static bool joined_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct expect_args *expect = &c->args.expect;
	const struct mm *mm = process_of(c, m);
	const char *names[] = {command_word(c, c->args.target.name), command_word(c, expect->other)};
	const struct name *name[2];
	bool joined = false;

	if (!mm) {
		buf_puts(got, "no child yet");
		return false;
	}
	for (int i = 0; i < 2; i++) {
		name[i] = machine_name(m, names[i]);
		if (name[i] && mm_named_vma(mm, name[i]))
			continue;
		buf_printf(got, "%s absent", names[i]);
		return expect->negated;
	}
	for (const struct vm_area *vma = mm_named_vma(mm, name[0]); vma && !joined;
	     vma = mm_named_next(vma, name[0]))
		joined = vma_has_name(vma, names[1]);
	buf_puts(got, joined ? "one VMA holds both" : "no VMA holds both");
	return joined != expect->negated;
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

static bool fork_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	int err = m->fork_count ? m->forks[m->fork_count - 1].err : 0;

	buf_puts(got, !m->fork_count ? "no fork yet" : err ? strerrorname_np(err)
		      : m->unborn    ? "blocked"
				     : "ok");
	return m->fork_count && c->args.expect.err == err &&
	       c->args.expect.blocked == (m->unborn != NULL);
}

bool expectation_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	switch (c->args.expect.kind) {
	case EXPECT_SIGNAL:
		return signal_holds(c, m, got);
	case EXPECT_COST:
		return cost_holds(c, m, got);
	case EXPECT_FORK:
		return fork_holds(c, m, got);
	case EXPECT_JOINED:
		return joined_holds(c, m, got);
	default:
		return names_hold(c, m, got);
	}
}

bool refusal_holds(const struct command *c, struct machine *copy, struct buf *got)
{
	struct model_error e;
	const char *name;

	assert(c->args.expect.kind == EXPECT_REFUSED);
	if (command_apply(copy, c->args.expect.refused, &e)) {
		buf_puts(got, "it is carried out");
		return false;
	}
	name = e.err > 0 ? strerrorname_np(e.err) : NULL;
	buf_printf(got, "%s%s%s", name ? name : "", name ? ", " : "", e.message);
	return e.err == c->args.expect.err;
}
