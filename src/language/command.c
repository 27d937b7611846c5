/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and its lookup. */
#include "language/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/parser_private.h"

const char *const group_titles[GROUPS] = {
	[GROUP_BUILD] = "Building the parent's address space",
	[GROUP_KERNEL] = "Choosing kernels, and the toggle",
	[GROUP_RUN] = "Running, and moving in time",
	[GROUP_LOOK] = "Looking",
	[GROUP_SESSION] = "The session",
	[GROUP_STORY] = "Telling a story",
	[GROUP_EXPECT] = "Expectations",
};

const struct command_spec commands[COMMANDS] = {
#define BUILD(id_, ...) [COMMAND_##id_] = {.id = COMMAND_##id_, .builds = true, __VA_ARGS__},
#define RUN(id_, ...) [COMMAND_##id_] = {.id = COMMAND_##id_, __VA_ARGS__},
#include "language/commands.def"
#undef BUILD
#undef RUN
};

/* --- grammars ---------------------------------------------------------------------------- */

const struct grammar *command_grammar(const struct command_spec *spec)
{
	static struct grammar *grammars[COMMANDS];

	if (!grammars[spec->id])
		grammars[spec->id] = grammar_create(spec->grammar);
	return grammars[spec->id];
}

void command_synopsis(const struct command_spec *spec, struct buf *out)
{
	grammar_print(spec->grammar, out);
}

/* --- the row that a line names --------------------------------------------------------------- */

/* Has the name two words ("child touch")? */
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
	return short_words ? FIT_PREFIX : FIT_NONE;
}

/*
 * How well a row fits: FIT_BOTH with its first word in full and a second one, which may
 * be short. Two words say more than one: "set so" is `set source`, not `set`.
 */
enum { FIT_BOTH = FIT_FULL + 1 };

static int row_fit(const struct command_spec *spec, const struct word *words, size_t n,
		   bool short_words)
{
	enum fit first = first_fit(spec, words[0].text, short_words), second;

	if (first == FIT_NONE || !second_word(spec))
		return first;
	second = n > 1 ? word_fit(second_word(spec), words[1].text, short_words) : FIT_NONE;
	if (second == FIT_NONE)
		return FIT_NONE;
	return first == FIT_FULL ? FIT_BOTH : FIT_PREFIX;
}

/* A line's words, and the rows that fit them as well as any. */
struct lookup {
	const struct word *words;
	size_t n;
	bool short_words;
	int fit;
	size_t count;
	const struct command_spec *first;
};

static void look_up(struct lookup *lookup)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		int fit = row_fit(&commands[i], lookup->words, lookup->n, lookup->short_words);

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

static void print_names(const struct lookup *lookup, struct buf *out)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (row_fit(&commands[i], lookup->words, lookup->n, lookup->short_words) == lookup->fit)
			buf_printf(out, "%s%s", out->len ? ", " : "", commands[i].name);
}

const struct command_spec *command_lookup(const struct word *words, size_t n, bool short_words,
					  size_t *used)
{
	struct lookup lookup = {.words = words, .n = n, .short_words = short_words};

	look_up(&lookup);
	if (lookup.count != 1)
		return NULL;
	*used = second_word(lookup.first) ? 2 : 1;
	return lookup.first;
}

bool command_name_begins(const char *word)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (first_fit(&commands[i], word, false) == FIT_FULL)
			return true;
	return false;
}

/* Its name and the first word that follows: "child touch NAME". */
static void print_example(const struct command_spec *spec, struct buf *out)
{
	struct buf synopsis = {0};

	command_synopsis(spec, &synopsis);
	buf_printf(out, "%s%s%.*s", spec->name, synopsis.len ? " " : "",
		   (int)strcspn(buf_str(&synopsis), " "), buf_str(&synopsis));
	buf_deinit(&synopsis);
}

