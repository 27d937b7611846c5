/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of another size: the probe's tables, and its arithmetic, know those of 4 KiB only. */
#include "support/check.h"

#include "observe/paging.h"
#include "support/world.h"

static void test_other_pages_are_refused(void **state)
{
	struct vf_error error;

	(void)state;
	assert_true(paging_is_known(4096, &error));
	assert_false(paging_is_known(16384, &error));
	says(error.message, "pages of 16 KiB are not known, only those of 4 KiB");
	says(error.hint, "vmafork-tui");
	assert_false(paging_is_known(65536, &error));
	says(error.message, "64 KiB");
	assert_false(paging_is_known((uint64_t)-1, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_pages_are_refused),
	};

	return cmocka_run_group_tests_name("paging", tests, NULL, NULL);
}
