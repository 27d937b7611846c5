/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain without NAME, once for both sides, and deeper when asked again. */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/profile.h"
#include "report/explain.h"
#include "report/text.h"
#include "support/world.h"

static const char no_more[] = "There is no more to say about it at this step.\n";

/* --- which VMA ---------------------------------------------------------------------------- */

static void test_what_is_shown(void **state)
{
	struct session *session =
		world("kernel both v7.3\nvma heap anon 64K\ntouch heap\nvma quiet file 64K\n");

	(void)state;
	says(refused(session, "explain"), "there are no steps yet");
	run(session, "fork");
	says(refused(session, "explain"), "this step is about no VMA");
	says(refused(session, "explain"), "explain heap");
	run(session, "goto 3"); /* the VMA of the step */
	says(said(session, "explain"), "both: heap on v7.3 (check dst): copy because anon_vma. ");
	run(session, "goto end\nback");
	says(said(session, "explain"), "both: quiet on v7.3 (check dst): skip: no clause holds. ");
	/* a screen shows another one */
	session_set_focus(session, true, mm_first(left(session)->parent)->start + 4096);
	says(said(session, "explain"), "both: heap on v7.3 (check dst): copy because anon_vma. ");
	says(said(session, "explain quiet"), "both: quiet");
	session_set_focus(session, false, 0);
	says(said(session, "explain"), "both: quiet");
	session_free(session);
}

/* Of a touch it is the VMA that was touched; of several forks the one of this step. */
static void test_of_that_time(void **state)
{
	struct session *session = world("kernel both v7.3\nvma heap shmem 64K\ntouch heap\nfork\n"
					"madvise heap dontfork\nfork\ntouch heap 1\n");

	(void)state;
	says(said(session, "explain heap"),
	     "both: heap on v7.3 (check dst): dontcopy because VM_DONTCOPY. ");
	run(session, "goto 2");
	says(said(session, "explain"), "both: heap on v7.3 (check dst): skip: no clause holds. ");
	session_free(session);
}

/* --- once for both ------------------------------------------------------------------------ */

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_once_for_both(void **state)
{
	struct session *session = world("kernel left v6.18\nkernel right v6.19-rc1\nuffd u\n"
					"vma shm shmem 64K\ntouch shm\nregister u shm wp\n"
					"vma heap anon 64K\ntouch heap\nfork\n");

	(void)state;
	assert_string_equal(
		said(session, "explain heap"),
		"both: heap on v6.18 (check dst) and v6.19-rc1 (check src): copy because "
		"anon_vma. The parent's VMA has an anon_vma: it may hold anonymous pages, which only "
		"the page tables record.\n");
	says(said(session, "explain shm"), "left: shm on v6.18 (check dst): skip");
	run(session, "explain heap"); /* asked about another one in between: from the beginning */
	says(said(session, "explain shm"),
	     "right: shm on v6.19-rc1 (check src): copy because VM_UFFD_WP. ");
	assert_int_equal(lines(said(session, "explain shm")), 2); /* the deeper ones differ, too */
	run(session, "check right dst");
	assert_int_equal(lines(said(session, "explain shm")), 1);
	session_free(session);
}

/* --- asked again -------------------------------------------------------------------------- */

static void test_asked_again(void **state)
{
	struct session *session = world(
		"kernel both v7.3\nvma heap anon 64K\ntouch heap\nvma quiet file 64K\nfork\n");

	(void)state;
	says(said(session, "explain heap"), "copy because anon_vma. ");
	says(said(session, "explain heap"),
	     "both: heap on v7.3 (check dst): Anonymous pages are nowhere else: ");
	assert_string_equal(said(session, "explain heap"), no_more);
	assert_string_equal(said(session, "explain heap"), no_more);
	/* another VMA, another step, another state: from the beginning */
	says(said(session, "explain quiet"), "skip: no clause holds. ");
	says(said(session, "explain heap"), "copy because anon_vma. ");
	run(session, "back");
	says(said(session, "explain heap"), "copy because anon_vma. ");
	run(session, "goto end\nexplain heap\nchild touch heap 0");
	says(said(session, "explain heap"), "copy because anon_vma. ");
	run(session, "undo");
	says(said(session, "explain heap"), "copy because anon_vma. ");
	/* looking at something else is none of them */
	run(session, "show vmas\nlook quiet\ndiff");
	says(said(session, "explain heap"), "Anonymous pages are nowhere else: ");
	/* the same VMA, whatever it is called by */
	session_set_focus(session, true, mm_first(left(session)->parent)->start);
	assert_string_equal(said(session, "explain"), no_more);
	session_free(session);
}

static void test_nothing_decided(void **state)
{
	struct session *session = world(
		"kernel both v7.3\nvma a anon 64K at 0x1000000000\n"
		"vma b file 64K at 0x2000000000\n");

	(void)state;
	assert_string_equal(said(session, "explain a"), "both: no fork yet\n");
	assert_string_equal(said(session, "explain b"), "both: no fork yet\n");
	assert_string_equal(said(session, "explain b"), no_more);
	run(session, "fork\nvma c anon 64K\nvma d anon 64K");
	assert_string_equal(said(session, "explain c"), "both: the last fork had no such VMA\n");
	assert_string_equal(said(session, "explain d"), "both: the last fork had no such VMA\n");
	assert_string_equal(said(session, "explain d"), no_more);
	session_free(session);
}

/* --- the sentences ------------------------------------------------------------------------ */

