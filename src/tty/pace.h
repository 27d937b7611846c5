/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast steps are played: as long as each needs to be seen, but a fork of any size
 * within ten seconds. What is too much for that is played in bursts that grow: the first
 * steps one by one, the last ones thousands at a time.
 */
#ifndef TTY_PACE_H
#define TTY_PACE_H

#include <stddef.h>

#include "session/session.h"

#define PACE_LONGEST 10.0 /* seconds for all that is left, at speed 1 */
#define PACE_FRAME (1 / 40.0) /* seconds between two screens, at least */

struct pace {
	double began; /* seconds */
	size_t from, count; /* slots of the timeline */
	double lasts; /* seconds; 0: each step takes its own time */
};

/* Playing begins here, or goes on in another way. */
struct pace pace_begin(const struct session *session, double now);

/* The slot that must have happened by then. */
size_t pace_slot(const struct pace *pace, double now);

/* Seconds to see what the step does that was just made; and those in which things move. */
double pace_step_seconds(const struct session *session);
double pace_move_seconds(const struct session *session);

#endif
