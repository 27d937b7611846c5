/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a command as its arguments: one function for each family of commands. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/parser_private.h"
#include "language/pattern.h"

/* What one word adds; p->at is its number. */
typedef bool take_function(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			   const struct value *v);

static bool is(const struct grammar_symbol *symbol, const char *literal)
{
	return symbol->terminal == TERMINAL_LITERAL && !strcmp(symbol->literal, literal);
}

/* --- commands that shape memory ----------------------------------------------------------- */

/* What each backing is by default. */
static const bool shared_by_default[BACKINGS] = {
	[BACKING_SHMEM] = true,
	[BACKING_PFNMAP] = true,
	[BACKING_MIXEDMAP] = true,
	[BACKING_SECRET] = true,
};

static void add_flags(uint64_t *add, uint64_t *remove, const struct value *v)
{
	*add = (*add | v->number) & ~v->clear;
	*remove = (*remove | v->clear) & ~v->number;
}

/* Its mappings are NAME.0 to NAME.N-1: those have to be names, too. */
static bool take_times(struct parser *p, struct args *a, uint64_t times)
{
	const char *name = command_word(p->command, a->target.name);
	int length = snprintf(NULL, 0, "%s.%" PRIu64, name, times - 1);

	a->vma.is_times = true;
	a->vma.times = times;
	return length <= NAME_MAX_LENGTH ||
	       parser_fail(p, a->target.name, "the name %.8s....%" PRIu64 " has %d characters; the limit is %d",
			   name, times - 1, length, NAME_MAX_LENGTH);
}

static bool take_vma(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		     const struct value *v)
{
	struct mmap_args *mmap = &a->vma.mmap;

	switch (symbol->terminal) {
	case TERMINAL_BACKING:
		mmap->backing = (enum backing)v->number;
		mmap->shared = shared_by_default[v->number];
		if (mmap->backing == BACKING_STACK) {
			mmap->backing = BACKING_ANON;
			mmap->growsdown = true;
		}
		break;
	case TERMINAL_SHARE:
		mmap->shared = v->number;
		if (mmap->shared && mmap->backing == BACKING_ANON) { /* shmem_zero_setup() */
			mmap->backing = BACKING_SHMEM;
			mmap->anonymous = true;
			a->vma.own = true;
		}
		break;
	case TERMINAL_SIZE:
		a->vma.size = v->size;
		break;
	case TERMINAL_HUGE_SIZE:
		a->vma.huge_size_word = p->at;
		a->vma.huge_size = v->size;
		break;
	case TERMINAL_PROT:
		mmap->prot = (unsigned)v->number;
		break;
	case TERMINAL_ADDR:
		mmap->fixed = true;
		mmap->address = v->number;
		break;
	case TERMINAL_ONE_NAME:
		a->vma.of = p->at;
		break;
	case TERMINAL_PAGE:
		a->vma.of_page = v->number;
		break;
	case TERMINAL_N:
		return take_times(p, a, v->number);
	case TERMINAL_SET_FLAG:
		add_flags(&mmap->add_flags, &mmap->remove_flags, v);
		break;
	default:
		a->vma.own |= is(symbol, "own");
		a->vma.apart |= is(symbol, "apart");
		mmap->noreserve |= is(symbol, "noreserve");
		mmap->populate |= is(symbol, "populate");
		mmap->droppable |= is(symbol, "droppable");
		mmap->growsdown |= is(symbol, "growsdown");
		mmap->locked |= is(symbol, "locked");
		break;
	}
	return true;
}

static bool take_touch(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_ACCESS)
		a->write = v->number;
	return true;
}

static bool take_madvise(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			 const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_ADVICE)
		a->advice = (enum advice)v->number;
	return true;
}

static bool take_mprotect(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			  const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_PROT)
		a->prot = (unsigned)v->number;
	return true;
}

static bool take_mlock(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	(void)p;
	(void)v;
	a->onfault |= is(symbol, "onfault");
	return true;
}

/* A reference is for reading in any case. */
static bool take_pin(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		     const struct value *v)
{
	(void)p;
	(void)v;
	if (is(symbol, "short"))
		a->pin = PIN_SHORT;
	else if (is(symbol, "read"))
		a->pin = PIN_READ;
	return true;
}

/* Pages belong to the name in front of them, and add up. */
static void take_list_pages(struct parser *p, struct target *target, const struct value *v)
{
	struct ranges pages = v->pages;

	target->all_pages |= v->all;
	if (!target->pages_word)
		target->pages_word = p->at;
	for (size_t i = 0; i < pages.n; i++)
		ranges_add(&target->pages, pages.v[i].first, pages.v[i].last);
	ranges_deinit(&pages);
}

