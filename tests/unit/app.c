/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lines do to the session at a terminal; nothing is drawn. */
#include "support/check.h"

#include "base/file.h"
#include "tty/app.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rebuilt_machines_keep_the_moment),
		cmocka_unit_test(test_an_added_command_moves_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
