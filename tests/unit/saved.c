/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a session asks before work is lost: its own files, and unsaved work. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "support/world.h"

static char folder[] = "/tmp/vmafork-saved-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink("a.vma");
	unlink("b.vma");
	return rmdir(folder);
}

static void write_text(const char *path, const char *text)
{
	struct vf_error error;

	assert_true(write_file(path, text, strlen(text), &error));
}

static char *text_of(const char *path)
{
	struct vf_error error;
	size_t length;
	char *text = read_file(path, 1 << 20, &length, &error);

	assert_non_null(text);
	return text;
}

static void assert_file(const char *path, const char *part, bool has)
{
	char *text = text_of(path);

	assert_int_equal(strstr(text, part) != NULL, has);
	free(text);
}

static enum request request_of(struct session *session, const char *line)
{
	enum request request;
	struct buf out = { 0 };
	struct vf_error error;

	assert_true(session_command(session, line, &out, &request, &error));
	buf_deinit(&out);
	return request;
}

static enum request answer(struct session *session, bool yes)
{
	enum request request;
	struct buf out = { 0 };
	struct vf_error error;

	assert_true(session_confirm(session, yes, &out, &request, &error));
	assert_null(session_asks(session));
	buf_deinit(&out);
	return request;
}

/* At a terminal. */
static struct session *asking(const char *lines)
{
	struct session *session = world(lines);

	session_set_asks(session, true);
	return session;
}

static void test_save_asks(void **state)
{
	struct session *session = asking("vma mine anon 4K");

	(void)state;
	write_text("a.vma", "vma other anon 4K\n");
	assert_int_equal(request_of(session, "save a.vma"), REQUEST_CONFIRM);
	assert_string_equal(session_asks(session), "Replace a.vma?");
	assert_file("a.vma", "vma mine", false);
	assert_int_equal(answer(session, false), REQUEST_NONE);
	assert_file("a.vma", "vma mine", false);
	assert_true(session_unsaved(session));
	request_of(session, "save a.vma");
	assert_int_equal(request_of(session, "show vmas"), REQUEST_NONE); /* is no answer */
	assert_null(session_asks(session));
	assert_file("a.vma", "vma mine", false);
	request_of(session, "save a.vma");
	assert_int_equal(answer(session, true), REQUEST_NONE);
	assert_file("a.vma", "vma mine", true);
	assert_false(session_unsaved(session));
	/* from now on it is the session's, until something else writes it */
	run(session, "vma more anon 4K");
	assert_int_equal(request_of(session, "save a.vma"), REQUEST_NONE);
	assert_file("a.vma", "vma more", true);
	write_text("a.vma", "vma other anon 4K\n");
	assert_int_equal(request_of(session, "save a.vma"), REQUEST_CONFIRM);
	assert_int_equal(request_of(session, "save a.vma replace"), REQUEST_NONE);
	assert_file("a.vma", "vma more", true);
	session_free(session);
}

static void test_read_only(void **state)
{
	struct session *session = asking("vma mine anon 4K");

	(void)state;
	write_text("a.vma", "vma other anon 4K\n");
	run(session, "load a.vma");
	assert_int_equal(chmod("a.vma", 0444), 0);
	assert_int_equal(request_of(session, "save a.vma"), REQUEST_CONFIRM);
	assert_file("a.vma", "vma mine", false);
	answer(session, true);
	assert_file("a.vma", "vma mine", true);
	unlink("a.vma");
	session_free(session);
}

static void test_refuses_where_none_can_answer(void **state)
{
	struct session *session = world("vma mine anon 4K");

	(void)state;
	write_text("a.vma", "vma other anon 4K\n");
	assert_non_null(strstr(refused(session, "save a.vma"), "save a.vma replace"));
	assert_file("a.vma", "vma mine", false);
	assert_int_equal(request_of(session, "quit"), REQUEST_QUIT);
	run(session, "save a.vma replace");
	assert_file("a.vma", "vma mine", true);
	session_free(session);
}

