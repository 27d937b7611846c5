/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks, hints, and questions that are skipped. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "tty/app.h"
#include "tty/player.h"
#include "view/panes.h"

static void say(struct app *app, const char *text)
{
	ui_message(&app->ui, xstrdup(text), false);
}

/* --- tasks --------------------------------------------------------------------------- */

void app_goal(struct app *app)
{
	app->ui.goal = true;
	app->reached = false;
	app->ui.ask = ASK_NONE;
	ui_say(&app->ui, NULL);
	app_tell(app);
}

/* "Reached with 3 commands, par 3: ***" */
static void tell_reached(struct app *app, const struct goal *goal)
{
	struct buf text = {0};
	unsigned stars = goal_stars(goal);

	assert(goal);
	buf_puts(&text, "Reached with ");
	buf_count(&text, goal->used, "command", "commands");
	if (goal->command->args.goal.par)
		buf_printf(&text, ", par %" PRIu64, goal->command->args.goal.par);
	buf_puts(&text, ": ");
	if (app->ui.plain)
		buf_count(&text, stars, "star", "stars");
	else
		for (unsigned i = 0; i < 3; i++)
			buf_puts(&text, app->ui.utf8 ? (i < stars ? "★" : "☆") : i < stars ? "*" : ".");
	buf_puts(&text, ".\n");
	ui_add_message(&app->ui, buf_str(&text));
	buf_deinit(&text);
}

void app_check_goal(struct app *app)
{
	const struct goal *goal = session_goal(app->session);

	app->ui.goal = app->ui.goal && goal && (goal->state == GOAL_REACHED || session_goal_open(app->session));
	if (app->reached || !goal_seen(app->session, &app->ui))
		return;
	app->reached = true;
	app_look_goal(app);
	tell_reached(app, goal);
	if (app->player)
		player_reached(app->player, app);
}

void app_skip_goal(struct app *app)
{
	struct vf_error error;

	ui_message(&app->ui, NULL, false);
	if (!session_skip_goal(app->session, app->player, &error)) {
		ui_message(&app->ui, xstrdup(error.message), true);
		return;
	}
	app->ui.goal = false;
	app_moved(app, false);
	if (app->player)
		player_skipped(app->player, app);
	else
		say(app, "Skipped.");
}

/* --- second tries -------------------------------------------------------------------- */

bool app_try_again(struct app *app, const char *answer)
{
	const struct prediction *asked = session_asked(app->session);
	struct foresight foresight;
	struct buf text = {0};

	foresight = player_foresee(app->player, app, answer);
	if (!foresight.known || foresight.right)
		return false;
	if (asked->before) { /* what is revealed shows why: here only that */
		snprintf(app->ui.again, sizeof(app->ui.again), "%s", answer);
		return false;
	}
	session_predict_again(app->session, answer, foresight.belief);
	buf_printf(&text, "Not %s.", answer);
	if (foresight.belief)
		buf_printf(&text, " That follows from the belief that %s. %s", foresight.belief,
			   foresight.otherwise);
	buf_puts(&text, " Try once more.");
	if (!foresight.belief && session_has_hints(app->session))
		buf_puts(&text, " H gives a hint.");
	buf_putc(&text, '\n');
	app_show(app, "try once more", &text, false);
	return true;
}

/* --- hints, and skipping ------------------------------------------------------------- */

void app_hint(struct app *app)
{
	size_t left;
	bool again;
	const char *hint = session_hint(app->session, &left, &again);
	struct buf text = {0};

	if (!hint && !session_asked(app->session) && !session_goal_open(app->session)) {
		say(app, "There is no question or task to give a hint for.");
		return;
	}
	buf_printf(&text, hint ? "Hint: %s\n" : "There is no hint.\n", hint);
	if (hint && !again && app->player)
		player_hinted(app->player);
	if (left)
		buf_printf(&text, "H gives the next of %zu more.\n", left);
	else if (again)
		buf_puts(&text, "There is no other hint.\n");
	ui_message(&app->ui, buf_take(&text), false);
}

void app_skip(struct app *app)
{
	if (session_goal_open(app->session))
		app_skip_goal(app);
	else if (!app_skip_question(app))
		say(app, "There is no question or task to skip.");
}
