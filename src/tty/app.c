/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/app.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "session/aside.h"
#include "tty/player.h"
#include "view/panes.h"

void app_init(struct app *app, struct session *session, bool utf8, bool animate)
{
	*app = (struct app){.session = session, .rows = 24, .cols = 80};
	app->ui.utf8 = utf8;
	app->ui.animate = animate;
	app->ui.frame = UI_FRAMES;
	app->ui.prompt = "vmafork> ";
	ui_follow(&app->ui, session, true);
}

void app_deinit(struct app *app)
{
	app_leave_story(app);
	ui_deinit(&app->ui);
}

#define MARK_SECONDS 0.8 /* what has changed is lit */

/* --- time --------------------------------------------------------------------------- */

/* After a fork, steps say and show what a command does. */
static void look_there(struct app *app, const struct place_named *place)
{
	ui_place(&app->ui, place);
	app->mark_ends = app->now + MARK_SECONDS;
	if (!app->ui.animate)
		app->ui.marked = false;
}

void app_look(struct app *app, bool moved)
{
	bool steps = session_timeline(app->session)->count > 0;
	struct place_named place;

	if (steps && moved)
		return;
	if (session_place(app->session, &place))
		look_there(app, &place);
	if (!steps && !app->ui.message && session_answer(app->session)[0])
		ui_message(&app->ui, xstrdup(session_answer(app->session)), false);
}

void app_moved(struct app *app, bool forwards)
{
	double moves = pace_move_seconds(app->session);

	ui_follow(&app->ui, app->session, true);
	app->ui.frame = UI_FRAMES;
	app->moved = app->now;
	if (forwards && app->ui.animate && ui_moving(app->session) && moves > 4 * PACE_FRAME) {
		app->ui.frame = 0;
		app->next_frame = app->now + PACE_FRAME;
	}
	app->next_step = app->now + pace_step_seconds(app->session);
	if (app->next_step < app->now + PACE_FRAME)
		app->next_step = app->now + PACE_FRAME;
	if (app->ui.goal)
		app_check_goal(app);
}

void app_play(struct app *app, bool playing)
{
	session_set_playing(app->session, playing);
	app->pace = pace_begin(app->session, app->now);
	app->next_step = app->now + pace_step_seconds(app->session);
}

bool app_step(struct app *app, long n, enum grain grain)
{
	bool moved = session_step(app->session, n, grain);

	ui_message(&app->ui, NULL, false);
	app_moved(app, n > 0);
	return moved;
}

/* The frame for the time since the step was made. */
static void next_frame(struct app *app)
{
	double moves = pace_move_seconds(app->session), part = (app->now - app->moved) / moves;

	app->ui.frame = part >= 1 ? UI_FRAMES : (int)(part * UI_FRAMES);
	app->next_frame = app->moved + moves * (app->ui.frame + 1) / UI_FRAMES;
	if (app->next_frame < app->now + PACE_FRAME)
		app->next_frame = app->now + PACE_FRAME;
}

static void end_playing(struct app *app)
{
	const struct timeline *timeline = session_timeline(app->session);

	if (timeline->at >= timeline->count)
		session_set_playing(app->session, false);
}

void app_play_step(struct app *app)
{
	if (session_timeline(app->session)->at < session_timeline(app->session)->count)
		app_step(app, 1, session_grain(app->session));
	end_playing(app);
}

/* One step, or as many as are late: those are not seen one by one. */
static void play_on(struct app *app)
{
	size_t slot = pace_slot(&app->pace, app->now);

	if (slot <= session_timeline(app->session)->at + 1) {
		app_play_step(app);
		return;
	}
	session_seek(app->session, slot, 0);
	app_moved(app, true);
	app->ui.frame = UI_FRAMES;
	app->next_step = app->now + PACE_FRAME;
	end_playing(app);
}

/* Is the next step due, or is more than one late? */
static bool step_is_due(const struct app *app)
{
	if (!session_playing(app->session))
		return false;
	return app->now >= app->next_step ||
	       (pace_slot(&app->pace, app->now) > session_timeline(app->session)->at + 1 &&
		app->now >= app->moved + PACE_FRAME);
}

