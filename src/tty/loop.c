/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "language/command.h"
#include "session/aside.h"
#include "tty/app.h"
#include "tty/player.h"
#include "tty/prompt.h"
#include "tty/record.h"
#include "tty/run_helper.h"
#include "tty/signals.h"
#include "view/export/export_html.h"
#include "view/export/export_svg.h"
#include "view/panes.h"

/* --- the prompt's owner --------------------------------------------------------------- */

static const struct session *owner_session(void *owner)
{
	return ((struct app *)owner)->session;
}

static void owner_line(void *owner, const char *line)
{
	struct app *app = owner;

	if (!line)
		app_command(app, "quit");
	else if (line[strspn(line, " \t")])
		app_command(app, line);
	app->now = clock_now();
}

/* Lists the matches in columns, like ls. */
static void owner_matches(void *owner, char **matches, size_t n)
{
	struct app *app = owner;
	int widest = 1, room = app->cols > 110 ? 106 : app->cols - 4, columns;
	struct buf text = {0};
	size_t rows;

	for (size_t i = 0; i < n; i++)
		if (text_columns(matches[i]) > widest)
			widest = text_columns(matches[i]);
	columns = room / (widest + 2);
	columns = columns < 1 ? 1 : columns;
	rows = (n + (size_t)columns - 1) / (size_t)columns;
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = row; i < n; i += rows) {
			buf_puts(&text, matches[i]);
			if (i + rows < n)
				buf_printf(&text, "%*s", widest + 2 - text_columns(matches[i]), "");
		}
		buf_putc(&text, '\n');
	}
	ui_overlay(&app->ui, "completions", buf_take(&text), true);
}

/* --- in and out -------------------------------------------------------------------------- */

static struct recorder recorder = {.style = -1}; /* of the one terminal that there is */

static void draw(struct app *app)
{
	struct grid *grid;

	screen_size(&app->rows, &app->cols);
	app->ui.prompt = prompt_text();
	app->ui.line = prompt_line();
	app->ui.point = prompt_point();
	grid = render(app->session, &app->ui, app->rows, app->cols);
	screen_draw(grid);
	record_screen(&recorder, session_record(app->session), grid, screen_palette(), clock_now());
	grid_free(grid);
}

static bool draw_page(void *owner, struct buf *out, struct vf_error *error)
{
	return export_html(((struct app *)owner)->session, out, error);
}

/* As it was before the line that exports it. */
static bool draw_picture(void *owner, struct buf *out, struct vf_error *error)
{
	const struct app *app = owner;
	struct ui ui = app->ui;

	(void)error;
	ui.line = "";
	ui.point = 0;
	ui.overlay.open = ui.overlay.open && !ui.overlay.list;
	export_screen(app->session, &ui, app->rows, app->cols, screen_palette(), out);
	return true;
}

/* --- other programs --------------------------------------------------------------------- */

/*
 * Drops what was typed while the screen did not respond, but takes over the window's
 * size. Ctrl-C is a signal and is not dropped.
 */
static void drop_input(void)
{
	signals_wait(-1, 0); /* lets SIGWINCH in */
	while (screen_input().kind != INPUT_NONE)
		;
}

static void helper_runs(void *owner, const char *program, double seconds)
{
	struct buf text = {0};

	drop_input();
	ui_overlay_close(&((struct app *)owner)->ui);
	buf_printf(&text, "%s runs, %.1f s; Ctrl-C stops it", program, seconds);
	ui_message(&((struct app *)owner)->ui, buf_take(&text), false);
	draw(owner);
}

static bool ask_helper(void *owner, const char *const argv[], struct answer *answer,
		       struct vf_error *error)
{
	struct helper_watch watch = {owner, helper_runs, signals_fd(), signals_stop};
	struct app *app = owner;
	bool ok = helper_run(&watch, argv, answer, error);

	drop_input();
	ui_message(&app->ui, NULL, false);
	return ok;
}

/* The next one that the terminal can show. */
static void change_palette(struct app *app)
{
	size_t i = (size_t)(screen_palette() - palettes);
	char line[32];

	app->next_palette = false;
	do
		i = (i + 1) % palette_count;
	while (!screen_fits(&palettes[i]));
	snprintf(line, sizeof(line), "set palette %s", palettes[i].name);
	app_command(app, line);
	if (!app->ui.error)
		ui_message(&app->ui, xstrdup(palettes[i].what), false);
}

/* --- settings ----------------------------------------------------------------------------- */

static struct settings applied; /* to the one terminal */

static void apply_palette(unsigned word)
{
	const struct palette *palette = word ? palette_find(vocab_palette.words[word]) : NULL;

	screen_set_palette(palette && screen_fits(palette) ? palette : screen_default_palette());
}