static bool take_lists(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	struct lists_args *lists = &a->lists;

	if (symbol->terminal == TERMINAL_NAME) {
		GROW(lists->v, lists->n, lists->cap);
		lists->v[lists->n++] = (struct target){
			.name = p->at, .pattern = is_pattern(parser_word(p)->text),
		};
	} else if (symbol->terminal == TERMINAL_PAGES) {
		take_list_pages(p, &lists->v[lists->n - 1], v);
	}
	return true;
}

static bool take_mremap(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_SIZE)
		a->remap.size = v->size;
	if (symbol->terminal == TERMINAL_ADDR) {
		a->remap.fixed = true;
		a->remap.address = v->number;
	}
	a->remap.dontunmap |= is(symbol, "dontunmap");
	a->remap.part |= is(symbol, "part");
	return true;
}

static bool take_merge(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	(void)symbol;
	(void)v;
	if (a->target.name != p->at)
		a->other = p->at;
	return true;
}

static bool take_uffd(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		      const struct value *v)
{
	switch (symbol->terminal) {
	case TERMINAL_CTX:
	case TERMINAL_NEW_CTX:
		a->uffd.ctx = p->at;
		break;
	case TERMINAL_FEATURE:
	case TERMINAL_MODE:
		a->uffd.bits |= UINT32_C(1) << v->number;
		break;
	case TERMINAL_ON_OFF:
		a->uffd.on = v->number;
		break;
	case TERMINAL_ONE_NAME:
		if (a->target.name != p->at)
			a->uffd.other = p->at;
		break;
	case TERMINAL_PAGE:
		a->uffd.page = v->number;
		break;
	case TERMINAL_PAGES:
		return p->command->spec->id != COMMAND_move || a->target.all_pages ||
		       a->target.pages.n == 1 ||
		       parser_fail(p, p->at, "move: expected one range of pages");
	default:
		a->uffd.wp |= is(symbol, "wp");
		break;
	}
	return true;
}

/* In the order of vocab_page_size. */
static const unsigned page_shifts[] = {12, 14};

static bool take_set(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		     const struct value *v)
{
	(void)p;
	switch (symbol->terminal) {
	case TERMINAL_THP:
		a->set.knob = KNOB_THP;
		a->set.thp = (enum thp_mode)v->number;
		break;
	case TERMINAL_FAULT_AROUND:
		a->set.knob = KNOB_FAULT_AROUND;
		a->set.number = v->number;
		break;
	case TERMINAL_ON_OFF:
		a->set.knob = KNOB_ZERO_PAGE;
		a->set.number = v->number;
		break;
	case TERMINAL_MACHINE:
		a->set.knob = KNOB_MACHINE;
		a->set.number = v->number;
		break;
	case TERMINAL_PAGE_SIZE:
		a->set.knob = KNOB_PAGE_SIZE;
		a->set.number = page_shifts[v->number];
		break;
	case TERMINAL_LEVELS:
		a->set.knob = KNOB_LEVELS;
		a->set.number = v->number;
		break;
	case TERMINAL_ACCESS_BITS:
		a->set.knob = KNOB_ACCESS_BITS;
		a->set.number = v->number;
		break;
	default:
		break;
	}
	return true;
}

static bool take_limit(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_COUNT)
		a->limit.value = v->number;
	else if (symbol->terminal == TERMINAL_SIZE)
		a->limit.size = v->size;
	else
		a->limit.limit = is(symbol, "hugepages") ? LIMIT_HUGEPAGES
				 : is(symbol, "vmas")	 ? LIMIT_VMAS
							 : LIMIT_COMMIT;
	return true;
}

static bool take_flags(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_SET_FLAG)
		add_flags(&a->flags.add, &a->flags.remove, v);
	return true;
}

static bool take_on_off(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_ON_OFF)
		a->on = v->number;
	return true;
}

static bool take_entry(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_ENTRY)
		a->entry = (struct entry_args){v->state, (uint16_t)v->number};
	return true;
}

/* --- the rest -------------------------------------------------------------------------------- */

