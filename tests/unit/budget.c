/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is big is cheap, and what would not be asks the budget: wherever that runs out, the
 * command is named, nothing is lost, and the session goes on.
 */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/clock.h"
#include "support/world.h"

/* So much is left from now on, of memory and of each command's time. */
static void leave(struct session *session, uint64_t bytes, uint64_t steps)
{
	struct budget *budget = session_budget(session);

	budget->memory = budget->memory_used + bytes;
	budget->steps = steps;
}

static void leave_enough(struct session *session)
{
	*session_budget(session) = (struct budget){
		.memory = UINT64_C(1) << 40, .memory_used = session_budget(session)->memory_used,
		.steps = UINT64_C(1) << 40};
}

/* "touch a 0,2,4,..." for so many runs. */
static char *alternating(const char *call, unsigned runs)
{
	struct buf line = {0};

	buf_puts(&line, call);
	for (unsigned i = 0; i < runs; i++)
		buf_printf(&line, "%c%u", i ? ',' : ' ', 2 * i);
	return buf_take(&line);
}

static struct session *fragmented(unsigned runs)
{
	struct session *session = world("vma a anon 64M\nvma b anon 64M");
	char *line = alternating("touch a", runs);

	run(session, line);
	free(line);
	return session;
}

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
	struct session *session = fragmented(4000);
	struct vf_error error = { 0 };
	size_t forks = 0;
	char undo[32];

	(void)state;
	leave(session, UINT64_C(10) << 20, UINT64_MAX);
	while (forks < 20000 && fork_once(session, &error))
		forks++;
	assert_in_range(forks, 10, 19999);
	says(error.message, "fork: out of memory");
	assert_int_equal(left(session)->fork_count, forks);
	assert_int_equal(right(session)->fork_count, forks);
	snprintf(undo, sizeof(undo), "undo %zu", forks / 2);
	run(session, undo);
	run(session, "child touch a 0");
	session_free(session);
}

/* --- where it runs out -------------------------------------------------------- */

/* The line is refused, changes nothing, and is carried out when there is enough. */
static void runs_out(struct session *session, const char *line, uint64_t bytes, uint64_t steps,
		     const char *what)
{
	char *before = session_dump(session), *after;
	uint64_t used = session_budget(session)->memory_used;
	const char *said;

	leave(session, bytes, steps);
	said = refused(session, line);
	says(said, what);
	says(said, "start the program with --budget ");
	after = session_dump(session);
	assert_string_equal(before, after);
	assert_in_range(session_budget(session)->memory_used, used / 2, used + used / 8 + 4096);
	leave_enough(session);
	run(session, "mlock b\nundo");
	free(before);
	free(after);
	run(session, line);
}

static void test_touch_runs_out(void **state)
{
	struct session *session = world("vma a anon 512M\nvma b anon 64M");
	char *line = alternating("touch a", 8000);

	(void)state;
	runs_out(session, line, UINT64_MAX / 2, 100000, "touch: out of time");
	run(session, "undo");
	free(line);
	/* It is read, and too much in the middle: what pages take is measured as work goes on. */
	line = alternating("touch a", 32000);
	runs_out(session, line, 1200000, UINT64_MAX, "touch: out of memory");
	session_free(session);
	free(line);
}

static void test_fork_runs_out(void **state)
{
	struct session *session = fragmented(8000);

	(void)state;
	runs_out(session, "fork", 20000, UINT64_MAX, "fork: out of memory");
	run(session, "undo");
	runs_out(session, "fork", UINT64_MAX / 2, 150, "fork: out of time");
	session_free(session);
}

/* A command changes nothing that is too long to be read, either. */
static void test_reading_runs_out(void **state)
{
	struct session *session = world("vma a anon 64M\nvma b anon 64M");
	char *line = alternating("touch a", 8000);

	(void)state;
	runs_out(session, line, 50000, UINT64_MAX, "out of memory");
	session_free(session);
	free(line);
}

