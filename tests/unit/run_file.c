/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a file comes to what loading it does, though it forgets what it has carried out. */
#include "support/check.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/world.h"
#include "view/json.h"

typedef bool carry_out(struct session *session, const char *path, struct buf *out,
		       struct vf_error *error);

static void add_piece(void *owner, const char *text, size_t length)
{
	buf_add(owner, text, length);
}

/* What a user sees of it, and all that it came to; the caller frees it. */
static char *result(carry_out *how, const char *path, struct budget_amounts budget)
{
	struct session *session = session_create(false);
	struct buf text = { 0 };
	struct vf_error error;

	session_set_budget(session, budget);
	if (how(session, path, &text, &error)) {
		buf_printf(&text, "%zu passed, %zu failed\n", session_passed(session),
			   session_failed(session));
		assert_true(json_write(session, add_piece, &text, &error));
	} else {
		buf_clear(&text);
		vf_error_print(&error, &text);
	}
	session_free(session);
	return buf_take(&text);
}

static char *write_file(const char *text)
{
	static char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/vmafork-check-%d.vma", (int)getpid());
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_not_equal(fputs(text, file), EOF);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void assert_alike(const char *path)
{
	char *checked = result(session_run_file, path, budget_default);
	char *loaded = result(session_load, path, budget_default);

	assert_string_equal(checked, loaded);
	free(checked);
	free(loaded);
}

static void test_files(void **state)
{
	static const char *const patterns[] = { "scenarios/*.vma", "tests/found/*.vma",
						"tests/upstream/*.vma", "share/lessons/*.vma",
						"share/challenges/*.vma" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		glob_t files;

		assert_int_equal(glob(patterns[i], 0, NULL, &files), 0);
		for (size_t j = 0; j < files.gl_pathc; j++)
			assert_alike(files.gl_pathv[j]);
		globfree(&files);
	}
}

#define BUILT "vma a anon 64K\ntouch a 0-3\nfork\n"

static void test_texts(void **state)
{
	static const char *const texts[] = {
		"",
		"kernel left v6.1\n",
		/* Expectations that fail are counted and reported. */
		BUILT "expect both a skip\nexpect left a copy\nexpect both cost entries 1\n",
		"title \"t\"\n" BUILT "about \"b\"\nsay \"s\"\nask \"q\" \"y\" \"n\" answer 1 \"w\"\n"
		"expect both a copy\n",
		/* Commands that need those before them. */
		BUILT "expect both a skip\nkernel left v6.1\nexpect left a skip\n",
		BUILT "check left src\nexpect left a copy\n",
		BUILT "expect both refused ENOENT madvise a dontneed\n",
		"vma a anon 64K\nexpect both refused EINVAL munmap a 0\nfork\n",
		BUILT "reset\nvma b anon 4K\nfork\nexpect both b skip\n",
		BUILT "predict \"?\" left a ?\nreveal\nexpect both a skip\n",
		"vma a anon 64K\ngoal \"touch it\" left parent a 0 present\nsolution touch a 0\n"
		"expect left parent a 0 present\n",
		"goal \"nothing\" left parent a 0 present\nvma a anon 64K\ntouch a\n",
		BUILT "goto start\nback\nexpect both a skip\n",
		/* Errors: of how a line is written, before those of carrying it out. */
		"vma a anon 64K\ntouch b\n",
		"vma a anon 64K\ntouch b\nfork\ntuoch a\n",
		BUILT "touch b\ncheck left src\ntouch a x\n",
		BUILT "kernel left v6.1\ntouch b\ntouch a x\n",
		"vma a anon 64K\nexpect both b skip\n",
		"madvise a guard-install 0\n",
		"vma a anon 64K\nkernel both v5.14\nmadvise a guard-install 0\n",
		"vma a anon 64K\nmadvise a guard-install 0\nkernel both v5.14\n",
		"vma a anon 64K\nload \"/nonexistent.vma\"\n",
		"vma a anon 64K\n\x01\n",
		"quit\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_alike(write_file(texts[i]));
	unlink(write_file(""));
}

/* Files that load others: each command is forgotten, and files in themselves are refused. */
static void test_loads(void **state)
{
	char outer[64];
	FILE *file;

	(void)state;
	snprintf(outer, sizeof(outer), "/tmp/vmafork-check-%d-outer.vma", (int)getpid());
	file = fopen(outer, "w");
	assert_non_null(file);
	fprintf(file, "load \"%s\"\nexpect both a copy\nload \"%s\"\n", write_file(BUILT), outer);
	assert_int_equal(fclose(file), 0);
	assert_alike(outer);
	file = fopen(outer, "w");
	assert_non_null(file);
	fprintf(file, "load \"%s\"\nexpect both a copy\nopen \"%s\"\nexpect both a skip\n",
		write_file(BUILT), write_file(BUILT));
	assert_int_equal(fclose(file), 0);
	assert_alike(outer);
	unlink(outer);
	unlink(write_file(""));
}

#define HOLDS "20000 passed, 0 failed\n"

/* The memory that 20,000 commands take while they are kept is more than this. */
static void test_memory(void **state)
{
	const struct budget_amounts budget = { .memory = UINT64_C(4) << 20, .seconds = 5 };
	struct buf text = { 0 };
	char *checked, *loaded;

	(void)state;
	buf_puts(&text, "vma a anon 64K\n");
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "touch a %d\nexpect both parent a %d present\n", i % 16, i % 16);
	loaded = result(session_load, write_file(buf_str(&text)), budget);
	checked = result(session_run_file, write_file(buf_str(&text)), budget);
	says(loaded, "out of memory");
	assert_memory_equal(checked, HOLDS "{", strlen(HOLDS "{")); /* nothing before, the JSON behind */
	buf_puts(&text, "kernel left v6.1\n");
	free(checked);
	checked = result(session_run_file, write_file(buf_str(&text)), budget);
	says(checked, "out of memory");
	free(checked);
	free(loaded);
	buf_deinit(&text);
	unlink(write_file(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("check a file", tests, NULL, NULL);
}
