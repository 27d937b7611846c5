/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and commands as values. */
#include "language/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/parser_private.h"

const char *const group_titles[GROUPS] = {
	[GROUP_BUILD] = "Building address spaces",
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
	if (spec->synopsis)
		buf_puts(out, spec->synopsis);
	else
		grammar_print(spec->grammar, out);
}

/* --- from a line to a command ---------------------------------------------------------------- */

static void write_out(struct word *word, const char *full, size_t n)
{
	if (strlen(word->text) != n || strncmp(word->text, full, n)) {
		free(word->text);
		word->text = xstrndup(full, n);
	}
}

/* The words of the name in full, and of who carries it out. The value is their number. */
static unsigned write_out_name(struct command *command, const struct lookup *lookup)
{
	const char *name = command->spec->name;
	struct word *word = command->line.words;

	if (lookup->skip)
		write_out(word++, process_names[lookup->process], strlen(process_names[lookup->process]));
	for (; *name; name += *name == ' ') {
		write_out(word++, name, strcspn(name, " "));
		name += strcspn(name, " ");
	}
	return (unsigned)(word - command->line.words);
}

/* To read one, besides its words. */
#define COMMAND_STEPS 6

struct command *command_parse(const struct reader *reader, struct line *line, bool prompt,
			      struct vf_error *error)
{
	unsigned blame = 0;
	struct lookup lookup = {.words = line->words, .n = line->n, .short_words = prompt};
	const struct command_spec *spec = lookup_choose(&lookup, &blame, error);
	struct command *command;
	uint64_t bytes = sizeof(*command) + strlen(reader->file) + line->bytes;
	struct parser p = {.reader = reader, .error = error, .prompt = prompt};

	if (!spec) {
		reader_point(reader, &line->words[blame < line->n ? blame : 0], error);
		budget_give(reader->budget, line->bytes);
		line_deinit(line);
		return NULL;
	}
	command = xcalloc(1, sizeof(*command));
	command->spec = spec;
	command->process = lookup.process;
	command->line = *line;
	command->file = xstrdup(reader->file);
	command->holders = 1;
	command->bytes = bytes;
	budget_take(reader->budget, bytes - line->bytes);
	budget_spend(reader->budget, COMMAND_STEPS);
	*line = (struct line){0};
	p.at = write_out_name(command, &lookup);
	p.command = command;
	if (!parser_run(&p) || !reader_check_budget(reader, command->line.words, error)) {
		budget_give(reader->budget, command->bytes);
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