static void apply_settings(const struct session *session)
{
	const struct settings *settings = session_settings(session);

	if (settings->palette != applied.palette)
		apply_palette(settings->palette);
	screen_set_mouse(settings->mouse);
	applied = *settings;
}

/* What was kept; --palette precedes it. */
static void open_settings(struct app *app, bool palette_given)
{
	struct settings settings;
	struct vf_error error;

	if (!settings_load(&settings, &error) && error.message[0]) {
		struct buf text = {0};

		vf_error_print(&error, &text);
		app_show(app, "settings", &text, true);
	}
	applied = (struct settings){.palette = palette_given ? settings.palette : 0};
	session_set_settings(app->session, settings);
	apply_settings(app->session);
}

static void take_key(struct app *app, const struct input *input)
{
	size_t length = (size_t)input->length;

	if (input->pasted) {
		app_decline(app);
		ui_overlay_close(&app->ui);
		prompt_feed(input->bytes, length);
	} else if (input->key == 12) { /* Ctrl-L */
		screen_forget();
	} else if (input->key || prompt_binds(input->bytes, length)) { /* else the key is dropped */
		if (!app_key(app, input->key, prompt_idle()) && prompt_binds(input->bytes, length))
			prompt_feed(input->bytes, length);
	}
}

/* Handles all input so far. True: there was some. */
static bool take_input(struct app *app)
{
	bool any = false;

	while (!app->quit) {
		struct input input = screen_input();

		if (input.kind == INPUT_NONE)
			break;
		any = true;
		app->now = clock_now();
		if (input.kind == INPUT_RESIZE)
			screen_size(&app->rows, &app->cols);
		else if (input.kind == INPUT_MOUSE)
			app_mouse(app, &input.mouse);
		else
			take_key(app, &input);
		if (app->next_palette)
			change_palette(app);
		apply_settings(app->session);
	}
	return any;
}

/* Returns the signal that ends the program, or 0. */
static int take_signals(struct app *app, bool *any)
{
	for (int number; (number = signals_next()) != 0; *any = true) {
		if (number != SIGINT)
			return number;
		screen_end_paste();
		if (!app_interrupt(app))
			prompt_cancel();
	}
	return 0;
}

static int run(struct app *app)
{
	bool changed = true;
	int ended_by = 0;

	while (!app->quit && !ended_by) {
		double due;

		if (changed)
			draw(app);
		due = app_due(app);
		app->now = clock_now();
		signals_wait(STDIN_FILENO, due < 0 ? -1 : due > app->now ? due - app->now : 0);
		app->now = clock_now();
		changed = take_input(app);
		changed |= app_tick(app);
		app_keep_aside(app);
		ended_by = take_signals(app, &changed);
	}
	return ended_by;
}

bool loop_run(struct session *session, const struct loop_options *options, bool *broken,
	      struct vf_error *error)
{
	struct prompt_owner owner = {NULL, owner_session, owner_line, owner_matches};
	struct app app;
	int ended_by;
	bool opened;

	signals_open(screen_restore);
	signals_set_crash_words("vmafork: curses has crashed while it opened the terminal: is memory short?\n");
	opened = screen_open(options->palette, error);
	signals_set_crash_words(NULL);
	if (!opened) {
		signals_close();
		return false;
	}
	app_init(&app, session, screen_utf8(options->glyphs), !options->still);
	app.now = clock_now();
	session_set_helper(session, (struct helper){.run = ask_helper, .owner = &app});
	session_set_pictures(session, (struct pictures){&app, draw_page, draw_picture});
	session_set_asks(session, true);
	screen_size(&app.rows, &app.cols);
	owner.owner = &app;
	prompt_open(&owner, "vmafork> ");
	open_settings(&app, options->palette);
	if (options->message) {
		struct buf text = {0};

		buf_puts(&text, options->message);
		app_show(&app, "loaded", &text, options->failed);
	}
	if (options->script) {
		app.player = player_create(options->script);
		player_start(app.player, &app);
	}
	if (options->command)
		app_command(&app, options->command);
	if (options->offers)
		app_offer_aside(&app);
	ended_by = run(&app);
	if (ended_by)
		session_leave_aside(session);
	if (broken)
		*broken = app.player && player_broken(app.player);
	session_set_helper(session, (struct helper){0});
	session_set_pictures(session, (struct pictures){0});
	session_set_asks(session, false);
	prompt_close();
	app_deinit(&app);
	record_close(&recorder);
	if (ended_by)
		screen_unstop();
	screen_close();
	signals_close();
	if (ended_by)
		signals_die(ended_by);
	return true;
}
