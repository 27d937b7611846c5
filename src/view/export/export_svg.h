/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A grid as an SVG picture: a text for each run of equal style, at its column, so that it
 * can be selected and searched and remains aligned in any monospaced font.
 */
#ifndef VIEW_EXPORT_SVG_H
#define VIEW_EXPORT_SVG_H

#include "view/grid.h"
#include "view/ui.h"

void export_svg(const struct grid *grid, const struct palette *palette, const char *title,
		struct buf *out);

/* The screen that render() draws. */
void export_screen(const struct session *session, const struct ui *ui, int rows, int cols,
		   const struct palette *palette, struct buf *out);

#endif