/* With nothing to copy, undo carries all of it out again: it costs that, and is taken back. */
static void test_undo_runs_out(void **state)
{
	struct session *session = world("vma a anon 64M\nvma b anon 64M");
	char *line = alternating("touch a", 4000);

	(void)state;
	session_set_checkpoints(session, false, 0);
	run(session, line);
	run(session, "mlock b\nfork");
	runs_out(session, "undo 2", UINT64_MAX / 2, 30000, "out of time");
	assert_int_equal(left(session)->fork_count, 0);
	runs_out(session, "redo", UINT64_MAX / 2, 30000, "out of time");
	session_free(session);
	free(line);
}

/* With a checkpoint it costs a copy. */
static void test_undo_costs_what_it_costs(void **state)
{
	struct session *session = fragmented(8000);

	(void)state;
	run(session, "fork");
	leave(session, 2000000, 60000);
	run(session, "undo\nredo\ncheck left src\ncheck left dst\nexpect both refused EINVAL pte a 0 present");
	session_free(session);
}

static void test_refused_runs_out(void **state)
{
	struct session *session = fragmented(8000);

	(void)state;
	runs_out(session, "expect both refused EINVAL mprotect a r 99999999", UINT64_MAX / 2, 100,
		 "out of time");
	session_free(session);
}

static void test_kernel_diff_runs_out(void **state)
{
	struct session *session = world("vma b anon 64M");

	(void)state;
	runs_out(session, "kernel diff v6.18 v6.19-rc1", UINT64_MAX / 2, 100, "out of time");
	leave(session, 10000, UINT64_MAX / 2);
	says(refused(session, "kernel diff v6.18 v6.19-rc1"), "out of memory");
	session_free(session);
}

/* A file is carried out as a whole, or not at all; its place is named. */
static void test_load_runs_out(void **state)
{
	struct session *session = world("vma a anon 64M\nvma b anon 64M");
	char path[] = "/tmp/vmafork-budget-XXXXXX", load[64], *before, *after;
	char *line = alternating("touch a", 4000);
	int fd = mkstemp(path);
	struct vf_error error = {0};
	struct buf out = {0};

	(void)state;
	assert_true(fd >= 0);
	dprintf(fd, "vma c anon 4K\n%s\nfork\n", line);
	close(fd);
	snprintf(load, sizeof(load), "load \"%s\"", path);
	runs_out(session, load, UINT64_MAX / 2, 30000, "out of time");
	run(session, "undo");
	before = session_dump(session);
	leave(session, UINT64_MAX / 2, 30000);
	assert_false(session_load(session, path, &out, &error));
	assert_string_equal(error.file, path);
	assert_int_equal(error.line, 2);
	leave(session, 30000, UINT64_MAX / 2);
	says(refused(session, load), "out of memory");
	after = session_dump(session);
	assert_string_equal(before, after);
	unlink(path);
	buf_deinit(&out);
	free(before);
	free(after);
	free(line);
	session_free(session);
}

/* Everything that a machine does, cut off after any amount of work, or of memory. */
static void test_cut_off_anywhere(void **state)
{
	static const char set_up[] =
		"set thp always\nvma b anon 64M\nvma a anon 8M\nvma s shmem 64K\nvma p anon 64K\n"
		"uffd u wp-hugetlbfs-shmem\nregister u s wp\ntouch s\nprotect u s 0,3,5,7,9\n"
		"touch a 0,2,4,6\ntouch p\nmadvise p mergeable";
	static const char *const lines[] = {
		"touch a", "madvise a pageout", "mprotect a r 3-9", "mremap p 128K", "ksm p",
		"vma many anon 4K times 30", "fork", "child touch a", "madvise a collapse", "pin p 0-3",
		"munmap a 3-100", "madvise a guard-install 200-210", "unprotect u s", "fork",
		"become child", "child touch s", "parent exit", "madvise s remove 0-3",
	};

	(void)state;
	for (uint64_t left = 1; left < 4000; left += left / 4 + 1) {
		for (int memory = 0; memory < 2; memory++) {
			struct session *session = world(set_up);

			for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
				struct vf_error error = {0};
				struct buf out = {0};
				enum request request;
				char *before = session_dump(session), *after;

				if (memory)
					leave(session, left * 16, UINT64_MAX);
				else
					leave(session, UINT64_MAX / 2, left);
				if (!session_command(session, lines[i], &out, &request, &error)) {
					after = session_dump(session);
					assert_string_equal(before, after);
					free(after);
				}
				leave_enough(session);
				buf_clear(&out);
				session_command(session, lines[i], &out, &request, &error);
				buf_deinit(&out);
				free(before);
			}
			session_free(session);
		}
	}
}

