/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the mappings of a process are called in the scenario that it becomes. */
#include <string.h>

#include "import/import_private.h"
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
	struct import_names *names = import_names_create();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proc_vma v = vma(rows[i].perms, rows[i].path, rows[i].flags);

		assert_string_equal(import_name(names, &v, NULL), rows[i].name);
	}
	import_names_free(names);
}

static void bss_is_behind_data(void **state)
{
	struct import_names *names = import_names_create();
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
	struct import_names *names = import_names_create();
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_say_what_it_is),
		cmocka_unit_test(bss_is_behind_data),
		cmocka_unit_test(every_name_can_stand_in_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
