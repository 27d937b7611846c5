/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scenario file, read and checked as a session does. */
#ifndef SESSION_OPEN_SCENARIO_H
#define SESSION_OPEN_SCENARIO_H

#include "language/scenario.h"

/*
 * Carries out a file in a session, on the kernels that it names, and takes over what
 * undo, reset and open leave of its commands. scenario_close() it.
 */
bool scenario_open(struct scenario *scenario, const char *path, struct vf_error *error);

#endif
