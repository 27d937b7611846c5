/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which VMAs there are after calls on parts of mappings, row by row. A layout is the VMAs
 * in order of address, separated by |; each is its names with the pages of them.
 */
#include "support/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/world.h"

#define A "vma a anon 4p at 0x1000000000\n"
#define B "vma b anon 4p at 0x1000004000\n"
#define C "vma c anon 4p at 0x1000008000\n"

struct row {
	const char *what;
	const char *kernel; /* NULL: any */
	const char *setup;
	const char *parent;
	const char *child; /* NULL: not asked */
};

static const struct row rows[] = {
	/* mmap */
	{"mapped one after the other", NULL, A B, "a0-3 b0-3", NULL},
	{"mapped from the end", NULL, B A, "a0-3 b0-3", NULL},
	{"a hole between two is filled", NULL, A C B, "a0-3 b0-3 c0-3", NULL},
	{"protections differ", NULL, A "vma b anon 4p r at 0x1000004000", "a0-3 | b0-3", NULL},
	{"not touching", NULL, A C, "a0-3 | c0-3", NULL},
	{"a written neighbor", NULL, A "touch a\n" B, "a0-3 b0-3", NULL},
	{"two that are written each", NULL, A C "touch a\ntouch c\n" B, "a0-3 b0-3 | c0-3", NULL},
	{"apart", NULL, A "vma b anon 4p at 0x1000004000 apart", "a0-3 | b0-3", NULL},
	{"apart until merge", NULL, A "vma b anon 4p at 0x1000004000 apart\nmerge a b", "a0-3 b0-3", NULL},
	{"merge is about the names that addresses have now", NULL,
	 A "munmap a 2-3\nvma d anon 1p at 0x1000002000 apart\nvma b anon 1p\nmerge a b",
	 "a0-1 | d0 | b0", NULL},
	{"consecutive pages of one file", NULL,
	 "vma a shmem 4p at 0x1000000000\nvma b shmem 4p at 0x1000004000", "a0-3 b0-3", NULL},
	{"a file of its own", NULL,
	 "vma a shmem 4p at 0x1000000000\nvma b shmem 4p at 0x1000004000 own", "a0-3 | b0-3", NULL},
	{"the same page twice", NULL,
	 "vma a shmem 4p at 0x1000000000\nvma b shmem 4p at 0x1000004000 of a", "a0-3 | b0-3", NULL},
	{"the pages that follow", NULL,
	 "vma a shmem 4p at 0x1000000000\nvma b shmem 4p at 0x1000004000 of a from 4", "a0-3 b0-3", NULL},
	{"shared and private", NULL,
	 "vma a shmem 4p at 0x1000000000\nvma b shmem private 4p at 0x1000004000", "a0-3 | b0-3", NULL},
	{"hugetlb is never joined", NULL,
	 "vma a hugetlb 2M at 0x1000000000\nvma b hugetlb 2M at 0x1000200000", "a0-511 | b0-511", NULL},
	{"shared anonymous memory has a file each", NULL,
	 "vma a anon shared 4p at 0x1000000000\nvma b anon shared 4p at 0x1000004000", "a0-3 | b0-3", NULL},
	{"several at once", NULL, "vma a anon 2p at 0x1000000000 times 3", "a.0:0-1 a.1:0-1 a.2:0-1", NULL},

	/* mprotect */
	{"a part", NULL, A "mprotect a r 1-2", "a0 | a1-2 | a3", NULL},
	{"a part, and the rest", NULL, A "mprotect a r 1-2\nmprotect a r 0,3", "a0-3", NULL},
	{"nothing changes", NULL, A "mprotect a rw 1-2", "a0-3", NULL},
	{"over two VMAs", NULL, A "vma b anon 4p r at 0x1000004000\nmprotect a none 2-3\nmprotect b none 0",
	 "a0-1 | a2-3 b0 | b1-3", NULL},
	{"made like a written neighbor", NULL, A "touch a\nvma b anon 4p r at 0x1000004000\nmprotect b rw",
	 "a0-3 b0-3", NULL},
	{"a written one made like its neighbor", "v6.12",
	 A "vma b anon 4p r at 0x1000004000\nmprotect b rwx\ntouch b\nmprotect b rw", "a0-3 | b0-3", NULL},
	{"a written one made like its neighbor", "v7.3",
	 A "vma b anon 4p r at 0x1000004000\nmprotect b rwx\ntouch b\nmprotect b rw", "a0-3 b0-3", NULL},

	/* advice */
	{"a part is kept from the child", NULL, A "madvise a dontfork 1", "a0 | a1 | a2-3", NULL},
	{"and given back", NULL, A "madvise a dontfork 1\nmadvise a dofork 1", "a0-3", NULL},
	{"halves are advised one after the other", NULL,
	 A "madvise a nohugepage 0-1\nmadvise a nohugepage 2-3", "a0-3", NULL},

	/* mlock, userfaultfd, munmap */
	{"locked on fault, then writable: no page is faulted in", NULL,
	 A "mprotect a r\nmlock a 0-1 onfault\nmprotect a rw\nmunlock a", "a0-3", NULL},
	{"a part is locked", NULL, A "mlock a 0-1", "a0-1 | a2-3", NULL},
	{"and unlocked", "v7.3", A "mlock a 0-1\nmunlock a", "a0-3", NULL},
	{"and unlocked", "v6.12", A "mlock a 0-1\nmunlock a", "a0-1 | a2-3", NULL},
	{"a part is registered", NULL, A "uffd u\nregister u a 0-1 missing", "a0-1 | a2-3", NULL},
	{"and unregistered", NULL, A "uffd u\nregister u a 0-1 missing\nunregister u a 0-1", "a0-3", NULL},
	{"one userfaultfd for each half", NULL,
	 A "uffd u\nuffd w\nregister u a 0-1 missing\nregister w a 2-3 missing", "a0-1 | a2-3", NULL},
	{"the middle is unmapped", NULL, A "munmap a 1-2", "a0 | a3", NULL},
	{"and mapped again", NULL, A "munmap a 1-2\nvma b anon 2p at 0x1000001000", "a0 b0-1 a3", NULL},

	/* fork */
	{"fork joins nothing", NULL, A "mlock a 0-1\nfork", "a0-1 | a2-3", "a0-1 | a2-3"},
	{"a call in the parent afterwards", NULL,
	 A "mlock a 0-1 onfault\nfork\nmunlock a", "a0-3", "a0-1 | a2-3"},
	{"an anon_vma that fork cloned refuses", NULL,
	 A "touch a\nfork\nbecome child\nvma b anon 4p at 0x1000004000", "a0-3 | b0-3", NULL},
	{"not what fork left without one", NULL,
	 A "fork\nbecome child\nvma b anon 4p at 0x1000004000", "a0-3 b0-3", NULL},
	{"halves of one VMA have one anon_vma", NULL,
	 A "touch a 0\nmprotect a r 2-3\nfork\nbecome child\nmprotect a rw", "a0-1 | a2-3", NULL},

	/* mseal */
	{"sealed piece by piece", "v7.3", A "mseal a 1\nmseal a 2\nmseal a", "a0-3", NULL},
	{"sealed piece by piece", "v6.18", A "mseal a 1\nmseal a 2\nmseal a", "a0-2 | a3", NULL},

	/* 6.1 */
	{"between one never written and one that was", "v6.1",
	 A C "touch c\n" B, "a0-3 | b0-3 c0-3", NULL},
	{"between one never written and one that was", "v6.12",
	 A C "touch c\n" B, "a0-3 b0-3 c0-3", NULL},
	{"two that are written each", "v6.1", A C "touch a\ntouch c\n" B, "a0-3 | b0-3 c0-3", NULL},

	{"registered from the end", "v6.1",
	 A "uffd u\nregister u a 2-3 missing\nregister u a 1 missing", "a0 | a1 | a2-3", NULL},
	{"registered from the end", "v6.12",
	 A "uffd u\nregister u a 2-3 missing\nregister u a 1 missing", "a0 | a1-3", NULL},

	/* guard regions */
	{"the flag does not keep apart", "v7.3", A "madvise a guard-install 0\nmprotect a r 2-3\nmprotect a rw",
	 "a0-3", NULL},
	{"faults next door share an anon_vma", NULL,
	 A "vma b anon 4p r at 0x1000004000\ntouch a\nmprotect b rwx\ntouch b\nmprotect b rw", "a0-3 b0-3", NULL},
	{"not where another flag differs", NULL,
	 A "madvise a nohugepage\n" B "touch a\ntouch b\nmadvise b nohugepage", "a0-3 | b0-3", NULL},
};

