/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grammars: which words are a command, what each of them is, and what may come next. */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "language/command.h"
#include "language/grammar.h"

struct followed {
	struct grammar *grammar;
	struct word words[16];
	size_t n;
	char *text;
	struct match match;
};

/* Words are separated by blanks; one that begins with ' is quoted. */
static void follow(struct followed *f, const char *grammar, const char *line, bool short_words)
{
	char *rest, *word;

	*f = (struct followed){.grammar = grammar_create(grammar), .text = xstrdup(line)};
	for (rest = f->text; (word = strsep(&rest, " "));)
		if (*word) {
			f->words[f->n] = (struct word){.text = word + (*word == '\''),
						       .quoted = *word == '\''};
			f->n++;
		}
	grammar_match(f->grammar, f->words, f->n, short_words, &f->match);
}

static void forget(struct followed *f)
{
	match_deinit(&f->match);
	grammar_free(f->grammar);
	free(f->text);
}

static const char *name_of(const struct grammar_symbol *symbol)
{
	return symbol->literal ? symbol->literal : terminals[symbol->terminal].id;
}

/* What the words are, or where and why they are not: "NAME PAGES", "2: PAGES at end". */
static char *outcome(const char *grammar, const char *line, bool short_words)
{
	struct followed f;
	struct buf out = {0};

	follow(&f, grammar, line, short_words);
	if (f.match.result == MATCH_WHOLE) {
		for (size_t i = 0; i < f.match.n; i++)
			buf_printf(&out, "%s%s", i ? " " : "", name_of(f.match.words[i]));
	} else {
		buf_printf(&out, "%zu:", f.match.at);
		if (f.match.result == MATCH_AMBIGUOUS)
			buf_puts(&out, " ambiguous");
		for (size_t i = 0; i < f.match.expected_count; i++)
			buf_printf(&out, " %s", name_of(f.match.expected[i]));
		if (f.match.may_end)
			buf_puts(&out, " end");
	}
	forget(&f);
	return buf_take(&out);
}

static const struct {
	bool short_words;
	const char *grammar, *line, *outcome;
} cases[] = {
	{false, "", "", ""},
	{false, "", "x", "0: end"},
	{false, "child", "child", "child"},
	{false, "child", "'child", "0: child"},
	{false, "child", "ch", "0: child"},
	{true, "child", "ch", "child"},
	{false, "NAME [PAGES] [ACCESS]", "a", "NAME"},
	{false, "NAME [PAGES] [ACCESS]", "a 0-3", "NAME PAGES"},
	{false, "NAME [PAGES] [ACCESS]", "a read", "NAME ACCESS"},
	{true, "NAME [PAGES] [ACCESS]", "a r", "NAME ACCESS"},
	{false, "NAME [PAGES] [ACCESS]", "a read 0", "2: end"},
	{false, "NAME [PAGES] [ACCESS]", "", "0: NAME"},
	{false, "NAME [PAGES] [ACCESS]", "a x", "1: PAGES ACCESS end"},
	{false, "CTX [FEATURE]...", "u", "CTX"},
	{false, "CTX [FEATURE]...", "u event-fork wp-async", "CTX FEATURE FEATURE"},
	{false, "CTX MODE...", "u", "1: MODE"},
	{false, "CTX MODE...", "u wp missing", "CTX MODE MODE"},
	{false, "(a | b c)... d", "a b c a d", "a b c a d"},
	{false, "(a | b c)... d", "a b d", "2: c"},
	{false, "STEP | start | end", "end", "end"},
	{false, "STEP | start | end", "7", "STEP"},
	{false, "STEP | start | end", "x", "0: STEP start end"},
	/* a later word decides what an earlier one was */
	{true, "NAME DECISION | PROCESS NAME", "c copy", "NAME DECISION"},
	{true, "NAME DECISION | PROCESS NAME", "c x", "PROCESS NAME"},
	{false, "QUESTION CHOICE CHOICE... answer N", "'q 'a 'answer answer 2", "QUESTION CHOICE CHOICE answer N"},
	{false, "QUESTION CHOICE CHOICE... answer N", "'q 'a answer 2", "4: CHOICE answer"},
	/* the whole word before those that it is short for; a tie is one */
	{true, "copy | copying", "copy", "copy"},
	{true, "copy | copying", "cop", "0: ambiguous end"},
	{true, "copy | copying now", "cop", "copy"},
	{false, "NAME | on", "on", "on"},
	/* any order, each once */
	{false, "[at N]&[own]&[of NAME [from N]] c", "c", "c"},
	{false, "[at N]&[own]&[of NAME [from N]] c", "own at 3 c", "own at N c"},
	{false, "[at N]&[own]&[of NAME [from N]] c", "of of from 1 own at 3 c", "of NAME from N own at N c"},
	{false, "[at N]&[own]&[of NAME [from N]] c", "of x own", "3: at c"},
	{false, "[at N]&[own]&[of NAME [from N]] c", "own own", "1: at of c"},
	{false, "[at N]&[own]&[of NAME [from N]] c", "of x at 3 of", "4: own c"},
	{true, "[on]&[of NAME] | own now", "o x", "of NAME"},
	{true, "[at N]&[apart] [of]", "a 3 a o", "at N apart of"},
	{false, "([a]&[b] c)...", "b a c", "b a c"},
};