bool app_tick(struct app *app)
{
	bool changed = false;

	if (app->ui.frame < UI_FRAMES && app->now >= app->next_frame) {
		next_frame(app);
		changed = true;
	}
	if (app->ui.marked && app->now >= app->mark_ends) {
		app->ui.marked = false;
		changed = true;
	}
	if (step_is_due(app)) {
		play_on(app);
		changed = true;
	}
	if (app->player)
		changed |= player_tick(app->player, app);
	return changed;
}

double app_due(const struct app *app)
{
	double due = -1;

	if (app->ui.frame < UI_FRAMES)
		due = app->next_frame;
	if (session_playing(app->session) && (due < 0 || app->next_step < due))
		due = app->next_step;
	if (app->ui.marked && (due < 0 || app->mark_ends < due))
		due = app->mark_ends;
	if (app->player) {
		double player = player_due(app->player);

		if (player >= 0 && (due < 0 || player < due))
			due = player;
	}
	return due;
}

/* --- lines ---------------------------------------------------------------------------- */

/* Rows that messages have. */
static int message_rows(const struct app *app)
{
	return app->rows >= 20 ? 4 : 2;
}

static void scroll_to_chosen(struct app *app)
{
	struct overlay *overlay = &app->ui.overlay;
	size_t row = overlay_chosen_row(overlay, app->cols), room = (size_t)overlay_rows(app->rows);
	size_t bottom = overlay_bottom(overlay, app->rows, app->cols);

	if (overlay->choice_count && row >= room)
		overlay->top = row - room / 2 < bottom ? row - room / 2 : bottom;
}

/* Shows output as the message or, if that is too small, over the screen. */
void app_show(struct app *app, const char *title, struct buf *out, bool error)
{
	size_t choices;

	session_choices(app->session, &choices);
	if (!error && out->len &&
	    (choices || wrapped_rows(buf_str(out), app->cols) > message_rows(app))) {
		ui_message(&app->ui, NULL, false);
		ui_overlay(&app->ui, title, buf_take(out), false);
		ui_overlay_choices(&app->ui, app->session);
		scroll_to_chosen(app);
	} else {
		ui_message(&app->ui, out->len ? buf_take(out) : NULL, error);
	}
	buf_deinit(out);
}

/*
 * Drops the line and its caret if not all fits: the hint is more useful. A number stands for
 * the caret where nothing can be pointed at.
 */
static void show_error(struct app *app, const struct vf_error *error)
{
	struct vf_error shown = *error;
	struct buf out = {0};

	if (app->ui.plain)
		shown.text[0] = '\0';
	if (app->ui.plain && !shown.file[0] && shown.col)
		buf_printf(&out, "column %u: ", shown.col);
	vf_error_print(&shown, &out);
	if (wrapped_rows(buf_str(&out), app->cols) > message_rows(app)) {
		shown.text[0] = '\0';
		buf_clear(&out);
		vf_error_print(&shown, &out);
	}
	app_show(app, "", &out, true);
}

void app_tell(struct app *app)
{
	struct buf text = {0};

	if (app->ui.overlay.story)
		ui_overlay_close(&app->ui);
	if (story_fits(app->session, &app->ui, app->rows, app->cols))
		return;
	story_text(app->session, &app->ui, &text);
	ui_overlay(&app->ui, app->ui.ask == ASK_NONE ? "the story" : "a question", buf_take(&text), false);
	app->ui.overlay.story = true;
	if (app->ui.ask > ASK_OPEN) /* the answer is at the end */
		app->ui.overlay.top = overlay_bottom(&app->ui.overlay, app->rows, app->cols);
}

void app_ask(struct app *app)
{
	app->ui.ask = ASK_OPEN;
	app->ui.guess = 0;
	app->ui.no_answer = false;
	app_tell(app);
}

void app_ask_prediction(struct app *app)
{
	struct place_named place;

	app->ui.ask = ASK_PREDICT;
	app->ui.no_answer = false;
	if (session_asked_place(app->session, &place))
		look_there(app, &place);
	app_tell(app);
}

