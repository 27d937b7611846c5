/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stories and lessons that a command of the session starts. */
#include "tty/app.h"

#include "base/alloc.h"
#include "tty/player.h"

/* Leaves the story that is being told, if any. */
void app_leave_story(struct app *app)
{
	if (app->player)
		player_leave(app->player, app);
	player_free(app->player);
	script_close(app->script);
	app->player = NULL;
	app->script = NULL;
	app->ui.card = app->ui.goal = app->ui.before_fork = false;
	app->ui.ask = ASK_NONE;
	app->ui.next = app->ui.note = NULL;
	ui_say(&app->ui, NULL);
}

static struct script *open_wanted(struct app *app, struct vf_error *error)
{
	const struct wanted_story *wanted = session_wanted(app->session);
	struct budget_amounts budget = budget_amounts(session_budget(app->session));

	return wanted->text ? script_open_text(wanted->path, wanted->text, budget, error)
			    : script_open(wanted->path, budget, error);
}

/* At that command, as if what precedes it had been seen. */
static bool go_to(struct app *app, const struct wanted_story *wanted, struct vf_error *error)
{
	if (!wanted->at || (script_skip(app->script, app->session, wanted->at) && script_peek(app->script)))
		return true;
	/* the file has changed since */
	script_close(app->script);
	app->script = open_wanted(app, error);
	return app->script && session_begin_story(app->session, error);
}

bool app_play_story(struct app *app, struct vf_error *error)
{
	const struct wanted_story *wanted = session_wanted(app->session);
	struct script *script = open_wanted(app, error);

	if (!script)
		return false;
	app_leave_story(app);
	app->script = script;
	if (!session_begin_story(app->session, error) || !go_to(app, wanted, error)) {
		script_close(app->script);
		app->script = NULL;
		return false;
	}
	if (wanted->greets)
		app->ui.note = "For a session without lessons: Ctrl-D, then run vmafork-tui without arguments.";
	app->player = player_create(app->script);
	player_start(app->player, app);
	return true;
}
