/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said about calls other than fork, and about forks that end without a child. */
#include "support/check.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/world.h"
#include "view/json.h"

#define BEFORE "vma a anon 16p\nvma b shmem 4p\nuffd m event-fork\ntouch a\nfork\n"

static void test_calls(void **state)
{
	static const struct {
		const char *command, *sentence;
	} calls[] = {
		{"mprotect a r 0-3", "the parent calls mprotect on a[0-3]; VMAs split at a 4"},
		{"child madvise a cold 2", "the child calls madvise(MADV_COLD) on a[2]"},
		{"mremap a 4p at 0x30000000 part 4-7", "the parent calls mremap on a[4-7]: it is at 0x30000000 now; VMAs split at a 8"},
		{"clear-refs soft-dirty", "the parent clears its soft-dirty bits"},
		{"child clear-refs soft-dirty", "the child clears its soft-dirty bits"},
		{"madvise a mergeable\nksm a 0 a 1", "ksmd merges a[0-1]"},
		{"reader m off", "the events of the userfaultfd are no longer read"},
		{"flags b +dd", "by hand, the flags of b"},
		{"become child", "the child takes the parent's place: it is the next one to fork"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct session *session = world(BEFORE);

		run(session, calls[i].command);
		assert_string_equal(last_sentence(session), calls[i].sentence);
		session_free(session);
	}
}

static void test_a_fork_that_waits(void **state)
{
	struct session *session = world(BEFORE "register m a wp\nreader m off");
	char *json;

	(void)state;
	assert_string_equal(said(session, "fork"),
			    "left: fork: blocked, it waits until its event is read (reader m on)\n"
			    "right: fork: blocked, it waits until its event is read (reader m on)\n");
	assert_string_equal(last_sentence(session),
			    "dup_userfaultfd_complete: fork waits until its event is read (reader on)");
	says(said(session, "show decision"), "left: fork: blocked");
	json = json_session(session);
	says(json, "\"blocked\":true");
	free(json);
	run(session, "reader m on\nexpect both fork ok");
	assert_int_equal(session_failed(session), 0);
	assert_null(strstr(said(session, "show decision"), "blocked"));
	session_free(session);
}

/* Pages that are not the name's, in neither process of neither side. */
static void test_pages_to_look_at(void **state)
{
	struct session *session = world("vma a anon 16p\ntouch a\nfork\nmunmap a 8-15");

	(void)state;
	says(refused(session, "look a 16"), "a has pages 0 to 15");
	says(refused(session, "why a 99"), "a has pages 0 to 15");
	run(session, "look a 8\nwhy a 15");
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_a_fork_that_waits),
		cmocka_unit_test(test_pages_to_look_at),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("sentences", tests, NULL, NULL);
}