static bool take_kernel(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			const struct value *v)
{
	struct kernel_args *kernel = &a->kernel;

	kernel->typed = p->prompt;
	if (symbol->terminal == TERMINAL_SIDE) {
		kernel->side = (int)v->number;
	} else if (symbol->terminal == TERMINAL_SPEC) {
		*(kernel->spec ? &kernel->other : &kernel->spec) = p->at;
	} else if (symbol->terminal == TERMINAL_CLAUSE && kernel->other) {
		if (!kernel->other_clauses++)
			kernel->other_clause = p->at;
	} else if (symbol->terminal == TERMINAL_CLAUSE) {
		if (!kernel->clauses++)
			kernel->first_clause = p->at;
	} else if (symbol->terminal == TERMINAL_FILE) {
		kernel->file = p->at;
	} else if (is(symbol, "list")) {
		kernel->action = KERNEL_LIST;
	} else if (is(symbol, "show")) {
		kernel->action = KERNEL_SHOW;
	} else if (is(symbol, "diff")) {
		kernel->action = KERNEL_DIFF;
	} else if (is(symbol, "--scenario") && !p->prompt) {
		parser_fail(p, p->at, "a scenario file cannot write files");
		vf_error_hint(p->error, "use kernel diff --scenario at the prompt or in --batch");
		return false;
	} else if (is(symbol, "--mail") && !p->prompt) {
		parser_fail(p, p->at, "a scenario file cannot search for a set-up");
		vf_error_hint(p->error, "use vmafork-tui kernel-diff --mail, or the prompt");
		return false;
	} else if (is(symbol, "--mail")) {
		kernel->mail = true;
	}
	return true;
}

static bool take_table(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	struct table_args *table = &a->table;
	int which = table->spec[1] ? 1 : 0;

	if (symbol->terminal == TERMINAL_SPEC) {
		table->spec[table->spec[0] != 0] = p->at;
	} else if (symbol->terminal == TERMINAL_CLAUSE) {
		if (!table->clauses[which]++)
			table->first_clause[which] = p->at;
	} else if (symbol->terminal == TERMINAL_N) {
		table->row = v->number;
	} else if (is(symbol, "markdown")) {
		table->markdown = true;
	} else if (is(symbol, "row") && !p->prompt) {
		parser_fail(p, p->at, "a scenario file cannot search for a set-up");
		vf_error_hint(p->error, "use it at the prompt or in --batch, then save FILE");
		return false;
	}
	return true;
}

static bool take_check(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_SIDE)
		a->check.side = (int)v->number;
	else if (symbol->terminal == TERMINAL_CHECK)
		a->check.check = (enum vma_side)v->number;
	return true;
}

static bool take_move(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		      const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_N)
		a->move.n = v->number;
	else if (symbol->terminal == TERMINAL_GRAIN)
		a->move.grain = (int)v->number;
	return true;
}

static bool take_goto(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		      const struct value *v)
{
	(void)p;
	a->go.where = is(symbol, "start") ? GOTO_START : is(symbol, "end") ? GOTO_END : GOTO_STEP;
	a->go.step = v->number;
	return true;
}

static bool take_break(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_BREAK)
		a->brk.kind = (int)v->number;
	else if (is(symbol, "vma"))
		a->brk.kind = BREAK_VMA;
	else if (is(symbol, "off"))
		a->brk.action = BREAK_OFF;
	else if (is(symbol, "list"))
		a->brk.action = BREAK_LIST;
	return true;
}

static bool take_real(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		      const struct value *v)
{
	(void)p;
	(void)symbol;
	a->real = v->real;
	return true;
}

static bool take_show(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		      const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_SHOW)
		a->show = (enum show_what)v->number;
	return true;
}

static bool take_why(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		     const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_ATTR)
		a->attr = (int)v->number;
	return true;
}

static bool take_source(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			const struct value *v)
{
	if (symbol->terminal == TERMINAL_SIDE)
		a->source.side = (int)v->number;
	else if (symbol->terminal == TERMINAL_DIR)
		a->source.folder = p->at;
	return true;
}

static bool take_probe(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	(void)p;
	if (symbol->terminal == TERMINAL_PROBE_SECONDS)
		a->probe.seconds = v->number;
	else
		a->probe.action = is(symbol, "off") ? PROBE_OFF : PROBE_LIST;
	return true;
}

static bool take_import(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			const struct value *v)
{
	if (symbol->terminal != TERMINAL_N) {
		a->import.what = p->at;
		a->import.file = symbol->terminal == TERMINAL_FILE;
		return true;
	}
	a->import.which = v->number;
	if (v->number && v->number <= UINT32_MAX)
		return true;
	return parser_fail(p, p->at, "import: processes of a file are numbered from 1 on");
}

