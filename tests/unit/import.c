/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the mappings of a process are called in the scenario that it becomes, and where they are. */
#include <stdlib.h>
#include <string.h>

#include "import/import_text.h"
#include "language/command.h"
#include "support/check.h"

static struct proc_vma vma(const char *perms, const char *path, uint64_t flags)
{
	struct proc_vma v = {.start = 0x1000, .end = 0x2000, .path = (char *)(uintptr_t)path};

	strcpy(v.perms, perms);
	v.flags = flags;
	return v;
}

static void names_say_what_it_is(void **state)
{
	static const struct {
		const char *perms, *path;
		uint64_t flags;
		const char *name;
	} rows[] = {
		{"r-xp", "/usr/lib/libc.so.6", 0, "libc-text"},
		{"r--p", "/usr/lib/libc.so.6", 0, "libc-rodata"},
		{"r--p", "/usr/lib/libc.so.6", VM_ACCOUNT, "libc-relro"},
		{"rw-p", "/usr/lib/libc.so.6", 0, "libc-data"},
		{"rw-p", NULL, 0, "anon-1"},
		{"rw-p", NULL, 0, "anon-2"},
		{"rw-p", "[heap]", 0, "heap"},
		{"rw-p", "[stack]", 0, "main-stack"},
		{"rw-p", "[anon:glibc: malloc arena]", 0, "glibc--malloc-arena"},
		{"rw-s", "/memfd:ring (deleted)", VM_SHARED, "memfd-ring"},
		{"r-xp", "/opt/libc.so.6", 0, "libc-text-2"},
		{"r-xp", "/x/libfoo.so.1.2 (deleted)", 0, "libfoo-text"},
		{"r--s", "/x/.sources", VM_MAYSHARE, "m-.sources"},
		/* Words of the language, and what is no word at all. */
		{"r--s", "/x/all", VM_MAYSHARE, "all-1"},
		{"r--s", "/x/stack", VM_MAYSHARE, "stack-1"},
		{"r--s", "/x/all-1", VM_MAYSHARE, "all-1-2"},
		{"r--s", "/x/3-5", VM_MAYSHARE, "m-3-5"},
		{"r--s", "/x/\xff\n\" \xe2\x82\xac", VM_MAYSHARE, "m--------"},
		{"r--s", "/", VM_MAYSHARE, "m-"},
	};
	struct import_names *names = import_names_create(false);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proc_vma v = vma(rows[i].perms, rows[i].path, rows[i].flags);

		assert_string_equal(import_name(names, &v, NULL), rows[i].name);
	}
	import_names_free(names);
}

static void bss_is_behind_data(void **state)
{
	struct import_names *names = import_names_create(false);
	struct proc_vma data = vma("rw-p", "/usr/lib/libm.so.6", 0), bss = vma("rw-p", NULL, 0);

	(void)state;
	bss.start = data.end;
	bss.end = data.end + 0x1000;
	assert_string_equal(import_name(names, &bss, &data), "libm-bss");
	bss.start += 0x1000;
	assert_string_equal(import_name(names, &bss, &data), "anon-1");
	import_names_free(names);
}

/* Whatever the files are called: new, valid, and no word of the language. */
static void every_name_can_stand_in_a_file(void **state)
{
	struct import_names *names = import_names_create(false);
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char path[300] = "/";
		size_t length = 1 + next_random(&random) % (i % 100 ? 4 : 250);
		struct proc_vma v = vma("r--s", path, VM_MAYSHARE);
		const char *name;

		for (size_t k = 1; k <= length; k++)
			path[k] = (char)(1 + next_random(&random) % 255);
		name = import_name(names, &v, NULL);
		assert_true(strlen(name) <= 64);
		assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_.-") == strlen(name));
		assert_false(reserved_word(name));
	}
	import_names_free(names);
}

/* What the file and the memory are called is not in an anonymous import; which file is which is. */
static void anonymous_names_tell_nothing(void **state)
{
	static const struct {
		const char *perms, *path, *name, *comment;
	} rows[] = {
		{"r-xp", "/home/me/secret", "file-1-text", "(file 1)"},
		{"r-xp", "/home/me/other", "file-2-text", "(file 2)"},
		{"rw-p", "/home/me/secret", "file-1-data", "(file 1)"},
		{"rw-s", "/memfd:secret (deleted)", "file-3", "(file 3)"},
		{"rw-s", "/memfd:secret (deleted)", "file-3-2", "(file 3)"},
		{"rw-p", "[anon:secret]", "named", "(named by the process)"},
		{"rw-p", "[anon:secret too]", "named-2", "(named by the process)"},
		{"rw-p", "[heap]", "heap", "[heap]"},
		{"rw-p", NULL, "anon-1", "(no name)"},
	};
	struct import_names *names = import_names_create(true);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proc_vma v = vma(rows[i].perms, rows[i].path, 0);
		struct buf comment = {0};

		assert_string_equal(import_name(names, &v, NULL), rows[i].name);
		import_add_path(names, &v, &comment);
		assert_string_equal(buf_str(&comment), rows[i].comment);
		buf_deinit(&comment);
	}
	import_names_free(names);
}

