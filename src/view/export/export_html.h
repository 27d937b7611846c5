/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole time line as one page of HTML that needs nothing else: share/export/page.html,
 * with the grid of each step in it.
 */
#ifndef VIEW_EXPORT_HTML_H
#define VIEW_EXPORT_HTML_H

#include "base/error.h"
#include "session/session.h"

/* Of its grids; and how many steps it may have. */
enum { EXPORT_COLS = 120, EXPORT_ROWS = 40, EXPORT_STEPS = 10000 };

/* Moves through the time line, and returns to where it was. False: it has too many steps. */
bool export_html(struct session *session, struct buf *out, struct vf_error *error);

#endif
