/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is carried out for real ends before a call that the running kernel might not
 * finish. The entries that lead there are set by hand, which no kernel can be given.
 */
#include "support/check.h"

#include "kernels/profile.h"
#include "live/safeguard.h"

static const struct knobs knobs = {.thp = THP_MADVISE, .fault_around = 16};

static struct scenario scenario_of(const char *text)
{
	struct scenario scenario = {0};
	struct vf_error error;

	if (!scenario_read(&scenario, "text", text, &error))
		fail_msg("%s", error.message);
	return scenario;
}

static size_t allowed(const char *version, const char *text)
{
	struct scenario scenario = scenario_of(text);
	struct vf_error error;
	struct kernel *kernel = safeguard_kernel(version, &error);
	size_t n;

	assert_non_null(kernel);
	n = safeguard_allows(&scenario, kernel, knobs);
	kernel_free(kernel);
	scenario_close(&scenario);
	return n;
}

static void test_it_ends_before_the_call(void **state)
{
	static const char *const marked = "vma a shmem 4p\npte a 1 marker,uffd-wp\n"
					  "madvise a guard-install\nfork\n";
	static const char *const huge = "vma a hugetlb shared 4M\npte a 512-1023 marker,uffd-wp\n"
					"touch a 600 write\nfork\n";

	(void)state;
	assert_int_equal(allowed("v6.18", marked), 2);
	/* A distribution may have brought guard regions there. */
	assert_int_equal(allowed("v6.1", marked), 2);
	assert_int_equal(allowed("v6.18", huge), 2);
	/* Of the branch v7.3, the newer ones clear the bit. */
	assert_int_equal(allowed("v7.3", huge), 2);
	assert_int_equal(allowed("v7.3.4", huge), 4);
}

static void test_what_is_refused_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(allowed("v6.18", "vma a anon 4p\nvma a anon 8p\ntouch b\ntouch a 1\n"), 4);
	assert_int_equal(allowed("v6.18", "vma a hugetlb private 2M\nmadvise a guard-install\n"
					  "pte a all marker,uffd-wp\ntouch a 5 write\n"), 3);
}

static void test_no_profile(void **state)
{
	struct scenario scenario = scenario_of("vma a shmem 4p\npte a 1 marker,uffd-wp\n"
					       "madvise a guard-install\n");
	struct vf_error error;
	struct kernel *model, *like;

	(void)state;
	assert_null(safeguard_kernel("v3.0", &error));
	model = profiles_find(profiles_all(), "v6.1", &error);
	like = safeguard_like(model);
	assert_int_equal(safeguard_allows(&scenario, model, knobs), 3); /* EINVAL */
	assert_int_equal(safeguard_allows(&scenario, like, knobs), 2);
	kernel_free(like);
	kernel_free(model);
	scenario_close(&scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_ends_before_the_call),
		cmocka_unit_test(test_what_is_refused_changes_nothing),
		cmocka_unit_test(test_no_profile),
	};

	return cmocka_run_group_tests_name("safeguard", tests, NULL, NULL);
}