/* --- addresses ---------------------------------------------------------------------------- */

#define PLACED 40

/* VMAs that touch, share tables, reach over the ends of tables of each level, or lie far apart. */
static size_t scatter(struct proc_vma *v, uint32_t *random)
{
	static const unsigned steps[] = {12, 14, 20, 21, 22, 29, 30, 31, 38, 39, 40, 46};
	uint64_t at = 0x10000;
	size_t n = 0;

	while (n < PLACED) {
		uint64_t gap = UINT64_C(1) << steps[next_random(random) % 12], size = UINT64_C(1) << steps[next_random(random) % 12];

		if (next_random(random) % 3)
			at += gap * (next_random(random) % 3) + 0x1000 * (next_random(random) % 700);
		if (next_random(random) % 4 == 0) /* up to, or over, the end of a table */
			at = (at | (gap - 1)) + 1 - 0x1000 * (next_random(random) % 3);
		if (at < (n ? v[n - 1].end : 0x10000))
			at = n ? v[n - 1].end : 0x10000;
		size = next_random(random) % 3 ? 0x1000 * (1 + next_random(random) % 600) : size;
		if (at + size > UINT64_C(1) << 55)
			break;
		v[n++] = (struct proc_vma){.start = at, .end = at + size};
		at += size;
	}
	return n;
}

/* Same relations between neighbors, at each level: then the tables are as many, and shared alike. */
static void fork_makes_the_same_tables(void **state)
{
	static const unsigned shifts[] = {12, 21, 30, 39, 48};
	uint32_t random = 7;

	(void)state;
	for (int trial = 0; trial < 3000; trial++) {
		struct proc_vma v[PLACED];
		struct proc_map map = {.v = v, .n = scatter(v, &random)};
		uint64_t *places = import_places(&map), last = 0, moved = 0;

		for (size_t i = 0; i < map.n; i++) {
			uint64_t size = v[i].end - v[i].start;

			assert_true(places[i] >= 0x10000 && places[i] <= v[i].start);
			assert_true(!i || places[i] > moved);
			assert_true(!i || (v[i].start == last + 1) == (places[i] == moved + 1));
			for (size_t level = 0; level < 5; level++) {
				uint64_t first = v[i].start >> shifts[level], now = places[i] >> shifts[level];

				assert_true(!i || (first == last >> shifts[level]) == (now == moved >> shifts[level]));
				assert_int_equal(((v[i].end - 1) >> shifts[level]) - first,
						 ((places[i] + size - 1) >> shifts[level]) - now);
			}
			assert_int_equal(places[i] & 0x1fffff, v[i].start & 0x1fffff);
			last = v[i].end - 1;
			moved = places[i] + size - 1;
		}
		free(places);
	}
}

/* Where the kernel put a program, a heap and libraries at random is not to be seen. */
static void places_hide_where_it_was(void **state)
{
	uint64_t *places[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint64_t program = i ? 0x55d0c2600000 : 0x563344a00000, heap = program + (i ? 0x1a000000 : 0x2200000);
		uint64_t library = i ? 0x7f12a3200000 : 0x7f33a3600000, stack = i ? 0x7ffd40200000 : 0x7ffe91600000;
		struct proc_vma v[] = {
			{.start = program, .end = program + 0x8000},
			{.start = program + 0x8000, .end = program + 0x400000},
			{.start = heap + 0x5000, .end = heap + 0x100000},
			{.start = library, .end = library + 0x3000},
			{.start = stack + 0x1000, .end = stack + 0x9000},
		};
		struct proc_map map = {.v = v, .n = 5};

		places[i] = import_places(&map);
	}
	assert_memory_equal(places[0], places[1], 5 * sizeof(*places[0]));
	free(places[0]);
	free(places[1]);
}

/* --- tables in which nothing is ------------------------------------------------------------ */

/* What import_empty_tables() prints, one line after the other; *proven is what it returns. */
static char *emptied(struct proc_vma *v, size_t n, const struct import_units *used, uint64_t missing,
		     uint64_t *proven)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	struct import im = {.map = {.v = v, .n = n}};
	struct buf out = {0};

	*proven = import_empty_tables(&im, names, used, missing, &out);
	return buf_take(&out);
}

