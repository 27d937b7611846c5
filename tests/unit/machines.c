/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines: sizes of pages and tables, levels, who sets the access bits. */
#include "support/check.h"

#include "session/session.h"
#include "support/world.h"

static void holds(const char *lines)
{
	struct session *session = world(lines);

	assert_int_equal(session_failed(session), 0);
	session_free(session);
}

static void test_tables_of_2048_entries(void **state)
{
	(void)state;
	/* 32 MiB a table, and a PMD table of 64 GiB right below the PGD. */
	holds("set machine aarch64\nset page-size 16K\nvma a anon 64M at 0x10000000\ntouch a\nfork\n"
	      "expect both cost entries 4096\nexpect both cost tables 3");
	/* With LPA2 there is a PUD table as well. */
	holds("set machine aarch64\nset page-size 16K\nset page-table-levels 4\n"
	      "vma a anon 64M at 0x10000000\ntouch a\nfork\nexpect both cost tables 4");
	/* With 4 KiB pages it is as on x86-64. */
	holds("set machine aarch64\nvma a anon 64M at 0x10000000\ntouch a\nfork\n"
	      "expect both cost entries 16384\nexpect both cost tables 34");
}

static void test_sizes_count_in_its_pages(void **state)
{
	(void)state;
	holds("set machine aarch64\nset page-size 16K\nvma a anon 16p at 0x10000000\n"
	      "vma b anon 16K at 0x10040000\nexpect both parent joined a b\n"
	      "mremap b 2p\nexpect both parent b 1 none\nlimit commit 18p\n"
	      "expect both refused ENOMEM vma c anon 1p");
	/* fault-around is 64 KiB, whatever a page is. */
	holds("set machine aarch64\nset page-size 16K\nvma f file 64p r at 0x10000000\ntouch f 5 read\n"
	      "expect both parent f 4-7 present\nexpect both parent f 0-3,8-15 none");
	holds("set fault-around 1\nset machine aarch64\nset page-size 16K\n"
	      "vma f file 64p r at 0x10000000\ntouch f 5 read\nexpect both parent f 4,6-7 none");
}

static void test_huge_pages_of_32_mib(void **state)
{
	(void)state;
	holds("set machine aarch64\nset page-size 16K\nset thp always\nvma a anon 64M at 0x10000000\n"
	      "touch a 2048\nexpect both parent a 2048-4095 huge\nexpect both parent a 0-2047 none\n"
	      "fork\nexpect both cost entries 1\nparent touch a 2048\n"
	      "expect both cost cow-copies 1\nexpect both parent a 2049-4095 present");
	holds("set machine aarch64\nset page-size 16K\nvma h hugetlb 1M at 0x10000000\ntouch h\n"
	      "expect both parent h 0-2047 huge");
}

static void test_user_space(void **state)
{
	(void)state;
	holds("expect both refused ENOMEM vma a anon 4K at 0x7fffffffffff000\n"
	      "expect both refused EPERM vma a anon 4K at 0x8000");
	holds("set machine aarch64\nvma low anon 4K at 0x8000\nvma high anon 4K at 0xfffffffff000\n"
	      "expect both refused ENOMEM vma a anon 4K at 0x1000000000000\n"
	      "expect both refused EPERM vma a anon 4K at 0x7000");
	holds("set machine aarch64\nset page-size 16K\nvma high anon 16K at 0x7fffffffc000\n"
	      "expect both refused ENOMEM vma a anon 16K at 0x800000000000");
}

static void test_what_does_not_exist_is_refused(void **state)
{
	struct session *session = session_create(false);

	(void)state;
	says(refused(session, "set page-size 16K"), "x86-64 has no pages of 16 KiB");
	says(refused(session, "set page-table-levels 3"), "x86-64 with pages of 4 KiB has no page tables of 3 levels");
	says(refused(session, "set access-bits software"), "every x86-64 processor sets young and dirty");
	says(refused(session, "set machine riscv64"), "x86-64 or aarch64");
	says(refused(session, "set page-size 64K"), "4K or 16K");
	run(session, "set machine aarch64");
	says(refused(session, "set page-table-levels 3"), "aarch64 with pages of 4 KiB has no page tables of 3");
	says(refused(session, "set fault-around 1024"), "a power of two from 1 to 512");
	run(session, "set page-size 16K\nset fault-around 2048");
	says(refused(session, "set page-table-levels 5"), "aarch64 with pages of 16 KiB has no page tables of 5");
	run(session, "vma a anon 16K");
	says(refused(session, "set machine x86-64"), "machine must be set before the first VMA");
	says(refused(session, "set page-size 4K"), "page-size must be set before the first VMA");
	says(refused(session, "set access-bits software"), "access-bits must be set before the first VMA");
	session_free(session);
}

static void test_a_machine_brings_its_own(void **state)
{
	struct session *session = world("set machine aarch64\nset page-size 16K\nset access-bits software");

	(void)state;
	assert_int_equal(left(session)->paging.page_shift, 14);
	assert_false(left(session)->paging.hardware_bits);
	run(session, "set page-table-levels 4");
	assert_false(right(session)->paging.hardware_bits);
	run(session, "set machine x86-64");
	assert_memory_equal(&left(session)->paging, &paging_x86_64, sizeof(paging_x86_64));
	run(session, "undo 2");
	assert_int_equal(left(session)->paging.levels, 3);
	assert_false(left(session)->paging.hardware_bits);
	run(session, "undo");
	assert_true(left(session)->paging.hardware_bits);
	run(session, "redo\nvma a anon 3p\ntouch a\nkernel left v6.12\ncheck right dst");
	assert_int_equal(left(session)->paging.page_shift, 14);
	assert_int_equal(right(session)->paging.page_shift, 14);
	run(session, "expect both parent a 0-2 present");
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_of_2048_entries),
		cmocka_unit_test(test_sizes_count_in_its_pages),
		cmocka_unit_test(test_huge_pages_of_32_mib),
		cmocka_unit_test(test_user_space),
		cmocka_unit_test(test_what_does_not_exist_is_refused),
		cmocka_unit_test(test_a_machine_brings_its_own),
	};

	return cmocka_run_group_tests_name("machines", tests, NULL, NULL);
}
