/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lines do to the session at a terminal; nothing is drawn. */
#include "support/check.h"

#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "tty/app.h"
#include "view/panes.h"

/* Loads a file that chooses the left kernel n times, and has it built each time. */
static void load_kernels(struct app *app, unsigned n)
{
	struct buf text = {0}, load = {0};
	struct shared_text file;
	struct vf_error error;

	for (unsigned i = 0; i < n; i++)
		buf_printf(&text, "kernel left v%s\nshow vmas\n", i % 2 ? "6.1" : "6.12");
	assert_true(share_text(buf_str(&text), text.len, &file, &error));
	buf_printf(&load, "load %s", file.path);
	app_command(app, buf_str(&load));
	assert_false(app->ui.error);
	unshare_text(&file);
	buf_deinit(&load);
	buf_deinit(&text);
}

/* However often a side is built anew: the moment on the screen stays. */
static void test_rebuilt_machines_keep_the_moment(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 24; n++) {
		struct session *session = session_create(true);
		const struct timeline *timeline = session_timeline(session);
		struct app app;

		app_init(&app, session, true, false);
		app_command(&app, "kernel both v6.1");
		app_command(&app, "vma a anon 16K");
		app_command(&app, "touch a");
		app_command(&app, "fork");
		app_command(&app, "goto 2");
		assert_int_equal(timeline->at, 2);
		load_kernels(&app, n);
		assert_int_equal(session_timeline(session)->at, 2);
		app_deinit(&app);
		session_free(session);
	}
}

/* A command that was only added is seen to happen: time goes to the end. */
static void test_an_added_command_moves_to_the_end(void **state)
{
	struct session *session = session_create(true);
	const struct timeline *timeline;
	struct app app;

	(void)state;
	app_init(&app, session, true, false);
	app_command(&app, "vma a anon 16K");
	app_command(&app, "fork");
	app_command(&app, "goto 2");
	app_command(&app, "touch a");
	timeline = session_timeline(session);
	assert_true(timeline->at > 2);
	assert_int_equal(timeline->at, timeline->count);
	app_deinit(&app);
	session_free(session);
}

/* A command that cannot move in time says why. */
static void test_ends_of_time_are_named(void **state)
{
	struct session *session = session_create(true);
	struct app app;

	(void)state;
	app_init(&app, session, true, false);
	app_command(&app, "vma a anon 16K");
	app_command(&app, "fork");
	app_command(&app, "goto end");
	assert_null(app.ui.message);
	app_command(&app, "step");
	assert_string_equal(app.ui.message, "This is the end.");
	app_command(&app, "goto start");
	assert_null(app.ui.message);
	app_command(&app, "back");
	assert_string_equal(app.ui.message, "This is the start.");
	app_command(&app, "step");
	assert_null(app.ui.message);
	app_deinit(&app);
	session_free(session);
}

/* --- lines of an output that can be chosen ------------------------------------------------- */

static void keys(struct app *app, uint32_t key, int times)
{
	while (times--)
		assert_true(app_key(app, key, true));
}

static void open_table(struct app *app, struct session *session, int rows, int cols)
{
	app_init(app, session, true, false);
	app->rows = rows;
	app->cols = cols;
	app_command(app, "vma a anon 16K");
	app_command(app, "table v6.18 v6.19-rc1");
	assert_true(app->ui.overlay.open);
	assert_int_equal(app->ui.overlay.choice_count, 10);
	assert_int_equal(app->ui.overlay.chosen, 0);
}

/* Enter on a row makes a scenario of it, and undo brings back what was there. */
static void test_a_row_of_a_table_is_opened(void **state)
{
	struct session *session = session_create(true);
	struct app app;

	(void)state;
	open_table(&app, session, 24, 80);
	keys(&app, UI_KEY_DOWN, 8);
	keys(&app, UI_KEY_UP, 1);
	keys(&app, '\r', 1);
	assert_false(app.ui.overlay.open);
	assert_false(app.ui.error);
	assert_non_null(strstr(app.ui.message, "row 8"));
	assert_string_equal(session_machine(session, LEFT)->kernel->name, "v6.18");
	assert_int_equal(session_machine(session, RIGHT)->fork_count, 1);
	app_command(&app, "undo");
	assert_int_equal(session_machine(session, RIGHT)->fork_count, 0);
	assert_non_null(machine_name(session_machine(session, LEFT), "a"));
	app_deinit(&app);
	session_free(session);
}

/* A row that fork cannot meet says why, and changes nothing. */
static void test_a_row_that_cannot_be_opened(void **state)
{
	struct session *session = session_create(true);
	struct app app;

	(void)state;
	open_table(&app, session, 24, 80);
	keys(&app, UI_KEY_DOWN, 6);
	keys(&app, '\n', 1);
	assert_true(app.ui.error);
	assert_non_null(strstr(app.ui.message, "fork cannot meet row 7"));
	assert_non_null(strstr(app.ui.message, "dup_userfaultfd only clears"));
	assert_non_null(machine_name(session_machine(session, LEFT), "a"));
	app_deinit(&app);
	session_free(session);
}

static void assert_in_sight(const struct app *app)
{
	const struct overlay *overlay = &app->ui.overlay;
	size_t row = overlay_chosen_row(overlay, app->cols);

	assert_in_range(row, overlay->top, overlay->top + (size_t)overlay_rows(app->rows) - 1);
}

