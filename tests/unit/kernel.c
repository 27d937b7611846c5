/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision, era by era: each version's vma_needs_copy() against the same
 * thing written down once more, for all combinations of what it looks at.
 */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/builtin.h"
#include "kernels/version.h"
#include "support/world.h"

/* What a version looks for: on the parent's VMA, and on the child's. */
struct era {
	const char *versions; /* separated by blanks */
	uint64_t src, dst;
};

#define OLD_MASK (VM_HUGETLB | VM_PFNMAP | VM_MIXEDMAP)
#define MASK (VM_PFNMAP | VM_MIXEDMAP)
#define COPY_ON_FORK (MASK | VM_UFFD_WP | VM_MAYBE_GUARD)

static const struct era *eras(void)
{
	static struct era table[] = {
		{ "v5.12 v5.13 v5.17 v5.18 v5.18.19", 0, 0 },
		{ "v5.19 v5.19.17", 0, 0 },
		{ "v6.0 v6.0.19 v6.1 v6.1.11 v6.1.192 v6.2 v6.4 v6.6 v6.6.100 v6.12 v6.12.107 "
		  "v6.13 v6.14 v6.14.11 v6.15 v6.17 v6.18 v6.18.1 v6.18.5 v6.18.36", 0, 0 },
		{ "v6.19-rc1 v6.19-rc2 v6.19-rc3 v6.19-rc4 v6.19-rc5 v6.19-rc6", 0, 0 },
		{ "v6.18.37 v6.18.44 v6.18.100 v6.19-rc7 v6.19-rc8 v6.19 v6.19.6 v7.0 v7.1 v7.2 "
		  "v7.2.12 v7.2-rc1", 0, 0 },
		{ "v7.3-rc1 v7.3 v7.3.4 7.3.4 v7.4 v8.0", 0, 0 },
		{ NULL, 0, 0 },
	};

	table[0].src = OLD_MASK;
	table[1].src = OLD_MASK, table[1].dst = VM_UFFD_WP;
	table[2].src = MASK, table[2].dst = VM_UFFD_WP;
	table[3].src = COPY_ON_FORK;
	table[4].dst = COPY_ON_FORK;
	table[5].dst = COPY_ON_FORK | VM_UFFD_RWP;
	return table;
}

static const unsigned looked_at = 6;

/* Combination i of the flags that any era looks for. */
static uint64_t combination(unsigned i)
{
	const uint64_t flags[] = { VM_HUGETLB, VM_PFNMAP, VM_MIXEDMAP,
				   VM_UFFD_WP, VM_MAYBE_GUARD, VM_UFFD_RWP };
	uint64_t set = VM_READ | VM_WRITE;

	for (unsigned bit = 0; bit < looked_at; bit++)
		if (i & 1u << bit)
			set |= flags[bit];
	return set;
}

static void assert_decides(const struct kernel *kernel, uint64_t on_src, uint64_t on_dst)
{
	for (unsigned i = 0; i < 1u << looked_at; i++)
		for (unsigned j = 0; j < 1u << looked_at; j++)
			for (int anon_vma = 0; anon_vma < 2; anon_vma++) {
				uint64_t src = combination(i), dst = combination(j);
				bool copy = src & on_src || dst & on_dst || anon_vma;
				struct decision d = vma_needs_copy(kernel, src, dst, anon_vma);

				assert_int_equal(d.what, copy ? DECISION_COPY : DECISION_SKIP);
				assert_int_equal(d.src_flags, src);
				assert_int_equal(d.dst_flags, dst);
				assert_int_equal(d.clause >= 0, copy);
				if (!copy)
					assert_string_equal(decision_reason(&d), "none");
			}
}

static void each_version(void (*test)(struct session *, const struct era *))
{
	struct session *session = session_create(false);

	for (const struct era *era = eras(); era->versions; era++) {
		char *copy = xstrdup(era->versions), *rest = copy, *version, line[64];

		while ((version = strsep(&rest, " "))) {
			print_message("%s\n", version);
			snprintf(line, sizeof(line), "kernel left %s", version);
			run(session, line);
			test(session, era);
		}
		free(copy);
	}
	session_free(session);
}

static void decides(struct session *session, const struct era *era)
{
	assert_decides(left(session)->kernel, era->src, era->dst);
}

static void test_every_era(void **state)
{
	(void)state;
	each_version(decides);
}

/* The toggle moves the test for VM_UFFD_WP and the mask that it is part of. */
static void toggles(struct session *session, const struct era *era)
{
	uint64_t both = era->src | era->dst;
	uint64_t moved = both & VM_MAYBE_GUARD ? both : VM_UFFD_WP;

	if (!(both & VM_UFFD_WP)) {
		/* nothing to move */
		run(session, "check left dst");
		assert_decides(left(session)->kernel, era->src, era->dst);
		return;
	}
	assert_int_equal(kernel_checks(left(session)->kernel), era->dst ? SIDE_DST : SIDE_SRC);
	run(session, "check left src");
	assert_int_equal(kernel_checks(left(session)->kernel), SIDE_SRC);
	assert_decides(left(session)->kernel, both, 0);
	run(session, "check left dst");
	assert_int_equal(kernel_checks(left(session)->kernel), SIDE_DST);
	assert_decides(left(session)->kernel, both & ~moved, moved);
}

static void test_the_toggle(void **state)
{
	(void)state;
	each_version(toggles);
}

