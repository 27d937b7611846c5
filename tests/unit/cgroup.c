/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What control groups leave free, of both versions, and of each group above. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "observe/cgroup.h"

static char place[] = "/tmp/vmafork-cgroup.XXXXXX";

static const char *at(const char *name)
{
	static char path[2][512];
	static int turn;

	snprintf(path[turn ^= 1], sizeof(path[0]), "%s/%s", place, name);
	return path[turn];
}

static void put(const char *name, const char *text)
{
	FILE *file;
	char path[512];

	snprintf(path, sizeof(path), "%s", at(name));
	for (char *slash = path + strlen(place) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(path, 0777);
	}
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

/* MOUNTS: the lines of mountinfo, with the place of this test for %s. */
static struct cgroup_limits limits_of(const char *groups, const char *mounts)
{
	struct cgroup_limits limits;
	char text[2048];

	snprintf(text, sizeof(text), mounts, place, place, place);
	put("groups", groups);
	put("mounts", text);
	cgroup_limits_read(&limits, at("groups"), at("mounts"));
	return limits;
}

#define MIB (UINT64_C(1) << 20)

static void test_second_version(void **state)
{
	struct cgroup_limits limits;

	(void)state;
	put("two/a/memory.max", "max\n");
	put("two/a/b/memory.max", "104857600\n");
	put("two/a/b/memory.current", "62914560\n");
	put("two/a/b/memory.stat", "anon 1\nfile 20971520\ninactive_file 10485760\nactive_file 10485760\n");
	put("two/a/memory.swap.max", "0\n");
	put("two/a/memory.swap.current", "0\n");
	put("two/a/b/hugetlb.2MB.max", "4194304\n");
	put("two/a/b/hugetlb.2MB.current", "2097152\n");
	limits = limits_of("0::/a/b\n", "30 1 0:26 / %s/two rw,nosuid shared:4 - cgroup2 cgroup2 rw\n");
	assert_int_equal(cgroup_free(&limits, CGROUP_MEMORY), 60 * MIB);
	assert_int_equal(cgroup_free(&limits, CGROUP_SWAP), 0);
	assert_int_equal(cgroup_free(&limits, CGROUP_HUGE_PAGES), 2 * MIB);
	/* The group above has less; it is asked at each call. */
	put("two/a/memory.max", "31457280\n");
	put("two/a/memory.current", "41943040\n");
	assert_int_equal(cgroup_free(&limits, CGROUP_MEMORY), 60 * MIB);
	cgroup_limits_deinit(&limits);
	limits = limits_of("0::/a/b\n", "30 1 0:26 / %s/two rw - cgroup2 cgroup2 rw\n");
	assert_int_equal(cgroup_free(&limits, CGROUP_MEMORY), 0);
	put("two/a/memory.current", "21943040\n");
	assert_int_equal(cgroup_free(&limits, CGROUP_MEMORY), 31457280 - 21943040);
	cgroup_limits_deinit(&limits);
}

static void test_first_version(void **state)
{
	struct cgroup_limits limits;

	(void)state;
	put("one/memory.limit_in_bytes", "9223372036854771712\n");
	put("one/g/memory.limit_in_bytes", "52428800\n");
	put("one/g/memory.usage_in_bytes", "10485760\n");
	put("one/g/memory.memsw.limit_in_bytes", "9223372036854771712\n");
	put("one/g/memory.stat", "cache 4096\ntotal_inactive_file 1048576\n");
	/* A container that mounts its own group as the top. */
	limits = limits_of("7:cpu:/x\n4:memory:/outer/g\n0::/\n",
			   "30 1 0:26 /outer %s/one rw - cgroup cgroup rw,memory\n31 1 0:27 / %s/cpu rw - cgroup "
			   "cgroup rw,cpu\n");
	assert_int_equal(cgroup_free(&limits, CGROUP_MEMORY), 41 * MIB);
	assert_true(cgroup_free(&limits, CGROUP_SWAP) == UINT64_MAX);
	cgroup_limits_deinit(&limits);
}

static void test_none(void **state)
{
	struct cgroup_limits limits = limits_of("0::/../x\n", "30 1 0:26 / %s/no rw - cgroup2 cgroup2 rw\n");

	(void)state;
	assert_true(cgroup_free(&limits, CGROUP_MEMORY) == UINT64_MAX);
	cgroup_limits_deinit(&limits);
	limits = limits_of("nonsense\n", "nonsense\n30 1 0:26 / %s - \n");
	assert_true(cgroup_free(&limits, CGROUP_MEMORY) == UINT64_MAX);
	cgroup_limits_deinit(&limits);
	cgroup_limits_read(&limits, "/nowhere", "/nowhere");
	assert_true(cgroup_free(&limits, CGROUP_MEMORY) == UINT64_MAX);
	cgroup_limits_deinit(&limits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_version),
		cmocka_unit_test(test_first_version),
		cmocka_unit_test(test_none),
	};
	char command[64];
	int failed;

	if (!mkdtemp(place))
		return 1;
	failed = cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -rf %s", place);
	return system(command) || failed;
}
