/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The session's loop: keys, signals and the clock in, grids out. */
#ifndef TTY_LOOP_H
#define TTY_LOOP_H

#include <stdbool.h>

#include "base/error.h"
#include "session/session.h"
#include "tty/screen.h"
#include "view/palette.h"

struct loop_options {
	const struct palette *palette; /* NULL: the best one for the terminal */
	enum glyphs glyphs;
	bool still; /* no animation */
	const char *message; /* shown first, or NULL */
	bool failed;	     /* the message reports a failure */
	struct script *script; /* to play, or NULL */
	const char *command;   /* carried out first, or NULL */
	bool offers; /* what a session that ended early has left */
};

/*
 * Runs until the viewer quits. A signal that ends the program does so here, with the
 * terminal restored. False: the terminal cannot show a screen. *broken (may be NULL): a
 * command of the script failed.
 */
bool loop_run(struct session *session, const struct loop_options *options, bool *broken,
	      struct vf_error *error);

#endif
