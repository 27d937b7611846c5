/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children that use their parent's memory: who may act meanwhile, what it says, and time. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/world.h"

#define BEFORE "vma a anon 8p\ntouch a 0-3\n"

static void test_a_vfork_child_lives(void **state)
{
	struct session *session = world(BEFORE "vfork");

	(void)state;
	says(refused(session, "touch a 0"), "the parent waits until its vfork child exits");
	says(refused(session, "parent munmap a"), "the parent waits");
	says(refused(session, "fork"), "the parent waits");
	says(refused(session, "parent exit"), "the parent waits");
	run(session, "child touch a 4\nchild exit\ntouch a 5");
	assert_string_equal(parent_pte(session, "a", 4), parent_pte(session, "a", 5));
	says(refused(session, "child touch a 0"), "the child has exited or called exec");
	session_free(session);
}

static void test_a_child_of_a_borrower(void **state)
{
	struct session *session = world(BEFORE "vfork\nbecome child\ntouch a 4\nfork");

	(void)state;
	assert_ptr_not_equal(left(session)->child, left(session)->parent);
	run(session, "child touch a 0\nexpect both cost cow-copies 1\nexpect both a copy");
	assert_int_equal(session_failed(session), 0);
	session_free(session);
}

static void test_a_parent_that_exits(void **state)
{
	struct session *session = world(BEFORE "clone-vm");

	(void)state;
	says(refused(session, "parent exit"), "not modelled");
	run(session, "child exit\nparent exit");
	says(refused(session, "touch a"), "the parent has exited");
	says(refused(session, "fork"), "the parent has exited");
	session_free(session);
}

static void test_nothing_is_decided(void **state)
{
	static const char *const kinds[] = {"vfork", "posix_spawn", "clone-vm"};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct session *session = world(BEFORE);

		run(session, kinds[i]);
		says(said(session, "expect both a copy"), "decides nothing and copies nothing");
		says(said(session, "show cost"), kinds[i]);
		says(said(session, "show decision"), kinds[i]);
		says(said(session, "explain a"), kinds[i]);
		session_free(session);
	}
}

/* Both have one memory; who has acted is told apart all the same. */
static void test_who_acts(void **state)
{
	static const struct {
		const char *call, *page, *done;
	} calls[] = {
		{"touch a 4", "a 4", "the %s writes a page 4"},
		{"mlock a 4", "a 4", "the %s writes a page 4"},
		{"madvise a populate-write 4", "a 4", "the %s writes a page 4"},
		{"pin a 4", "a 4", "the %s writes a page 4"},
		{"pin a 4 read", "a 4", "the %s reads a page 4"},
		{"poke a 4", "a 4", "the %s writes a page 4"},
		{"madvise k unmergeable", "k 0", "the %s writes k page 0"},
	};
	static const char *const who[] = {"parent", "child"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		for (size_t j = 0; j < 2; j++) {
			/* A kernel that unmerges by writing. */
			struct session *session = world("kernel both v6.1\n" BEFORE
							"vma k anon 2p\nmadvise k mergeable\ntouch k\n"
							"ksm k all\nclone-vm");
			char line[64], done[64];

			snprintf(line, sizeof(line), "%s %s", who[j], calls[i].call);
			run(session, line);
			snprintf(line, sizeof(line), "why %s", calls[i].page);
			snprintf(done, sizeof(done), calls[i].done, who[j]);
			says(said(session, line), done);
			session_free(session);
		}
}

static void test_a_shared_userfaultfd(void **state)
{
	struct session *session = world(BEFORE "uffd u\nregister u a wp\nclone-vm");
	const char *text = said(session, "show uffd");

	(void)state;
	says(text, "  u: no features\n    parent: a VM_UFFD_WP (u)\nright:");
	assert_null(strstr(text, "child"));
	session_free(session);
}

/* Back to the start and forward again: the same at each end. */
static void test_time(void **state)
{
	struct session *session =
		world(BEFORE "clone-vm\nchild touch a 4\nchild exit\nvfork\nchild munmap a 0\nchild exec\n"
			     "posix_spawn\nfork\nchild touch a 2");
	struct machine *m = left(session);
	char *before = machine_dump(m), *after;

	(void)state;
	machine_seek(m, 0, 0);
	assert_null(m->child);
	machine_seek(m, 1, 0);
	assert_ptr_equal(m->child, m->parent);
	machine_seek_end(m);
	after = machine_dump(m);
	assert_string_equal(before, after);
	free(before);
	free(after);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_vfork_child_lives), cmocka_unit_test(test_a_child_of_a_borrower),
		cmocka_unit_test(test_a_parent_that_exits), cmocka_unit_test(test_nothing_is_decided),
		cmocka_unit_test(test_who_acts), cmocka_unit_test(test_a_shared_userfaultfd),
		cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
