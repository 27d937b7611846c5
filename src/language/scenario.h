/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scenario that a kernel can carry out: the commands that change memory. */
#ifndef LANGUAGE_SCENARIO_H
#define LANGUAGE_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "language/command.h"
#include "report/sides.h"

struct scenario {
	struct command **commands; /* build steps; the scenario holds them */
	size_t n, cap;
	char *title, *about; /* may be NULL */
	/* The kernels chosen for the two sides, and the knobs that it sets; NULL: none was. */
	struct kernel *kernel[SIDES];
	enum thp_mode thp;
	uint64_t fault_around; /* pages */
	bool no_zero_page;
	struct budget_amounts budget; /* what a model may take; zeroed: budget_default */
};

struct budget_amounts scenario_budget(const struct scenario *scenario);

/*
 * Adds a line to a scenario that starts as {0}. The line is parsed, not carried out, so
 * a kernel may refuse it later. Lines that change no memory are left out.
 * file, number: where it is, for scenario_place().
 */
bool scenario_add(struct scenario *scenario, const char *file, unsigned number, const char *text,
		  struct vf_error *error);
/* Adds all lines of a text. */
bool scenario_read(struct scenario *scenario, const char *file, const char *text,
		   struct vf_error *error);
/* Adds a command, and holds it. */
void scenario_add_command(struct scenario *scenario, struct command *command);
/* Takes the last command away again. */
void scenario_drop(struct scenario *scenario);
void scenario_close(struct scenario *scenario);

/* "FILE:LINE" of a command. */
void scenario_place(const struct command *command, char *text, size_t size);

#endif
