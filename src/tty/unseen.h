/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a screen would show, for export from a session that has none. */
#ifndef TTY_UNSEEN_H
#define TTY_UNSEEN_H

#include "session/session.h"
#include "view/ui.h"

/* Neither is owned. */
struct unseen {
	struct session *session;
	const struct ui *ui; /* what it looks at */
};

/* Draws it only when something is exported. */
struct pictures unseen_pictures(struct unseen *unseen);

#endif
