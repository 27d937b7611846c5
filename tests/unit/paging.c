/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page tables of what is observed: this machine's, or those of a recording's. */
#include "support/check.h"

#include <unistd.h>

#include "base/alloc.h"
#include "model/mm.h"
#include "observe/decide.h"
#include "observe/facts.h"
#include "observe/paging.h"
#include "support/world.h"

static void test_this_machine(void **state)
{
	struct paging here;
	struct vf_error error;

	(void)state;
	if (!paging_here(&here, &error)) {
		says(error.hint, "vmafork-tui");
		return;
	}
	assert_int_equal(page_size(&here), sysconf(_SC_PAGESIZE));
	assert_int_equal(PAGE_SIZE, page_size(&here));
	assert_int_equal(PMD_SIZE, PAGE_SIZE * PTRS_PER_PTE);
}

static void test_words_of_uname(void **state)
{
	(void)state;
	assert_int_equal(arch_by_uname("x86_64"), ARCH_X86_64);
	assert_int_equal(arch_by_uname("aarch64"), ARCH_AARCH64);
	assert_int_equal(arch_by_uname("riscv64"), -1);
	assert_int_equal(arch_by_uname(""), -1);
}

static void test_in_words(void **state)
{
	struct paging paging = *paging_find(ARCH_AARCH64, 14, 0);
	struct buf out = {0};

	(void)state;
	paging.hardware_bits = false;
	paging_print(&paging, &out);
	assert_string_equal(buf_str(&out), "aarch64, pages of 16 KiB, access bits by software");
	buf_deinit(&out);
}

/*
 * Of a parent's two VMAs of one page each, far apart, the child has the first one's page: what
 * is decided about the second, if fork has allocated so many tables.
 */
static int decision(int64_t tables)
{
	const struct seen_page present = {.states = 1u << PTE_PRESENT}, none = {.states = 1u << PTE_NONE};
	struct seen_moment moment = {.fork = true, .tables = tables, .entries = 1};
	struct seen_process *both[] = {&moment.parent, &moment.child};
	int decision;

	for (int child = 0; child < 2; child++)
		for (uint64_t i = 1; i <= 2; i++) {
			uint64_t at = i << 40;
			struct seen_vma *vma = seen_add_vma(both[child], BACKING_SHMEM, at, at + PAGE_SIZE);

			vma->pages_known = true;
			seen_add_pages(vma, 1, child && i == 2 ? none : present);
		}
	decide(&moment);
	decision = moment.parent.vmas[1].decision;
	for (int child = 0; child < 2; child++) {
		for (int i = 0; i < 2; i++)
			free(both[child]->vmas[i].runs);
		free(both[child]->vmas);
	}
	return decision;
}

/* The first page needs three tables of 512 entries, or two of 2048. */
static void test_tables_of_other_pages(void **state)
{
	(void)state;
	paging_observe(paging_find(ARCH_X86_64, 12, 4));
	assert_int_equal(decision(3), DECISION_SKIP);
	assert_int_equal(decision(2), SEEN_NO_DECISION);
	paging_observe(paging_find(ARCH_AARCH64, 14, 3));
	assert_int_equal(PAGE_SIZE, 16384);
	assert_int_equal(PMD_SIZE, 32 << 20);
	assert_int_equal(decision(2), DECISION_SKIP);
	assert_int_equal(decision(3), DECISION_COPY);
	paging_observe(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_this_machine),
		cmocka_unit_test(test_words_of_uname),
		cmocka_unit_test(test_in_words),
		cmocka_unit_test(test_tables_of_other_pages),
	};

	return cmocka_run_group_tests_name("paging", tests, NULL, NULL);
}
