/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language/parser_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* --- words and errors ------------------------------------------------------------------------ */

struct word *parser_word(const struct parser *p)
{
	const struct line *line = &p->command->line;

	return p->at < line->n ? &line->words[p->at] : NULL;
}

void parser_write_out(struct parser *p, const char *full)
{
	struct word *word = parser_word(p);

	assert(word);
	if (strcmp(word->text, full)) {
		free(word->text);
		word->text = xstrdup(full);
	}
}

bool parser_fail(struct parser *p, unsigned word, const char *format, ...)
{
	const struct line *line = &p->command->line;
	struct word at;
	va_list args;

	*p->error = (struct vf_error){0};
	va_start(args, format);
	vsnprintf(p->error->message, sizeof(p->error->message), format, args);
	va_end(args);
	if (word < line->n) {
		at = line->words[word];
	} else { /* after the last word, where the missing one belongs */
		at = line->words[line->n - 1];
		at.col += at.width + 1;
		at.width = 1;
	}
	reader_point(p->reader, &at, p->error);
	return false;
}

bool parser_charge(struct parser *p, uint64_t bytes, uint64_t steps)
{
	struct budget *budget = p->reader->budget;

	p->command->bytes += bytes;
	if (budget_take(budget, bytes) && budget_spend(budget, steps))
		return true;
	return reader_check_budget(p->reader, parser_word(p), p->error);
}

/* The text of a word for a message, shortened. */
static const char *shown(const struct word *word, char buffer[44])
{
	assert(word);
	snprintf(buffer, 44, "%.40s%s", word->text, strlen(word->text) > 40 ? "..." : "");
	return buffer;
}

static void hint_usage(struct parser *p)
{
	const struct command_spec *spec = p->command->spec;
	struct buf synopsis = {0};

	command_synopsis(spec, &synopsis);
	if (synopsis.len < 120)
		vf_error_hint(p->error, "usage: %s%s%s", spec->name, synopsis.len ? " " : "",
			      buf_str(&synopsis));
	else
		vf_error_hint(p->error, "help %s shows its forms", spec->name);
	buf_deinit(&synopsis);
}

bool parser_expected(struct parser *p, const char *what)
{
	char text[44];

	if (parser_word(p))
		return parser_fail(p, p->at, "expected %.400s, got '%s'", what,
				   shown(parser_word(p), text));
	parser_fail(p, p->at, "%s: %.400s is missing", p->command->spec->name, what);
	hint_usage(p);
	return false;
}

/* --- what was expected instead ---------------------------------------------------------------- */

/* All words that could be there, except terminals with too many words to list. */
struct choices {
	const char **words;
	size_t n, cap;
};

static void add_choice(struct choices *choices, const char *word)
{
	GROW(choices->words, choices->n, choices->cap);
	choices->words[choices->n++] = word;
}

static void add_choices(struct choices *choices, const struct grammar_symbol *symbol)
{
	const struct terminal_row *row = &terminals[symbol->terminal];

	if (symbol->literal)
		add_choice(choices, symbol->literal);
	for (size_t i = 0; row->vocabulary && i < row->vocabulary->n; i++)
		add_choice(choices, row->vocabulary->words[i]);
	if (row->completion == COMPLETE_FLAGS || row->completion == COMPLETE_REASONS)
		for (int i = 0; i < VM_FLAG_COUNT; i++)
			add_choice(choices, vm_flags[i].name);
	if (row->completion == COMPLETE_REASONS)
		add_choice(choices, "anon_vma");
}

/* A message names more words than this by their kind: "an advice". */
enum { WORDS_LISTED = 5 };

/* What could be there: words, and kinds of words. */
static void collect_expected(const struct match *match, struct choices *what)
{
	for (size_t i = 0; i < match->expected_count; i++) {
		const struct grammar_symbol *symbol = match->expected[i];
		const struct vocabulary *vocabulary = terminals[symbol->terminal].vocabulary;

		if (symbol->literal)
			add_choice(what, symbol->literal);
		else if (!vocabulary)
			add_choice(what, terminals[symbol->terminal].what);
		else if (vocabulary->n > WORDS_LISTED)
			add_choice(what, vocabulary->name);
		else
			add_choices(what, symbol);
	}
}

/* "a, b or c" */
static void print_expected(const struct match *match, struct buf *out)
{
	struct choices what = {0};

	collect_expected(match, &what);
	for (size_t i = 0; i < what.n; i++)
		buf_printf(out, "%s%s", !i ? "" : i + 1 < what.n ? ", " : " or ", what.words[i]);
	free(what.words);
}

/* +FLAG and -FLAG were meant where the sign is missing. */
static const char *missing_sign(const struct match *match, const char *word)
{
	for (size_t i = 0; i < match->expected_count; i++)
		if (match->expected[i]->terminal == TERMINAL_SET_FLAG && vm_flag_by_name(word))
			return "+";
	return NULL;
}

