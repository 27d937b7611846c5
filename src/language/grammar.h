/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of a command's words, written once in its row (commands.def):
 *
 *   NEW_NAME BACKING [SHARE] SIZE [PROT] [at ADDR]&[own] [SET_FLAG]...
 *
 *   word        itself
 *   TERMINAL    a word of that kind: see terminals.h
 *   [a b]       optional
 *   (a b | c)   one of them
 *   a...        once or more; [a]... any number of times
 *   [a]&[b]     in any order, each at most once
 *
 * It becomes a small automaton, and a match follows all of its paths at once. So a later
 * word may decide what an earlier one was, and the parser, its messages and completion
 * always know what may come next.
 */
#ifndef LANGUAGE_GRAMMAR_H
#define LANGUAGE_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#include "language/terminals.h"
#include "language/words.h"

/* What one word can be. */
struct grammar_symbol {
	enum terminal terminal;
	char *literal; /* of TERMINAL_LITERAL, else NULL */
};

struct grammar;

/* Never NULL: an invalid grammar is an error in the table, and fails an assertion. */
struct grammar *grammar_create(const char *text);
void grammar_free(struct grammar *grammar);

enum match_result {
	MATCH_WHOLE,	 /* the words are a whole command */
	MATCH_PART,	 /* more words must follow */
	MATCH_WRONG,	 /* word `at` does not fit */
	MATCH_AMBIGUOUS, /* word `at` is short for several, and the other words do not decide */
};

struct match {
	enum match_result result;
	/*
	 * What each word is; symbols of the grammar. If they are not a whole command: of those
	 * that precede word `at`, as far as that is decided; n is 0 if it is not.
	 */
	const struct grammar_symbol **words;
	size_t n;
	/*
	 * At word `at`, or after the last one: what could be there, in the order of the
	 * grammar, each once; and whether the command could end there.
	 */
	size_t at;
	const struct grammar_symbol **expected;
	size_t expected_count;
	bool may_end;
};

/*
 * Follows n words through the grammar. short_words: unique prefixes count. The match holds
 * until match_deinit(), and no longer than the grammar.
 */
void grammar_match(const struct grammar *grammar, const struct word *words, size_t n,
		   bool short_words, struct match *match);
void match_deinit(struct match *match);

/* The nth literal word of the grammar, as often as it is there; NULL behind the last. */
const char *grammar_literal(const struct grammar *grammar, size_t n);

/* The grammar as a synopsis for people, with the terminals' names for it. */
void grammar_print(const char *text, struct buf *out);

#endif