/* The row that is chosen is on the screen, whatever its size; the ends are its limits. */
static void test_the_chosen_row_is_in_sight(void **state)
{
	static const int sizes[][2] = {{24, 80}, {12, 80}, {8, 40}, {6, 30}, {60, 200}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct session *session = session_create(true);
		const struct overlay *overlay;
		struct app app;

		open_table(&app, session, sizes[i][0], sizes[i][1]);
		overlay = &app.ui.overlay;
		for (size_t row = 1; row < 10; row++) {
			keys(&app, UI_KEY_DOWN, 1);
			assert_int_equal(overlay->chosen, row);
			assert_in_sight(&app);
		}
		keys(&app, UI_KEY_DOWN, 1); /* beyond the last row: the notes */
		assert_int_equal(overlay->chosen, 9);
		assert_int_equal(overlay->top, overlay_bottom(overlay, app.rows, app.cols));
		for (size_t row = 9; row-- > 1;) {
			keys(&app, UI_KEY_UP, 1);
			assert_int_equal(overlay->chosen, row);
			assert_in_sight(&app);
		}
		keys(&app, UI_KEY_PAGE_UP, 1);
		keys(&app, UI_KEY_UP, 10);
		assert_int_equal(overlay->chosen, 0);
		assert_int_equal(overlay->top, 0);
		keys(&app, UI_KEY_END, 1);
		assert_int_equal(overlay->chosen, 9);
		keys(&app, UI_KEY_HOME, 1);
		assert_int_equal(overlay->chosen, 0);
		app_deinit(&app);
		session_free(session);
	}
}

/* Other keys are as for any long output: q closes it, a letter begins a command. */
static void test_a_table_is_closed(void **state)
{
	struct session *session = session_create(true);
	struct app app;

	(void)state;
	open_table(&app, session, 24, 80);
	keys(&app, 'q', 1);
	assert_false(app.ui.overlay.open);
	app_command(&app, "table");
	assert_true(app.ui.overlay.choice_count > 0);
	assert_false(app_key(&app, 'u', true));
	assert_false(app.ui.overlay.open);
	app_command(&app, "help touch"); /* its lines cannot be chosen */
	assert_int_equal(app.ui.overlay.choice_count, 0);
	app_deinit(&app);
	session_free(session);
}

/* --- breakpoints, and what is shown ----------------------------------------------------- */

static void assert_shows(const struct app *app, const char *text)
{
	const char *shown = app->ui.overlay.open ? app->ui.overlay.text : app->ui.message;

	assert_non_null(shown);
	if (!strstr(shown, text))
		fail_msg("'%s' is not in '%s'", text, shown);
}

/* N and P run to breakpoints, and explain is about the VMA that is shown. */
static void test_breakpoints_and_what_is_shown(void **state)
{
	struct session *session = session_create(true);
	const struct timeline *timeline = session_timeline(session);
	struct app app;

	(void)state;
	app_init(&app, session, true, false);
	app_key(&app, 'N', true);
	assert_shows(&app, "There are no steps yet: run fork first.");
	app_command(&app, "kernel both v7.3");
	app_command(&app, "vma a anon 16K");
	app_command(&app, "vma b file 16K");
	app_command(&app, "touch a");
	app_command(&app, "fork");
	app_key(&app, 'N', true);
	assert_shows(&app, "there are no breakpoints");
	app_command(&app, "break write-protect");
	assert_shows(&app, "Breakpoint: write-protect. next and previous (keys N and P) go there.");
	assert_true(app_key(&app, 'N', true));
	assert_shows(&app, "write-protect: a pages 0-3: the parent loses its write bit (both sides).");
	assert_false(app_key(&app, 'N', false)); /* a letter of a line that is typed */
	app_key(&app, 'N', true);
	assert_shows(&app, "No breakpoint holds at a later step.");
	app_key(&app, UI_KEY_END, true);
	assert_int_equal(timeline->at, timeline->count);
	app_key(&app, 'P', true);
	assert_shows(&app, "write-protect: a pages 0-3: ");
	app_command(&app, "explain");
	assert_shows(&app, "both: a on v7.3 (check dst): copy because anon_vma. ");
	app_key(&app, UI_KEY_PAGE_DOWN, true);
	app_key(&app, 27, true);
	app_command(&app, "look b");
	app_command(&app, "explain");
	assert_shows(&app, "both: b on v7.3 (check dst): skip: ");
	app_command(&app, "look a");
	app_command(&app, "explain");
	app_command(&app, "explain");
	assert_shows(&app, "Anonymous pages are nowhere else: ");
	app_command(&app, "explain");
	assert_shows(&app, "There is no more to say about it at this step.");
	app_deinit(&app);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rebuilt_machines_keep_the_moment),
		cmocka_unit_test(test_an_added_command_moves_to_the_end),
		cmocka_unit_test(test_ends_of_time_are_named),
		cmocka_unit_test(test_a_row_of_a_table_is_opened),
		cmocka_unit_test(test_a_row_that_cannot_be_opened),
		cmocka_unit_test(test_the_chosen_row_is_in_sight),
		cmocka_unit_test(test_a_table_is_closed),
		cmocka_unit_test(test_breakpoints_and_what_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
