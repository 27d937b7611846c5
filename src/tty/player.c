/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define SOLUTION_SECONDS 2.0 /* for each command of a solution, which is shown */
#define SETUP_SECONDS 0.6 /* for each step of the set-up, so that it can be seen */
#define SETUP_MOST 6.0	  /* for all of them together */

enum state {
	PLAYER_KEY,    /* until Enter */
	PLAYER_TIME,   /* until `due`, or Enter */
	PLAYER_ASK,    /* until answered or skipped */
	PLAYER_TASK,   /* until reached or skipped */
	PLAYER_FORK,   /* until the steps have been played */
	PLAYER_FORKED, /* after that, until Enter */
	PLAYER_END
};

struct player {
	struct script *script;
	enum state state;
	double due;
	bool card_seen, broken;
	bool seen; /* the viewer went on from what is on the screen still */
	struct lesson_marks marks;
	const char **missed; /* beliefs that led to wrong answers */
	size_t missed_count, missed_cap;
	size_t stop; /* the command at which a lesson that is left goes on; 0: none yet */
	struct buf failed; /* what did not hold */
	struct buf typed;  /* the command of the set-up that is being shown */
	size_t setup;	   /* commands of this set-up in all; 0: none is being carried out */
};

struct player *player_create(struct script *script)
{
	struct player *player = xcalloc(1, sizeof(*player));

	player->script = script;
	player->marks.stars = 3;
	return player;
}

void player_free(struct player *player)
{
	if (!player)
		return;
	buf_deinit(&player->failed);
	buf_deinit(&player->typed);
	free(player->missed);
	free(player);
}

bool player_broken(const struct player *player)
{
	return player->broken;
}

bool player_tells(const struct player *player, const struct app *app)
{
	if (player->state == PLAYER_TASK || player->state == PLAYER_END)
		return false;
	return session_story(app->session)->lesson || session_wanted(app->session)->quiz ||
	       predictions_pending(session_predictions(app->session)) || app->ui.ask == ASK_OPEN;
}

bool player_ended(const struct player *player)
{
	return player->state == PLAYER_END;
}

static void enter(struct player *player, struct app *app, enum state state)
{
	static const struct {
		const char *keys, *plain; /* plain NULL: the same */
	} next[] = {
		[PLAYER_KEY] = {"Enter continues", NULL},
		[PLAYER_TIME] = {"", NULL},
		[PLAYER_ASK] = {"Enter continues", NULL}, /* if it is not open any more */
		[PLAYER_TASK] = {"", NULL},
		[PLAYER_FORK] = {"arrows step, Space pauses, Enter goes to the end",
				 "step and play go on, Enter goes to the end"},
		[PLAYER_FORKED] = {"arrows step back, Enter continues",
				   "back steps back, Enter continues"},
		[PLAYER_END] = {"end of the story: look around, type a command, or quit", NULL},
	};

	player->state = state;
	app->ui.next = app->ui.plain && next[state].plain ? next[state].plain : next[state].keys;
}

static bool is_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	return line && !strncmp(line, word, n) && (line[n] == ' ' || !line[n]);
}

/* What the card shows, and `lesson`, which precedes it. */
static bool is_head(const char *line)
{
	return is_word(line, "title") || is_word(line, "about") || is_word(line, "lesson");
}

static void count_prediction(struct player *player, const struct prediction *p)
{
	player->marks.asked += p->answer != NULL;
	player->marks.right += p->right;
	player->marks.second += p->right && p->before;
	player->marks.skipped += p->passed;
	if (!p->missed)
		return;
	GROW(player->missed, player->missed_count, player->missed_cap);
	player->missed[player->missed_count++] = p->missed;
}

/* Counts the answers, and shows which were right. */
static void revealed(struct player *player, struct app *app, const char *said)
{
	const struct predictions *predictions = session_predictions(app->session);

	for (size_t i = 0; i < predictions->n; i++)
		if (predictions->v[i].lit)
			count_prediction(player, &predictions->v[i]);
	ui_say(&app->ui, said);
	app->ui.ask = ASK_NONE;
	app_moved(app, false);
	app_look_revealed(app);
	app_tell(app);
}

/* The learner has seen the lesson up to there; 0: all of it. Adds what is wrong to `text`. */
static void note_seen(struct player *player, struct app *app, size_t left_at, struct buf *text)
{
	struct lesson_seen seen = {player->marks, left_at, player->missed, player->missed_count};
	struct vf_error error;

	if (!session_lesson_seen(app->session, &seen, &error))
		vf_error_print(&error, text);
	else
		player->missed_count = 0;
}

