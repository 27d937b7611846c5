/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a session is in time, and how it moves there: the timeline of its two machines,
 * the moment that is shown, and what `play` does with both. Fields are for reading; only
 * these functions change them.
 */
#ifndef SESSION_PLAYHEAD_H
#define SESSION_PLAYHEAD_H

#include "session/timeline.h"

struct playhead {
	struct timeline timeline;
	/*
	 * The requested moment. Rebuilding the machines does not change it; the timeline
	 * is at the nearest place that it has.
	 */
	struct moment moment;
	bool fork_begins; /* a fork that was not shown yet begins here */
	bool playing;
	double speed; /* 1: normal */
	enum grain grain; /* of step and play */
};

void playhead_init(struct playhead *playhead);
void playhead_deinit(struct playhead *playhead);

/*
 * Brings the timeline up to date, and both machines to the moment. builds: grows with
 * each machine that takes the place of another.
 */
void playhead_sync(struct playhead *playhead, struct machine *const machine[2], uint64_t builds);

/* These move; the timeline must be up to date. */
void playhead_seek(struct playhead *playhead, size_t slot, uint64_t page);
bool playhead_step(struct playhead *playhead, long n, enum grain grain);

/*
 * A command was carried out at the end: time goes there. fork: the moment where a fork
 * begins that is to be shown, and time stays there until the next sync; else NULL.
 */
void playhead_append(struct playhead *playhead, const struct moment *fork);
/* To the end, also of later commands. */
void playhead_reset(struct playhead *playhead);

void playhead_set_playing(struct playhead *playhead, bool playing);
void playhead_set_speed(struct playhead *playhead, double speed);
void playhead_set_grain(struct playhead *playhead, enum grain grain);

#endif
