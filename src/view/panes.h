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

/* What can be typed at an empty prompt. True: it is urgent. */
bool prompt_hint(const struct session *session, const struct ui *ui, struct buf *out);

/* Does the story fit on a screen of this size? */
bool story_fits(const struct session *session, const struct ui *ui, int rows, int cols);

/* Rows of text that an overlay can show on a screen of this size. */
int overlay_rows(int rows);
/* How far its text can be scrolled. */
size_t overlay_bottom(const struct overlay *overlay, int rows, int cols);
/* The row of its text, from 0, where the line that is chosen begins. */
size_t overlay_chosen_row(const struct overlay *overlay, int cols);

/* pane_side.c: one machine */
void pane_side(struct area area, const struct scene scenes[SIDES], int side,
	       const struct ui *ui, bool alone);
/* "check src", "check dst" or that there is no such clause. */
const char *check_words(const struct kernel *kernel);
/* A cost as words: entries, tables and bytes; faults and copies on write. */
enum cost_word {
	COST_ENTRY_WORDS,
	COST_TABLE_WORDS,
	COST_BYTE_WORDS,
	COST_FAULT_WORDS,
	COST_COPY_WORDS,
	COST_WORDS
};
void cost_words(const struct cost *cost, const struct paging *paging, struct buf words[COST_WORDS]);

/* pane_decision.c: each returns the row after what it drew */
int pane_flags(struct area area, int row, const struct scene *scene);
void pane_flag_list(struct area area, const struct scene *scene); /* at least 2 rows */
int pane_clauses(struct area area, int row, const struct scene *scene);
int pane_verdict(struct area area, int row, const struct scene *scene, bool differs);
enum style decision_style(const struct decision *decision);

/* pane_source.c: the kernel's source where this step is done; one row, or five */
void pane_source(struct area area, const struct scene *scene);
/* pane_seen.c: marks for what was observed of the running kernel */
enum mark { MARK_NONE, MARK_AGREES, MARK_DISAGREES, MARK_UNSEEN };
void put_mark(struct area area, int row, int col, enum mark mark);
/* Compares the parent's or the child's VMA with the observed one: addresses and flags. */
enum mark mark_flags(const struct scene *scene, bool child);
/*
 * What the kernel has instead: no VMA (seen NULL), other addresses; "+uw -sd": flags that
 * only the kernel has, and flags that only the model has.
 */
void flags_difference(const struct vm_area *vma, const struct seen_vma *seen, struct buf *out);
enum mark mark_decision(const struct scene *scene);
/*
 * Compares one page of the child or the parent, by its number there. If they differ, *page is what was
 * observed, with the kind and the frame only if those differ; without a state, there is
 * no such VMA.
 */
enum mark mark_page(const struct scene *scene, bool child, uint64_t number,
		    struct seen_page *page);
/* Compares a number of the model with an observed one; seen -1: not observed. */
enum mark mark_number(uint64_t model, int64_t seen);
/* The more important of two marks for one row. */
enum mark mark_both(enum mark a, enum mark b);
/* The observed run that holds this page, by numbers of pages as the model has them; false: none. */
bool seen_run_at(const struct scene *scene, bool child, uint64_t page, struct seen_run *run);
/* The legend of the marks, or why this step has none; "" if nothing was observed. */
void seen_legend(const struct scene scenes[SIDES], bool utf8, struct buf *out);

/* pane_picture.c: the page tables of both processes, and their entries in words */
void pane_picture(struct area area, const struct scene scenes[SIDES], int side,
		  const struct ui *ui);

/* pane_entries.c: the entries in words; with a head of 2 rows */
void pane_entries(struct area area, const struct scene *scene, const struct scene *other,
		  const struct ui *ui, bool head);
/* The rows that it needs without a head, at most `most`. */
int entries_lines(const struct scene *scene, const struct scene *other, const struct ui *ui, int most);

/* pane_vmas.c: all VMAs and the decisions for them */
void pane_vmas(struct area area, const struct session *session, const struct ui *ui);

/* pane_time.c: what happens, and where in time */
void pane_step(struct area area, const struct session *session, const struct ui *ui, bool ruled);
void pane_timeline(struct area area, const struct session *session);
/* The sentences of pane_step(): "Both: ...", or "Left: ..." and "Right: ..." with that between. */
void step_text(const struct session *session, const struct ui *ui, const char *between,
	       struct buf *out);

/* pane_goal.c: the viewer's task, if ui->goal says that it is shown */
void pane_goal(struct area area, const struct session *session, const struct ui *ui);
int goal_rows(const struct session *session, const struct ui *ui, int cols);
/* The same as lines of text: the task, and what of it holds. */
void goal_task_text(const struct session *session, const struct ui *ui, struct buf *out);
void goal_parts_text(const struct session *session, const struct ui *ui, struct buf *out);
/* Is the task reached, and the viewer has seen what reached it? */
bool goal_seen(const struct session *session, const struct ui *ui);
/* "2 commands, par 3" */
void goal_count_text(const struct goal *goal, struct buf *out);

/* pane_text.c: output, story, overlays */
void pane_message(struct area area, const struct ui *ui);
void pane_story(struct area area, const struct session *session, const struct ui *ui);
int story_rows(const struct session *session, const struct ui *ui, int cols);
/* The same as plain text, for an overlay. */
void story_text(const struct session *session, const struct ui *ui, struct buf *out);
/* Is the viewer's answer to the question right, and why: "Right. ...". */
void story_answer(const struct question *question, const struct ui *ui, struct buf *out);
void pane_card(struct area area, const struct session *session, const struct ui *ui);
void pane_overlay(struct area area, const struct overlay *overlay);
void pane_overlay_bare(struct area area, const struct overlay *overlay); /* without a box */

#endif
