/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's lock: one has it, others wait, for a while or until a signal. */
#include "support/check.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/machine_lock.h"

#define MINUTE 60000

/* Here, too, a probe may be at work. */
static bool take(int *fd)
{
	return machine_lock_take(fd, -1, MINUTE) == MACHINE_LOCK_TAKEN && *fd >= 0;
}

static void test_one_at_a_time(void **state)
{
	int first, second, copy;
	int64_t start;

	(void)state;
	if (!take(&first))
		skip();
	assert_true(first > 2);
	assert_true(fcntl(first, F_GETFD) & FD_CLOEXEC);
	start = clock_ms();
	assert_int_equal(machine_lock_take(&second, -1, 100), MACHINE_LOCK_BUSY);
	assert_int_equal(second, -1);
	assert_true(clock_ms() - start >= 100);
	/* A descriptor that a child has inherited does not keep it. */
	copy = dup(first);
	machine_lock_release(&first);
	assert_int_equal(first, -1);
	machine_lock_release(&first);
	assert_int_equal(machine_lock_take(&second, -1, MINUTE), MACHINE_LOCK_TAKEN);
	close(copy);
	machine_lock_release(&second);
	/* One that was duplicated does, until it is closed: so does the keeper. */
	assert_true(take(&first));
	copy = dup(first);
	close(first);
	assert_int_equal(machine_lock_take(&second, -1, 20), MACHINE_LOCK_BUSY);
	close(copy);
	assert_true(take(&second));
	machine_lock_release(&second);
}

static void test_a_signal_ends_the_wait(void **state)
{
	int first, second, stop[2];

	(void)state;
	if (!take(&first))
		skip();
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(write(stop[1], "", 1), 1);
	assert_int_equal(machine_lock_take(&second, stop[0], MINUTE), MACHINE_LOCK_STOPPED);
	assert_int_equal(second, -1);
	close(stop[0]);
	close(stop[1]);
	machine_lock_release(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_a_signal_ends_the_wait),
	};

	return cmocka_run_group_tests_name("machine_lock", tests, NULL, NULL);
}
