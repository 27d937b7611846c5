/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which row of the table a line names, and who is to carry it out. */
#include <stdlib.h>
#include <string.h>

#include "language/parser_private.h"

const char *const process_names[] = {[PROCESS_PARENT] = "parent", [PROCESS_CHILD] = "child"};

/* Has the name two words ("set source")? */
static const char *second_word(const struct command_spec *spec)
{
	const char *blank = strchr(spec->name, ' ');

	return blank ? blank + 1 : NULL;
}

static enum fit first_fit(const struct command_spec *spec, const char *word, bool short_words)
{
	const char *name = spec->name;

	/* Each line asks all rows: most end at the first letter, none copies the name. */
	while (*word && *word == *name && *name != ' ') {
		word++;
		name++;
	}
	if (*word || name == spec->name)
		return FIT_NONE;
	if (!*name || *name == ' ')
		return FIT_FULL;
	return short_words && (size_t)(name - spec->name) >= spec->least ? FIT_PREFIX : FIT_NONE;
}

/* Is the word that of a process: `child`, `parent`? */
static enum fit process_fit(const char *word, bool short_words, int *process)
{
	enum fit fit = FIT_NONE;

	for (*process = PROCESS_PARENT; *process <= PROCESS_CHILD; ++*process) {
		fit = word_fit(process_names[*process], word, short_words);
		if (fit != FIT_NONE)
			return fit;
	}
	*process = PROCESS_PARENT;
	return fit;
}

/*
 * How well a row fits: FIT_BOTH with its first word in full and a second one, which may
 * be short. Two words say more than one: "set so" is `set source`, not `set`.
 */
enum { FIT_BOTH = FIT_FULL + 1 };

static int row_fit(const struct lookup *lookup, const struct command_spec *spec)
{
	const struct word *words = lookup->words + lookup->skip;
	size_t n = lookup->n - lookup->skip;
	enum fit first, second;

	if (!n || spec->by == (lookup->skip ? BY_PARENT : BY_NAMED))
		return FIT_NONE;
	first = first_fit(spec, words[0].text, lookup->short_words);
	if (first == FIT_NONE || !second_word(spec))
		return first;
	second = n > 1 ? word_fit(second_word(spec), words[1].text, lookup->short_words) : FIT_NONE;
	if (second == FIT_NONE)
		return FIT_NONE;
	return first == FIT_FULL ? FIT_BOTH : FIT_PREFIX;
}

static void look_up_rows(struct lookup *lookup)
{
	char letter = lookup->skip < lookup->n ? lookup->words[lookup->skip].text[0] : '\0';

	for (size_t i = 0; i < COMMANDS; i++) {
		int fit = commands[i].name[0] == letter ? row_fit(lookup, &commands[i]) : FIT_NONE;

		if (fit == FIT_NONE || fit < lookup->fit)
			continue;
		if (fit > lookup->fit) {
			lookup->fit = fit;
			lookup->first = &commands[i];
			lookup->count = 0;
		}
		lookup->count++;
	}
}

/* A first word in full is a process or begins a row; a short one may fit both. */
static void look_up(struct lookup *lookup)
{
	int process;
	enum fit fit = process_fit(lookup->words[0].text, lookup->short_words, &process);

	if (fit != FIT_FULL)
		look_up_rows(lookup);
	if (fit == FIT_NONE || lookup->fit >= FIT_FULL)
		return;
	lookup->process = process;
	if (lookup->count) {
		lookup->fits_process = true;
		lookup->count++;
		return;
	}
	lookup->skip = 1;
	look_up_rows(lookup);
}

static void print_names(const struct lookup *lookup, struct buf *out)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (row_fit(lookup, &commands[i]) == lookup->fit)
			buf_printf(out, "%s%s", out->len ? ", " : "", commands[i].name);
	if (lookup->fits_process)
		buf_printf(out, ", %s", process_names[lookup->process]);
}

const struct command_spec *command_lookup(const struct word *words, size_t n, bool short_words,
					  size_t *used)
{
	struct lookup lookup = {.words = words, .n = n, .short_words = short_words};

	look_up(&lookup);
	if (lookup.count != 1)
		return NULL;
	*used = lookup.skip + (second_word(lookup.first) ? 2 : 1);
	return lookup.first;
}

bool command_process(const char *word, bool short_words, int *process)
{
	return process_fit(word, short_words, process) != FIT_NONE;
}

bool command_name_begins(const char *word)
{
	int process;

	if (process_fit(word, false, &process) == FIT_FULL)
		return true;
	for (size_t i = 0; i < COMMANDS; i++)
		if (first_fit(&commands[i], word, false) == FIT_FULL)
			return true;
	return false;
}

/* --- errors ----------------------------------------------------------------------------------- */

/* The names of those rows that can follow a process, or need none; NULL in place of others. */
static void list_names(const char *names[COMMANDS], bool of_process)
{
	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = second_word(&commands[i]) ||
				   commands[i].by == (of_process ? BY_PARENT : BY_NAMED) ?
				   NULL : commands[i].name;
}

/* "child", "child tuch": no row fits behind the process. */
static void unknown_of_process(const struct lookup *lookup, unsigned *blame, struct vf_error *error)
{
	const char *who = process_names[lookup->process], *names[COMMANDS], *near, *word;

	if (lookup->n == 1) {
		vf_error_set(error, "%s: missing command, such as \"%s touch NAME\"", who, who);
		vf_error_hint(error, "help %s lists the commands", who);
		return;
	}
	word = lookup->words[1].text;
	*blame = 1;
	list_names(names, true);
	near = nearest_word(word, names, COMMANDS);
	vf_error_set(error, "there is no command '%s %.40s'", who, word);
	if (near)
		vf_error_hint(error, "did you mean '%s %s'?", who, near);
	else
		vf_error_hint(error, "help %s lists the commands", who);
}

/* Is it the name of a row that has to be preceded by a process? */
static bool needs_process(const char *word)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].by == BY_NAMED && !strcmp(commands[i].name, word))
			return true;
	return false;
}

static void unknown_command(const char *word, struct vf_error *error)
{
	const char *names[COMMANDS], *near;

	list_names(names, false);
	near = nearest_word(word, names, COMMANDS);
	vf_error_set(error, "there is no command '%.40s'%s", word, strlen(word) > 40 ? "..." : "");
	if (needs_process(word))
		vf_error_hint(error, "write 'child %s' or 'parent %s'; quit ends the session", word, word);
	else if (near)
		vf_error_hint(error, "did you mean '%s'?", near);
	else
		vf_error_hint(error, "help lists the commands");
}

bool command_unknown(struct parser *p)
{
	struct vf_error error;

	unknown_command(parser_word(p)->text, &error);
	parser_fail(p, p->at, "%s", error.message);
	vf_error_hint(p->error, "%s", error.hint);
	return false;
}

const struct command_spec *lookup_choose(struct lookup *lookup, unsigned *blame,
					 struct vf_error *error)
{
	struct buf names = {0};

	look_up(lookup);
	if (lookup->count == 1)
		return lookup->first;
	if (lookup->count) {
		print_names(lookup, &names);
		vf_error_set(error, "'%.40s' is ambiguous", lookup->words[lookup->skip].text);
		vf_error_hint(error, "one of: %s", buf_str(&names));
		buf_deinit(&names);
		*blame = (unsigned)lookup->skip;
	} else if (lookup->skip) {
		unknown_of_process(lookup, blame, error);
	} else {
		unknown_command(lookup->words[0].text, error);
	}
	return NULL;
}
