/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model beside the real kernel: what it predicts about a touch that fails. */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/profile.h"
#include "live/lockstep.h"
#include "kernels/profile.h"
#include "support/world.h"

/* The last line is a touch that fails, and of which page. A loop over 16T would not end. */
static const struct {
	const char *lines[8];
	uint64_t page;
} failing[] = {
	{{"vma a anon 16T", "madvise a guard-install 4294967295", "touch a write"}, 4294967295},
	{{"vma a anon 16T", "touch a 0-99", "madvise a guard-install 7,50,3000000000",
	  "touch a 8-49,51-100,2000000000-4000000000 read"}, 3000000000},
	{{"vma a anon 16T rx", "touch a 5"}, 5},
	{{"vma a anon 16T none", "touch a 6-9,20 read"}, 6},
	/* A store to writable entries never gets to the VMA. */
	{{"vma a shmem 16T", "touch a 0-9", "pte a 5-9 present", "flags a -VM_WRITE",
	  "touch a 0-8 write"}, 5},
	{{"vma a shmem 16T", "touch a 0-9", "uffd u", "register u a missing",
	  "touch a write"}, 10},
	{{"vma a anon 16T", "fork", "madvise a guard-install 4", "madvise a guard-remove 4", "fork",
	  "become child", "madvise a guard-install 4000000000", "touch a"}, 4000000000},
	{{"vma a anon 4p", "munmap a", "touch a 2-3"}, 2},
};

static void check_failing(const struct kernel *kernel, const char *const *lines, uint64_t page)
{
	struct knobs knobs = {.thp = THP_MADVISE, .fault_around = 16};
	struct scenario scenario = {0};
	struct lockstep lockstep;
	struct vf_error parse_error;
	struct model_error error;
	struct seen_step step;
	struct ranges pages = {0};
	const struct command *last;
	const struct name *name;
	uint64_t found;
	size_t events;

	for (size_t i = 0; i < 8 && lines[i]; i++)
		assert_true(scenario_add(&scenario, "", 1, lines[i], &parse_error));
	lockstep_init(&lockstep, &scenario, kernel, knobs);
	while (lockstep.at < scenario.n)
		if (!lockstep_next(&lockstep, &step, &error))
			fail_msg("%s: %s", lines[lockstep.at], error.message);
	last = scenario.commands[scenario.n - 1];
	if (step.signal == TOUCH_OK)
		fail_msg("%s: goes well", lines[scenario.n - 1]);
	if (last->args.target.all_pages)
		ranges_add(&pages, 0, (UINT64_C(16) << 40) / 4096 - 1);
	else
		ranges_copy(&pages, &last->args.target.pages);
	events = lockstep.machine->event_count;
	name = machine_name(lockstep.machine, command_word(last, last->args.target.name));
	assert_true(lockstep_failing_page(&lockstep, name, &pages, &found));
	assert_int_equal(found, page);
	assert_int_equal(lockstep.machine->event_count, events);
	ranges_deinit(&pages);
	lockstep_deinit(&lockstep);
	scenario_close(&scenario);
}

static void test_the_page_at_which_a_touch_fails(void **state)
{
	struct vf_error error;
	struct kernel *kernel = profiles_find(profiles_all(), "v7.3", &error);

	(void)state;
	assert_non_null(kernel);
	for (size_t i = 0; i < ARRAY_SIZE(failing); i++)
		check_failing(kernel, failing[i].lines, failing[i].page);
	kernel_free(kernel);
}

/*
 * A model that has spent its budget is not to be compared: what it holds is only a part.
 * As long as it goes along, it holds what one with the whole budget holds.
 */
static void test_a_spent_budget_is_said(void **state)
{
	const struct profiles *profiles = profiles_all();
	struct vf_error parse_error;
	struct kernel *kernel = profiles_find(profiles, "v7.3", &parse_error);
	struct knobs knobs = {.thp = THP_MADVISE, .fault_around = 16};
	struct lockstep small, whole;
	struct scenario scenario = {0};
	struct model_error error;
	struct seen_step step;

	(void)state;
	assert_true(scenario_add(&scenario, "", 1, "vma a anon 200p", &parse_error));
	assert_true(scenario_add(&scenario, "", 2, "touch a 0,2,4,6,8,10,12,14,16,18,20", &parse_error));
	for (unsigned i = 0; i < 20; i++)
		assert_true(scenario_add(&scenario, "", 3 + i, "fork", &parse_error));
	lockstep_init(&small, &scenario, kernel, knobs);
	lockstep_init(&whole, &scenario, kernel, knobs);
	small.budget.memory = 32768;
	while (lockstep_next(&small, &step, &error)) {
		char *held, *wanted;

		assert_true(lockstep_next(&whole, &step, &error));
		held = machine_dump(small.machine);
		wanted = machine_dump(whole.machine);
		assert_string_equal(held, wanted);
		free(held);
		free(wanted);
		assert_true(small.at < scenario.n);
	}
	assert_in_range(small.at, 3, scenario.n - 1);
	assert_int_equal(error.err, MODEL_BUDGET);
	assert_non_null(strstr(error.message, "out of memory"));
	/* Nor does it forget by going back. */
	lockstep_rewind(&small, 3);
	assert_int_equal(small.at, 3);
	while (lockstep_next(&small, &step, &error))
		;
	assert_in_range(small.at, 3, scenario.n - 1);
	lockstep_deinit(&small);
	lockstep_deinit(&whole);
	scenario_close(&scenario);
	kernel_free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_page_at_which_a_touch_fails),
		cmocka_unit_test(test_a_spent_budget_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