static void add_names(const struct vm_area *vma, struct buf *out)
{
	uint64_t end;

	for (uint64_t at = vma->start; at < vma->end; at = end) {
		const struct name *name = mm_name_at(vma->mm, at, &end);
		uint64_t first, last;

		if (end > vma->end)
			end = vma->end;
		first = mm_named_page(vma->mm, address_page(vma->mm, at));
		last = mm_named_page(vma->mm, address_page(vma->mm, end) - 1);
		buf_printf(out, "%s%s%s%" PRIu64, at > vma->start ? " " : "", name->text,
			   strchr(name->text, '.') ? ":" : "", first);
		if (last > first)
			buf_printf(out, "-%" PRIu64, last);
	}
}

static void assert_layout(const struct mm *mm, const char *want)
{
	struct buf layout = {0};

	for_each_vma(mm, vma) {
		if (layout.len)
			buf_puts(&layout, " | ");
		add_names(vma, &layout);
	}
	assert_string_equal(buf_str(&layout), want);
	buf_deinit(&layout);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct buf setup = {0};
	struct session *session;

	if (row->kernel)
		buf_printf(&setup, "kernel both %s\n", row->kernel);
	buf_puts(&setup, row->setup);
	session = world(buf_str(&setup));
	print_message("%s\n", buf_str(&setup));
	assert_layout(left(session)->parent, row->parent);
	if (row->child)
		assert_layout(left(session)->child, row->child);
	/* The set-up in one go gives the same. */
	run(session, "undo\nredo");
	assert_layout(left(session)->parent, row->parent);
	session_free(session);
	buf_deinit(&setup);
}

