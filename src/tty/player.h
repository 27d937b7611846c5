/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripted playback at a terminal: title card, narration, waits, questions,
 * and every fork step by step. It drives an app; the prompt stays alive, so a
 * viewer can look around, and change things, at any point of the story.
 */
#ifndef TTY_PLAYER_H
#define TTY_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "session/session.h"
#include "tty/app.h"

/* The script is not owned. */
struct player *player_create(struct script *script);
void player_free(struct player *player);

/* Shows the first thing. */
void player_start(struct player *player, struct app *app);

/* Handles a key that continues the story. False: the key is for others. */
bool player_key(struct player *player, struct app *app, uint32_t key);
/* The question has been answered or skipped. */
void player_answered(struct player *player, struct app *app);
/* Will the story say that this answer to what is asked is right? */
struct foresight player_foresee(const struct player *player, const struct app *app, const char *answer);
/* Is it told from a memory that nobody else may change: a lesson, or one with an open question? */
bool player_tells(const struct player *player, const struct app *app);
/* A hint was shown for the first time. */
void player_hinted(struct player *player);
/* The story is left: a lesson remembers where. */
void player_leave(struct player *player, struct app *app);
/* The viewer has reached the task, or has given it up. */
void player_reached(struct player *player, struct app *app);
void player_skipped(struct player *player, struct app *app);
bool player_tick(struct player *player, struct app *app);
double player_due(const struct player *player); /* negative: nothing is due */

/* Is the story over? */
bool player_ended(const struct player *player);
/* Did a command of the script fail? */
bool player_broken(const struct player *player);

#endif