static void test_matching(void **state)
{
	bool ok = true;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *got = outcome(cases[i].grammar, cases[i].line, cases[i].short_words);
		const char *wanted = cases[i].outcome;

		if (strcmp(got, wanted)) {
			print_error("%s / %s: %s, wanted %s\n", cases[i].grammar, cases[i].line, got, wanted);
			ok = false;
		}
		free(got);
	}
	assert_true(ok);
}

/* What precedes a wrong word is known, where only one way leads there. */
static void test_words_before_a_wrong_one(void **state)
{
	struct followed f;

	(void)state;
	follow(&f, "NAME SIZE [PROT]", "a 4Q nonsense", false);
	assert_int_equal(f.match.result, MATCH_WRONG);
	assert_int_equal(f.match.at, 2);
	assert_int_equal(f.match.n, 2);
	assert_int_equal(f.match.words[1]->terminal, TERMINAL_SIZE);
	forget(&f);
}

/* Costs grow with the words: each goes on from where the one before it was. */
static void test_many_words(void **state)
{
	enum { MANY = 200000 };
	struct grammar *grammar = grammar_create("(a | NAME | b NAME)... end");
	struct word *words = xcalloc(MANY, sizeof(*words));
	static char a[] = "a", b[] = "b", end[] = "end";
	struct match match;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		words[i].text = i + 1 == MANY ? end : i % 3 ? a : b;
	grammar_match(grammar, words, MANY, true, &match);
	assert_int_equal(match.result, MATCH_WHOLE);
	assert_int_equal(match.n, MANY);
	match_deinit(&match);
	grammar_free(grammar);
	free(words);
}

static void test_each_command_has_a_grammar(void **state)
{
	(void)state;
	for (size_t i = 0; i < COMMANDS; i++) {
		struct buf synopsis = {0};

		assert_int_equal(commands[i].id, i);
		assert_non_null(commands[i].name);
		assert_non_null(commands[i].summary);
		assert_non_null(command_grammar(&commands[i]));
		command_synopsis(&commands[i], &synopsis);
		assert_int_equal(synopsis.len > 0, commands[i].grammar[0] != '\0');
		buf_deinit(&synopsis);
	}
}

static void test_synopsis(void **state)
{
	struct buf out = {0};

	(void)state;
	grammar_print("NEW_NAME BACKING [SHARE] [at ADDR]&[own] [SET_FLAG]...", &out);
	assert_string_equal(buf_str(&out),
			    "NAME BACKING [private|shared] [at ADDR] [own] [+FLAG|-FLAG]...");
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_words_before_a_wrong_one),
		cmocka_unit_test(test_many_words),
		cmocka_unit_test(test_each_command_has_a_grammar),
		cmocka_unit_test(test_synopsis),
	};

	return cmocka_run_group_tests_name("grammar", tests, NULL, NULL);
}