/* a: units 0-1 and a part of 2; b: the rest of 2, and 3; c: unit 512, under another PMD table. */
static void tables_have_a_place(void **state)
{
	struct proc_vma v[] = {
		{.start = 0x10000000000, .end = 0x10000401000, .perms = "rw-p"},
		{.start = 0x10000401000, .end = 0x10000800000, .perms = "r--s", .path = (char *)"/x", .flags = VM_SHARED},
		{.start = 0x10040000000, .end = 0x10040004000, .perms = "r--p"},
	};
	static const uint64_t unsure[] = {0, 1, 2, 3, 6, 100};
	struct import_units used = {0};
	uint64_t proven;
	char *text;

	(void)state;
	import_units_add(&used, 0x10000200000, 0x10000201000); /* an entry in a's second unit */
	/* a: units 0 and 2; b: 3; c: its own, and a PMD table. */
	text = emptied(v, 3, &used, 5, &proven);
	assert_int_equal(proven, 5);
	assert_non_null(strstr(text, "pte a 0,1024 zero\nmadvise a dontneed 0,1024\n"));
	assert_non_null(strstr(text, "pte b 511 present\nmadvise b dontneed 511\n"));
	assert_non_null(strstr(text, "pte c 0 zero\nmadvise c dontneed 0\n"));
	assert_null(strstr(text, "at least"));
	free(text);
	/* Four: one of them is a's, whatever the others have. */
	text = emptied(v, 3, &used, 4, &proven);
	assert_int_equal(proven, 1);
	assert_non_null(strstr(text, "#   a has at least 1 of 2 possible ones; which cannot be seen:\npte a 0 zero\n"));
	assert_null(strstr(text, "pte b"));
	free(text);
	/* Three may be anywhere; six are not in this memory. */
	for (size_t i = 0; i < sizeof(unsure) / sizeof(unsure[0]); i++) {
		text = emptied(v, 3, &used, unsure[i], &proven);
		assert_int_equal(proven, 0);
		assert_string_equal(text, "");
		free(text);
	}
	/* What was never accessible has none. */
	strcpy(v[2].perms, "---p");
	text = emptied(v, 3, &used, 3, &proven);
	assert_int_equal(proven, 3);
	assert_null(strstr(text, "pte c"));
	free(text);
	/* Locked memory cannot be emptied. */
	v[0].flags = VM_LOCKED;
	text = emptied(v, 3, &used, 3, &proven);
	assert_non_null(strstr(text, "#   tables of a that no command makes, as it is locked: 2\npte b 511 present\n"));
	free(text);
	import_units_deinit(&used);
}

/* A table of [vvar], whose entries are not visible, shows that there are some. */
static void a_table_of_vvar_is_used(void **state)
{
	struct proc_vma v[] = {
		{.start = 0x7fff00000000, .end = 0x7fff00004000, .perms = "r--p", .path = (char *)"[vvar]", .flags = VM_PFNMAP},
	};
	struct import_units used = {0};
	uint64_t proven;
	char *text = emptied(v, 1, &used, 3, &proven); /* PTE, PMD, PUD */

	(void)state;
	assert_int_equal(proven, 3);
	assert_non_null(strstr(text, "pte a 0 present,special\n"));
	assert_null(strstr(text, "dontneed"));
	free(text);
}

/* --- the lines above them -------------------------------------------------------------------- */

/* The heading of a process with one VMA, of that path. */
static char *heading_of(struct import im, const char *path)
{
	struct proc_vma v = vma("r-xp", path, 0);
	struct buf out = {0};

	im.map = (struct proc_map){.v = &v, .n = 1};
	im.pid = im.reader = 7;
	im.user = -1;
	im.attempts = 1;
	import_heading(&im, &out);
	return buf_take(&out);
}

/* Uprobes, debuggers and userfaultfds leave anon_vmas that nothing shows; an area of uprobes hints. */
static void what_leaves_no_trace_is_named(void **state)
{
	char *text = heading_of((struct import){.tables = -1}, "/usr/lib/libc.so.6");

	(void)state;
	assert_non_null(strstr(text, "What leaves no trace: pages that were written\n"));
	assert_non_null(strstr(text, "a debugger's store or a uprobe that was removed"));
	assert_non_null(strstr(text, "userfaultfd filled in"));
	assert_null(strstr(text, "[uprobes]"));
	free(text);
	text = heading_of((struct import){.tables = -1}, "[uprobes]");
	assert_non_null(strstr(text, "# It has a [uprobes] area: text in which a probe was set has an anon_vma"));
	free(text);
}

/* VmPin counts pins whose place is not known, and those of rings, whose place is. */
static void pins_that_cannot_be_seen_are_counted(void **state)
{
	char *none = heading_of((struct import){.tables = -1}, "/a");
	char *all = heading_of((struct import){.tables = -1, .pinned = 256, .sum = {.pinned = 256}}, "/a");
	char *some = heading_of((struct import){.tables = -1, .pinned = 300, .sum = {.pinned = 256}}, "/a");

	(void)state;
	assert_non_null(strstr(none, "# Pins that VmPin does not count cannot be seen"));
	assert_non_null(strstr(all, "# Pinned pages (fixed buffers of an io_uring): 256\n"));
	assert_null(strstr(all, "cannot be seen. fork copies\n"));
	assert_non_null(strstr(some, "# VmPin counts 300 pinned pages; which the others are cannot be seen."));
	free(none);
	free(all);
	free(some);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_say_what_it_is),
		cmocka_unit_test(bss_is_behind_data),
		cmocka_unit_test(every_name_can_stand_in_a_file),
		cmocka_unit_test(anonymous_names_tell_nothing),
		cmocka_unit_test(fork_makes_the_same_tables),
		cmocka_unit_test(places_hide_where_it_was),
		cmocka_unit_test(tables_have_a_place),
		cmocka_unit_test(a_table_of_vvar_is_used),
		cmocka_unit_test(what_leaves_no_trace_is_named),
		cmocka_unit_test(pins_that_cannot_be_seen_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