void player_leave(struct player *player, struct app *app)
{
	struct buf ignored = {0};

	if (player->state != PLAYER_END && player->stop)
		note_seen(player, app, player->stop, &ignored);
	buf_deinit(&ignored);
}

/* The end of a lesson; nothing where it is none. */
static void end_lesson(struct player *player, struct app *app, struct buf *text)
{
	if (!session_story(app->session)->lesson)
		return;
	note_seen(player, app, 0, text);
	buf_printf(text, "The %s is done: ", session_wanted(app->session)->challenge ? "challenge" : "lesson");
	buf_count(text, player->marks.stars, "star", "stars");
	buf_puts(text, ".\n");
	app->ui.next = "the end: Enter shows what is next";
}

/* The end of a question of the quiz, which goes on. said: what was revealed. */
static void end_question(struct player *player, struct app *app, struct buf *said)
{
	struct lesson_seen seen = {player->marks, 0, player->missed, player->missed_count};
	struct vf_error error;
	struct buf wrong = {0};

	if (!session_quiz_seen(app->session, &seen, said, &error))
		vf_error_print(&error, &wrong);
	app->ui.next = session_quiz_pauses(app->session) ? "Enter shows the summary"
							 : "Enter asks the next question";
	ui_say(&app->ui, buf_str(said));
	app_tell(app);
	if (wrong.len)
		app_show(app, "", &wrong, true);
}

static void finish(struct player *player, struct app *app)
{
	size_t failed = session_failed(app->session);
	struct buf text = {0};

	enter(player, app, PLAYER_END);
	session_reveal(app->session, &text);
	if (text.len)
		revealed(player, app, buf_str(&text));
	if (session_wanted(app->session)->quiz) {
		end_question(player, app, &text);
		buf_deinit(&text);
		return;
	}
	buf_clear(&text);
	if (player->marks.asked) {
		buf_printf(&text, "%u of ", player->marks.right);
		buf_count(&text, player->marks.asked, "question", "questions");
		buf_puts(&text, " answered correctly.\n");
	}
	if (player->marks.second) {
		buf_printf(&text, "%u of them at the second try.\n", player->marks.second);
	}
	if (player->marks.skipped) {
		buf_count(&text, player->marks.skipped, "question", "questions");
		buf_puts(&text, " skipped.\n");
	}
	if (failed) {
		buf_count(&text, failed, "expectation", "expectations");
		buf_puts(&text, " failed.\n");
	}
	buf_puts(&text, buf_str(&player->failed));
	end_lesson(player, app, &text);
	app_show(app, "the end", &text, failed > 0);
}

/* Another kernel or check, once there is memory to decide about: the moment of the story. */
static bool turns(const struct app *app, const char *line)
{
	return (is_word(line, "kernel") || is_word(line, "check")) &&
	       mm_first(session_machine(app->session, LEFT)->parent);
}

/* For one command of a set-up: a process that was imported has a hundred. */
static double setup_seconds(struct player *player)
{
	size_t ahead = script_setup(player->script);
	double seconds;

	if (ahead >= player->setup)
		player->setup = ahead + 1;
	seconds = SETUP_MOST / (double)player->setup;
	if (!ahead)
		player->setup = 0;
	return ahead && seconds < SETUP_SECONDS ? seconds : SETUP_SECONDS;
}

/* Did a step decide something of what was revealed? */
static bool knows_step(const struct app *app)
{
	const struct predictions *predictions = session_predictions(app->session);
	bool knows = false;

	for (size_t i = 0; i < predictions->n; i++)
		knows |= predictions->v[i].lit && predictions->v[i].step;
	return knows;
}

/* After a command that said that. True: the viewer gets time to look. */
static bool pause_for(struct player *player, struct app *app, enum request request, const char *said)
{
	const struct story *story = session_story(app->session);
	const char *next = script_peek(player->script);

	switch (request) {
	case REQUEST_SAY:
		ui_say(&app->ui, story->say);
		app->ui.ask = ASK_NONE;
		app_tell(app);
		if (is_word(next, "wait")) /* wait pauses by itself */
			return false;
		enter(player, app, PLAYER_KEY);
		return true;
	case REQUEST_WAIT:
		if (player->seen)
			return false;
		enter(player, app, story->wait < 0 ? PLAYER_KEY : PLAYER_TIME);
		player->due = app->now + story->wait;
		return true;
	case REQUEST_ASK:
		app_ask(app);
		enter(player, app, PLAYER_ASK);
		return true;
	case REQUEST_PREDICT:
		app_ask_prediction(app);
		app->ui.before_fork = script_will_fork(player->script);
		enter(player, app, PLAYER_ASK);
		return true;
	case REQUEST_GOAL:
		player->marks.tasks++;
		app_goal(app);
		enter(player, app, PLAYER_TASK);
		app_check_goal(app);
		return true;
	case REQUEST_REVEAL:
		revealed(player, app, said);
		enter(player, app, PLAYER_KEY);
		if (knows_step(app))
			app->ui.next = "' goes to the step that decided, Enter continues";
		return true;
	case REQUEST_FORK:
		session_step(app->session, 1, GRAIN_RUN);
		ui_say(&app->ui, NULL);
		app->ui.ask = ASK_NONE;
		app_moved(app, true);
		app_play(app, true);
		enter(player, app, PLAYER_FORK);
		return true;
	case REQUEST_CHANGED:
	case REQUEST_MOVED:
		if (request == REQUEST_CHANGED)
			session_seek(app->session, SIZE_MAX, 0);
		app_moved(app, true);
		enter(player, app, PLAYER_TIME);
		player->due = app->now + (app->ui.plain ? 0 : setup_seconds(player));
		return true;
	case REQUEST_NONE:
	case REQUEST_PLAY:
	case REQUEST_QUIT:
	case REQUEST_CONFIRM:
	case REQUEST_TITLE:
	case REQUEST_ABOUT:
		break;
	}
	return false;
}

