/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The help: what is asked or to be done now, then the screen, the keys, the commands. */
#include <inttypes.h>
#include <string.h>

#include "language/command.h"
#include "tty/app.h"
#include "view/callouts.h"
#include "view/keys.h"
#include "view/panes.h"

enum { KEY_COLS = 12 };

static void add(struct buf *out, const char *key, const char *help)
{
	buf_printf(out, "  %-*s%s%s\n", KEY_COLS, key, strlen(key) < KEY_COLS ? "" : " ", help);
}

static void add_commands(struct app *app, struct buf *out)
{
	struct vf_error error;
	enum request request;

	session_command(app->session, "help", out, &request, &error);
}

/* The hint key, if there are hints. */
static void add_hint_key(const struct app *app, struct buf *out)
{
	if (session_has_hints(app->session))
		add(out, "H", "a hint; again: the next one");
}

static void question_help(const struct app *app, struct buf *out)
{
	const struct prediction *asked = session_asked(app->session);
	const struct command *predict = asked->command;

	buf_printf(out, "The question\n  %s\n", asked->question);
	for (size_t i = 0; prediction_meaning(predict, i); i++)
		add(out, prediction_answer(predict, i), prediction_meaning(predict, i));
	buf_puts(out, "\nWhat helps now\n");
	add_hint_key(app, out);
	add(out, app->ui.plain ? "pass" : "Esc", "skips the question: no answer");
	if (!app->ui.plain)
		add(out, "PgUp PgDn", "look at another VMA");
	buf_putc(out, '\n');
}

static void task_help(struct app *app, struct buf *out)
{
	const struct goal *goal = session_goal(app->session);

	buf_printf(out, "The task\n  %s\n", command_word(goal->command, goal->command->args.goal.task));
	goal_parts_text(app->session, &app->ui, out);
	buf_puts(out, "\nWhat helps now\n");
	add_hint_key(app, out);
	add(out, "S", "skips the task: its solution is shown");
	add(out, "undo", "takes the last command back");
	add(out, "Tab", "completes a word, or lists what can follow");
	add(out, "help touch", "explains a command, with an example");
	buf_puts(out, "\nCommands, to be typed\n");
	add_commands(app, out);
	buf_putc(out, '\n');
}

/* What is open, with the commands if that is a task. True: they are there. */
static bool help_now(struct app *app, struct buf *text)
{
	bool task = app->ui.goal && session_goal_open(app->session);

	if (app->ui.ask == ASK_PREDICT && session_asked(app->session)) {
		question_help(app, text);
		return false;
	}
	if (task)
		task_help(app, text);
	return task;
}

static void screen_help(struct app *app, struct buf *text)
{
	bool commands = help_now(app, text);

	callouts(app->session, &app->ui, app->rows, app->cols, text);
	buf_puts(text, "\nKeys, while the prompt is empty\n");
	keys_help(app->ui.utf8, text);
	buf_puts(text, "\nSigns\n");
	signs_help(app->ui.utf8, text);
	buf_puts(text, "  src, dst    the parent's VMA, the child's\n\nAll cells\n");
	callouts_cells(app->ui.utf8, text);
	if (!commands) {
		buf_putc(text, '\n');
		add_commands(app, text);
	}
}

static void plain_help(struct app *app, struct buf *text)
{
	bool commands = help_now(app, text);

	buf_puts(text, "Lines that act at once\n");
	keys_typed_help(text);
	buf_puts(text, "  Enter goes on with a story, and shows an open question again\n"
		       "  pass  has no answer to a question\n");
	if (!commands) {
		buf_putc(text, '\n');
		add_commands(app, text);
	}
}

void app_help(struct app *app)
{
	struct buf text = {0};

	(app->ui.plain ? plain_help : screen_help)(app, &text);
	ui_overlay(&app->ui, "help", buf_take(&text), false);
}
