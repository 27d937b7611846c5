/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts about VMAs that hold several names, and names that lie in several VMAs, also where
 * the sides differ in that.
 */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/differ.h"
#include "report/label.h"
#include "report/side_rows.h"
#include "support/layouts.h"
#include "support/world.h"
#include "view/ui.h"

static const char *text_of(struct buf *text)
{
	static char copy[400];

	assert_true(text->len < sizeof(copy));
	strcpy(copy, buf_str(text));
	buf_deinit(text);
	return copy;
}

/* The label of the parent's Nth VMA. */
static const char *label(const struct machine *m, int n)
{
	const struct vm_area *vma = mm_first(m->parent);
	struct buf text = {0};

	while (n--)
		vma = mm_next(vma);
	label_vma(vma, &text);
	return text_of(&text);
}

static const char *pages(const struct machine *m, uint64_t first, uint64_t last)
{
	struct buf text = {0};

	label_pages(m->parent, first, last, &text);
	return text_of(&text);
}

static void test_labels(void **state)
{
	struct session *session = world(OTHER_LAYOUTS);

	(void)state;
	assert_string_equal(label(left(session), 0), "low+high");
	assert_string_equal(label(left(session), 1), "heap");
	assert_string_equal(label(left(session), 3), "code[4-7]");
	assert_string_equal(label(right(session), 0), "low");
	assert_string_equal(label(right(session), 4), "heap[8-11]");
	run(session, "munmap low 0-1");
	assert_string_equal(label(left(session), 0), "low[2-7]+high");
	assert_string_equal(label(right(session), 0), "low[2-7]");
	run(session, "munmap high 0-1\nmunmap heap 11");
	assert_string_equal(label(left(session), 0), "low[2-7]");
	assert_string_equal(label(left(session), 1), "high[2-7]");
	assert_string_equal(label(left(session), 2), "heap[0-10]");
	session_free(session);
}

static void test_labels_of_many(void **state)
{
	struct session *session = world("vma a anon 16K times 14 at 0x1000000000\n");
	const struct machine *m = left(session);
	uint64_t base = 0x1000000000 / 4096;

	(void)state;
	assert_int_equal(mm_vma_count(m->parent), 1);
	assert_string_equal(label(m, 0), "a.0+a.1+12 more");
	assert_string_equal(pages(m, base, base), "a.0 page 0");
	assert_string_equal(pages(m, base, base + 3), "a.0 pages 0-3");
	assert_string_equal(pages(m, base + 2, base + 4), "a.0 pages 2-3 and a.1 page 0");
	assert_string_equal(pages(m, base + 2, base + 8),
			    "a.0 pages 2-3, a.1 pages 0-3 and a.2 page 0");
	assert_string_equal(pages(m, base + 2, base + 55),
			    "a.0 pages 2-3, a.1 pages 0-3 and 12 more");
	run(session, "munmap a.2 0-2\nmunmap a.4");
	assert_string_equal(label(m, 1), "a.2[3]+a.3");
	session_free(session);
}

/* Each answer of the command has these lines in this order, and none of them twice. */
static void assert_says(struct session *session, const char *command, const char *const *lines)
{
	char *text = xstrdup(said(session, command)), *at = text;

	for (size_t i = 0; lines[i]; i++) {
		char *found = strstr(at, lines[i]);

		if (!found)
			print_error("%s: not there: %s\nin: %s\n", command, lines[i], text);
		assert_non_null(found);
		at = found + strlen(lines[i]);
	}
	free(text);
}