/* Is it an option that precedes, and cannot be given again? */
static bool given_before(const struct match *match, const char *word)
{
	for (size_t i = 0; i < match->n; i++)
		if (match->words[i]->literal && !strcmp(match->words[i]->literal, word))
			return true;
	return false;
}

/* What to do about a word that cannot be there: the nearest that can, or all of them. */
static void hint_choices(struct parser *p, const struct match *match, const char *word)
{
	struct choices choices = {0};
	struct buf all = {0}, meant = {0};
	const char *near, *sign = missing_sign(match, word), *hint = NULL;
	size_t prefixed = 0, listed = 0;

	for (size_t i = 0; i < match->expected_count; i++) {
		add_choices(&choices, match->expected[i]);
		if (terminals[match->expected[i]->terminal].hint)
			hint = terminals[match->expected[i]->terminal].hint;
		if (match->expected[i]->literal || terminals[match->expected[i]->terminal].vocabulary)
			listed++;
	}
	for (size_t i = 0; i < choices.n; i++) {
		buf_printf(&all, "%s%s", i ? " " : "", choices.words[i]);
		if (p->prompt && word_fit(choices.words[i], word, true) == FIT_PREFIX)
			buf_printf(&meant, "%s%s", prefixed++ ? " " : "", choices.words[i]);
	}
	near = nearest_word(word, choices.words, choices.n);
	if (p->command->spec->stray && !strcmp(word, p->command->spec->stray))
		vf_error_hint(p->error, "%s", p->command->spec->stray_hint);
	else if (given_before(match, word))
		vf_error_hint(p->error, "'%s' is given already", word);
	else if (prefixed > 1)
		vf_error_hint(p->error, "'%.20s' could be: %.200s", word, buf_str(&meant));
	else if (sign)
		vf_error_hint(p->error, "did you mean '%s%s'?", sign, word);
	else if (near)
		vf_error_hint(p->error, "did you mean '%s'?", near);
	else if (hint)
		vf_error_hint(p->error, "%s", hint);
	else if (listed && listed == match->expected_count)
		vf_error_hint(p->error, "one of: %.240s", buf_str(&all));
	free(choices.words);
	buf_deinit(&all);
	buf_deinit(&meant);
}

static bool explain_mismatch(struct parser *p, const struct match *match)
{
	struct buf what = {0};
	char text[44];

	if (!match->expected_count) {
		parser_fail(p, p->at, "unexpected word '%s'", shown(parser_word(p), text));
		hint_usage(p);
		return false;
	}
	print_expected(match, &what);
	parser_expected(p, buf_str(&what));
	if (parser_word(p))
		hint_choices(p, match, parser_word(p)->text);
	buf_deinit(&what);
	return false;
}

/* A short word that fits several, and no later word decides. */
static bool explain_ambiguity(struct parser *p)
{
	char text[44];

	parser_fail(p, p->at, "'%s' is short for several words", shown(parser_word(p), text));
	hint_usage(p);
	return false;
}

/* --- reading --------------------------------------------------------------------------------- */

static bool read_word(struct parser *p, const struct grammar_symbol *symbol, struct value *value)
{
	const struct terminal_row *row = &terminals[symbol->terminal];
	const struct word *word = parser_word(p);

	if (symbol->literal) {
		parser_write_out(p, symbol->literal);
		return true;
	}
	if (!row->vocabulary)
		return !row->read || row->read(p, value);
	assert(word);
	value->number = (uint64_t)vocabulary_find(row->vocabulary, word->text, p->prompt);
	parser_write_out(p, row->vocabulary->words[value->number]);
	return true;
}

static bool take_words(struct parser *p, unsigned first, const struct match *match)
{
	for (size_t i = 0; i < match->n; i++) {
		struct value value = {0};

		p->at = first + (unsigned)i;
		if (!read_word(p, match->words[i], &value) ||
		    !args_take(p, match->words[i], &value))
			return false;
	}
	p->at = first + (unsigned)match->at;
	return true;
}

bool parser_run(struct parser *p)
{
	struct command *command = p->command;
	unsigned first = p->at;
	struct match match;
	bool ok = false;

	args_init(&command->args, command->spec);
	grammar_match(command_grammar(command->spec), command->line.words + first,
		      command->line.n - first, p->prompt, &match);
	/* A word that fits and cannot be read is reported before later ones. */
	if (take_words(p, first, &match)) {
		ok = match.result == MATCH_WHOLE;
		if (match.result == MATCH_AMBIGUOUS)
			explain_ambiguity(p);
		else if (!ok)
			explain_mismatch(p, &match);
	}
	match_deinit(&match);
	return ok;
}
