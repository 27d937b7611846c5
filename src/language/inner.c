/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands inside of commands: of `refused`, of goals and of their solutions. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/parser_private.h"

static void add_word(struct line *line, const struct word *word)
{
	GROW(line->words, line->n, line->cap);
	line->words[line->n] = *word;
	line->words[line->n++].text = xstrdup(word->text);
}

struct command *parser_inner(struct parser *p, const char *name, unsigned end)
{
	const struct line *line = &p->command->line;
	unsigned first = p->at, skip = name ? 1 : 0;
	struct word named = line->words[first];
	struct command *inner;
	struct line words = {0};

	if (name) {
		named.text = (char *)name;
		add_word(&words, &named);
	}
	for (unsigned i = first; i < end; i++)
		add_word(&words, &line->words[i]);
	inner = command_parse(p->reader, &words, p->prompt, p->error);
	if (!inner)
		return NULL;
	p->command->bytes += inner->bytes;
	for (unsigned i = first; i < end; i++) {
		p->at = i;
		parser_write_out(p, inner->line.words[i - first + skip].text);
	}
	p->at = first;
	return inner;
}

const struct command_spec *parser_inner_row(const struct parser *p)
{
	const struct line *line = &p->command->line;
	size_t used;

	return command_lookup(line->words + p->at, line->n - p->at, p->prompt, &used);
}

/* --- goals -------------------------------------------------------------------------------- */

static bool is(const struct grammar_symbol *symbol, const char *literal)
{
	return symbol->terminal == TERMINAL_LITERAL && !strcmp(symbol->literal, literal);
}

/*
 * The first word behind the expectation that begins at p->at. Its side and name are not looked
 * at: those words are no names, but `with` is one that old files may have.
 */
static unsigned expectation_end(const struct parser *p)
{
	const struct line *line = &p->command->line;
	unsigned end = p->at + 2;

	while (end < line->n) {
		const struct word *word = &line->words[end];

		if (!word->quoted && (!strcmp(word->text, "and") || !strcmp(word->text, "par") ||
				      !strcmp(word->text, "with")))
			break;
		end++;
	}
	return end < line->n ? end : (unsigned)line->n;
}

static bool take_expectation(struct parser *p, struct goal_args *goal)
{
	const struct command *last = goal->n ? goal->v[goal->n - 1] : NULL;
	struct command *expect;

	if (last && last->args.expect.kind == EXPECT_REFUSED)
		return parser_fail(p, p->at, "goal: a refused can only be the last expectation");
	expect = parser_inner(p, "expect", expectation_end(p));
	if (!expect)
		return false;
	GROW(goal->v, goal->n, goal->cap);
	goal->v[goal->n++] = expect;
	return true;
}

bool take_goal(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
	       const struct value *v)
{
	struct goal_args *goal = &a->goal;
	struct ranges pages = v->pages; /* the expectation reads them once more, for itself */

	ranges_deinit(&pages);
	switch (symbol->terminal) {
	case TERMINAL_TASK:
		goal->task = p->at;
		return true;
	case TERMINAL_N:
		goal->par = v->number;
		return true;
	case TERMINAL_BY_HAND:
		goal->allowed |= 1U << v->number;
		return true;
	case TERMINAL_SIDE:
		return take_expectation(p, goal);
	default:
		return (!is(symbol, "differ") && !is(symbol, "same")) || take_expectation(p, goal);
	}
}

void goal_args_deinit(struct goal_args *goal)
{
	for (size_t i = 0; i < goal->n; i++)
		command_free(goal->v[i]);
	free(goal->v);
}

/* --- solutions ------------------------------------------------------------------------------ */

bool command_solves(const struct command_spec *spec)
{
	return spec->builds || spec->id == COMMAND_kernel || spec->id == COMMAND_check;
}

bool take_solution(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		   const struct value *v)
{
	const struct command_spec *spec = parser_inner_row(p);

	(void)v;
	if (symbol->terminal != TERMINAL_SOLUTION_STEP || a->inner)
		return true;
	if (spec && !command_solves(spec))
		return parser_expected(p, terminals[TERMINAL_SOLUTION_STEP].what);
	a->inner = parser_inner(p, NULL, (unsigned)p->command->line.n);
	return a->inner;
}

/* --- hands ------------------------------------------------------------------------------------ */

static int by_hand(const struct command *c)
{
	switch (c->spec->id) {
	case COMMAND_kernel:
		return c->args.kernel.action == KERNEL_CHOOSE ? BY_HAND_KERNEL : -1;
	case COMMAND_check:
		return BY_HAND_CHECK;
	case COMMAND_vma: /* its +FLAG */
		return c->args.vma.mmap.add_flags || c->args.vma.mmap.remove_flags ? BY_HAND_FLAGS : -1;
	case COMMAND_flags:
		return BY_HAND_FLAGS;
	case COMMAND_anon_vma:
		return BY_HAND_ANON_VMA;
	case COMMAND_pte:
		return BY_HAND_PTE;
	default:
		return -1;
	}
}

const char *goal_forbids(const struct command *goal, const struct command *c)
{
	int hand = by_hand(c);

	return hand < 0 || goal->args.goal.allowed & 1U << hand ? NULL : vocab_by_hand.words[hand];
}