static void test_show(void **state)
{
	struct session *session = world(OTHER_LAYOUTS "fork\nchild touch low 0-1\n");

	(void)state;
	assert_says(session, "show vmas low",
		    (const char *[]){"    low+high     001000000000-001000010000    64K anon ",
				     "    low+high ", "right: v6.12",
				     "    low          001000000000-001000008000    32K anon ", NULL});
	assert_null(strstr(said(session, "show vmas low"), "\n    high"));
	/* in numbers of the names, with the name in front where the VMA holds several */
	assert_says(session, "show pages high",
		    (const char *[]){"    low+high\n      high 0-3       present",
				     "    low+high\n      low 0-1        present",
				     "      high 0-3       present", "right: v6.12",
				     "    high\n      0-3            present", NULL});
	assert_says(session, "show pages code",
		    (const char *[]){"    code[0-3]\n      0-3 ", "    code[4-7]\n      4-7 ",
				     "    code[8-11]\n      8-11 ", "right: v6.12",
				     "    code[4-7]\n      4-7 ", NULL});
	assert_says(session, "show flags code",
		    (const char *[]){"    code[0-3]\n", "    code[4-7]\n", "    code[8-11]\n", NULL});
	assert_says(session, "show decision heap",
		    (const char *[]){"  heap: copy because anon_vma\n", "right: v6.12",
				     "  heap[0-3]: skip: no clause holds\n",
				     "  heap[4-7]: copy because anon_vma\n",
				     "  heap[8-11]: skip: no clause holds\n", NULL});
	assert_says(session, "show cost heap",
		    (const char *[]){"left: the last fork", "\n  heap ", " copy ", "right: the last fork",
				     "\n  heap[4-7] ", " copy ", "\n  heap[0-3] ", " skip ",
				     "\n  heap[8-11] ", " skip ", NULL});
	assert_says(session, "show trace low",
		    (const char *[]){"low+high is next", "vma_needs_copy(low+high) is true",
				     "high pages 0-3: the child maps", "the child writes low pages 0-1",
				     "right: v6.12", "vma_needs_copy(low) is false",
				     "the child writes low pages 0-1", NULL});
	session_free(session);
}

/* Sentences name what was there at the time. */
static void test_trace_after_a_new_name(void **state)
{
	struct session *session = world("vma old anon 16K at 0x1000000000\ntouch old\nfork\n"
					"munmap old\nchild exit\nvma new anon 16K at 0x1000000000\n"
					"touch new 1\n");

	(void)state;
	assert_says(session, "show trace",
		    (const char *[]){"vma_needs_copy(old) is true", "old pages 0-3: ",
				     "the parent calls munmap on old\n", "the parent calls mmap on new\n",
				     "the parent writes new page 1: ", NULL});
	session_free(session);
}

static void test_explain(void **state)
{
	struct session *session = world(OTHER_LAYOUTS);

	(void)state;
	assert_string_equal(said(session, "explain low"),
			    "both: no fork yet\n"
			    "right: low touches high but is not joined with it: high has an anon_vma, low "
			    "has none; a call that changes low joins them.\n");
	run(session, "fork");
	assert_says(session, "explain heap",
		    (const char *[]){"left: heap on v7.3 (check dst): copy because anon_vma. ",
				     "\nright: heap[0-3] on v6.12 (check dst): skip",
				     "\nright: heap[4-7] on v6.12 (check dst): copy",
				     "\nright: heap[8-11] on v6.12 (check dst): skip",
				     "\nright: heap[0-3] touches heap[4-7] but",
				     "\nright: heap[4-7] touches heap[8-11] but", NULL});
	/* a fault takes the neighbor's anon_vma, and joins nothing */
	run(session, "touch low 7");
	assert_says(session, "explain high",
		    (const char *[]){"right: high touches low, and nothing keeps them apart: the next call "
				     "that changes one of them joins them.\n", NULL});
	run(session, "mprotect low r");
	assert_says(session, "explain low",
		    (const char *[]){"both: low touches high but is not joined with it: VM_WRITE is set on "
				     "one only.\n", NULL});
	session_free(session);
}

