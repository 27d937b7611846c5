/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fork does to one entry, row by row: the parent's entry before, and what
 * parent and child have after it. Each row runs on a fresh machine.
 */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/world.h"

struct row {
	const char *what;
	const char *setup; /* lines; the entry looked at is page 0 of VMA a */
	const char *parent, *child;
};

/* A VMA that is walked because it has an anon_vma. */
#define ANON "vma a anon 64K\ntouch a 15\n"
#define HAND ANON "pte a 0 "
/* A shared VMA that is walked: its child stays protected. */
#define SHARED "uffd c event-fork wp-hugetlbfs-shmem\nvma a shmem 64K\nregister c a wp\n"
#define WP "uffd c event-fork wp-unpopulated\n" ANON "register c a wp\n"

static const struct row rows[] = {
	{ "none", ANON, "none", "none" },
	{ "written", ANON "touch a 0",
	  "present,dirty,young,soft-dirty", "present,dirty,soft-dirty" },
	{ "present, exclusive", HAND "present,write,dirty,young,soft-dirty,exclusive",
	  "present,dirty,young,soft-dirty", "present,dirty,soft-dirty" },
	{ "present, exclusive, read-only", HAND "present,young,exclusive",
	  "present,young", "present" },
	{ "present, shared already", HAND "present,dirty,young",
	  "present,dirty,young", "present,dirty" },
	{ "present, pinned", ANON "touch a 0\npin a 0",
	  "present,write,dirty,young,soft-dirty,exclusive,pinned",
	  "present,write,dirty,young,soft-dirty,exclusive" },
	{ "present, protected, the child is not", "uffd c\n" ANON "touch a 0\nregister c a wp\nprotect c a 0",
	  "present,dirty,young,soft-dirty,uffd-wp", "present,dirty,soft-dirty" },
	{ "present, protected, the child is, too", WP "touch a 0\nprotect c a 0",
	  "present,dirty,young,soft-dirty,uffd-wp", "present,dirty,soft-dirty,uffd-wp" },
	{ "zero page", ANON "touch a 0 read", "zero,young,special", "zero,special" },
	{ "page-cache page, private", "vma a file 64K\ntouch a 15\npte a 0 present,young,dirty",
	  "present,dirty,young", "present,dirty" },
	{ "page-cache page, shared: write bit kept, dirty cleared",
	  SHARED "pte a 0 present,write,dirty,young,soft-dirty",
	  "present,write,dirty,young,soft-dirty", "present,write,soft-dirty" },
	{ "swap, exclusive", HAND "swap,soft-dirty,exclusive", "swap,soft-dirty", "swap,soft-dirty" },
	{ "swap, shared", HAND "swap", "swap", "swap" },
	{ "swap, protected, the child is not", HAND "swap,uffd-wp", "swap,uffd-wp", "swap" },
	{ "swap, protected, the child is, too", WP "pte a 0 swap,uffd-wp", "swap,uffd-wp", "swap,uffd-wp" },
	{ "migration, writable", HAND "migration,write,soft-dirty",
	  "migration,soft-dirty", "migration,soft-dirty" },
	{ "migration, readable and exclusive", HAND "migration,exclusive", "migration", "migration" },
	{ "migration, readable", HAND "migration", "migration", "migration" },
	{ "migration, shared VMA: verbatim", SHARED "pte a 0 migration,write",
	  "migration,write", "migration,write" },
	{ "device-private, writable: soft-dirty is lost", HAND "device-private,write,soft-dirty",
	  "device-private", "device-private" },
	{ "device-private, readable", HAND "device-private,soft-dirty,exclusive",
	  "device-private,soft-dirty", "device-private,soft-dirty" },
	{ "hwpoison", HAND "hwpoison", "hwpoison", "hwpoison" },
	{ "marker uffd-wp, the child is not protected", HAND "marker,uffd-wp", "marker,uffd-wp", "none" },
	{ "marker uffd-wp, the child is protected", WP "protect c a 0", "marker,uffd-wp", "marker,uffd-wp" },
	{ "marker poison", HAND "marker,poison", "marker,poison", "marker,poison" },
	{ "marker guard", ANON "madvise a guard-install 0", "marker,guard", "marker,guard" },
	{ "marker with two kinds", HAND "marker,uffd-wp,poison", "marker,uffd-wp,poison", "marker,poison" },

	{ "6.1.11: raw copy of a marker when the child is protected",
	  "kernel left v6.1.192\n" SHARED "pte a 0 marker,uffd-wp", "marker,uffd-wp", "marker,uffd-wp" },
	{ "6.1.11: nothing when it is not", "kernel left v6.1.192\n" HAND "marker,uffd-wp",
	  "marker,uffd-wp", "none" },
	{ "6.1: raw copy even then", "kernel left v6.1\n" HAND "marker,uffd-wp",
	  "marker,uffd-wp", "marker,uffd-wp" },

	/* THP: a huge entry over the whole VMA, 2 MiB at a time */
	{ "huge, exclusive", "vma a anon 4M\nmadvise a hugepage\ntouch a",
	  "huge,dirty,young,soft-dirty", "huge,dirty,soft-dirty" },
	{ "huge zero page", "vma a anon 4M\nmadvise a hugepage\ntouch a 0 read", NULL, "huge,special" },
	{ "huge, one page of it pinned: split and copied",
	  "vma a anon 4M\nmadvise a hugepage\ntouch a\npin a 3", NULL,
	  "present,write,dirty,young,soft-dirty,exclusive" },
	{ "huge, in a file: left out", "vma a shmem 4M\npte a all huge\nflags a +VM_MIXEDMAP",
	  "huge", "none" },
};