/* The hints that follow a question have to be there while it is open. */
static void take_hints(struct player *player, struct app *app, enum request request)
{
	bool asks = request == REQUEST_PREDICT || request == REQUEST_GOAL;

	while (asks && is_word(script_peek(player->script), "hint")) {
		enum request ignored;
		struct vf_error error;
		struct buf out = {0};

		if (!script_step(player->script, app->session, &out, &ignored, &error))
			asks = false;
		buf_deinit(&out);
	}
}

/* Lines come in the order in which things happen: the command precedes what it did. */
static void print_typed(struct app *app, const char *line)
{
	struct buf text = {0};

	buf_printf(&text, "Typed for you: %s\n", line);
	if (app->ui.message)
		buf_puts(&text, app->ui.message);
	ui_message(&app->ui, buf_take(&text), false);
}

/* The command that was carried out for the viewer, at the prompt. */
static void show_typed(struct player *player, struct app *app, const char *line)
{
	if (app->ui.plain) {
		print_typed(app, line);
		return;
	}
	buf_clear(&player->typed);
	buf_printf(&player->typed, "%s  (typed for you)", line);
	app->ui.next = buf_str(&player->typed);
}

/* One of a solution stays longer, and in the middle of the screen. */
static void show_solution(struct player *player, struct app *app, const char *line)
{
	ui_message(&app->ui, xstrdup(line), false);
	if (player->state == PLAYER_TIME)
		player->due = app->now + (app->ui.plain ? 0 : SOLUTION_SECONDS);
}

/* What follows does not fit what the viewer has built for the task. */
static void retake(struct player *player, struct app *app)
{
	app_moved(app, false);
	ui_message(&app->ui, xstrdup("What follows needs the story's own solution: it is carried out in "
				     "place of yours."),
		   false);
	enter(player, app, PLAYER_KEY);
}

/* Carries out the script up to the next pause. */
static void go_on(struct player *player, struct app *app)
{
	player->seen = player->state != PLAYER_TIME;
	app->ui.card = app->ui.goal = false;
	ui_message(&app->ui, NULL, false);
	if (app->ui.overlay.story)
		ui_overlay_close(&app->ui);
	for (;;) {
		const char *next = script_peek(player->script);
		size_t failed = session_failed(app->session);
		enum request request = REQUEST_NONE;
		struct vf_error error;
		struct buf out = {0};
		bool turned, solves; /* such a moment; a command of a solution */
		char *line;
		bool pauses;

		if (!next) {
			finish(player, app);
			return;
		}
		if (!player->card_seen && !is_head(next)) {
			player->card_seen = true;
			if (session_story(app->session)->title) {
				enter(player, app, PLAYER_KEY);
				app->ui.card = true;
				app->ui.next = "Enter begins";
				return;
			}
		}
		turned = turns(app, next);
		solves = is_word(next, "solution");
		if (!predictions_pending(session_predictions(app->session)))
			player->stop = script_at(player->script);
		player->seen &= is_word(next, "expect") || is_word(next, "wait");
		line = xstrdup(next);
		if (!script_step(player->script, app->session, &out, &request, &error)) {
			free(line);
			if (script_retake(player->script, app->session)) {
				retake(player, app);
				buf_deinit(&out);
				return;
			}
			player->broken = true;
			buf_deinit(&out);
			vf_error_print(&error, &out);
			app_show(app, "", &out, true);
			enter(player, app, PLAYER_END);
			return;
		}
		if (session_failed(app->session) > failed)
			buf_puts(&player->failed, buf_str(&out));
		ui_follow(&app->ui, app->session, request != REQUEST_NONE);
		app_look(app, request != REQUEST_NONE);
		if (turned && request == REQUEST_CHANGED) {
			app_moved(app, false);
			ui_message(&app->ui, line, false);
			enter(player, app, PLAYER_KEY);
			buf_deinit(&out);
			return;
		}
		take_hints(player, app, request);
		pauses = pause_for(player, app, request, buf_str(&out));
		buf_deinit(&out);
		if (pauses && solves)
			show_solution(player, app, line);
		else if (pauses && (request == REQUEST_CHANGED || request == REQUEST_MOVED))
			show_typed(player, app, line);
		free(line);
		if (pauses)
			return;
	}
}

