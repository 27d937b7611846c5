/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Playing a file: what load takes can be played, and what goes wrong on the way changes nothing. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/world.h"

/* v5.14 has no guard regions: only the kernel after it carries the set-up out. */
static const char two_kernels[] = "vma a anon 16K\n"
				  "madvise a guard-install 0\n"
				  "fork\n"
				  "kernel left v5.14\n"
				  "kernel left v7.3\n"
				  "touch a 1\n";

static void write_scenario(const char *text, char *path, size_t size)
{
	FILE *file;

	snprintf(path, size, "/tmp/vmafork-script-%d.vma", (int)getpid());
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_not_equal(fputs(text, file), EOF);
	assert_int_equal(fclose(file), 0);
}

static struct script *script_of(const char *text)
{
	struct script *script;
	struct vf_error error;
	char path[64];

	write_scenario(text, path, sizeof(path));
	script = script_open(path, budget_default, &error);
	unlink(path); /* it is not read again */
	assert_non_null(script);
	return script;
}

static bool next(struct script *script, struct session *session, enum request *request)
{
	struct buf out = { 0 };
	struct vf_error error;
	bool ok = script_step(script, session, &out, request, &error);

	buf_deinit(&out);
	return ok;
}

static void play(struct script *script, struct session *session)
{
	enum request request;

	while (script_peek(script))
		assert_true(next(script, session, &request));
}

static char *loaded(const char *text, size_t *passed)
{
	struct session *session = session_create(false);
	struct buf out = { 0 };
	struct vf_error error;
	char path[64], *dump;

	write_scenario(text, path, sizeof(path));
	assert_true(session_load(session, path, &out, &error));
	unlink(path);
	dump = session_dump(session);
	*passed = session_passed(session);
	buf_deinit(&out);
	session_free(session);
	return dump;
}

static void test_what_load_takes_can_be_played(void **state)
{
	static const char *const texts[] = {
		two_kernels,
		"vma a anon 16K\nmadvise a guard-install 0\nkernel left v5.14\nundo\nfork\n",
		"vma a anon 16K\nmadvise a guard-install 0\nkernel left v5.14\nreset\nvma b anon 4K\n",
		"vma a anon 4K\nfork\nexpect both a skip\nundo\n",
		"vma a anon 4K\nfork\nexpect both a skip\nreset\n",
		"vma a anon 4K\nquit\nfork\n",
		"vma a anon 4K\nkernel left v6.1\nquit\nfork\n",
		"vma a anon 400p\ntouch a 0,2,4,6\nreset\nvma b anon 4K\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct session *session = session_create(false);
		struct script *script = script_of(texts[i]);
		size_t passed;
		char *want = loaded(texts[i], &passed), *got;

		print_message("%s\n", texts[i]);
		play(script, session);
		got = session_dump(session);
		assert_string_equal(got, want);
		assert_int_equal(session_passed(session), passed);
		free(got);
		free(want);
		script_close(script);
		session_free(session);
	}
}

/* Whoever watches sees each kernel that can be shown, with steps that are its own. */
static void test_what_is_seen_between(void **state)
{
	struct session *session = session_create(true);
	struct script *script = script_of(two_kernels);
	enum request request;

	(void)state;
	while (script_peek(script)) {
		const struct timeline *timeline;

		assert_true(next(script, session, &request));
		timeline = session_timeline(session);
		session_seek(session, SIZE_MAX, 0);
		for (size_t i = 0; i < timeline->count; i++)
			for (int side = 0; side < SIDES; side++)
				assert_true(timeline_slot(timeline, i).event[side] == NO_EVENT ||
					    timeline_slot(timeline, i).event[side] <
						    session_machine(session, side)->event_count);
		assert_string_equal(left(session)->kernel->profile, "v7.3");
	}
	script_close(script);
	session_free(session);
}

/* Somebody types in between: the story does not fit any more. */
static void test_a_step_that_fails(void **state)
{
	struct session *session = session_create(false);
	struct script *script = script_of("vma a anon 16K\nvma b anon 4K\nfork\n");
	enum request request;
	char *before, *after;

	(void)state;
	assert_true(next(script, session, &request));
	run(session, "vma b shmem 16K");
	before = session_dump(session);
	for (int i = 0; i < 2; i++) {
		assert_false(next(script, session, &request));
		assert_string_equal(script_peek(script), "vma b anon 4K");
	}
	after = session_dump(session);
	assert_string_equal(before, after);
	free(before);
	free(after);
	run(session, "undo"); /* that is as it should be again */
	play(script, session);
	script_close(script);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_load_takes_can_be_played),
		cmocka_unit_test(test_what_is_seen_between),
		cmocka_unit_test(test_a_step_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