/* --- the amounts ---------------------------------------------------------------- */

static void test_amounts(void **state)
{
	static const struct {
		const char *text;
		uint64_t memory, seconds;
	} good[] = {
		{"4G", UINT64_C(4) << 30, 40},	    {"4G,60s", UINT64_C(4) << 30, 60},
		{"60s", UINT64_C(512) << 20, 60},   {"512M,5s", UINT64_C(512) << 20, 5},
		{"64M", UINT64_C(64) << 20, 5},	    {"1024K,1s", UINT64_C(1) << 20, 1},
		{"900T", UINT64_C(900) << 40, 86400},
	};
	static const char *const bad[] = {"",	  "4",	   "G",	   "0G",   "0s",   "-1G",  "4g",
					  "4G,",  "4G,60", "4G60s", "4G,4G", "60s,4G", " 4G",
					  "2000T", "90000s", "99999999999999999999G", "4G,60s,", "4Gs"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct budget_amounts amounts;
		struct buf text = {0};

		assert_true(budget_read(good[i].text, &amounts));
		assert_int_equal(amounts.memory, good[i].memory);
		assert_int_equal(amounts.seconds, good[i].seconds);
		budget_print(amounts, &text);
		assert_true(budget_read(buf_str(&text), &amounts));
		assert_int_equal(amounts.memory, good[i].memory);
		assert_int_equal(amounts.seconds, good[i].seconds);
		buf_deinit(&text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct budget_amounts amounts = {1, 1};

		if (budget_read(bad[i], &amounts))
			fail_msg("'%s' is no budget", bad[i]);
		assert_int_equal(amounts.memory, 1);
	}
}

/* What was taken is given back: a session that has undone all has what it had. */
static void test_nothing_leaks(void **state)
{
	struct session *session = world("vma a anon 64M");
	char *line = alternating("touch a", 2000);
	uint64_t used = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		run(session, line);
		run(session, "fork\nexpect both refused EINVAL mprotect a r 99999999\nundo 2");
		says(refused(session, "touch nothing"), "nothing");
		run(session, "touch a 0");
		run(session, "undo");
		if (i == 1)
			used = session_budget(session)->memory_used;
		if (i > 1)
			assert_in_range(session_budget(session)->memory_used, 0, used + 20000);
	}
	session_free(session);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_terabyte_forks_at_once),
		cmocka_unit_test(test_stepping_through_a_terabyte),
		cmocka_unit_test(test_forks_without_end),
		cmocka_unit_test(test_touch_runs_out),
		cmocka_unit_test(test_fork_runs_out),
		cmocka_unit_test(test_reading_runs_out),
		cmocka_unit_test(test_undo_runs_out),
		cmocka_unit_test(test_undo_costs_what_it_costs),
		cmocka_unit_test(test_refused_runs_out),
		cmocka_unit_test(test_kernel_diff_runs_out),
		cmocka_unit_test(test_load_runs_out),
		cmocka_unit_test(test_cut_off_anywhere),
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_nothing_leaks),
	};

	return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
