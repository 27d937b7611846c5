/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stories at a terminal of 80x24: what a viewer has on the screen at each stop. */
#include "support/check.h"

#include <ctype.h>
#include <glob.h>
#include <locale.h>
#include <string.h>

#include "base/alloc.h"
#include "tty/app.h"
#include "tty/player.h"
#include "view/panes.h"

enum { ROWS = 24, COLS = 80, STOPS_MOST = 400 };

/* A story at one of its stops: the viewer has to do something. */
struct stop {
	const char *path;
	const struct app *app;
	const char *screen, *styles;
	const char *screen_before, *styles_before; /* at the last stop; "" at the first */
};

typedef void stop_visit(const struct stop *stop);

static void draw(const struct app *app, struct buf *screen, struct buf *styles)
{
	struct grid *grid = render(app->session, &app->ui, ROWS, COLS);

	buf_clear(screen);
	buf_clear(styles);
	grid_text(grid, screen);
	grid_styles(grid, styles);
	grid_free(grid);
}

/* Until nothing is due any more. */
static void wait_for_stop(struct app *app)
{
	double due;

	while ((due = app_due(app)) >= 0) {
		app->now = due > app->now ? due : app->now;
		app_tick(app);
	}
}

static void go_on(struct app *app)
{
	uint32_t key = app->ui.ask == ASK_OPEN ? '1' : app->ui.ask == ASK_PREDICT ? 27 : '\r';

	app_key(app, key, true);
}

static bool has_ended(const struct app *app)
{
	return app->ui.next && strstr(app->ui.next, "end of the story");
}

static void play(const char *path, stop_visit *visit)
{
	struct session *session = session_create(true);
	struct buf screen[2] = {{0}, {0}}, styles[2] = {{0}, {0}};
	struct vf_error error;
	struct script *script = script_open(path, budget_default, &error);
	struct app app;
	unsigned stops = 0;

	assert_non_null(script);
	app_init(&app, session, true, true);
	app.rows = ROWS;
	app.cols = COLS;
	app.player = player_create(script);
	player_start(app.player, &app);
	for (wait_for_stop(&app); !has_ended(&app); wait_for_stop(&app)) {
		int now = stops++ % 2;
		struct stop stop = {path, &app, NULL, NULL, buf_str(&screen[!now]),
				    buf_str(&styles[!now])};

		assert_in_range(stops, 1, STOPS_MOST);
		draw(&app, &screen[now], &styles[now]);
		stop.screen = buf_str(&screen[now]);
		stop.styles = buf_str(&styles[now]);
		visit(&stop);
		go_on(&app);
	}
	assert_false(player_broken(app.player));
	for (int i = 0; i < 2; i++) {
		buf_deinit(&screen[i]);
		buf_deinit(&styles[i]);
	}
	app_deinit(&app);
	script_close(script);
	session_free(session);
}

static void play_all(stop_visit *visit)
{
	glob_t found;

	assert_int_equal(glob("scenarios/*.vma", 0, NULL, &found), 0);
	assert_true(found.gl_pathc > 40);
	for (size_t i = 0; i < found.gl_pathc; i++)
		play(found.gl_pathv[i], visit);
	globfree(&found);
}

/* Line by line: cmocka cuts long messages. */
static void print_screen(const struct stop *stop)
{
	for (const char *line = stop->screen; *line; line += strcspn(line, "\n") + 1)
		print_message("%.*s\n", (int)strcspn(line, "\n"), line);
}

/* --- what differs from stop to stop ----------------------------------------------------- */

static void must_differ(const struct stop *stop)
{
	if (strcmp(stop->screen, stop->screen_before) || strcmp(stop->styles, stop->styles_before))
		return;
	print_screen(stop);
	fail_msg("%s: two stops have the same screen", stop->path);
}

static void test_no_two_stops_in_a_row_look_the_same(void **state)
{
	(void)state;
	play_all(must_differ);
}

/* --- what is asked about ---------------------------------------------------------------- */

static bool is_part(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* How often the word is in the text, as a whole. */
static unsigned count_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	unsigned count = 0;

	for (const char *at = text; (at = strstr(at, word)); at += n)
		count += (at == text || !is_part(at[-1])) && !is_part(at[n]);
	return count;
}

static const char *question_of(const struct app *app)
{
	if (app->ui.ask == ASK_OPEN)
		return session_story(app->session)->question.text;
	return app->ui.ask == ASK_PREDICT ? session_asked(app->session)->question : NULL;
}

/* Names of memory that a question has are on the screen besides. */
static void must_show_names(const struct stop *stop)
{
	const struct machine *m = session_machine(stop->app->session, RIGHT);
	const char *question = question_of(stop->app);

	for (size_t i = 0; question && i < m->name_slots; i++) {
		const struct name *name = m->names[i];
		unsigned asked = name ? count_word(question, name->text) : 0;

		if (!asked || count_word(stop->screen, name->text) > asked)
			continue;
		print_screen(stop);
		fail_msg("%s: '%s' asks about %s, which is not on the screen", stop->path, question,
			 name->text);
	}
}

static void test_what_is_asked_about_is_on_the_screen(void **state)
{
	(void)state;
	play_all(must_show_names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_two_stops_in_a_row_look_the_same),
		cmocka_unit_test(test_what_is_asked_about_is_on_the_screen),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("stories", tests, NULL, NULL);
}