/* What is decided on that kernel (the left side's), and the next "why". */
static const struct {
	const char *kernel, *commands, *decision, *deeper;
} reasons[] = {
	{"v5.12", "vma m anon 64K\ntouch m\n", "copy because anon_vma",
	 "Anonymous pages are nowhere else: "},
	{"v7.3", "vma m anon 64K\ntouch m\n", "copy because anon_vma",
	 "Anonymous pages are nowhere else: "},
	{"v6.15", "vma m shmem 64K\nmadvise m guard-install 0\n", "copy because anon_vma",
	 "A shared mapping has no anonymous pages. On this kernel MADV_GUARD_INSTALL creates"},
	{"v6.15", "vma m anon 64K\nmadvise m guard-install 0\n", "copy because anon_vma",
	 "Anonymous pages are nowhere else: "},
	{"v6.19-rc7", "vma m shmem 64K\nmadvise m guard-install 0\n", "copy because VM_MAYBE_GUARD",
	 "A guard region is a marker in the page table"},
	{"v6.12", "uffd u event-fork\nvma m shmem 64K\ntouch m\nregister u m wp\n",
	 "copy because VM_UFFD_WP", "The uffd-wp bits and markers are in page tables only. "},
	{"v6.19-rc1", "uffd u\nvma m shmem 64K\ntouch m\nregister u m wp\n",
	 "copy because VM_UFFD_WP",
	 "The clause looks at the parent's VMA, which dup_userfaultfd does not change. "},
	{"v6.19-rc1", "uffd u event-fork\nvma m shmem 64K\ntouch m\nregister u m wp\n",
	 "copy because VM_UFFD_WP", "The uffd-wp bits and markers are in page tables only. "},
	{"v7.3", "uffd u rwp event-fork\nvma m shmem 64K\ntouch m\nregister u m rwp\n",
	 "copy because VM_UFFD_RWP", "The protection is in page tables only. "},
	{"v6.12", "vma m pfnmap 64K\n", "copy because VM_PFNMAP",
	 "The entries hold frame numbers "},
	{"v7.3", "vma m mixedmap 64K\n", "copy because VM_MIXEDMAP",
	 "Some entries may hold frame numbers "},
	{"v5.19", "vma m hugetlb 2M\ntouch m\n", "copy because VM_HUGETLB",
	 "Kernels before v6.0 always copy hugetlb"},
	{"v6.0", "vma m hugetlb shared 2M\ntouch m\n", "skip: no clause holds",
	 "Without an anon_vma all huge pages here belong to the file"},
	{"v6.12", "uffd u\nvma m shmem 64K\ntouch m\nregister u m wp\n", "skip: no clause holds",
	 "The child's VMA is not registered, so its writes are not reported"},
	{"v6.12", "vma m anon 64K\ntouch m read\n", "skip: no clause holds",
	 "at most the zero page. "},
	{"v6.12", "vma m file 64K\ntouch m read\n", "skip: no clause holds",
	 "page cache, or reads it from the file."},
	{"v6.12", "vma m shmem 64K\ntouch m\n", "skip: no clause holds", "belong to the file"},
	{"v6.12", "vma m anon 64K\nmadvise m dontfork\n", "dontcopy because VM_DONTCOPY",
	 "MADV_DONTFORK"},
	{"v6.12", "vma m anon 64K\nmadvise m wipeonfork\n", "wipe because VM_WIPEONFORK",
	 "random number generators"},
};

static void test_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		struct session *session = session_create(false);
		struct buf line = {0};

		buf_printf(&line, "kernel both %s", reasons[i].kernel);
		run(session, buf_str(&line));
		run(session, reasons[i].commands);
		run(session, "fork");
		says(said(session, "explain m"), reasons[i].decision);
		says(said(session, "explain m"), reasons[i].deeper);
		buf_deinit(&line);
		session_free(session);
	}
}

/*
 * No profile has a clause or a backing about which there is nothing to say: by hand, each flag
 * of each clause alone, and no flag at all.
 */
static void test_all_kernels(void **state)
{
	const struct profiles *profiles = profiles_all();
	size_t n;
	const char *const *names = profiles_names(profiles, &n);

	(void)state;
	assert_true(n > 20);
	for (size_t i = 0; i < n; i++) {
		struct vf_error error;
		struct kernel *kernel = profiles_find(profiles, names[i], &error);
		struct machine *m;

		assert_non_null(kernel);
		m = machine_create(kernel, NULL);
		for (size_t c = 0; c < kernel->clause_count; c++)
			for (unsigned bit = 0; bit < VM_FLAG_COUNT; bit++) {
				uint64_t flag = kernel->clauses[c].flags & UINT64_C(1) << bit;
				struct vm_area src = {.backing = BACKING_SHMEM};
				struct fork_vma vma = {.src = &src};
				struct buf out = {0};

				if (!flag && kernel->clauses[c].flags)
					continue;
				vma.decision = vma_needs_copy(kernel, flag, flag, !flag);
				assert_int_equal(vma.decision.what, DECISION_COPY);
				assert_true(explain_deeper(m, &vma, &out));
				buf_deinit(&out);
			}
		for (int backing = 0; backing < BACKINGS; backing++) {
			struct vm_area src = {.backing = (enum backing)backing};
			struct fork_vma vma = {.src = &src,
					       .decision = vma_needs_copy(kernel, 0, 0, false)};
			struct buf out = {0};
			bool device = backing == BACKING_PFNMAP ||
				      backing == BACKING_MIXEDMAP; /* never skipped */

			assert_int_equal(explain_deeper(m, &vma, &out),
					 !device && backing != BACKING_STACK);
			buf_deinit(&out);
		}
		machine_free(m);
		kernel_free(kernel);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_shown),	cmocka_unit_test(test_of_that_time),
		cmocka_unit_test(test_once_for_both),	cmocka_unit_test(test_asked_again),
		cmocka_unit_test(test_nothing_decided), cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_all_kernels),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