void player_start(struct player *player, struct app *app)
{
	player->card_seen = script_at(player->script) > 0; /* it is resumed */
	go_on(player, app);
}

/* False: that is where time is. */
static bool go_to_end(struct app *app)
{
	const struct timeline *timeline = session_timeline(app->session);
	bool before = timeline->at < timeline->count;

	session_set_playing(app->session, false);
	session_seek(app->session, SIZE_MAX, 0);
	app_moved(app, false);
	return before;
}

bool player_key(struct player *player, struct app *app, uint32_t key)
{
	bool enter_key = key == '\r' || key == '\n';

	if (player->state == PLAYER_END && enter_key && session_wanted(app->session)->quiz) {
		bool pauses = session_quiz_pauses(app->session);

		app->ui.next = "Enter asks more questions";
		app_command(app, pauses ? "quiz summary" : "quiz next"); /* that is another player's */
		return true;
	}
	if (player->state == PLAYER_END && enter_key && session_story(app->session)->lesson) {
		app_command(app, session_wanted(app->session)->challenge ? "learn challenges" : "learn");
		return true;
	}
	if (player->state == PLAYER_END || app->ui.ask == ASK_OPEN || app->ui.ask == ASK_PREDICT)
		return false;
	if (player->state == PLAYER_TASK && enter_key && go_to_end(app))
		return true;
	if (player->state == PLAYER_TASK && enter_key) {
		ui_message(&app->ui, xstrdup("The task waits for a command: H gives a hint, S skips it."),
			   false);
		return true;
	}
	if (player->state == PLAYER_TASK)
		return false;
	if (player->state == PLAYER_FORK && enter_key) {
		go_to_end(app);
		enter(player, app, PLAYER_FORKED);
		return true;
	}
	if (enter_key || (key == ' ' && player->state != PLAYER_FORK &&
			  player->state != PLAYER_FORKED)) {
		/* the script's commands follow the last step, wherever the viewer went */
		session_seek(app->session, SIZE_MAX, 0);
		go_on(player, app);
		return true;
	}
	return false;
}

void player_answered(struct player *player, struct app *app)
{
	if (player->state != PLAYER_ASK)
		return;
	if (app->ui.ask == ASK_NONE) { /* a prediction: what follows shows whether it is right */
		go_on(player, app);
		return;
	}
	if (app->ui.ask == ASK_ANSWERED) {
		player->marks.asked++;
		player->marks.right += app->ui.guess == session_story(app->session)->question.answer;
	}
	player->marks.skipped += app->ui.ask == ASK_SKIPPED;
	ui_say(&app->ui, NULL);
	enter(player, app, PLAYER_KEY);
}

struct foresight player_foresee(const struct player *player, const struct app *app, const char *answer)
{
	if (player->state != PLAYER_ASK)
		return (struct foresight){0};
	return script_foresee(player->script, app->session, answer);
}

void player_reached(struct player *player, struct app *app)
{
	unsigned stars = goal_stars(session_goal(app->session));

	if (player->state != PLAYER_TASK)
		return;
	player->marks.reached++;
	if (stars < player->marks.stars)
		player->marks.stars = stars;
	enter(player, app, PLAYER_KEY);
}

void player_skipped(struct player *player, struct app *app)
{
	if (player->state != PLAYER_TASK)
		return;
	player->marks.stars = 0;
	go_on(player, app);
}

void player_hinted(struct player *player)
{
	player->marks.hints++;
}

bool player_tick(struct player *player, struct app *app)
{
	const struct timeline *timeline = session_timeline(app->session);

	if (player->state == PLAYER_TIME && app->now >= player->due) {
		go_on(player, app);
		return true;
	}
	if (player->state == PLAYER_FORK && timeline->at >= timeline->count &&
	    app->ui.frame == UI_FRAMES) {
		enter(player, app, PLAYER_FORKED);
		return true;
	}
	return false;
}

double player_due(const struct player *player)
{
	return player->state == PLAYER_TIME ? player->due : -1;
}
