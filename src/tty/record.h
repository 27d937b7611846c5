/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records what is on the screen as an asciicast, version 2: a line of JSON for the size,
 * then one for each screen that differs, with the time and the characters that a terminal
 * needs to show the difference.
 */
#ifndef TTY_RECORD_H
#define TTY_RECORD_H

#include <stdio.h>

#include "view/grid.h"
#include "view/palette.h"

struct recorder {
	FILE *file;
	char *path;
	double began; /* seconds */
	struct grid *last; /* what the player's terminal shows */
	int style;	   /* of it; -1: unknown */
};

/*
 * A screen was drawn. path: the file to record to, which exists and is empty when it is
 * named for the first time; NULL: nothing is recorded, and what was open is closed.
 */
void record_screen(struct recorder *recorder, const char *path, const struct grid *grid,
		   const struct palette *palette, double now);
void record_close(struct recorder *recorder);

#endif
