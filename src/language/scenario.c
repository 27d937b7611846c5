/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct budget_amounts scenario_budget(const struct scenario *scenario)
{
	return scenario->budget.memory ? scenario->budget : budget_default;
}

void scenario_add_command(struct scenario *scenario, struct command *command)
{
	GROW(scenario->commands, scenario->n, scenario->cap);
	scenario->commands[scenario->n++] = command_hold(command);
}

static bool read_lines(struct scenario *scenario, struct reader *reader, struct vf_error *error)
{
	bool more = true;

	for (;;) {
		struct line line;
		struct command *command;

		if (!reader_next(reader, &line, &more, error))
			return false;
		if (!more)
			return true;
		command = command_parse(reader, &line, false, error);
		if (!command)
			return false;
		if (command_effect(command)->spec->builds)
			scenario_add_command(scenario, command_effect(command));
		command_free(command);
	}
}

bool scenario_add(struct scenario *scenario, const char *file, unsigned number, const char *text,
		  struct vf_error *error)
{
	struct budget budget = budget_of(scenario_budget(scenario));
	struct reader reader;

	reader_init(&reader, file, text, strlen(text));
	reader.budget = &budget;
	reader.line = number;
	return read_lines(scenario, &reader, error);
}

bool scenario_read(struct scenario *scenario, const char *file, const char *text,
		   struct vf_error *error)
{
	return scenario_add(scenario, file, 1, text, error);
}

void scenario_drop(struct scenario *scenario)
{
	command_free(scenario->commands[--scenario->n]);
}

void scenario_close(struct scenario *scenario)
{
	while (scenario->n)
		scenario_drop(scenario);
	free(scenario->commands);
	free(scenario->title);
	free(scenario->about);
	for (int side = 0; side < SIDES; side++)
		kernel_free(scenario->kernel[side]);
	*scenario = (struct scenario){0};
}

void scenario_place(const struct command *command, char *text, size_t size)
{
	snprintf(text, size, "%s:%u", command->file ? command->file : "",
		 command->line.n ? command->line.words[0].line : 0);
}
