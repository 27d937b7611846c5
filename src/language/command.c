/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and what is made from it. */
#include "language/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

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

/* --- from a line to a command ---------------------------------------------------------- */

/* Has the name two words ("child touch")? */
static const char *second_word(const struct command_spec *spec)
{
	const char *blank = strchr(spec->name, ' ');

	return blank ? blank + 1 : NULL;
}

static bool starts(const char *full, const char *word, size_t full_length, bool prompt)
{
	size_t n = strlen(word);

	if (n == full_length && !strncmp(full, word, n))
		return true;
	return prompt && n && n < full_length && !strncmp(full, word, n);
}

/* 0: does not fit; 1: as a prefix; 2: in full. */
static int fits(const struct command_spec *spec, const struct line *line, bool prompt)
{
	const char *second = second_word(spec), *word = line->words[0].text;
	size_t length = strcspn(spec->name, " ");

	if (!starts(spec->name, word, length, prompt))
		return 0;
	if (!second)
		return strlen(word) == length ? 2 : 1;
	if (line->n < 2 || !starts(second, line->words[1].text, strlen(second), prompt))
		return 0;
	return strlen(word) == length && !strcmp(line->words[1].text, second) ? 2 : 1;
}

/* "child tuch": the first word begins commands of two words, the second is none of theirs. */
static bool unknown_second(const struct line *line, unsigned *blame, struct vf_error *error)
{
	const char *seconds[COMMANDS], *word = line->words[0].text, *near = NULL;
	struct buf forms = {0};
	size_t n = 0;

	for (size_t i = 0; i < COMMANDS; i++) {
		const char *second = second_word(&commands[i]);
		size_t length = strcspn(commands[i].name, " ");

		if (!second || strlen(word) != length || strncmp(commands[i].name, word, length))
			continue;
		seconds[n++] = second;
		buf_printf(&forms, "%s%s", forms.len ? ", " : "", commands[i].name);
	}
	if (n) {
		if (line->n > 1)
			vf_error_set(error, "%s: there is no command '%s %.40s'", word, word,
				     line->words[1].text);
		else
			vf_error_set(error, "%s: missing command", word);
		*blame = 1;
		if (line->n > 1)
			near = nearest_word(line->words[1].text, seconds, n);
		if (near)
			vf_error_hint(error, "did you mean '%s %s'?", word, near);
		else
			vf_error_hint(error, n > 1 ? "one of: %s" : "%s", buf_str(&forms));
	}
	buf_deinit(&forms);
	return n;
}

static void unknown_command(const struct line *line, unsigned *blame, struct vf_error *error)
{
	const char *names[COMMANDS], *near;
	const char *word = line->words[0].text;

	if (unknown_second(line, blame, error))
		return;
	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = second_word(&commands[i]) ? NULL : commands[i].name;
	near = nearest_word(word, names, COMMANDS);
	vf_error_set(error, "there is no command '%.40s'%s", word,
		     strlen(word) > 40 ? "..." : "");
	if (near)
		vf_error_hint(error, "did you mean '%s'?", near);
	else
		vf_error_hint(error, "help lists the commands");
}

/* The row that the line's first words name; NULL: none, or several, and *blame is to blame. */
static const struct command_spec *choose(const struct line *line, bool prompt, unsigned *blame,
					 struct vf_error *error)
{
	const struct command_spec *found = NULL, *in_full = NULL;
	struct buf several = {0};
	size_t n = 0;

	for (size_t i = 0; i < COMMANDS; i++) {
		int fit = fits(&commands[i], line, prompt);

		if (fit == 2 && second_word(&commands[i]))
			return &commands[i];
		if (fit == 2)
			in_full = &commands[i];
		if (fit == 1) {
			found = &commands[i];
			buf_printf(&several, "%s%s", n++ ? ", " : "", commands[i].name);
		}
	}
	if (in_full) { /* "set so": two words say more than one */
		if (n != 1 || !second_word(found))
			found = in_full;
	} else if (n > 1) {
		vf_error_set(error, "'%.40s' is ambiguous", line->words[0].text);
		vf_error_hint(error, "one of: %s", buf_str(&several));
		found = NULL;
	} else if (!n) {
		unknown_command(line, blame, error);
	}
	buf_deinit(&several);
	return found;
}

