/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing one command: what parser.c, values.c (words) and args.c (where they go) share. */
#ifndef LANGUAGE_PARSER_PRIVATE_H
#define LANGUAGE_PARSER_PRIVATE_H

#include "language/command.h"
#include "language/grammar.h"


struct parser {
	const struct reader *reader;
	struct vf_error *error;
	bool prompt; /* words may be shortened */
	unsigned at; /* the word that is being read */
	struct command *command;
};

/* Word p->at; NULL after the last one. */
struct word *parser_word(const struct parser *p);
/* Puts a word in full in place of word p->at. */
void parser_write_out(struct parser *p, const char *full);
/* An error at that word, or after the last one. Always false. */
bool parser_fail(struct parser *p, unsigned word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Charges what the word that is being read takes, besides itself: bytes that the command keeps.
 * False, with an error: the budget is used up.
 */
bool parser_charge(struct parser *p, uint64_t bytes, uint64_t steps);
/* "expected X, got Y" or, after the last word, "X is missing". Always false. */
bool parser_expected(struct parser *p, const char *what);

/*
 * Readers of words (values.c): read_ID() for those kinds that have a reader of their own, and
 * one for all plain numbers.
 */
#define T(id) bool read_##id(struct parser *p, struct value *value);
TERMINALS(T)
#undef T
bool read_number(struct parser *p, struct value *value);

/* Where the arguments start from, before their words are read. */
void args_init(struct args *args, const struct command_spec *spec);
void args_deinit(struct args *args, const struct command_spec *spec);
/*
 * Word p->at is `symbol`, and means `value`: stores it in the fields of the command's
 * family. False, with an error: it contradicts earlier words.
 */
bool args_take(struct parser *p, const struct grammar_symbol *symbol, const struct value *value);

/*
 * The words from p->at up to `end` as a command of its own, which the caller frees: a line with
 * them, behind the word `name` if that is not NULL. They keep their places, and what the prompt
 * writes out in full is in both lines. NULL with an error.
 */
struct command *parser_inner(struct parser *p, const char *name, unsigned end);
/* The row that the words from p->at on name: before they are parsed, as that takes stack. */
const struct command_spec *parser_inner_row(const struct parser *p);

/* As args_take(), of commands with commands inside. */
bool take_goal(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
	       const struct value *v);
bool take_solution(struct parser *p, struct args *a, const struct grammar_symbol *symbol,
		   const struct value *v);
void goal_args_deinit(struct goal_args *goal);

/* Reads the words from p->at on into the command's arguments. False with an error. */
bool parser_run(struct parser *p);

/* A line's words, and the rows that fit them as well as any. */
struct lookup {
	const struct word *words;
	size_t n;
	bool short_words;
	size_t skip;	   /* words in front of the name: 1 where the first is a process */
	int process;	   /* PROCESS_PARENT where none is named */
	bool fits_process; /* the first word is short for rows, and for `process` */
	int fit;
	size_t count;
	const struct command_spec *first;
};

/*
 * The row that the line names: from words, n and short_words finds the rest. NULL, with an
 * error about the word *blame (set only if it is not the first): none, or several.
 */
const struct command_spec *lookup_choose(struct lookup *lookup, unsigned *blame,
					 struct vf_error *error);

/* Is this the first word of a command's name, or a process? */
bool command_name_begins(const char *word);
/* An error: word p->at begins no command's name. Always false. */
bool command_unknown(struct parser *p);

#endif