void app_look_revealed(struct app *app)
{
	struct place_named place;

	if (session_revealed_place(app->session, &place))
		look_there(app, &place);
}

void app_look_goal(struct app *app)
{
	struct place_named place;

	if (session_goal_place(app->session, &place))
		look_there(app, &place);
}

/* A command wanted to go beyond an end of time. */
static void say_stuck(struct app *app, size_t at)
{
	const struct timeline *timeline = session_timeline(app->session);

	if (timeline->at != at || timeline->page || app->ui.message)
		return;
	if (at == timeline->count)
		ui_message(&app->ui, xstrdup("This is the end."), false);
	else if (!at && !session_playing(app->session))
		ui_message(&app->ui, xstrdup("This is the start."), false);
}

static void play_story(struct app *app)
{
	struct vf_error error;

	if (!app_play_story(app, &error))
		show_error(app, &error);
}

/* Does what a command requests of the screen. at: the slot before the command. */
static void obey(struct app *app, enum request request, size_t at, bool rebuilt)
{
	const struct timeline *timeline = session_timeline(app->session);

	switch (request) {
	case REQUEST_QUIT:
		app->quit = true;
		break;
	case REQUEST_FORK:
		session_step(app->session, 1, GRAIN_RUN);
		app_moved(app, true);
		if (app->ui.goal && !app->ui.plain) /* what holds then is ticked when it is seen */
			app_play(app, true);
		break;
	case REQUEST_MOVED:
		app_moved(app, timeline->at > at);
		say_stuck(app, at);
		break;
	case REQUEST_CHANGED:
		/* after another kernel or undo, stay at the moment; after a touch, show it */
		if (!rebuilt)
			session_seek(app->session, timeline->count, 0);
		app_moved(app, !rebuilt);
		break;
	case REQUEST_SAY:
		ui_say(&app->ui, session_story(app->session)->say);
		app->ui.ask = ASK_NONE;
		app_tell(app);
		break;
	case REQUEST_ASK:
		app_ask(app);
		break;
	case REQUEST_PREDICT:
		app->ui.before_fork = false;
		app_ask_prediction(app);
		break;
	case REQUEST_GOAL:
		app_goal(app);
		break;
	case REQUEST_PLAY:
		play_story(app);
		break;
	case REQUEST_NONE:
	case REQUEST_CONFIRM:
	case REQUEST_TITLE:
	case REQUEST_ABOUT:
	case REQUEST_WAIT:
	case REQUEST_REVEAL:
		break;
	}
}

bool app_predict(struct app *app, const char *answer)
{
	size_t at = session_timeline(app->session)->at;
	enum request request = REQUEST_NONE;
	struct vf_error error;
	struct buf out = {0};

	ui_message(&app->ui, NULL, false);
	ui_overlay_close(&app->ui);
	app->ui.again[0] = '\0';
	if (answer && app->player && app_try_again(app, answer))
		return true;
	if (!session_predict(app->session, answer, &out, &request, &error)) {
		buf_deinit(&out);
		show_error(app, &error);
		return false;
	}
	if (session_asked(app->session)) {
		app_ask_prediction(app);
		buf_deinit(&out);
		return true;
	}
	app->ui.ask = ASK_NONE;
	if (!out.len && answer && !app->player)
		buf_puts(&out, "reveal shows whether that is right.\n");
	app_show(app, "reveal", &out, false);
	obey(app, request, at, false);
	if (app->player)
		player_answered(app->player, app);
	return true;
}

/* Is the line an answer to what the viewer is asked, and not a command? */
static bool is_answer(const char *line)
{
	struct word word = {.text = xstrdup(line)};
	size_t used;
	bool command = strchr(line, ' ') || command_lookup(&word, 1, true, &used);

	free(word.text);
	return !command;
}

