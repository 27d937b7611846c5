/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario file as the list of commands that shape memory, and the model that
 * carries them out one after the other beside the real kernel. It tells where
 * VMAs go, and what the model believes.
 */
#ifndef LIVE_LOCKSTEP_H
#define LIVE_LOCKSTEP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "report/facts.h"
#include "scenario/command.h"

struct scenario {
	struct session *session; /* owns the commands */
	const struct command **commands;
	size_t n, cap;
	bool loose;	     /* no session: the commands are the scenario's own */
	char *title, *about; /* may be NULL */
};

/*
 * Reads and checks a file as vmafork-tui does, on the kernels that it names.
 * What undo, reset and load leave standing is what is carried out.
 */
bool scenario_open(struct scenario *scenario, const char *path, struct vf_error *error);
void scenario_close(struct scenario *scenario);

/*
 * Adds a line to a scenario that starts as {0}. It is parsed, not carried out, so
 * that it may turn out to be refused. Lines that shape no memory are left out.
 * file, number: where it stands, for scenario_place().
 */
bool scenario_add(struct scenario *scenario, const char *file, unsigned number, const char *text,
		  struct vf_error *error);
/* Takes the last command away again. */
void scenario_drop(struct scenario *scenario);

/* "FILE:LINE" of a command. */
void scenario_place(const struct command *command, char *text, size_t size);

/* The machine as it is, for a model that is to believe the same of it. */
struct knobs {
	enum thp_mode thp;
	uint64_t fault_around; /* pages */
};

struct lockstep {
	const struct scenario *scenario;
	const struct kernel *kernel;
	struct knobs knobs;
	struct machine *machine;
	size_t at; /* commands carried out */
};

void lockstep_init(struct lockstep *lockstep, const struct scenario *scenario,
		   const struct kernel *kernel, struct knobs knobs);
void lockstep_deinit(struct lockstep *lockstep);

/*
 * Carries out the next command and notes what it came to. False: the model refuses it,
 * does not cover it (error->err <= 0), or has spent its budget: then nothing from here
 * on can be compared.
 */
bool lockstep_next(struct lockstep *lockstep, struct seen_step *step, struct model_error *error);

/* Back to where the first n commands are done. */
void lockstep_rewind(struct lockstep *lockstep, size_t n);

/*
 * Of a touch that the model says ends in a signal, or waits: the page at which
 * it does. The language has such a touch change nothing, so that page alone is
 * what can be touched for real. The touch must be the last command done.
 */
uint64_t lockstep_failing_page(const struct lockstep *lockstep, const struct ranges *pages);

/* What the model holds to be so, at this point. names: of VMAs to look for. */
struct place;
void lockstep_observe(const struct lockstep *lockstep, const struct place *parent_places,
		      size_t parent_count, const struct place *child_places, size_t child_count,
		      struct seen_moment *moment);

#endif