static bool take_number(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			const struct value *v)
{
	(void)p;
	(void)symbol;
	a->number = v->number;
	return true;
}

static bool take_command(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			 const struct value *v)
{
	(void)symbol;
	(void)v;
	a->words[a->words[0] ? 1 : 0] = p->at;
	return true;
}

static bool take_file(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		      const struct value *v)
{
	(void)v;
	if (symbol->terminal == TERMINAL_FILE)
		a->file.file = p->at;
	else if (is(symbol, "replace"))
		a->file.replace = true;
	return true;
}

static bool take_text(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		      const struct value *v)
{
	(void)symbol;
	(void)v;
	a->text = p->at;
	return true;
}

static bool take_ask(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		     const struct value *v)
{
	struct ask_args *ask = &a->ask;

	switch (symbol->terminal) {
	case TERMINAL_QUESTION:
		ask->question = p->at;
		break;
	case TERMINAL_WHY:
		ask->why = p->at;
		break;
	case TERMINAL_CHOICE:
		if (!ask->choices++)
			ask->first_choice = p->at;
		break;
	case TERMINAL_ANSWER:
		if (v->number < 1 || v->number > ask->choices)
			return parser_fail(p, p->at, "ask: expected an answer from 1 to %u", ask->choices);
		ask->answer = (unsigned)v->number;
		break;
	default:
		break;
	}
	return true;
}

static const struct {
	const char *literal;
	enum expect_kind kind;
} expect_kinds[] = {
	{"absent", EXPECT_ABSENT}, {"signal", EXPECT_SIGNAL}, {"cost", EXPECT_COST},
	{"differ", EXPECT_DIFFER}, {"same", EXPECT_SAME}, {"vmas", EXPECT_VMAS}, {"pages", EXPECT_COUNTED},
	{"joined", EXPECT_JOINED}, {"fork", EXPECT_FORK}, {"refused", EXPECT_REFUSED},
};

/* The rest of the line, from word p->at on, is a command. */
static bool take_refused(struct parser *p, struct expect_args *expect)
{
	const struct command_spec *spec = parser_inner_row(p);

	if (expect->refused) /* it has this word */
		return true;
	if (spec && !spec->builds)
		return parser_expected(p, terminals[TERMINAL_BUILD_STEP].what);
	expect->refused = parser_inner(p, NULL, (unsigned)p->command->line.n);
	return expect->refused;
}

static bool take_expect(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			const struct value *v)
{
	struct expect_args *expect = &a->expect;

	switch (symbol->terminal) {
	case TERMINAL_SIDE:
	case TERMINAL_ONE_SIDE:
		expect->side = (int)v->number;
		break;
	case TERMINAL_PROCESS:
		expect->process = (int)v->number;
		break;
	case TERMINAL_DECISION:
		expect->kind = EXPECT_DECISION;
		expect->decision = (int)v->number;
		break;
	case TERMINAL_REASON:
		expect->reason = p->at;
		break;
	case TERMINAL_STATES:
		if (expect->kind != EXPECT_COUNTED)
			expect->kind = EXPECT_PAGES;
		expect->entry = (struct entry_args){v->state, (uint16_t)v->number};
		break;
	case TERMINAL_FLAG:
		expect->kind = EXPECT_FLAGS;
		expect->flags |= v->number;
		break;
	case TERMINAL_SIGNAL:
		expect->signal = (enum touch_result)v->number;
		break;
	case TERMINAL_COST:
		expect->cost = (enum cost_what)v->number;
		break;
	case TERMINAL_COUNT:
		expect->count = v->number;
		break;
	case TERMINAL_ONE_NAME:
		if (a->target.name != p->at)
			expect->other = p->at;
		break;
	case TERMINAL_ERRNO:
		expect->err = errno_numbers[v->number];
		break;
	case TERMINAL_BUILD_STEP:
		return take_refused(p, expect);
	default:
		if (is(symbol, "not"))
			expect->negated = true;
		if (is(symbol, "blocked"))
			expect->blocked = true;
		for (size_t i = 0; i < ARRAY_SIZE(expect_kinds); i++)
			if (is(symbol, expect_kinds[i].literal))
				expect->kind = expect_kinds[i].kind;
		break;
	}
	return true;
}

