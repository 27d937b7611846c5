/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a scenario file and checks it as a session does. */
#ifndef SESSION_OPEN_SCENARIO_H
#define SESSION_OPEN_SCENARIO_H

#include "language/scenario.h"

/*
 * Carries out a file in a session, on the kernels that it names. The scenario gets the
 * commands that remain after undo, reset and open, and the budget of that session. The caller
 * closes it with scenario_close().
 */
bool scenario_open(struct scenario *scenario, const char *path, struct budget_amounts budget,
		   struct vf_error *error);

#endif