static void test_quit_asks(void **state)
{
	struct session *session = asking("vma mine anon 4K\nfork");

	(void)state;
	assert_int_equal(request_of(session, "quit"), REQUEST_CONFIRM);
	assert_int_equal(answer(session, false), REQUEST_NONE);
	assert_int_equal(request_of(session, "quit"), REQUEST_CONFIRM);
	assert_int_equal(answer(session, true), REQUEST_QUIT);
	session_free(session);
	session = asking("");
	assert_int_equal(request_of(session, "quit"), REQUEST_QUIT);
	session_free(session);
}

static void test_what_is_work(void **state)
{
	struct session *session = asking("vma mine anon 4K\ntouch mine\nfork");

	(void)state;
	run(session, "save b.vma replace");
	assert_false(session_unsaved(session));
	/* to look, to move in time, and what undo and redo bring back, is none */
	run(session, "show vmas\ngoto start\nstep\nspeed 2\nexplain mine\nkernel list\ndiff");
	assert_false(session_unsaved(session));
	run(session, "child touch mine");
	assert_true(session_unsaved(session));
	run(session, "undo");
	assert_false(session_unsaved(session));
	run(session, "undo");
	assert_true(session_unsaved(session));
	run(session, "redo");
	assert_false(session_unsaved(session));
	/* as many commands as there were, of which the last is another one */
	run(session, "undo\ntouch mine read");
	assert_true(session_unsaved(session));
	run(session, "save b.vma");
	assert_false(session_unsaved(session));
	run(session, "check right dst");
	assert_true(session_unsaved(session));
	run(session, "undo\nsay \"hello\"");
	assert_true(session_unsaved(session));
	run(session, "reset"); /* nothing is left to save */
	assert_false(session_unsaved(session));
	run(session, "undo");
	assert_true(session_unsaved(session));
	session_free(session);
}

/* What came out of files is in files, unless something else was there before. */
static void test_files_are_no_work(void **state)
{
	struct session *session = asking("");

	(void)state;
	write_text("a.vma", "vma a anon 4K\n");
	write_text("b.vma", "vma b anon 4K\nfork\n");
	run(session, "load a.vma\nload b.vma");
	assert_false(session_unsaved(session));
	run(session, "touch a");
	assert_true(session_unsaved(session));
	run(session, "open b.vma");
	assert_false(session_unsaved(session));
	run(session, "undo"); /* back to the touch, which no file has */
	assert_true(session_unsaved(session));
	session_free(session);
	session = asking("vma c anon 4K");
	run(session, "load a.vma");
	assert_true(session_unsaved(session));
	session_free(session);
}

/* A story that is played is its file, until the viewer does something. */
static void test_play(void **state)
{
	struct session *session = asking("");
	struct script *script;
	struct vf_error error;
	struct buf out = { 0 };
	enum request request;

	(void)state;
	write_text("a.vma", "title \"t\"\nvma a anon 4K\nfork\nquit\n");
	script = script_open("a.vma", budget_default, &error);
	assert_non_null(script);
	for (int i = 0; i < 2; i++)
		assert_true(script_step(script, session, &out, &request, &error));
	assert_false(session_unsaved(session));
	while (script_peek(script)) {
		assert_true(script_step(script, session, &out, &request, &error));
		assert_null(session_asks(session)); /* quit in the story ends the story */
	}
	assert_false(session_unsaved(session));
	run(session, "touch a");
	assert_true(session_unsaved(session));
	assert_int_equal(request_of(session, "save a.vma"), REQUEST_NONE);
	script_close(script);
	session_free(session);
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_save_asks),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_refuses_where_none_can_answer),
		cmocka_unit_test(test_quit_asks),
		cmocka_unit_test(test_what_is_work),
		cmocka_unit_test(test_files_are_no_work),
		cmocka_unit_test(test_play),
	};

	return cmocka_run_group_tests_name("saved", tests, make_folder, remove_folder);
}
