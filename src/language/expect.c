/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations: what a scenario says must hold where it stands. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "report/explain.h"
#include "report/text.h"

/* --- parsing --------------------------------------------------------------------------- */

/*
 * args: which = side, second = decision or cost or signal, number = process or the
 * cost's count, bits = enum expect_kind, on = not, name = the VMA's word.
 */

static bool parse_reason(struct parser *p)
{
	struct args *args = &p->command->args;
	const struct word *word = parser_peek(p);
	const char *names[VM_FLAG_COUNT + 2], *near;

	if (!word)
		return parse_any(p, &args->because, "a reason: a flag, anon_vma or none");
	if (!strcmp(word->text, "anon_vma") || !strcmp(word->text, "none") ||
	    vm_flag_by_name(word->text)) {
		args->because = p->at++;
		return true;
	}
	for (int i = 0; i < VM_FLAG_COUNT; i++)
		names[i] = vm_flags[i].name;
	names[VM_FLAG_COUNT] = "anon_vma";
	names[VM_FLAG_COUNT + 1] = "none";
	near = nearest_word(word->text, names, ARRAY_SIZE(names));
	parser_fail(p, p->at, "expected a reason, got '%.40s'", word->text);
	vf_error_hint(p->error, near ? "did you mean '%s'?" : "a flag such as VM_UFFD_WP, anon_vma or none",
		      near);
	return false;
}

static bool parse_decision(struct parser *p)
{
	struct args *args = &p->command->args;

	args->bits = EXPECT_DECISION;
	if (!parse_name(p, &args->name) || !parse_vocab(p, &vocab_decision, &args->second))
		return false;
	return !parser_peek(p) || (parse_word(p, "because") && parse_reason(p) && parse_end(p));
}

static bool parse_flag_names(struct parser *p)
{
	struct args *args = &p->command->args;
	const struct word *word;

	args->bits = EXPECT_FLAGS;
	while ((word = parser_peek(p))) {
		uint64_t bit = vm_flag_by_name(word->text);
		const char *names[VM_FLAG_COUNT], *near;

		if (!bit) {
			for (int i = 0; i < VM_FLAG_COUNT; i++)
				names[i] = vm_flags[i].name;
			near = nearest_word(word->text, names, VM_FLAG_COUNT);
			parser_fail(p, p->at, "expected a flag such as VM_UFFD_WP or uw, got '%.40s'",
				    word->text);
			if (near)
				vf_error_hint(p->error, "did you mean '%s'?", near);
			else
				vf_error_hint(p->error, "write pages before a state: 0-3 present");
			return false;
		}
		args->add_flags |= bit;
		p->at++;
	}
	return true;
}

static bool parse_process(struct parser *p, int process)
{
	struct args *args = &p->command->args;
	const struct word *word = parser_peek(p);
	bool pages;

	args->number = (uint64_t)process;
	if (word && !word->quoted && !strcmp(word->text, "signal")) {
		args->bits = EXPECT_SIGNAL;
		p->at++;
		return parse_vocab(p, &vocab_signal, &args->second) && parse_end(p);
	}
	if (!parse_name(p, &args->name))
		return false;
	word = parser_peek(p);
	if (!word)
		return parse_any(p, &args->name2, "pages and a state, flags, or absent");
	pages = looks_like_pages(word->text);
	if (pages && !parse_pages(p, false))
		return false;
	args->on = maybe_word(p, "not");
	if (maybe_word(p, "absent")) {
		args->bits = EXPECT_ABSENT;
		return parse_end(p);
	}
	if (pages) {
		args->bits = EXPECT_PAGES;
		return parse_state_list(p, false) && parse_end(p);
	}
	if (!parser_peek(p))
		return parse_any(p, &args->name2, "a flag");
	return parse_flag_names(p);
}

static bool parse_cost(struct parser *p)
{
	struct args *args = &p->command->args;

	args->bits = EXPECT_COST;
	return parse_vocab(p, &vocab_cost, &args->second) && parse_number(p, &args->number) &&
	       parse_end(p);
}