/* What a ? stands for that follows these words. */
static enum asked what_is_asked(const struct parser *p, const struct expect_args *expect)
{
	static const enum asked by_kind[] = {
		[EXPECT_DECISION] = ASKED_DECISION, [EXPECT_PAGES] = ASKED_STATE,
		[EXPECT_FLAGS] = ASKED_FLAG,	    [EXPECT_SIGNAL] = ASKED_SIGNAL,
		[EXPECT_COST] = ASKED_NUMBER,	    [EXPECT_VMAS] = ASKED_NUMBER,
		[EXPECT_COUNTED] = ASKED_NUMBER,
		[EXPECT_FORK] = ASKED_FORK,	    [EXPECT_REFUSED] = ASKED_ERRNO,
	};

	return !strcmp(p->command->line.words[p->at - 1].text, "because") ? ASKED_REASON
									  : by_kind[expect->kind];
}

static bool take_unknown(struct parser *p, struct args *a)
{
	struct expect_args *expect = &a->expect;
	const struct target *target = &a->target;

	expect->unknown = p->at;
	expect->asked = what_is_asked(p, expect);
	if (target->pattern && expect->asked != ASKED_DECISION)
		return parser_fail(p, target->name, "predict: a pattern asks for decisions only: "
						    "left * ?");
	if (expect->asked == ASKED_STATE &&
	    (target->pages.n != 1 || target->pages.v[0].first != target->pages.v[0].last))
		return parser_fail(p, target->pages_word, "predict: expected one page, such as 3");
	return true;
}

static bool take_predict(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			 const struct value *v)
{
	if (symbol->terminal == TERMINAL_QUESTION)
		a->expect.question = p->at;
	else if (is(symbol, "?"))
		return take_unknown(p, a);
	else if (symbol->terminal == TERMINAL_PROCESS)
		a->expect.kind = EXPECT_PAGES;
	return take_expect(p, a, symbol, v);
}

static bool take_lesson(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
			const struct value *v)
{
	(void)v;
	if (symbol->terminal != TERMINAL_LESSON)
		return true;
	if (!a->lesson.name)
		a->lesson.name = p->at;
	else if (!a->lesson.after++)
		a->lesson.first_after = p->at;
	return true;
}

static bool take_learn(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		       const struct value *v)
{
	static const char *const actions[] = {
		[LEARN_MAP] = "map", [LEARN_NEXT] = "next", [LEARN_START] = "start",
		[LEARN_RESET] = "reset", [LEARN_REPORT] = "report", [LEARN_CHALLENGES] = "challenges",
	};

	(void)v;
	a->learn.json |= is(symbol, "--json");
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (is(symbol, actions[i]))
			a->learn.action = (enum learn_action)i;
	if (symbol->terminal == TERMINAL_LESSON) {
		a->learn.action = LEARN_LESSON;
		a->learn.lesson = p->at;
	}
	return true;
}

static bool take_quiz_number(struct parser *p, struct quiz_args *quiz, uint64_t number)
{
	if (!strcmp(p->command->line.words[p->at - 1].text, "seed")) {
		quiz->seeded = true;
		quiz->seed = number;
		return true;
	}
	quiz->count = number;
	return (number && number <= QUIZ_COUNT_MOST) ||
	       parser_fail(p, p->at, "expected 1 to %d questions", QUIZ_COUNT_MOST);
}

static bool take_quiz(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		      const struct value *v)
{
	struct quiz_args *quiz = &a->quiz;

	if (symbol->terminal == TERMINAL_TOPIC)
		quiz->topic = (int)v->number;
	else if (symbol->terminal == TERMINAL_COUNT)
		return take_quiz_number(p, quiz, v->number);
	else if (is(symbol, "next"))
		quiz->action = QUIZ_NEXT;
	else if (is(symbol, "summary"))
		quiz->action = QUIZ_SUMMARY;
	quiz->sheet |= is(symbol, "sheet");
	quiz->key |= is(symbol, "key");
	quiz->markdown |= is(symbol, "markdown");
	return true;
}

/* --- families -------------------------------------------------------------------------------- */

