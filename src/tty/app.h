/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session at a terminal: what keys and lines do. It gets the time as a number and
 * neither reads nor draws; the loop does both.
 */
#ifndef TTY_APP_H
#define TTY_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "session/session.h"
#include "tty/mouse.h"
#include "tty/pace.h"
#include "view/keys.h"
#include "view/ui.h"

struct player;

struct app {
	struct session *session;
	struct ui ui;
	struct player *player; /* telling a story, or NULL */
	struct script *script; /* that it tells, if a command started it; owned */
	double now;	       /* seconds */
	double moved;	       /* when the last step was made */
	double next_frame;     /* of the animation; only while ui.frame < UI_FRAMES */
	double mark_ends;      /* while ui.marked */
	double next_step;      /* while playing */
	struct pace pace;
	int rows, cols;	       /* of the screen, for scrolling */
	bool quit;
	bool reached; /* the viewer was told that the task is reached */
	bool next_palette; /* requested; the loop carries it out */
};

/* The session is not owned. */
void app_init(struct app *app, struct session *session, bool utf8, bool animate);
void app_deinit(struct app *app);

/* After each round of a loop: work that no file has is kept aside. Reports a failure once. */
void app_keep_aside(struct app *app);
/* Asks about what a session that ended early has left, if there is any. */
void app_offer_aside(struct app *app);

/* Carries out a line, and shows what it says. */
void app_command(struct app *app, const char *line);

/* Handles a key; idle: the prompt is empty. False: the key is for the prompt. */
bool app_key(struct app *app, uint32_t key, bool idle);

/* Handles the mouse, at a place of the screen, if it is on (set mouse). */
void app_mouse(struct app *app, const struct mouse *mouse);

/* app_help.c: the help over the screen, which begins with what helps now. */
void app_help(struct app *app);

/* Asks why the entry under the cursor of cells is what it is. */
void app_why(struct app *app);

/* Answers the open question of the session. */
void app_confirm(struct app *app, bool yes);
/* Answers the open question of the session, if any, with no. */
void app_decline(struct app *app);

/* Ctrl-C: stops what is running. False: nothing was running, so drop the line. */
bool app_interrupt(struct app *app);

/* Does what is due; true when something changed. */
bool app_tick(struct app *app);
/* When the next thing is due; negative: nothing is. */
double app_due(const struct app *app);

/* One step of what is being played, which ends with the last one. */
void app_play_step(struct app *app);
/* n steps on or, negative, back; false at an end. */
bool app_step(struct app *app, long n, enum grain grain);

/* Looks at what the last command named; its answer is the message, if it has no other. */
void app_look(struct app *app, bool moved);

/* app_learn.c: the session's goal is the viewer's task now. */
void app_goal(struct app *app);
/* After a command, or when time has moved: is the task reached, and has the viewer seen it? */
void app_check_goal(struct app *app);
/* Gives the task up: the story, if there is one, shows its solution. */
void app_skip_goal(struct app *app);
void app_hint(struct app *app); /* the next one */
/*
 * A wrong first answer to a prediction of a story: says what is wrong with it, and the viewer
 * can answer once more. False: it is right, or no answer, or the second one.
 */
bool app_try_again(struct app *app, const char *answer);
/* Skips the task or the question that is open. */
void app_skip(struct app *app);
/* The viewer has no answer to the question. False: none is open. */
bool app_skip_question(struct app *app);

/* app_play.c: plays session_wanted() in place of what is there. False: *error, and nothing changed. */
bool app_play_story(struct app *app, struct vf_error *error);
/* Ends the story that is being told. */
void app_leave_story(struct app *app);

/* For the player: time moved, by itself or by a command. */
void app_moved(struct app *app, bool forwards);
void app_show(struct app *app, const char *title, struct buf *out, bool error);
void app_play(struct app *app, bool playing);
/* Shows the latest text or question of the story, over the screen if its pane is too small. */
void app_tell(struct app *app);
void app_ask(struct app *app); /* the session's question */
void app_ask_prediction(struct app *app);
/* Shows what a question that was revealed is about; what the task is about. */
void app_look_revealed(struct app *app);
void app_look_goal(struct app *app);
/* Answers it; NULL: the viewer has no answer. False: it is no such answer. */
bool app_predict(struct app *app, const char *answer);

#endif
