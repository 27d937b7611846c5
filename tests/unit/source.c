/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places of functions, and which files of a source tree may be read. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernels/source_tree.h"
#include "report/source_place.h"
#include "support/world.h"

/* --- places ---------------------------------------------------------------------------- */

static void assert_place(const char *text, const char *file, unsigned line)
{
	struct source_place place = {.line = 77};

	if (!file) {
		assert_false(place_parse(text, &place));
		assert_int_equal(place.line, 77);
		return;
	}
	assert_true(place_parse(text, &place));
	assert_string_equal(place.file, file);
	assert_int_equal(place.line, line);
}

static void test_places(void **state)
{
	struct source_place place;
	char longer[400];

	(void)state;
	assert_place("mm/memory.c:1225", "mm/memory.c", 1225);
	assert_place("7.3 mm/memory.c:1563-1586", "mm/memory.c", 1563);
	assert_true(place_parse("7.3 mm/memory.c:1563-1586", &place));
	assert_string_equal(place.version, "7.3");
	assert_true(place_parse("mm/memory.c:5", &place));
	assert_string_equal(place.version, "");
	assert_false(place_parse("a version that is none at all mm/memory.c:5", &place));
	assert_place("a.c:1", "a.c", 1);
	assert_place("mm/..odd/.h.c:1", "mm/..odd/.h.c", 1);
	assert_place("ab04b530e7e8 mm/memory.c vma_needs_copy", NULL, 0);
	assert_place("mm/memory.c, copy_page_range, inline", NULL, 0);
	assert_place("", NULL, 0);
	assert_place(":5", NULL, 0);
	assert_place("mm/memory.c:", NULL, 0);
	assert_place("mm/memory.c:0", NULL, 0);
	assert_place("mm/memory.c:12x", NULL, 0);
	assert_place("mm/memory.c:99999999999999999999", NULL, 0);
	assert_place("/etc/passwd:1", NULL, 0);
	assert_place("../etc/passwd:1", NULL, 0);
	assert_place("mm/../../etc/passwd:1", NULL, 0);
	assert_place("mm/..:1", NULL, 0);
	assert_place("./mm/memory.c:1", NULL, 0);
	assert_place("mm//memory.c:1", NULL, 0);
	assert_place("mm/:1", NULL, 0);
	memset(longer, 'a', sizeof(longer));
	memcpy(longer + sizeof(longer) - 3, ":1", 3);
	assert_place(longer, NULL, 0);
}

/* --- a tree ------------------------------------------------------------------------------ */

static char tree_folder[] = "/tmp/vmafork-tree-XXXXXX";

static char *below(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", tree_folder, name);
	return path;
}