/* Is it a command that changes what a story tells about? */
static bool changes_machine(const char *line)
{
	struct reader reader;
	struct line words;
	struct vf_error error;
	struct command *c;
	bool more, changes;

	reader_init(&reader, "", line, strlen(line));
	c = reader_next(&reader, &words, &more, &error) && more ? command_parse(&reader, &words, true, &error)
								   : NULL;
	changes = c && (c->spec->builds || c->spec->id == COMMAND_kernel || c->spec->id == COMMAND_check ||
			c->spec->id == COMMAND_undo || c->spec->id == COMMAND_redo);
	command_free(c);
	return changes;
}

/* The story's questions, and what it says, would not fit what such a command leaves. */
static bool disturbs_story(struct app *app, const char *line)
{
	struct vf_error error;

	if (!app->player || !player_tells(app->player, app) || !changes_machine(line))
		return false;
	vf_error_set(&error, "the story is not over: this would change what it is about");
	vf_error_hint(&error, "such commands work in a task, and after the end");
	show_error(app, &error);
	return true;
}

void app_confirm(struct app *app, bool yes)
{
	size_t at = session_timeline(app->session)->at;
	enum request request = REQUEST_NONE;
	struct vf_error error;
	struct buf out = {0};

	ui_overlay_close(&app->ui);
	if (!session_confirm(app->session, yes, &out, &request, &error)) {
		buf_deinit(&out);
		show_error(app, &error);
		return;
	}
	app_show(app, "", &out, false);
	obey(app, request, at, false);
}

void app_decline(struct app *app)
{
	if (session_asks(app->session))
		app_confirm(app, false);
}

void app_keep_aside(struct app *app)
{
	struct vf_error error;

	if (!session_keep_aside(app->session, &error))
		show_error(app, &error);
}

void app_offer_aside(struct app *app)
{
	struct buf out = {0};

	if (session_offer_aside(app->session, &out))
		app_show(app, "unsaved work", &out, false);
	buf_deinit(&out);
}

void app_command(struct app *app, const char *line)
{
	const struct timeline *timeline = session_timeline(app->session);
	uint64_t builds = session_builds(app->session);
	size_t at = timeline->at;
	enum request request = REQUEST_NONE;
	struct vf_error error;
	struct buf out = {0};
	bool done, reached = app->reached;

	if (app->ui.ask == ASK_PREDICT && (app_predict(app, line) || is_answer(line)))
		return;
	if (disturbs_story(app, line))
		return;
	if (session_asks(app->session)) /* this line was pasted together with the one that asks */
		session_confirm(app->session, false, &out, &request, &error);
	if (app->ui.ask > ASK_OPEN)
		app->ui.ask = ASK_NONE;
	session_set_focus(app->session, app->ui.focused, app->ui.focus);
	done = session_command(app->session, line, &out, &request, &error);
	ui_overlay_close(&app->ui); /* only now: export draws what is shown */
	ui_message(&app->ui, NULL, false);
	if (!done) {
		buf_deinit(&out);
		show_error(app, &error);
	} else {
		app_show(app, line, &out, false);
		obey(app, request, at, session_builds(app->session) != builds);
		app_look(app, request == REQUEST_FORK || request == REQUEST_CHANGED || request == REQUEST_MOVED);
	}
	/* undo and reset take questions back, too */
	if ((app->ui.ask == ASK_OPEN && !session_story(app->session)->question.text) ||
	    (app->ui.ask == ASK_PREDICT && !session_asked(app->session)))
		app->ui.ask = ASK_NONE;
	if (reached && !app->player) /* that was a command after it */
		app->ui.goal = false;
	app_check_goal(app);
	ui_follow(&app->ui, app->session, false);
	if (session_playing(app->session)) /* perhaps at another speed, or from elsewhere */
		app->pace = pace_begin(app->session, app->now);
}

bool app_interrupt(struct app *app)
{
	bool playing = session_playing(app->session);

	session_set_playing(app->session, false);
	if (session_asks(app->session)) {
		app_decline(app);
		return true;
	}
	if (app->ui.overlay.open && !app->ui.overlay.list)
		playing = true;
	ui_overlay_close(&app->ui);
	return playing;
}
