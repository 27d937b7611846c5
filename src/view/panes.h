/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen: render() draws everything; the panes below it draw their part.
 * Nothing here changes the session or knows a terminal.
 */
#ifndef VIEW_PANES_H
#define VIEW_PANES_H

#include "view/grid.h"
#include "view/layout.h"
#include "view/scene.h"
#include "view/ui.h"

/* The caller frees the grid with grid_free(). */
struct grid *render(const struct session *session, const struct ui *ui, int rows, int cols);

/* Rows of text that an overlay can show on a screen of this size. */
int overlay_rows(int rows);
/* How far its text can be scrolled. */
size_t overlay_bottom(const struct overlay *overlay, int rows, int cols);

/* pane_side.c: one machine */
void pane_side(struct area area, const struct scene scenes[SIDES], int side,
	       const struct ui *ui, bool alone);

/* pane_decision.c: each returns the row behind what it drew */
int pane_flags(struct area area, int row, const struct scene *scene);
int pane_clauses(struct area area, int row, const struct scene *scene,
		 const struct scene *other);
int pane_verdict(struct area area, int row, const struct scene *scene, bool differs);
enum style decision_style(const struct decision *decision);

/* pane_source.c: the kernel's source where this step is done; one row, or five */
void pane_source(struct area area, const struct scene *scene);

/* pane_entries.c: the tables; at least 2 rows */
void pane_entries(struct area area, const struct scene *scene, const struct scene *other,
		  const struct ui *ui);

/* pane_map.c: all pages; the columns and width are those of the table above it */
void pane_map(struct area area, const struct scene *scene, const struct ui *ui, int parent_col,
	      int child_col, int width);

/* pane_vmas.c: all VMAs and what became of them */
void pane_vmas(struct area area, const struct session *session, const struct ui *ui);

/* pane_time.c: what happens, and where in time */
void pane_step(struct area area, const struct session *session, bool ruled);
void pane_timeline(struct area area, const struct session *session);

/* pane_text.c: output, story, overlays */
void pane_message(struct area area, const struct ui *ui);
void pane_story(struct area area, const struct session *session, const struct ui *ui);
int story_rows(const struct session *session, const struct ui *ui, int cols);
void pane_card(struct area area, const struct session *session, const struct ui *ui);
void pane_overlay(struct area area, const struct overlay *overlay);
void pane_overlay_bare(struct area area, const struct overlay *overlay); /* no room for a box */

#endif