static void write_text(const char *name, const char *text)
{
	FILE *file = fopen(below(name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void assert_unreadable(struct source_tree *tree, const char *file, const char *why)
{
	const char *text = source_text(tree, file);

	assert_null(text);
	if (!strstr(tree->why, why))
		print_error("%s: %s\n", file, tree->why);
	assert_non_null(strstr(tree->why, why));
}

static void test_tree(void **state)
{
	struct source_tree *tree;
	size_t length;
	const char *text, *line;

	(void)state;
	assert_non_null(mkdtemp(tree_folder));
	mkdir(below("root"), 0755);
	mkdir(below("root/mm"), 0755);
	write_text("secret", "secret\n");
	write_text("root/mm/memory.c", "one\n\nthree\nfour");
	assert_int_equal(symlink("../../secret", below("root/mm/link.c")), 0);
	assert_int_equal(symlink("..", below("root/up")), 0);
	assert_int_equal(mkfifo(below("root/mm/pipe.c"), 0644), 0);
	write_text("root/mm/huge.c", "");
	assert_int_equal(truncate(below("root/mm/huge.c"), 5 << 20), 0);

	tree = source_open(below("root"));
	text = source_text(tree, "mm/memory.c");
	assert_non_null(text);
	assert_ptr_equal(text, source_text(tree, "mm/memory.c"));
	line = source_line(text, 1, &length);
	assert_true(length == 3 && !memcmp(line, "one", 3));
	assert_non_null(source_line(text, 2, &length));
	assert_int_equal(length, 0);
	line = source_line(text, 4, &length);
	assert_true(length == 4 && !memcmp(line, "four", 4));
	assert_null(source_line(text, 5, &length));
	assert_null(source_line(text, 4000000000u, &length));

	assert_unreadable(tree, "mm/nowhere.c", "No such file");
	assert_unreadable(tree, "mm/link.c", "link");
	assert_unreadable(tree, "up/secret", "");
	assert_unreadable(tree, "../secret", "");
	assert_unreadable(tree, "mm/../../secret", "");
	assert_unreadable(tree, "/etc/passwd", "");
	assert_unreadable(tree, "mm", "not a regular file");
	assert_unreadable(tree, "mm/pipe.c", "not a regular file");
	assert_unreadable(tree, "mm/huge.c", "4 MiB");
	assert_unreadable(tree, "", "");
	source_close(tree);
	tree = source_open(below("nowhere"));
	assert_unreadable(tree, "mm/memory.c", "No such file");
	source_close(tree);

	unlink(below("root/mm/memory.c"));
	unlink(below("root/mm/link.c"));
	unlink(below("root/mm/pipe.c"));
	unlink(below("root/mm/huge.c"));
	unlink(below("root/up"));
	unlink(below("secret"));
	rmdir(below("root/mm"));
	rmdir(below("root"));
	rmdir(tree_folder);
}

/* --- the command, and profiles ---------------------------------------------------------------- */

#define OTHER "tests/../tests/data/tree"

static void test_command(void **state)
{
	struct session *session = world("");

	(void)state;
	assert_null(session_source(session, LEFT));
	run(session, "set source tests/data/tree");
	assert_non_null(session_source(session, LEFT));
	run(session, "set source right " OTHER);
	assert_string_equal(session_source(session, LEFT)->folder, "tests/data/tree");
	assert_string_equal(session_source(session, RIGHT)->folder, OTHER);
	run(session, "undo");
	assert_string_equal(session_source(session, RIGHT)->folder, "tests/data/tree");
	run(session, "undo");
	assert_null(session_source(session, RIGHT));
	assert_non_null(strstr(refused(session, "set source nowhere"), "no such folder: nowhere"));
	assert_non_null(strstr(refused(session, "set source left"), "folder of a kernel's source"));
	assert_non_null(strstr(refused(session, "set source README.md"), "README.md is not a folder"));
	assert_non_null(strstr(refused(session, "set source tests"), "tests has no mm/memory.c"));
	assert_non_null(strstr(refused(session, "set source up tests"), "unexpected word"));
	assert_non_null(strstr(refused(session, "set source left " OTHER " tests"), "unexpected word"));
	/* off, and back */
	run(session, "set source " OTHER "\nset source right off");
	assert_non_null(session_source(session, LEFT));
	assert_null(session_source(session, RIGHT));
	run(session, "set source off");
	assert_null(session_source(session, LEFT));
	run(session, "undo");
	assert_non_null(session_source(session, LEFT));
	assert_non_null(strstr(refused(session, "kernel live"), "kernel left live"));
	run(session, "undo 2");
	assert_null(session_source(session, LEFT));
	run(session, "set so " OTHER); /* short for one of two rows that begin alike */
	assert_non_null(session_source(session, LEFT));
	run(session, "reset\nset thp always");
	assert_null(session_source(session, LEFT));
	session_free(session);
}

/* The lines of 6.12 are not those of 6.13, nor of an unknown kernel. */
static void test_whose_lines(void **state)
{
	static const struct {
		const char *kernel, *place;
		bool has;
	} rows[] = {
		{"v6.12", "6.12 mm/memory.c:5", true},
		{"v6.12.107", "6.12 mm/memory.c:5", true},
		{"6.12-rc3", "v6.12.1 mm/memory.c:5", true},
		{"v6.13", "6.12 mm/memory.c:5", false},
		{"v9.9", "7.3 mm/memory.c:5", false},
		{"v7.3", "ab04b530e7e8 mm/memory.c:5", false},
		{"tests/data/lines.kernel", "mm/memory.c:5", true},
		{"tests/data/lines.kernel", "7.3 mm/memory.c:5", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct session *session = world("");
		struct source_place place;
		char line[100];

		snprintf(line, sizeof(line), "kernel left %s", rows[i].kernel);
		run(session, line);
		assert_true(place_parse(rows[i].place, &place));
		assert_int_equal(source_has(left(session)->kernel, &place), rows[i].has);
		session_free(session);
	}
}

/* Reports which command has line numbers when they are missing. */
static void test_no_lines(void **state)
{
	struct session *session = world("kernel right tests/data/lines.kernel");
	const char *all = said(session, "set source tests/data/tree");

	(void)state;
	assert_non_null(strstr(all, "left: v7.3 has no line numbers"));
	assert_non_null(strstr(all, "kernel left vmlinux:IMAGE"));
	assert_null(strstr(all, "right"));
	session_free(session);
}

static void test_profile_lines(void **state)
{
	struct session *session = world("kernel both tests/data/lines.kernel");
	const struct kernel *kernel = left(session)->kernel;
	struct source_place place;

	(void)state;
	assert_string_equal(kernel_line(kernel, "copy_pte_range"), "mm/memory.c:16");
	assert_null(kernel_line(kernel, "copy_p4d_range"));
	assert_non_null(strstr(said(session, "kernel show tests/data/lines.kernel"),
			       "copy_pte_range           mm/memory.c:16\n"));
	run(session, "vma m anon 4K\nvma n shmem 4K\ntouch m\nfork");
	for (size_t i = 0; i < left(session)->event_count; i++) {
		const struct event *e = machine_event(left(session), i);
		bool placed = event_place(left(session), e, &place);

		if (e->kind == EVENT_DECIDE) { /* the test that was true, or the function */
			assert_true(placed);
			assert_int_equal(place.line, !strcmp(vma_name(e->src), "m") ? 10 : 4);
		} else if (e->kind == EVENT_ENTRY) {
			assert_true(placed);
			assert_int_equal(place.line, 16);
		} else if (e->kind == EVENT_VMA) {
			assert_false(placed);
		}
	}
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_whose_lines),
		cmocka_unit_test(test_no_lines),
		cmocka_unit_test(test_profile_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
