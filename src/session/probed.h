/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running kernel did when it carried the session's commands out, and which
 * commands these were. Fields are for reading; only these functions change them.
 */
#ifndef SESSION_PROBED_H
#define SESSION_PROBED_H

#include <stdbool.h>

#include "outside/observed.h"

/* Zeroed: nothing. */
struct probed {
	struct observed *observed; /* NULL: not probed */
	char *commands;		   /* that were carried out, one a line */
	bool fresh;		   /* they were the session's commands at the last comparison */
};

void probed_deinit(struct probed *probed);

/* Takes over what was observed of these commands; NULL: nothing. */
void probed_set(struct probed *probed, struct observed *observed, const char *commands);
/* Compares with the commands as they are now. */
void probed_compare(struct probed *probed, const char *commands);
/* NULL: nothing, or results of other commands. */
const struct observed *probed_result(const struct probed *probed);

#endif