static void check_row(const struct row *row)
{
	struct session *session = world(row->setup);
	const char *parent, *child;

	run(session, "fork");
	parent = parent_pte(session, "a", 0);
	child = child_pte(session, "a", 0);
	if ((row->parent && strcmp(parent, row->parent)) || strcmp(child, row->child)) {
		print_error("%s:\n  parent: %s, wanted %s\n  child:  %s, wanted %s\n", row->what,
			    parent, row->parent ? row->parent : "anything", child, row->child);
		session_free(session);
		fail();
	}
	session_free(session);
}

static void test_row(void **state)
{
	check_row(*state);
}

static uint64_t frame_of(const struct machine *m, const struct mm *mm, uint64_t page)
{
	uint64_t last;

	return vma_entry(machine_vma(m, mm, "a"), page, &last).frame;
}

static void test_frames(void **state)
{
	struct session *session = world(ANON "touch a\npin a 3\nfork");
	const struct machine *m = left(session);

	(void)state;
	assert_true(frame_of(m, m->parent, 0) == frame_of(m, m->child, 0));
	assert_true(frame_of(m, m->parent, 3) != frame_of(m, m->child, 3));
	assert_int_equal(m->cost.copied, 1);
	assert_int_equal(m->cost.entries, 16);
	session_free(session);
}

/* setup, then what fork costs */
static void assert_cost(const char *setup, uint64_t entries, uint64_t pte, uint64_t pmd, uint64_t pud)
{
	struct session *session = world(setup);
	const struct cost *cost;

	run(session, "fork");
	cost = &left(session)->cost;
	print_message("%s\n", setup);
	assert_int_equal(cost->entries, entries);
	assert_int_equal(cost->tables[LEVEL_PTE], pte);
	assert_int_equal(cost->tables[LEVEL_PMD], pmd);
	assert_int_equal(cost->tables[LEVEL_PUD], pud);
	assert_int_equal(cost_tables(cost), pte + pmd + pud + cost->tables[LEVEL_P4D]);
	assert_int_equal(cost_bytes(cost, &paging_x86_64), (cost_tables(cost) + cost->copied) * 4096);
	session_free(session);
}

static void test_tables(void **state)
{
	(void)state;
	assert_cost("vma a anon 64K", 0, 0, 0, 0);
	assert_cost("vma a anon 64K\ntouch a read", 0, 0, 0, 0);
	assert_cost("vma a anon 64K\ntouch a 0", 1, 1, 1, 1);
	/* tables with nothing in them */
	assert_cost("vma a anon 64K\ntouch a\nmadvise a dontneed", 0, 1, 1, 1);
	/* the whole of a table: PT_RECLAIM has freed the parent's */
	assert_cost("vma a anon 2M\ntouch a\nmadvise a dontneed", 0, 0, 1, 1);
	assert_cost("kernel left v6.12\nvma a anon 2M\ntouch a\nmadvise a dontneed", 0, 1, 1, 1);
	/* 2 MiB need one table, 4 MiB two, 1 GiB 512 */
	assert_cost("vma a anon 4M\ntouch a", 1024, 2, 1, 1);
	assert_cost("vma a anon 1G\ntouch a", 262144, 512, 1, 1);
	/* a huge entry is one; its table is put by */
	assert_cost("vma a anon 4M\nmadvise a hugepage\ntouch a", 2, 2, 1, 1);
	/* adjacent VMAs in the same 2 MiB share the table */
	assert_cost("vma a anon 64K at 0x1000000000\nvma b anon 64K at 0x1000010000\ntouch a\ntouch b",
		    32, 1, 1, 1);
}

