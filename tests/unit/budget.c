/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is big is cheap, and what would not be is refused. */
#include "support/check.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "support/world.h"

static void test_a_terabyte_forks_at_once(void **state)
{
	struct session *session = world("vma a anon 1T\ntouch a");
	double start;

	(void)state;
	start = clock_now();
	run(session, "fork");
	/* Two sides. Under a millisecond on a quiet machine; this only sees a loop over pages. */
	assert_true(clock_now() - start < 0.1);
	assert_int_equal(left(session)->cost.entries, UINT64_C(1) << 28);
	assert_int_equal(left(session)->cost.tables[LEVEL_PTE], UINT64_C(1) << 19);
	assert_true(left(session)->event_count < 40);
	session_free(session);
}

static void test_stepping_through_a_terabyte(void **state)
{
	struct session *session = world("vma a anon 1T\ntouch a\nfork");
	const struct timeline *timeline = session_timeline(session);

	(void)state;
	session_seek(session, 0, 0);
	for (int i = 0; i < 1000 && session_step(session, 1, GRAIN_PAGE); i++)
		;
	while (session_step(session, 1, GRAIN_RUN))
		;
	assert_int_equal(timeline->at, timeline->count);
	session_free(session);
}

static bool fork_once(struct session *session, struct vf_error *error)
{
	struct buf out = { 0 };
	enum request request;
	bool ok = session_command(session, "fork", &out, &request, error);

	buf_deinit(&out);
	return ok;
}

/* Forks of 4,000 runs until it is too much; the session goes on with what it has. */
static void test_forks_without_end(void **state)
{
	struct session *session = world("vma a anon 64M");
	struct vf_error error = { 0 };
	struct buf line = { 0 };
	size_t forks = 0;
	char undo[32];

	(void)state;
	buf_puts(&line, "touch a 0");
	for (unsigned page = 2; page < 8000; page += 2)
		buf_printf(&line, ",%u", page);
	run(session, buf_str(&line));
	buf_deinit(&line);

	for (int side = 0; side < SIDES; side++)
		session_machine(session, side)->budget = MODEL_BUDGET / 64;
	while (forks < 20000 && fork_once(session, &error))
		forks++;
	assert_in_range(forks, 10, 19999);
	assert_true(strlen(error.message) > 10);
	assert_int_equal(left(session)->fork_count, forks);
	assert_int_equal(right(session)->fork_count, forks);
	snprintf(undo, sizeof(undo), "undo %zu", forks / 2);
	run(session, undo);
	run(session, "child touch a 0");
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_terabyte_forks_at_once),
		cmocka_unit_test(test_stepping_through_a_terabyte),
		cmocka_unit_test(test_forks_without_end),
	};

	return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