static const struct {
	take_function *take; /* NULL: there is no more than the target */
	struct args initial;
} families[FAMILIES] = {
	[FAMILY_TARGET] = {NULL, {.number = 0}},
	[FAMILY_VMA] = {take_vma, {.vma = {.mmap.prot = MODEL_PROT_READ | MODEL_PROT_WRITE, .times = 1}}},
	[FAMILY_TOUCH] = {take_touch, {.write = true}},
	[FAMILY_MADVISE] = {take_madvise, {.number = 0}},
	[FAMILY_MPROTECT] = {take_mprotect, {.number = 0}},
	[FAMILY_MLOCK] = {take_mlock, {.number = 0}},
	[FAMILY_PIN] = {take_pin, {.pin = PIN_WRITE}},
	[FAMILY_LISTS] = {take_lists, {.lists = {0}}},
	[FAMILY_MREMAP] = {take_mremap, {.number = 0}},
	[FAMILY_MERGE] = {take_merge, {.number = 0}},
	[FAMILY_UFFD] = {take_uffd, {.number = 0}},
	[FAMILY_SET] = {take_set, {.number = 0}},
	[FAMILY_LIMIT] = {take_limit, {.number = 0}},
	[FAMILY_FLAGS] = {take_flags, {.number = 0}},
	[FAMILY_ON_OFF] = {take_on_off, {.number = 0}},
	[FAMILY_ENTRY] = {take_entry, {.number = 0}},
	[FAMILY_KERNEL] = {take_kernel, {.number = 0}},
	[FAMILY_TABLE] = {take_table, {.number = 0}},
	[FAMILY_CHECK] = {take_check, {.number = 0}},
	[FAMILY_MOVE] = {take_move, {.move = {.n = 1, .grain = -1}}},
	[FAMILY_GOTO] = {take_goto, {.number = 0}},
	[FAMILY_BREAK] = {take_break, {.brk = {.kind = -1}}},
	[FAMILY_REAL] = {take_real, {.real = -1}},
	[FAMILY_SHOW] = {take_show, {.number = 0}},
	[FAMILY_WHY] = {take_why, {.attr = -1}},
	[FAMILY_SOURCE] = {take_source, {.source = {.side = WHICH_BOTH}}},
	[FAMILY_PROBE] = {take_probe, {.probe = {.action = PROBE_LOOK, .seconds = PROBE_SECONDS}}},
	[FAMILY_IMPORT] = {take_import, {.number = 0}},
	[FAMILY_NUMBER] = {take_number, {.number = 1}},
	[FAMILY_COMMAND] = {take_command, {.number = 0}},
	[FAMILY_FILE] = {take_file, {.number = 0}},
	[FAMILY_TEXT] = {take_text, {.number = 0}},
	[FAMILY_ASK] = {take_ask, {.number = 0}},
	[FAMILY_EXPECT] = {take_expect, {.expect = {.entry = {.state = -1}}}},
	[FAMILY_PREDICT] = {take_predict, {.expect = {.entry = {.state = -1}}}},
	[FAMILY_GOAL] = {take_goal, {.number = 0}},
	[FAMILY_SOLUTION] = {take_solution, {.inner = NULL}},
	[FAMILY_LESSON] = {take_lesson, {.number = 0}},
	[FAMILY_LEARN] = {take_learn, {.learn = {.action = LEARN_MAP}}},
	[FAMILY_QUIZ] = {take_quiz, {.quiz = {.topic = -1, .count = QUIZ_COUNT}}},
};

void args_init(struct args *args, const struct command_spec *spec)
{
	*args = families[spec->family].initial;
	args->target.all_pages = true;
}

void args_deinit(struct args *args, const struct command_spec *spec)
{
	ranges_deinit(&args->target.pages);
	if (spec->family == FAMILY_LISTS) {
		for (size_t i = 0; i < args->lists.n; i++)
			ranges_deinit(&args->lists.v[i].pages);
		free(args->lists.v);
	}
	if (spec->family == FAMILY_EXPECT || spec->family == FAMILY_PREDICT)
		command_free(args->expect.refused);
	else if (spec->family == FAMILY_GOAL)
		goal_args_deinit(&args->goal);
	else if (spec->family == FAMILY_SOLUTION)
		command_free(args->inner);
}

bool args_take(struct parser *p, const struct grammar_symbol *symbol, const struct value *value)
{
	struct args *args = &p->command->args;
	struct target *target = &args->target;
	take_function *take = families[p->command->spec->family].take;

	if (take == take_goal) /* its expectations have targets */
		return take_goal(p, args, symbol, value);
	if (symbol->terminal == TERMINAL_PAGES && take != take_lists) {
		target->pages_word = p->at;
		target->all_pages = value->all;
		target->pages = value->pages;
	} else if (!target->name &&
		   (symbol->terminal == TERMINAL_NAME || symbol->terminal == TERMINAL_NEW_NAME ||
		    symbol->terminal == TERMINAL_ONE_NAME)) {
		target->name = p->at;
		target->pattern = is_pattern(parser_word(p)->text);
	}
	return !take || take(p, args, symbol, value);
}