/* What a joined VMA has of its parts. */
static void test_what_joins(void **state)
{
	struct session *session = world("kernel both v7.3\n" A "touch a 0\nmadvise a guard-install 3\n" B);
	const struct machine *m = left(session);

	(void)state;
	run(session, "expect both parent b gu\nexpect both parent joined a b\nfork\n"
		     "expect both b copy because VM_MAYBE_GUARD");
	assert_int_equal(session_failed(session), 0);
	assert_true(machine_vma(m, m->parent, "b")->anon_vma);
	session_free(session);
}

/* Time goes back over splits and joins. */
static void test_time(void **state)
{
	struct session *session = world(A "touch a\nfork\nmprotect a r 1\nmunmap a 0\nvma b anon 1p at "
					  "0x1000000000\nmprotect b r");

	(void)state;
	assert_layout(left(session)->parent, "b0 | a1 | a2-3");
	run(session, "goto start");
	assert_layout(left(session)->parent, "a0-3");
	run(session, "goto end");
	assert_layout(left(session)->parent, "b0 | a1 | a2-3");
	session_free(session);
}

/* What the kernel refuses. */
static void test_refusals(void **state)
{
	struct session *session = world("kernel both v7.3\n" A "vma h hugetlb 4M at 0x2000000000");

	(void)state;
	assert_non_null(strstr(refused(session, "mprotect h r 0-3"), "EINVAL"));
	run(session, "munmap a 1");
	assert_non_null(strstr(refused(session, "mprotect a r"), "ENOMEM"));
	assert_non_null(strstr(refused(session, "mlock a"), "ENOMEM"));
	assert_non_null(strstr(refused(session, "madvise a dontfork"), "ENOMEM"));
	assert_layout(left(session)->parent, "a0 | a2-3 | h0-1023");
	session_free(session);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows) + 3];
	size_t n = 0;

	for (; n < ARRAY_SIZE(rows); n++)
		tests[n] = (struct CMUnitTest){.name = rows[n].what, .test_func = test_row,
					      .initial_state = (void *)&rows[n]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_what_joins);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_time);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_refusals);
	return _cmocka_run_group_tests("vma", tests, n, NULL, NULL);
}
