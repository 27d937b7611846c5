/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the modes share. */
#ifndef LIVE_RUN_PROBE_RUN_PRIVATE_H
#define LIVE_RUN_PROBE_RUN_PRIVATE_H

#include "base/output.h"
#include "live/compare.h"
#include "live/run/probe_run.h"

enum { EXIT_AGREES = 0, EXIT_DIFFERS = 1, EXIT_NOTHING = 77 }; /* and EXIT_ERROR */

/* The one of two statuses that says more about all files together. */
int probe_status_worse(int a, int b);

/* Has a signal arrived that ends the probe, or can its output not be written any more? */
bool probe_run_must_end(const struct probe_run *run);

/* Prints an error, also as JSON if the mode prints JSON. Returns EXIT_ERROR. */
int probe_run_fail(const struct probe_run *run, enum probe_end end, const struct vf_error *error);

/* Prints why the scenario was not carried out to its end, if so, on standard error. */
void probe_run_explain_end(const struct probe_run *run, const struct probe *probe);

/* Prints a text, which is freed, and a newline. */
void probe_run_print_json(char *text);

/* --- comparisons ------------------------------------------------------------------- */

/* Of several scenarios. */
struct score_sum {
	size_t scenarios;
	struct score facts;
};

/* Compares, prints the differences and a line that counts, and adds to the sum. */
int score_sum_add(struct score_sum *sum, const struct probe *probe, const char *name);

/* recording: "" or the file that it is from, with a colon. */
void score_sum_print(const struct score_sum *sum, const char *recording, const char *release);

#endif
