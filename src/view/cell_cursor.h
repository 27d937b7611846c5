/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cursor over the cells of the picture: one entry of one process of one side. */
#ifndef VIEW_CELL_CURSOR_H
#define VIEW_CELL_CURSOR_H

#include "base/buf.h"
#include "view/ui.h"

/*
 * Moves it on a screen of that size by a row or a column: to the next cell there, of whichever
 * process, or to further pages of the VMA above or below. Shows it first, at the page in focus, if it
 * is not on the screen. False: there is no cell there.
 */
bool cell_cursor_move(struct ui *ui, const struct session *session, int rows, int cols, int by_row,
		      int by_col);

/* Puts it on the cell in that place of the screen; false: there is none. */
bool cell_cursor_put(struct ui *ui, const struct session *session, int rows, int cols, int row, int col);

/*
 * Of its first page that is mapped: "left parent, heap 5: present ...". False: nothing is mapped
 * there, or the cursor is not shown.
 */
bool cell_cursor_words(const struct ui *ui, const struct session *session, struct buf *out);
/* The command that asks about that page: "why heap 5". False: the same. */
bool cell_cursor_why(const struct ui *ui, const struct session *session, struct buf *out);

#endif
