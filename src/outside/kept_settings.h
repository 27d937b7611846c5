/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a viewer has set, saved for later sessions: colors and the mouse. */
#ifndef OUTSIDE_KEPT_SETTINGS_H
#define OUTSIDE_KEPT_SETTINGS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

struct settings {
	unsigned palette; /* a word of vocab_palette; 0: what fits the terminal */
	bool mouse;	  /* the terminal reports it */
};

/*
 * Reads what was saved. False: there is nothing (error->message is empty), or the file cannot
 * be read or parsed; *settings is then the default.
 */
bool settings_load(struct settings *settings, struct vf_error *error);

/* Saves them, and adds the path of the file to `path`. */
bool settings_keep(const struct settings *settings, struct buf *path, struct vf_error *error);

#endif
