/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines: sizes of pages and tables, levels, who sets the access bits. */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/profile.h"
#include "model/vmflags.h"
#include "session/session.h"
#include "support/world.h"
#include "view/json.h"
#include "view/scene_text.h"

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

static void test_other_sizes_of_hugetlb(void **state)
{
	struct session *session = world("vma h hugetlb 2M page-size 2M");

	(void)state;
	says(refused(session, "vma i hugetlb 2M page-size 64K"),
	     "not modelled: hugetlb pages of 64 KiB, only those of 2048 KiB");
	says(refused(session, "vma i anon 2M page-size 2M"), "page-size is hugetlb's");
	session_free(session);
	session = world("set machine aarch64\nset page-size 16K\nvma h hugetlb 2048p page-size 32M");
	says(refused(session, "vma i hugetlb 2M page-size 2M"),
	     "not modelled: hugetlb pages of 2048 KiB, only those of 32768 KiB");
	session_free(session);
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
	assert_true(paging_is_usual(&left(session)->paging));
	assert_int_equal(left(session)->paging.page_shift, 12);
	assert_true(left(session)->paging.hardware_bits);
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

/* --- kernels there ------------------------------------------------------------------------- */

/* The left kernel of a session that has carried out these lines. */
static const struct kernel *kernel_of(struct session **session, const char *lines)
{
	*session = world(lines);
	return left(*session)->kernel;
}

static void test_uffd_wp_from_6_10_on(void **state)
{
	struct session *session;
	const struct kernel *kernel = kernel_of(&session, "kernel both v6.1/aarch64");

	(void)state;
	/* As the kernel answers UFFDIO_API: 0xffe. */
	assert_int_equal(kernel->uffd_features, 0xffe);
	assert_string_equal(kernel->name, "v6.1/aarch64");
	run(session, "uffd u\nvma a anon 4p\nvma s shmem 4p");
	says(refused(session, "register u a wp"), "EINVAL, v6.1/aarch64 has no mode wp");
	says(refused(session, "flags a +VM_UFFD_WP"), "v6.1/aarch64 has no VM_UFFD_WP");
	says(refused(session, "pte a 0 present,uffd-wp"), "entries have no uffd-wp bit on v6.1/aarch64");
	run(session, "register u a missing\nregister u s minor");
	says(refused(session, "uffd v wp-hugetlbfs-shmem"), "EINVAL");
	session_free(session);
	holds("kernel left v6.9/aarch64\nkernel right v6.10/aarch64\nuffd u\nvma s shmem 4p\n"
	      "expect left refused EINVAL register u s wp\n"
	      "expect right refused EINVAL register u s rwp");
	holds("kernel both v6.10/aarch64\nuffd u wp-async\nvma s shmem 4p\nregister u s wp\nprotect u s");
	/* A release candidate, and one of Debian's versions. */
	holds("kernel left v6.10-rc1/aarch64\nkernel right v6.9.7/aarch64\nvma s shmem 4p\nuffd u\n"
	      "expect right refused EINVAL register u s wp\nregister u s missing");
}

static void test_pt_reclaim_from_7_0_on(void **state)
{
	static const char lines[] = "vma a anon 4M at 0x10000000\ntouch a\nmadvise a dontneed\nfork\n"
				    "expect left cost tables 4\nexpect right cost tables 2";
	struct buf all = {0};

	(void)state;
	buf_printf(&all, "kernel left v6.19/aarch64\nkernel right v7.0/aarch64\n%s", lines);
	holds(buf_str(&all));
	buf_clear(&all);
	buf_printf(&all, "kernel left v6.18/aarch64\nkernel right v6.18\n%s", lines);
	holds(buf_str(&all));
	buf_clear(&all);
	buf_printf(&all, "set machine aarch64\nkernel left v6.18\nkernel right v7.3\n%s", lines);
	holds(buf_str(&all));
	buf_deinit(&all);
}

/* 6.12.117: the page that was written is in swap then, the others are the page of zeroes. */
static void test_a_written_lazily_freed_huge_page_is_split(void **state)
{
	static const char lines[] = "vma a anon 4M at 0x10000000\nmadvise a hugepage\ntouch a 0,512\n"
				    "madvise a free\ntouch a 512\nmadvise a pageout 0-511\n"
				    "expect both parent a 0-511 none";
	struct session *session;
	struct buf all = {0};

	(void)state;
	buf_printf(&all, "kernel both v6.12.117/aarch64\n%s", lines);
	session = world(buf_str(&all));
	says(refused(session, "madvise a pageout"), "its content decides");
	session_free(session);
	buf_clear(&all);
	buf_printf(&all, "kernel left v6.12.117\nkernel right v6.18/aarch64\n%s\nmadvise a pageout\n"
			 "expect both parent a 512-1023 swap", lines);
	holds(buf_str(&all));
	buf_deinit(&all);
}

static void test_no_soft_dirty(void **state)
{
	struct session *session = world("set machine aarch64\nvma a anon 16p\ntouch a 0-7\ntouch a 8 read");

	(void)state;
	run(session, "expect both parent a not VM_SOFTDIRTY\nexpect both parent a 0-8 not soft-dirty");
	/* Without effect: the next store is not noticed. */
	run(session, "clear-refs soft-dirty\nexpect both parent a 0-7 present,write,dirty\nfork\n"
		     "child touch a 3\nmadvise a pageout\ntouch a 5 read\nmremap a 32p");
	run(session, "expect both parent a 0-31 not soft-dirty\nexpect both child a 0-15 not soft-dirty");
	says(refused(session, "flags a +VM_SOFTDIRTY"), "has no VM_SOFTDIRTY");
	says(refused(session, "pte a 0 present,soft-dirty"), "no soft-dirty bit on aarch64");
	assert_int_equal(session_failed(session), 0);
	session_free(session);
	holds("set machine aarch64\nvma s shmem 8p\nvma h anon 2M at 0x10000000\nmadvise h hugepage\n"
	      "touch s\ntouch h\nfork\nchild touch h 3\nexpect both child h 0-511 not soft-dirty\n"
	      "expect both child s 0-7 not soft-dirty");
}

static void test_no_rwp_on_s390x(void **state)
{
	struct session *session;
	const struct kernel *kernel = kernel_of(&session, "kernel left v7.3/s390x");

	(void)state;
	assert_false(kernel->uffd_features & (UFFD_FEATURE_RWP | UFFD_FEATURE_RWP_ASYNC));
	for (size_t i = 0; i < kernel->clause_count; i++)
		assert_false(kernel->clauses[i].flags & VM_UFFD_RWP);
	assert_true(right(session)->kernel->clauses[0].flags & VM_UFFD_RWP);
	says(said(session, "kernel show v7.3"), "s390x lacks VM_UFFD_RWP rwp rwp-async");
	says(said(session, "kernel list"), "VERSION/s390x");
	says(said(session, "kernel diff v7.3 v7.3/s390x"), "userfaultfd features of v7.3 alone: rwp rwp-async");
	session_free(session);
}

/* The set-up is carried out again with what the kernel has there; undo takes it back. */
static void test_the_machine_chooses_rows(void **state)
{
	struct session *session = world("set machine aarch64\nvma a anon 4p\ntouch a");

	(void)state;
	run(session, "kernel left v6.1");
	assert_string_equal(left(session)->kernel->name, "v6.1/aarch64");
	assert_false(left(session)->kernel->uffd_features & UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	run(session, "check left src\nkernel left v6.1/x86-64");
	assert_string_equal(left(session)->kernel->name, "v6.1/x86-64");
	assert_true(left(session)->kernel->uffd_features & UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	run(session, "undo 6");
	assert_string_equal(right(session)->kernel->name, "v7.3");
	run(session, "set machine aarch64\nset machine x86-64\nkernel left v6.1");
	assert_string_equal(left(session)->kernel->name, "v6.1");
	assert_true(left(session)->kernel->uffd_features & UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	says(refused(session, "kernel left v6.1/arm64"), "the machines are x86-64, aarch64 and s390x");
	session_free(session);
}

static void test_profiles_of_a_machine(void **state)
{
	static const char mine[] = "name mine\nmachine aarch64\nlike v6.1\nbehaviour mseal yes\n";
	static const char rows[] = "name mine\nlike v7.3\non aarch64 lacks rwp\n"
				   "on aarch64 before 6.0 behaviour mseal no\n";
	static const struct {
		const char *text, *message;
	} broken[] = {
		{"name a\nlike v6.1\nmachine aarch64\n", "machine before like"},
		{"name a\nmachine arm64\n", "x86-64, aarch64 or s390x"},
		{"name a\nmachine s390x\nlike v6.1/aarch64\n", "a kernel of this machine"},
		{"name a\nmachine aarch64\nlike v6.1\non aarch64 lacks rwp\n", "of one machine"},
		{"name a\nlike v6.1\non x86-64 lacks rwp\n", "aarch64 or s390x"},
		{"name a\nlike v6.1\non aarch64 lacks\n", "after it behaviour or lacks"},
		{"name a\nlike v6.1\non aarch64 lacks nothing\n", "a userfaultfd feature or a VMA flag"},
		{"name a\nlike v6.1\non aarch64 before x lacks rwp\n", "a version such as 6.10"},
		{"name a\nlike v6.1\non aarch64 uffd rwp\n", "behaviour or lacks"},
		{"name a\nlike v6.1\non aarch64 behaviour mseal maybe\n", "a value of this behaviour"},
	};
	const struct profiles *all = profiles_all();
	struct kernel *kernel, *on;
	struct vf_error error;

	(void)state;
	kernel = profile_read(all, "mine", mine, strlen(mine), &error);
	assert_non_null(kernel);
	assert_int_equal(kernel->arch, ARCH_AARCH64);
	assert_int_equal(kernel->uffd_features, 0xffe);
	assert_int_equal(kernel->behaviour[BEHAVIOUR_MSEAL], 1);
	kernel_free(kernel);
	kernel = profile_read(all, "mine", rows, strlen(rows), &error);
	assert_non_null(kernel);
	assert_true(kernel->uffd_features & UFFD_FEATURE_RWP);
	on = kernel_on(kernel, ARCH_AARCH64);
	assert_false(on->uffd_features & UFFD_FEATURE_RWP);
	assert_string_equal(on->name, "mine/aarch64");
	kernel_free(on);
	kernel_free(kernel);
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		assert_null(profile_read(all, "mine", broken[i].text, strlen(broken[i].text), &error));
		says(error.message, broken[i].message);
	}
}

/* --- where it is shown ------------------------------------------------------------------------ */

#define SHOWN "set machine aarch64\nset page-size 16K\nset access-bits software\nkernel left v6.12\n" \
	      "vma a anon 64M at 0x10000000\ntouch a\nfork\n"

/* As seen on a kernel whose loads do not map the page of zeroes (6.18.44). */
static void test_loads_take_pages_without_a_zero_page(void **state)
{
	(void)state;
	holds("set zero-page off\nvma a anon 4p\nvma ro anon 2p r\ntouch a 0-1 read\ntouch ro read\n"
	      "expect both parent a 0-1 present\nexpect both parent a 0-1 write\n"
	      "expect both parent a 0-1 exclusive\nexpect both parent ro 0-1 present\n"
	      "expect both parent ro 0-1 not write\nfork\nexpect both a copy because anon_vma\n"
	      "expect both ro copy because anon_vma\ntouch a 0 read\nexpect both cost faults 0\n"
	      "touch a 0\nexpect both cost cow-copies 1");
	holds("set zero-page off\nvma a anon 2M at 0x40000000\nmadvise a hugepage\ntouch a 7 read\n"
	      "expect both parent a all huge\nexpect both parent a all write\nexpect both parent a all not special");
	/* A marker's bit comes back, and keeps the entry read-only. */
	holds("set zero-page off\nuffd u wp-unpopulated\nvma a anon 2p\nregister u a wp\nprotect u a\ntouch a read\n"
	      "expect both parent a all present\nexpect both parent a all uffd-wp\nexpect both parent a all not write");
	/* UFFDIO_ZEROPAGE maps it nevertheless. */
	holds("set zero-page off\nuffd u\nvma a anon 2p\nregister u a missing\nzeropage u a 0\n"
	      "expect both parent a 0 zero");
	/* An anon_vma is made before the userfaultfd is asked. */
	holds("set zero-page off\nuffd u sigbus\nvma a anon 2p\nregister u a missing\ntouch a 0 read\nfork\n"
	      "expect both a copy because anon_vma\nexpect both parent a 0 none");
	holds("set zero-page off\nset zero-page on\nvma a anon 1p\ntouch a read\nexpect both parent a 0 zero");
}

static void test_it_is_shown(void **state)
{
	struct session *session = world(SHOWN);
	struct buf text = {0};
	char *json = json_session(session);

	(void)state;
	says(json, "\"machine\":{\"name\":\"aarch64\",\"page_size\":16384,\"page_table_levels\":3,"
		   "\"access_bits\":\"software\"}");
	says(json, "\"kernel\":\"v6.12/aarch64\"");
	free(json);
	scene_kernels(session, &text);
	says(buf_str(&text), "Machine: aarch64, pages of 16 KiB, 3 levels, access bits by software.");
	buf_deinit(&text);
	/* 2 PTE tables and a PMD table. */
	says(said(session, "show cost"), "4096        3       48K");
	says(said(session, "table"), "A: v6.12/aarch64  B: v7.3/aarch64");
	session_free(session);
	session = world("vma a anon 64K");
	json = json_session(session);
	assert_null(strstr(json, "\"machine\""));
	free(json);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_of_2048_entries),
		cmocka_unit_test(test_sizes_count_in_its_pages),
		cmocka_unit_test(test_huge_pages_of_32_mib),
		cmocka_unit_test(test_other_sizes_of_hugetlb),
		cmocka_unit_test(test_user_space),
		cmocka_unit_test(test_what_does_not_exist_is_refused),
		cmocka_unit_test(test_a_machine_brings_its_own),
		cmocka_unit_test(test_uffd_wp_from_6_10_on),
		cmocka_unit_test(test_pt_reclaim_from_7_0_on),
		cmocka_unit_test(test_a_written_lazily_freed_huge_page_is_split),
		cmocka_unit_test(test_no_soft_dirty),
		cmocka_unit_test(test_no_rwp_on_s390x),
		cmocka_unit_test(test_the_machine_chooses_rows),
		cmocka_unit_test(test_profiles_of_a_machine),
		cmocka_unit_test(test_loads_take_pages_without_a_zero_page),
		cmocka_unit_test(test_it_is_shown),
	};

	return cmocka_run_group_tests_name("machines", tests, NULL, NULL);
}