/* a ends at 0x1000010000, where b begins. */
static void test_what_keeps_apart(void **state)
{
	static const struct {
		const char *commands, *why;
	} table[] = {
		{"vma a anon 64K r at 0x1000000000\nvma b anon 64K at 0x1000010000\ntouch b\nmprotect b r\n",
		 "VM_ACCOUNT is set on one only."},
		{"vma a anon 64K r at 0x1000000000\nvma b anon 64K at 0x1000010000\n",
		 "VM_WRITE | VM_ACCOUNT are set on one only."},
		{"vma a anon 64K at 0x1000000000\nvma b anon 64K at 0x1000010000 apart\n",
		 "their memory policies differ."},
		{"vma a anon 64K at 0x1000000000\nvma b shmem 64K at 0x1000010000\n",
		 "a is anon, b is shmem."},
		{"vma a file 64K at 0x1000000000\nvma b file 64K at 0x1000010000 own\n",
		 "they do not map consecutive parts of one file."},
		{"vma a anon 64K at 0x1000000000\nvma b pfnmap 64K at 0x1000010000\n",
		 "VM_PFNMAP | VM_IO | VM_DONTEXPAND are set on b."},
		{"uffd u\nuffd w\nvma a anon 64K at 0x1000000000 apart\nvma b anon 64K at 0x1000010000\n"
		 "register u a missing\nregister w b missing\nmerge a b\n",
		 "they are registered with different userfaultfds."},
		{"vma a anon 64K at 0x1000000000 apart\nvma b anon 64K at 0x1000010000\ntouch a\ntouch b\n"
		 "merge a b\n",
		 "each has an anon_vma of its own."},
		{"vma b anon 64K at 0x1000010000\ntouch b\nfork\nbecome child\nvma a anon 64K at 0x1000000000\n",
		 "one has an anon_vma that fork has cloned, the other none."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct session *session = world("kernel both v7.3\n");
		struct buf wanted = {0};

		run(session, table[i].commands);
		buf_printf(&wanted, "both: a touches b but is not joined with it: %s\n", table[i].why);
		assert_says(session, "explain a", (const char *[]){buf_str(&wanted), NULL});
		buf_clear(&wanted);
		buf_printf(&wanted, "both: b touches a but is not joined with it: %s\n", table[i].why);
		assert_says(session, "explain b", (const char *[]){buf_str(&wanted), NULL});
		buf_deinit(&wanted);
		session_free(session);
	}
}

/* A fork decided about what was there then, whatever has the addresses and names now. */
static void test_names_of_the_fork(void **state)
{
	struct session *session = world("kernel left v7.3\nkernel right v6.12\n"
					"vma old anon 16K at 0x1000000000\ntouch old\n"
					"uffd u\nvma shm shmem 16K\ntouch shm\nregister u shm wp\n"
					"check right src\nfork\n"
					"munmap old\nmunmap shm\nchild exit\n"
					"vma new anon 16K at 0x1000000000\n");
	char *before = session_dump(session), *after;

	(void)state;
	assert_says(session, "explain old", (const char *[]){"both: old on v7.3 (check dst) and v6.12 (check src): copy", NULL});
	assert_string_equal(said(session, "explain new"),
			    "both: the last fork had no such VMA\n");
	assert_says(session, "show decision", (const char *[]){"  old: copy", "  shm: ", "  old: copy", NULL});
	assert_says(session, "show cost", (const char *[]){"\n  old ", "\n  shm ", NULL});
	assert_string_equal(said(session, "expect both old copy because anon_vma"), "holds\n");
	assert_says(session, "expect left new copy",
		    (const char *[]){"got the last fork had no such VMA", NULL});
	assert_string_equal(said(session, "expect same old"), "holds\n");
	assert_string_equal(said(session, "expect differ shm"), "holds\n");
	assert_says(session, "diff", (const char *[]){"shm: left skip", ", right copy because VM_UFFD_WP\n", NULL});
	after = session_dump(session);
	assert_string_equal(before, after);
	free(before);
	free(after);
	session_free(session);
}

static bool differ(const struct session *session, const char *name)
{
	struct machine *machines[SIDES];

	session_machines(session, machines);
	return sides_differ(machines, name);
}

/* By page, whichever VMAs hold them. */
static void test_differences(void **state)
{
	struct session *session = world(OTHER_LAYOUTS "fork\n");

	(void)state;
	assert_true(differ(session, "low")); /* copied on the left only, as a part of low+high */
	assert_false(differ(session, "high"));
	assert_true(differ(session, "heap"));
	assert_false(differ(session, "code"));
	assert_string_equal(said(session, "expect differ low"), "holds\n");
	assert_string_equal(said(session, "expect same high"), "holds\n");
	assert_says(session, "diff",
		    (const char *[]){"low: left copy because anon_vma, right skip: no clause holds\n"
				     "    left child\n      no entries\n    right child\n      no entries\n",
				     "heap: left copy because anon_vma, right heap[0-3] skip: no clause holds; "
				     "heap[4-7] copy because anon_vma; heap[8-11] skip: no clause holds\n"
				     "    left child\n      4-7 ", "    right child\n      4-7 ", NULL});
	session_free(session);
	/* other layouts, and the same decisions and entries */
	session = world(OTHER_LAYOUTS "touch low\ntouch heap\nfork\n");
	assert_int_not_equal(mm_vma_count(left(session)->parent), mm_vma_count(right(session)->parent));
	assert_string_equal(said(session, "diff"), "the sides are the same\n");
	run(session, "child touch low 0");
	assert_string_equal(said(session, "diff"), "the sides are the same\n");
	session_free(session);
}

static void test_rows(void **state)
{
	struct session *session = world(OTHER_LAYOUTS);
	static const uint64_t starts[] = {0x1000000000, 0x1000008000, 0x1000020000, 0x1000024000,
					  0x1000028000, 0x1000040000, 0x1000044000, 0x1000048000};
	struct machine *machines[SIDES];
	struct side_row row = {0};
	size_t n = 0;

	(void)state;
	session_machines(session, machines);
	for (; rows_next(machines, row.end, &row); n++) {
		struct side_row same;

		assert_true(n < ARRAY_SIZE(starts));
		assert_int_equal(row.start, starts[n]);
		for (int side = 0; side < SIDES; side++)
			assert_ptr_equal(row.vma[side], mm_vma_at(machines[side]->parent, row.start));
		assert_true(rows_at(machines, row.end - 1, &same));
		assert_memory_equal(&same, &row, sizeof(row));
		assert_int_equal(rows_before(machines, row.start, &same), n > 0);
		if (n)
			assert_int_equal(same.start, starts[n - 1]);
	}
	assert_int_equal(n, ARRAY_SIZE(starts));
	assert_false(rows_at(machines, 0x1000010000, &row));
	session_free(session);
}

/* The keys reach each VMA of both sides, forwards and backwards, and go around. */
static void test_looking(void **state)
{
	struct session *session = world(OTHER_LAYOUTS);
	struct machine *machines[SIDES];
	struct side_row row = {0};
	struct ui ui = {0};

	(void)state;
	session_machines(session, machines);
	ui_follow(&ui, session, true);
	while (rows_next(machines, row.end, &row)) {
		assert_int_equal(ui.focus, row.start);
		ui_look(&ui, session, 1);
	}
	assert_int_equal(ui.focus, 0x1000000000);
	ui_look(&ui, session, -1);
	for (uint64_t at = UINT64_MAX; rows_before(machines, at, &row); at = row.start) {
		assert_int_equal(ui.focus, row.start);
		ui_look(&ui, session, -1);
	}
	/* the address in focus is unmapped: there is another */
	run(session, "munmap code");
	ui_follow(&ui, session, false);
	assert_int_equal(ui.focus, 0x1000000000);
	run(session, "munmap *");
	ui_follow(&ui, session, false);
	assert_false(ui.focused);
	ui_deinit(&ui);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_labels_of_many),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_trace_after_a_new_name),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_what_keeps_apart),
		cmocka_unit_test(test_names_of_the_fork),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_looking),
	};

	return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
