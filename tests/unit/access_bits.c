/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A processor that leaves young and dirty to the kernel: what is said about it. What it costs is
 * in tests/found/software-bits-*.vma.
 */
#include <string.h>

#include "model/events.h"
#include "report/explain.h"
#include "support/check.h"
#include "support/world.h"

#define SOFTWARE "set machine aarch64\nset access-bits software\n"
#define OLD "the child's entries are old, and its first touch of each is a fault"
#define MARKED "The copied entries are old, and the kernel marks them young, not this processor"

static void what_is_marked(void **state)
{
	struct session *session = world(SOFTWARE "vma a anon 2M\ntouch a\nfork\nchild touch a read");

	(void)state;
	assert_string_equal(last_sentence(session),
			    "the child reads a pages 0-511: marked young by the kernel, not by this processor (512 faults)");
	session_free(session);
	session = world(SOFTWARE "kernel both v6.12\nvma s shmem 4p\nfork\ntouch s read\ntouch s");
	assert_string_equal(last_sentence(session),
			    "the parent writes s pages 0-3: marked dirty by the kernel, not by this processor (4 faults)");
	run(session, "madvise s cold\ntouch s\nvma t anon 4p\ntouch t\nmadvise t free\ntouch t");
	assert_string_equal(last_sentence(session),
			    "the parent writes t pages 0-3: marked young and dirty by the kernel, not by this processor (4 faults)");
	session_free(session);
}

/* The function that runs last. */
static const char *innermost(const struct session *session)
{
	const struct machine *m = left(session);
	const char *chain[10];
	size_t n = explain_call_chain(machine_event(m, m->event_count - 1), chain);

	assert_string_equal(chain[0], "do_mem_abort");
	return chain[n - 1];
}

static void who_marks_it(void **state)
{
	struct session *session = world(SOFTWARE "vma a anon 2M\nmadvise a hugepage\nvma b anon 4p\n"
						 "touch a\ntouch b\nfork\nchild touch b read");

	(void)state;
	assert_string_equal(innermost(session), "ptep_set_access_flags");
	run(session, "child touch a read");
	assert_string_equal(innermost(session), "huge_pmd_set_accessed");
	run(session, "child touch a 0");
	assert_string_equal(innermost(session), "handle_mm_fault");
	session_free(session);
}

/* In explain, why and show cost; not where the processor does it. */
static void what_it_costs(void **state)
{
	static const char lines[] = "uffd u wp-async\nvma a anon 4p\nvma s shmem 4p\ntouch a\ntouch s\n"
				    "register u s wp\ncheck right src\nfork";
	struct session *session = world(SOFTWARE "uffd u wp-async\nvma a anon 4p\nvma s shmem 4p\ntouch a\n"
						 "touch s\nregister u s wp\ncheck left dst\ncheck right src\nfork");

	(void)state;
	says(said(session, "explain a"), MARKED);
	says(said(session, "explain s"), MARKED);
	says(said(session, "why a 0"), OLD);
	says(said(session, "show cost"), "the first touch of each costs a fault");
	session_free(session);
	session = world(lines);
	assert_null(strstr(said(session, "explain a"), MARKED));
	assert_null(strstr(said(session, "why a 0"), OLD));
	assert_null(strstr(said(session, "show cost"), "the first touch of each"));
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_marked),
		cmocka_unit_test(who_marks_it),
		cmocka_unit_test(what_it_costs),
	};

	return cmocka_run_group_tests_name("access_bits", tests, NULL, NULL);
}
