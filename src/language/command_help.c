/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help, and the section of the manual page, from the table of commands. */
#include <stdio.h>
#include <string.h>

#include "language/command.h"

/* The summary starts a sentence here. */
static char first_letter(const struct command_spec *spec)
{
	char c = spec->summary[0];

	return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* Who may precede the name. */
static const char *const by_words[] = {
	[BY_PARENT] = "",
	[BY_EITHER] = "[child|parent] ",
	[BY_NAMED] = "child|parent ",
};

static void help_one(const struct command_spec *spec, struct buf *out)
{
	buf_printf(out, "%s%s%s", by_words[spec->by], spec->name, spec->grammar[0] ? " " : "");
	command_synopsis(spec, out);
	buf_printf(out, "\n    %c%s.", first_letter(spec), spec->summary + 1);
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

/* `help child`: what a process can carry out. */
static void help_process(struct buf *out)
{
	buf_puts(out, "child COMMAND, parent COMMAND\n"
		      "    Let that process carry the command out. Without either word the parent does.\n"
		      "    child is the child of the latest fork. COMMAND is one of:\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].by != BY_PARENT)
			buf_printf(out, "  %-14s %s\n", commands[i].name, commands[i].summary);
}

/* "child touch" is about `touch`. */
static const char *after_process(const char *name)
{
	char first[16];
	int process;

	if (!name || !strchr(name, ' '))
		return name;
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(name, " "), name);
	return command_process(first, false, &process) ? strchr(name, ' ') + 1 : name;
}

bool command_help(const char *name, struct buf *out)
{
	bool found = false;
	int process;

	name = after_process(name);
	if (name && command_process(name, false, &process)) {
		help_process(out);
		return true;
	}
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

void mdoc_text(const char *s, struct buf *out)
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
			buf_puts(out, ".It Xo\n");
			if (spec->by != BY_PARENT)
				buf_printf(out, ".Li \"%.*s\"\n", (int)strlen(by_words[spec->by]) - 1,
					   by_words[spec->by]);
			buf_puts(out, ".Ic ");
			buf_puts(out, spec->name);
			buf_putc(out, '\n');
			if (spec->grammar[0]) {
				struct buf synopsis = {0};

				command_synopsis(spec, &synopsis);
				buf_puts(out, ".Li \"");
				for (const char *c = buf_str(&synopsis); *c; c++)
					if (*c == '"')
						buf_puts(out, "\\(dq");
					else
						mdoc_text((char[]){*c, 0}, out);
				buf_puts(out, "\"\n");
				buf_deinit(&synopsis);
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