/* The flagship: both sides, entry by entry, as two real kernels showed it. */
static void test_the_main_case(void **state)
{
	struct session *session = world("uffd c wp-hugetlbfs-shmem\nvma a shmem 16K\ntouch a 0-2\n"
					"register c a wp\nprotect c a 0-1\nfork");
	const struct machine *l = left(session), *r = right(session);
	const struct vm_area *copied = machine_vma(r, r->child, "a");
	uint64_t last;

	(void)state;
	assert_int_equal(l->forks[0].vmas[0].decision.what, DECISION_SKIP);
	assert_int_equal(r->forks[0].vmas[0].decision.what, DECISION_COPY);
	assert_string_equal(decision_reason(&r->forks[0].vmas[0].decision), "VM_UFFD_WP");
	for (uint64_t page = 0; page < 4; page++)
		assert_string_equal(child_pte(session, "a", page), "none");
	for (uint64_t page = 0; page < 3; page++) {
		struct pte pte = vma_entry(copied, page, &last);

		assert_int_equal(pte.state, PTE_PRESENT);
		assert_int_equal(pte.attrs & PTE_UFFD_WP, 0);
	}
	assert_int_equal(vma_entry(copied, 3, &last).state, PTE_NONE);
	assert_int_equal(machine_vma(l, l->child, "a")->flags & VM_UFFD_WP, 0);
	assert_int_equal(copied->flags & VM_UFFD_WP, 0);
	assert_int_equal(cost_tables(&l->cost), 0);
	assert_int_equal(r->cost.entries, 3);

	run(session, "undo\ncheck right dst\nfork\nexpect same a");
	assert_int_equal(session_failed(session), 0);
	run(session, "undo 3\nfork\nexpect differ a");
	assert_int_equal(session_failed(session), 0);
	session_free(session);
}

/* What is left to the child, VMA by VMA. */
static void test_vma_rules(void **state)
{
	struct session *session = world(
		"vma gone anon 64K\ntouch gone\nmadvise gone dontfork\n"
		"vma wiped anon 64K\ntouch wiped\nmadvise wiped wipeonfork\nmadvise wiped guard-install 4\n"
		"vma locked anon 64K\nmlock locked\n"
		"vma shm shmem 64K\ntouch shm\n"
		"fork");
	const struct machine *m = left(session);
	const struct vm_area *wiped = machine_vma(m, m->child, "wiped");
	uint64_t last;

	(void)state;
	run(session, "expect both gone dontcopy\nexpect both wiped wipe\nexpect both shm skip\n"
		     "expect both locked copy because anon_vma\nexpect both child gone absent");
	assert_int_equal(session_failed(session), 0);
	assert_null(machine_vma(m, m->child, "gone"));
	assert_true(wiped->flags & VM_WIPEONFORK);
	assert_int_equal(vma_entry(wiped, 0, &last).state, PTE_NONE);
	assert_int_equal(last, vma_pages(wiped) - 1);
	assert_int_equal(wiped->anon_vma, 0);
	assert_true(machine_vma(m, m->parent, "locked")->flags & VM_LOCKED);
	assert_false(machine_vma(m, m->child, "locked")->flags & VM_LOCKED);
	session_free(session);
}

/* Who pays for copy-on-write: the one who writes first copies, the other reuses. */
static void test_after_fork(void **state)
{
	struct session *session = world("vma a anon 16K\ntouch a\nfork\n"
					"parent touch a 0\nchild touch a 0\n");
	const struct machine *m = left(session);

	(void)state;
	assert_int_equal(m->cost.faults, 2);
	assert_int_equal(m->cost.cow_copies, 1);
	assert_true(frame_of(m, m->parent, 0) != frame_of(m, m->child, 0));
	run(session, "child touch a 1 read");
	assert_int_equal(m->cost.faults, 2);
	run(session, "madvise a guard-install 2\nparent touch a 2\nexpect both parent signal SIGSEGV\n"
		     "child touch a 2\nchild exit\nexpect both child a absent");
	assert_int_equal(session_failed(session), 0);
	session_free(session);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows) + 5];
	size_t n = 0;

	for (; n < ARRAY_SIZE(rows); n++)
		tests[n] = (struct CMUnitTest){ rows[n].what, test_row, NULL, NULL, (void *)&rows[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_frames);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_tables);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_the_main_case);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_vma_rules);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_after_fork);

	return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