static void make_full(struct word *word, const char *full, size_t n)
{
	if (strlen(word->text) != n) {
		free(word->text);
		word->text = xstrndup(full, n);
	}
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
	make_full(&command->line.words[0], spec->name, strcspn(spec->name, " "));
	p.at = 1;
	if (second_word(spec)) {
		make_full(&command->line.words[1], second_word(spec), strlen(second_word(spec)));
		p.at = 2;
	}
	p.command = command;
	if (!spec->parse(&p)) {
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
	ranges_deinit(&command->args.pages);
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

const struct command_spec *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* --- help ----------------------------------------------------------------------------------- */

/* The summary starts a sentence here. */
static char first_letter(const struct command_spec *spec)
{
	char c = spec->summary[0];

	return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static void help_one(const struct command_spec *spec, struct buf *out)
{
	buf_printf(out, "%s%s%s\n    %c%s.", spec->name, spec->synopsis[0] ? " " : "",
		   spec->synopsis, first_letter(spec), spec->summary + 1);
	if (spec->details)
		buf_printf(out, " %s", spec->details);
	buf_puts(out, "\n    Example:\n        ");
	for (const char *c = spec->example; *c; c++) {
		buf_putc(out, *c);
		if (*c == '\n')
			buf_puts(out, "        ");
	}
	buf_putc(out, '\n');
}

bool command_help(const char *name, struct buf *out)
{
	bool found = false;

	for (int group = 0; !name && group < GROUPS; group++) {
		buf_printf(out, "%s%s\n", group ? "\n" : "", group_titles[group]);
		for (size_t i = 0; i < COMMANDS; i++)
			if (commands[i].group == (enum command_group)group)
				buf_printf(out, "  %-14s %s\n", commands[i].name, commands[i].summary);
	}
	for (size_t i = 0; name && i < COMMANDS; i++) {
		size_t n = strlen(name), first = strcspn(commands[i].name, " ");

		if (!strcmp(commands[i].name, name) ||
		    (n == first && !strncmp(commands[i].name, name, n))) {
			help_one(&commands[i], out);
			found = true;
		}
	}
	return found || !name;
}

/* mdoc has its own meaning for backslashes; no text here starts a line with a dot or a quote. */
static void mdoc_text(const char *s, struct buf *out)
{
	for (; *s; s++) {
		if (*s == '\\')
			buf_puts(out, "\\e");
		else if (*s == '-')
			buf_puts(out, "\\-");
		else
			buf_putc(out, *s);
	}
}

void command_mdoc(struct buf *out)
{
	for (int group = 0; group < GROUPS; group++) {
		buf_printf(out, ".Ss %s\n.Bl -tag -width Ds\n", group_titles[group]);
		for (size_t i = 0; i < COMMANDS; i++) {
			const struct command_spec *spec = &commands[i];

			if (spec->group != (enum command_group)group)
				continue;
			buf_puts(out, ".It Xo\n.Ic ");
			buf_puts(out, spec->name);
			buf_putc(out, '\n');
			if (spec->synopsis[0]) {
				buf_puts(out, ".Li \"");
				for (const char *c = spec->synopsis; *c; c++)
					if (*c == '"')
						buf_puts(out, "\\(dq");
					else
						mdoc_text((char[]){*c, 0}, out);
				buf_puts(out, "\"\n");
			}
			buf_puts(out, ".Xc\n");
			buf_putc(out, first_letter(spec));
			mdoc_text(spec->summary + 1, out);
			buf_puts(out, ".\n");
			if (spec->details) {
				/* New sentence, new line. */
				for (const char *c = spec->details; *c; c++) {
					mdoc_text((char[]){*c, 0}, out);
					if (*c == '.' && c[1] == ' ') {
						buf_putc(out, '\n');
						c++;
					}
				}
				buf_putc(out, '\n');
			}
			buf_puts(out, ".Bd -literal\n");
			mdoc_text(spec->example, out);
			buf_puts(out, "\n.Ed\n");
		}
		buf_puts(out, ".El\n");
	}
}
