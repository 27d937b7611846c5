/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The legend of everything that is on the screen, as text. */
#ifndef VIEW_CALLOUTS_H
#define VIEW_CALLOUTS_H

#include "session/session.h"
#include "view/ui.h"

/* Of a screen of that size. */
void callouts(const struct session *session, const struct ui *ui, int rows, int cols, struct buf *out);
/* All letters that a cell can have. */
void callouts_cells(bool utf8, struct buf *out);

#endif
