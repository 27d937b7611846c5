/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The modes of vmafork-probe: one function for each, which prints its results and
 * errors, and returns the exit status.
 */
#ifndef LIVE_RUN_PROBE_RUN_H
#define LIVE_RUN_PROBE_RUN_H

#include "live/probe.h"

/* Opens a scenario file, which scenario_close() closes, and which keeps the budget. */
typedef bool scenario_opener(struct scenario *scenario, const char *path,
			     struct budget_amounts budget, struct vf_error *error);

struct probe_run {
	const char *program;   /* its name, for errors */
	scenario_opener *open; /* the session's: it knows the language's moments and kernels */
	struct probe_options probe;
	struct budget_amounts budget; /* the model's, for each scenario */
	const char *by; /* the command that a recording names; NULL: --record and the files */
	bool sides;	/* JSON compares both sides, too */
	bool json;	/* prints JSON, errors included */
};

/* paths: `count` files, as many as the mode takes. */
typedef int probe_mode(const struct probe_run *run, char *const paths[], int count);

probe_mode probe_run_json;    /* one scenario, carried out: JSON */
probe_mode probe_run_compare; /* the same, and the model against it; of several, their sum */
probe_mode probe_run_record;  /* the same as a recording */
probe_mode probe_run_replay;  /* the model against recordings */
probe_mode probe_run_era;     /* none: the known kernel that this one behaves like */
probe_mode probe_run_doctor; /* none: what can be done and seen here */
probe_mode probe_run_calibrate; /* none: what fork takes here */

/*
 * Runs a mode, with signals held back until everything that was acquired is restored;
 * then ends as a signal would have it, if one arrived. Resolves the kernel "live".
 */
int probe_run(struct probe_run *run, probe_mode *mode, char *const paths[], int count);

#endif