static void test_reasons(void **state)
{
	struct session *session = world("kernel left v7.3");
	const struct kernel *kernel = left(session)->kernel;
	struct decision d;

	(void)state;
	d = vma_needs_copy(kernel, VM_UFFD_WP, VM_UFFD_WP, true);
	assert_string_equal(decision_reason(&d), "VM_UFFD_WP");
	d = vma_needs_copy(kernel, VM_UFFD_WP, 0, true);
	assert_string_equal(decision_reason(&d), "anon_vma");
	d = vma_needs_copy(kernel, VM_MAYBE_GUARD, VM_MAYBE_GUARD, false);
	assert_string_equal(decision_reason(&d), "VM_MAYBE_GUARD");
	d = vma_needs_copy(kernel, VM_UFFD_WP, 0, false);
	assert_string_equal(decision_reason(&d), "none");

	/* Before the mask, the clause for VM_UFFD_WP is first. */
	run(session, "kernel left v6.1");
	kernel = left(session)->kernel;
	d = vma_needs_copy(kernel, VM_PFNMAP | VM_UFFD_WP, VM_PFNMAP | VM_UFFD_WP, true);
	assert_string_equal(decision_reason(&d), "VM_UFFD_WP");
	d = vma_needs_copy(kernel, VM_MIXEDMAP, VM_MIXEDMAP, true);
	assert_string_equal(decision_reason(&d), "VM_MIXEDMAP");
	session_free(session);
}

static void test_a_session_starts_with_the_toggle(void **state)
{
	struct session *session = world("");

	(void)state;
	assert_string_equal(left(session)->kernel->profile, right(session)->kernel->profile);
	assert_int_equal(kernel_checks(left(session)->kernel), SIDE_DST);
	assert_int_equal(kernel_checks(right(session)->kernel), SIDE_SRC);
	assert_decides(left(session)->kernel, 0, COPY_ON_FORK | VM_UFFD_RWP);
	assert_decides(right(session)->kernel, COPY_ON_FORK | VM_UFFD_RWP, 0);
	session_free(session);
}

/* A kernel without userfaultfd-wp markers, guard regions, RWP says so itself. */
static void test_what_a_kernel_has_not(void **state)
{
	struct session *session = world("kernel both v6.12\nvma a anon 64K\nvma s shmem 64K");

	(void)state;
	assert_non_null(strstr(refused(session, "madvise a guard-install 0"), "EINVAL"));
	run(session, "kernel both v6.13");
	run(session, "madvise a guard-install 0");
	assert_non_null(strstr(refused(session, "madvise s guard-install 0"), "EINVAL"));
	session_free(session);
	session = world("kernel both v6.15\nvma s shmem 64K\nmadvise s guard-install 0");
	refused(session, "uffd c rwp");
	run(session, "reset\nkernel both v7.3\nuffd c rwp");
	session_free(session);
}

/* A distribution adds numbers after the third. */
static void test_more_than_three_numbers(void **state)
{
	static const struct {
		const char *text, *version;
	} rows[] = {
		{ "6.6.87.2-microsoft-standard-WSL2", "6.6.87.2" },
		{ "6.6.87.2.14", "6.6.87.2.14" },
		{ "6.6.87.2~rc3-1", "6.6.87.2~rc3" },
		{ "6.12-rc5+", "6.12-rc5" },
		{ "6.12.x", "6.12" },
		{ "6", "" },
		{ "v6.1", "" },
		{ "6.12-rc", "" },
	};
	struct version v;
	struct session *session = world("kernel left 6.6.87.2\nkernel right v6.6.87.2-microsoft-standard-WSL2");

	(void)state;
	assert_string_equal(left(session)->kernel->name, "v6.6.87.2");
	assert_string_equal(left(session)->kernel->profile, right(session)->kernel->profile);
	run(session, "kernel right v6.6.87");
	assert_string_equal(left(session)->kernel->profile, right(session)->kernel->profile);
	session_free(session);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(version_scan(rows[i].text, &v), strlen(rows[i].version));
}

static void test_names_that_are_none(void **state)
{
	static const char *const lines[] = {
		"kernel left v7", "kernel left v7.x", "kernel left seven", "kernel left v6.19-rc",
		"kernel left v6.6.87.2x", "kernel left 6.6.87.", "kernel left 6.1.1234567",
		"kernel left 6.1.2.1234567", "kernel up v7.3", "kernel left", "check left up", "check dst",
	};
	struct session *session = world("");
	char *before = session_dump(session), *after;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		refused(session, lines[i]);
	after = session_dump(session);
	assert_string_equal(before, after);
	free(before);
	free(after);
	session_free(session);
}

/* Until one of our own profiles is needed, nothing of it is read that is below its first clause. */
static void test_ours_begin_with_name_and_versions(void **state)
{
	(void)state;
	for (size_t i = 0; i < builtin_kernel_count; i++) {
		const char *clause = strstr(builtin_kernels[i].text, "\nclause");

		assert_non_null(strstr(builtin_kernels[i].text, "\nname "));
		assert_non_null(clause);
		assert_null(strstr(clause, "\nname"));
		assert_null(strstr(clause, "\nfrom"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_era),
		cmocka_unit_test(test_the_toggle),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_a_session_starts_with_the_toggle),
		cmocka_unit_test(test_what_a_kernel_has_not),
		cmocka_unit_test(test_more_than_three_numbers),
		cmocka_unit_test(test_names_that_are_none),
		cmocka_unit_test(test_ours_begin_with_name_and_versions),
	};

	return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