static const char *const first_words[] = {"left", "right", "both", "differ", "same"};
static const struct vocabulary vocab_first = {"left, right, both, differ or same", first_words, 5};

/* "c copy": what could be short for another word is a name when a decision follows. */
static bool names_decided(const struct parser *p)
{
	const struct line *line = &p->command->line;

	for (size_t i = 0; p->at + 1 < line->n && i < vocab_decision.n; i++)
		if (!strcmp(line->words[p->at + 1].text, vocab_decision.words[i]))
			return true;
	return false;
}

bool parse_expect(struct parser *p)
{
	struct args *args = &p->command->args;
	int process;

	if (!parse_vocab(p, &vocab_first, &args->which))
		return false;
	if (args->which > WHICH_BOTH) {
		args->bits = args->which == 3 ? EXPECT_DIFFER : EXPECT_SAME;
		return parse_name(p, &args->name) && parse_end(p);
	}
	if (names_decided(p))
		return parse_decision(p);
	if (maybe_vocab(p, &vocab_process, &process))
		return parse_process(p, process);
	if (maybe_word(p, "cost"))
		return parse_cost(p);
	return parse_decision(p);
}

/* --- holding against the machines ---------------------------------------------------------- */

static const char *name_of(const struct command *c)
{
	return c->line.words[c->args.name].text;
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
	holds = (int)d->what == c->args.second;
	if (holds && c->args.because) {
		const char *reason = c->line.words[c->args.because].text;
		uint64_t bit = vm_flag_by_name(reason);

		/* A mask is one test: each of its flags that was set is a reason. */
		holds = !strcmp(reason, decision_reason(d)) || (bit & d->fired) ||
			(bit && bit == vm_flag_by_name(decision_reason(d)));
	}
	buf_printf(got, "%s because %s", decision_names[d->what], decision_reason(d));
	return holds;
}

static struct vm_area *vma_of(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct mm *mm = c->args.number == PROCESS_CHILD ? m->child : m->parent;
	struct vm_area *vma = mm && !mm->dead ? machine_vma(m, mm, name_of(c)) : NULL;

	if (!mm)
		buf_puts(got, "no child yet");
	else if (!vma)
		buf_puts(got, "absent");
	return vma;
}

static bool matches(const struct args *args, struct pte pte)
{
	return (args->state < 0 || pte.state == args->state) &&
	       (pte.attrs & args->attrs) == args->attrs;
}

static bool pages_hold(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct args *args = &c->args;
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
			if (matches(args, pte) != args->on)
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
	return c->args.on ? (vma->flags & c->args.add_flags) != c->args.add_flags
			  : (vma->flags & c->args.add_flags) == c->args.add_flags;
}

static bool absent_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct mm *mm = c->args.number == PROCESS_CHILD ? m->child : m->parent;
	const struct vm_area *vma = vma_of(c, m, got);
	struct ranges pages = {0};
	struct model_error e;

	if (!vma)
		return mm && !c->args.on;
	/* All pages of a VMA are mapped, or none. */
	if (c->args.pages_word && !command_pages(vma, c, &pages, &e)) {
		buf_puts(got, e.message);
		return false;
	}
	ranges_deinit(&pages);
	if (!c->args.on)
		buf_puts(got, "it is mapped");
	return c->args.on;
}

static bool signal_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct mm *mm = c->args.number == PROCESS_CHILD ? m->child : m->parent;

	buf_puts(got, mm ? touch_result_names[mm->last_touch] : "no child yet");
	return mm && (int)mm->last_touch == c->args.second;
}

static bool cost_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	const struct cost *cost = &m->cost;
	uint64_t is = 0;

	switch ((enum cost_what)c->args.second) {
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
	return is == c->args.number;
}

bool expectation_holds(const struct command *c, const struct machine *m, struct buf *got)
{
	switch ((enum expect_kind)c->args.bits) {
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
