/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits: calls that fail at them, and forks that fail on one side only. */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include "session/session.h"
#include "support/world.h"
#include "view/json.h"

/* From 6.12 on memory that was never written is no longer promised once it cannot be. */
#define ONE_FAILS                                                                                   \
	"kernel left v6.1\nvma a anon 64p\nvma b anon 64p\nmprotect b r\ntouch a 0-3\nlimit commit 200p\n"

static void test_one_side_fails(void **state)
{
	struct session *session = world(ONE_FAILS);
	char *json;

	(void)state;
	says(said(session, "fork"), "left: fork: ENOMEM at b");
	run(session, "expect left fork ENOMEM\nexpect right fork ok");
	assert_null(left(session)->child);
	run(session, "child touch a 0\nexpect right cost cow-copies 1\nexpect left cost cow-copies 0");
	/* Without the child's copy the parent's store needs none. */
	run(session, "parent touch a 1\nexpect left cost cow-copies 0\nexpect left parent a 1 present,write");
	assert_int_equal(session_failed(session), 0);
	says(said(session, "show decision"), "ENOMEM at b");
	says(said(session, "explain b"), "the last fork failed with ENOMEM");
	json = json_session(session);
	says(json, "\"error\":\"ENOMEM\",\"at\":\"0x");
	free(json);
	/* Built anew on that side, and taken back. */
	run(session, "check left src\ncheck left dst\nundo 3\nredo 3");
	assert_null(left(session)->child);
	run(session, "expect right cost cow-copies 2");
	assert_int_equal(session_failed(session), 0);
	session_free(session);
}

static void test_both_sides_fail(void **state)
{
	struct session *session = world("vma a anon 64p\ntouch a\nlimit commit 100p\nfork");

	(void)state;
	assert_string_equal(last_sentence(session),
			    "fork fails with ENOMEM at a: the child is freed; changes to the parent's entries remain");
	says(refused(session, "child touch a"), "there is no child: the last fork failed");
	/* The child of an earlier fork is still the newest. */
	run(session, "limit commit 130p\nfork\nchild touch a 0\nfork\nexpect both fork ENOMEM\nchild touch a 1");
	assert_int_equal(session_failed(session), 0);
	session_free(session);
}

static void test_a_vma_that_is_cut(void **state)
{
	struct session *session = world("vma a anon 16p\nlimit vmas 2");

	(void)state;
	says(refused(session, "mprotect a r 4-7"), "ENOMEM");
	says(refused(session, "mprotect a r 4-7"), "the kernel has cut the VMA once");
	says(refused(session, "madvise a dontfork 4-7"), "EAGAIN");
	run(session, "mprotect a r 0-7");
	says(refused(session, "mprotect a r 10-11"), "ENOMEM");
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_side_fails),
		cmocka_unit_test(test_both_sides_fail),
		cmocka_unit_test(test_a_vma_that_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