/* "child tuch": the first word begins commands of two words, the second is none of theirs. */
static bool unknown_second(const struct line *line, unsigned *blame, struct vf_error *error)
{
	const char *seconds[COMMANDS], *word = line->words[0].text, *near = NULL;
	struct buf forms = {0}, example = {0};
	size_t n = 0;

	for (size_t i = 0; i < COMMANDS; i++)
		if (second_word(&commands[i]) &&
		    first_fit(&commands[i], word, false) == FIT_FULL) {
			if (!n)
				print_example(&commands[i], &example);
			seconds[n++] = second_word(&commands[i]);
			buf_printf(&forms, "%s%s", n > 1 ? ", " : "", commands[i].name);
		}
	if (n) {
		if (line->n > 1)
			vf_error_set(error, "there is no command '%s %.40s'", word,
				     line->words[1].text);
		else
			vf_error_set(error, "%s: missing command, such as \"%s\"", word,
				     buf_str(&example));
		*blame = 1;
		if (line->n > 1)
			near = nearest_word(line->words[1].text, seconds, n);
		if (near)
			vf_error_hint(error, "did you mean '%s %s'?", word, near);
		else
			vf_error_hint(error, n > 1 ? "one of: %s" : "%s", buf_str(&forms));
	}
	buf_deinit(&forms);
	buf_deinit(&example);
	return n;
}

static void unknown_command(const char *word, struct vf_error *error)
{
	const char *names[COMMANDS], *near;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = second_word(&commands[i]) ? NULL : commands[i].name;
	near = nearest_word(word, names, COMMANDS);
	vf_error_set(error, "there is no command '%.40s'%s", word, strlen(word) > 40 ? "..." : "");
	if (near)
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

/* The row that the line's first words name; NULL: none, or several; *blame is the word. */
static const struct command_spec *choose(const struct line *line, bool prompt, unsigned *blame,
					 struct vf_error *error)
{
	struct lookup lookup = {.words = line->words, .n = line->n, .short_words = prompt};
	struct buf names = {0};

	look_up(&lookup);
	if (lookup.count == 1)
		return lookup.first;
	if (lookup.count) {
		print_names(&lookup, &names);
		vf_error_set(error, "'%.40s' is ambiguous", line->words[0].text);
		vf_error_hint(error, "one of: %s", buf_str(&names));
		buf_deinit(&names);
	} else if (!unknown_second(line, blame, error)) {
		unknown_command(line->words[0].text, error);
	}
	return NULL;
}

/* --- from a line to a command ---------------------------------------------------------------- */

static void write_out(struct word *word, const char *full, size_t n)
{
	if (strlen(word->text) != n || strncmp(word->text, full, n)) {
		free(word->text);
		word->text = xstrndup(full, n);
	}
}

/* The words of the name in full. The value is their number. */
static unsigned write_out_name(struct command *command)
{
	const struct command_spec *spec = command->spec;
	const char *second = second_word(spec);

	write_out(&command->line.words[0], spec->name, strcspn(spec->name, " "));
	if (second)
		write_out(&command->line.words[1], second, strlen(second));
	return second ? 2 : 1;
}

struct command *command_parse(const struct reader *reader, struct line *line, bool prompt,
			      struct vf_error *error)
{
	unsigned blame = 0;
	const struct command_spec *spec = choose(line, prompt, &blame, error);
	struct command *command;
	struct parser p = {.reader = reader, .error = error, .prompt = prompt};

	if (!spec) {
		reader_point(reader, &line->words[blame < line->n ? blame : 0], error);
		line_deinit(line);
		return NULL;
	}
	command = xcalloc(1, sizeof(*command));
	command->spec = spec;
	command->line = *line;
	command->file = xstrdup(reader->file);
	command->holders = 1;
	*line = (struct line){0};
	p.at = write_out_name(command);
	p.command = command;
	if (!parser_run(&p)) {
		command_free(command);
		return NULL;
	}
	return command;
}

struct command *command_hold(struct command *command)
{
	command->holders++;
	return command;
}

void command_free(struct command *command)
{
	if (!command || --command->holders)
		return;
	line_deinit(&command->line);
	args_deinit(&command->args, command->spec);
	free(command->file);
	free(command);
}

void command_print_quoted(const char *text, struct buf *out)
{
	buf_putc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

void command_print(const struct command *command, struct buf *out)
{
	for (size_t i = 0; i < command->line.n; i++) {
		const struct word *word = &command->line.words[i];

		if (i)
			buf_putc(out, ' ');
		if (!word->quoted && word->text[0]) {
			buf_puts(out, word->text);
			continue;
		}
		command_print_quoted(word->text, out);
	}
}
