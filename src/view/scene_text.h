/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the panes show at this moment, as lines of text: one line for each fact, which begins
 * with "Left", "Right" or "Both".
 */
#ifndef VIEW_SCENE_TEXT_H
#define VIEW_SCENE_TEXT_H

#include "view/scene.h"

/* "Left: v6.18, check dst." */
void scene_kernels(const struct session *session, struct buf *out);
/* Where in time: "Step 3 of 14." */
void scene_time(const struct session *session, struct buf *out);
/* How many steps there are, and where the sides part; empty before the first fork. */
void scene_steps(const struct session *session, struct buf *out);
/* What is behind the sentences of this step: the function, the entries, the clauses. */
void scene_details(const struct session *session, const struct ui *ui, struct buf *out);
/* The decisions about the addresses in focus: "shm 16K: left skip: ..., right copy ..." */
void scene_verdict(const struct session *session, const struct ui *ui, struct buf *out);
/* All of them, up to EXPLAIN_VMAS. */
void scene_verdicts(const struct session *session, struct buf *out);
/* What fork and later faults cost so far. */
void scene_costs(const struct session *session, struct buf *out);
/* The VMA in focus, with the entries that are marked, or all. */
void scene_look(const struct session *session, const struct ui *ui, struct buf *out);

#endif
