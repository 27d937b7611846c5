/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A saved session rebuilds exactly the same state: for every scenario of the project. */
#include "support/check.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/world.h"

static void load(struct session *session, const char *path)
{
	struct buf out = { 0 }, message = { 0 };
	struct vf_error error;

	if (!session_load(session, path, &out, &error)) {
		vf_error_print(&error, &message);
		print_error("%s", buf_str(&message));
		fail();
	}
	buf_deinit(&out);
}

static void assert_round_trip(struct session *session)
{
	struct session *again = session_create(false);
	char path[64], line[96], *before = session_dump(session), *after;

	snprintf(path, sizeof(path), "/tmp/vmafork-saved-%d.vma", (int)getpid());
	snprintf(line, sizeof(line), "save %s", path);
	run(session, line);
	load(again, path);
	unlink(path);
	after = session_dump(again);
	assert_string_equal(before, after);
	assert_int_equal(session_timeline(session)->at, session_timeline(again)->at);
	assert_int_equal(session_passed(session), session_passed(again));
	free(before);
	free(after);
	session_free(again);
}

static void test_scenarios(void **state)
{
	glob_t files;

	(void)state;
	assert_int_equal(glob("scenarios/*.vma", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct session *session = session_create(false);

		print_message("%s\n", files.gl_pathv[i]);
		load(session, files.gl_pathv[i]);
		assert_round_trip(session);
		session_free(session);
	}
	globfree(&files);
}

static void test_words_that_need_quotes(void **state)
{
	struct session *session = world("title \"a \\\"b\\\" \\\\ # c\"\nabout \"\"\nvma a anon 64K\n"
					"say \"\303\244 \\\\\"\nask \"really?\" \"yes, of course\" \"no\" answer 1 \"because\"\n");

	(void)state;
	assert_round_trip(session);
	session_free(session);
}

static void test_after_undo(void **state)
{
	struct session *session = world("kernel left v6.1\nvma a anon 64K\ntouch a\nfork\n"
					"child touch a 0\nundo 2\ncheck left src\nmprotect a r\nfork\n");

	(void)state;
	assert_round_trip(session);
	run(session, "reset\nvma z anon 4K");
	assert_round_trip(session);
	session_free(session);
}

static void test_other_machines(void **state)
{
	struct session *session = world("set machine aarch64\nset page-size 16K\nset access-bits software\n"
					"kernel left v6.12\nvma a anon 3p\ntouch a 0-1\nfork\nchild touch a 2\n");

	(void)state;
	assert_round_trip(session);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_that_need_quotes),
		cmocka_unit_test(test_after_undo),
		cmocka_unit_test(test_other_machines),
		cmocka_unit_test(test_scenarios),
	};

	return cmocka_run_group_tests_name("round trip", tests, NULL, NULL);
}
