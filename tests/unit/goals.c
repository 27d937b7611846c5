/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goals: for a viewer who builds, and checked with their solutions. */
#include "support/check.h"

#include <locale.h>
#include <string.h>

#include "base/alloc.h"
#include "support/world.h"

static struct session *viewed(const char *lines)
{
	struct session *session = session_create(true);

	session_set_asks(session, true);
	run(session, lines);
	return session;
}

static void is_at(const struct session *session, enum goal_state state, size_t used)
{
	assert_non_null(session_goal(session));
	assert_int_equal(session_goal(session)->state, state);
	assert_int_equal(session_goal(session)->used, used);
}

static bool holds(const struct session *session, size_t part)
{
	return session_goal(session)->parts[part].holds;
}

#define TASK "goal \"Copy four.\" left cost entries 4 and both heap copy par 3"

static void test_is_looked_at_after_each_command(void **state)
{
	struct session *session = viewed(TASK);

	(void)state;
	is_at(session, GOAL_OPEN, 0);
	assert_string_equal(session_goal(session)->parts[0].got, "0");
	assert_string_equal(session_goal(session)->parts[1].got, "there is no heap");
	run(session, "vma heap anon 64K\ntouch heap 0-3");
	is_at(session, GOAL_OPEN, 2);
	assert_string_equal(session_goal(session)->parts[1].got, "left: no fork yet; right: no fork yet");
	run(session, "fork");
	is_at(session, GOAL_REACHED, 3);
	assert_true(holds(session, 0) && holds(session, 1));
	assert_int_equal(goal_stars(session_goal(session)), 3);
	session_free(session);
}

/* Where the time line is makes no difference, and remains. */
static void test_is_looked_at_at_the_end_of_time(void **state)
{
	struct session *session = viewed("vma heap anon 64K\ntouch heap 0-3\nfork\nfork\n"
					 "goal \"\" left cost entries 9");

	(void)state;
	session_seek(session, 2, 0);
	run(session, "vma other anon 64K");
	is_at(session, GOAL_OPEN, 1);
	assert_string_equal(session_goal(session)->parts[0].got, "8");
	session_free(session);
}

static void test_counts_what_was_not_undone(void **state)
{
	struct session *session = viewed("vma before anon 64K\n" TASK);

	(void)state;
	says(refused(session, "undo"), "nothing to undo");
	run(session, "vma heap anon 64K\ntouch heap 0\nundo\nshow vmas");
	is_at(session, GOAL_OPEN, 1);
	run(session, "redo");
	is_at(session, GOAL_OPEN, 2);
	run(session, "undo 9\nvma heap anon 8K\nvma x anon 8K\nundo\nvma heap.2 anon 8K\ntouch heap* all\nfork");
	is_at(session, GOAL_REACHED, 4);
	assert_int_equal(goal_stars(session_goal(session)), 2);
	run(session, "undo 9"); /* it is over: all can be taken back */
	assert_null(mm_first(left(session)->parent));
	session_free(session);
}

static void test_refuses_what_is_set_by_hand(void **state)
{
	static const char *const forbidden[][2] = {
		{"flags heap +VM_DONTCOPY", "does not allow flags"},
		{"vma x anon 4K +VM_DONTCOPY", "does not allow flags set by hand"},
		{"anon_vma heap on", "does not allow anon_vma"},
		{"pte heap 0 present", "does not allow pte"},
		{"kernel left v6.1", "does not allow kernel"},
		{"check left src", "does not allow check"},
		{"reset", "reset would end the task"},
		{"open x.vma", "open would end the task"},
		{"solution fork", "solution belongs in a file"},
	};
	struct session *session = viewed("vma heap anon 64K\n" TASK);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
		says(refused(session, forbidden[i][0]), forbidden[i][1]);
	run(session, "kernel list\nkernel show v6.1");
	is_at(session, GOAL_OPEN, 0);
	run(session, TASK " with kernel check flags\nkernel left v6.1\ncheck left src\nflags heap +VM_LOCKED");
	is_at(session, GOAL_OPEN, 3);
	session_free(session);
}

static void test_is_given_up(void **state)
{
	struct session *session = viewed("vma heap anon 64K\n" TASK "\ntouch heap 0-1\nfork");
	struct vf_error error;

	(void)state;
	assert_true(session_skip_goal(session, true, &error));
	is_at(session, GOAL_SKIPPED, 2);
	assert_string_equal(parent_pte(session, "heap", 0), "none");
	run(session, "undo"); /* of what precedes the task, too */
	assert_null(mm_first(left(session)->parent));
	session_free(session);
}

static void test_hints_come_one_by_one(void **state)
{
	struct session *session = viewed("vma heap anon 64K");
	size_t left;
	bool again;

	(void)state;
	says(refused(session, "hint \"x\""), "no predict or goal precedes it");
	assert_null(session_hint(session, &left, &again));
	run(session, TASK "\nhint \"one\"\nhint \"two\"");
	assert_string_equal(session_hint(session, &left, &again), "one");
	assert_int_equal(left, 1);
	assert_string_equal(session_hint(session, &left, &again), "two");
	assert_false(again);
	assert_string_equal(session_hint(session, &left, &again), "two");
	assert_true(again);
	assert_int_equal(left, 0);
	run(session, "touch heap 0-3\nfork"); /* reached */
	assert_null(session_hint(session, &left, &again));
	run(session, "predict \"?\" left heap ?\nhint \"three\"");
	assert_true(session_has_hints(session));
	assert_string_equal(session_hint(session, &left, &again), "three");
	session_free(session);
}

/* --- without a viewer ----------------------------------------------------------------------- */

static void checked(const char *lines, size_t passed, size_t failed)
{
	struct session *session = world(lines);
	struct buf out = {0};

	session_reveal(session, &out); /* the end of the file */
	if (session_passed(session) != passed || session_failed(session) != failed)
		fail_msg("%s\n%zu passed, %zu failed: %s", lines, session_passed(session),
			 session_failed(session), buf_str(&out));
	buf_deinit(&out);
	session_free(session);
}

#define SOLVED TASK "\nhint \"?\"\nsolution vma heap anon 64K\nsolution touch heap 0-3\nsolution fork\n"

static void test_solutions_are_carried_out(void **state)
{
	struct session *session = world(SOLVED);

	(void)state;
	assert_string_equal(child_pte(session, "heap", 3), "present,dirty,soft-dirty");
	run(session, "undo\nundo");
	assert_string_equal(parent_pte(session, "heap", 3), "none");
	session_free(session);
	checked(SOLVED, 1, 0);
	checked(SOLVED "expect both cost entries 4", 2, 0);
	checked(SOLVED TASK "\nsolution fork", 1, 2); /* the second holds before, and not after */
}

static void test_wrong_solutions_fail(void **state)
{
	(void)state;
	checked(TASK, 0, 1);
	checked(TASK "\nvma heap anon 64K", 0, 1);
	checked(TASK "\nsolution vma heap anon 64K\nsolution touch heap 0-3\nfork", 0, 1);
	checked("goal \"\" same nowhere\nsolution vma x anon 4K", 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_looked_at_after_each_command),
		cmocka_unit_test(test_is_looked_at_at_the_end_of_time),
		cmocka_unit_test(test_counts_what_was_not_undone),
		cmocka_unit_test(test_refuses_what_is_set_by_hand),
		cmocka_unit_test(test_is_given_up),
		cmocka_unit_test(test_hints_come_one_by_one),
		cmocka_unit_test(test_solutions_are_carried_out),
		cmocka_unit_test(test_wrong_solutions_fail),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("goals", tests, NULL, NULL);
}
