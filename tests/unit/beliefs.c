/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wrong answers, and the beliefs behind them. VERBOSE=1 lists those of all scenarios and
 * lessons that ask for a prediction.
 */
#include "support/check.h"

#include <glob.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "support/world.h"
#include "view/grid.h"

/* --- what each belief leads to ---------------------------------------------------------------- */

#define SHM "kernel left v6.18\nkernel right v6.19-rc1\nvma shm shmem 16p\ntouch shm 0-7 read\nuffd m\n" \
	    "register m shm wp\nprotect m shm 0-7\n"

/* then: what follows the fork, before the reveal; or NULL. */
static const struct {
	const char *before, *question, *answer, *belief, *then;
} cases[] = {
	{SHM, "right shm ?", "skip", "shared means not copied", NULL},
	{SHM, "left shm ?", "copy", "the flag is the parent's", NULL},
	{SHM, "right cost entries ?", "0", "shared means not copied", NULL},
	{SHM, "left cost entries ?", "8", "the flag is the parent's", NULL},
	{"vma a anon 16p\ntouch a read\n", "left a ?", "copy", "private and writable means copied", NULL},
	{"vma a anon 16p\ntouch a\nmprotect a r\n", "left a ?", "skip", "PROT_READ pages are not copied", NULL},
	{"vma f file 16p\ntouch f read\ntouch f 0-3\n", "left cost entries ?", "4", "only written pages are copied", NULL},
	{"vma f shmem 16p\ntouch f read\nmadvise f guard-install 4\n", "left f ?", "skip", "shared means not copied", NULL},
	{"vma f file 16p\ntouch f read\nmadvise f guard-install 4\n", "left f ?", "skip", "a guard is not a page", NULL},
	{"vma f file 16p\ntouch f read\nmadvise f guard-install 4\n", "left cost entries ?", "15",
	 "a marker is not an entry", NULL},
	{"vma a anon 16p\ntouch a 0-3\n", "left cost entries ?", "0",
	 "fork copies nothing, because memory is copy-on-write", NULL},
	{"vma a anon 16p\ntouch a 0-3\n", "left cost entries ?", "16", "each page of a mapping has an entry", NULL},
	{"vma a anon 16p\ntouch a 0-3\n", "left child a 2 ?", "none",
	 "fork copies nothing, because memory is copy-on-write", NULL},
	{"vma a anon 16p\ntouch a 0-3\n", "left cost tables ?", "1", "only the lowest level counts", NULL},
	{"vma a anon 16p\nmlock a\n", "left child a VM_LOCKED ?", "yes",
	 "the child's VMA has the flags of the parent's", NULL},
	{"vma a anon 16p\n", "left fork ?", "ENOMEM", "fork needs as much memory as the parent has", NULL},
	/* Beliefs that are near another one. */
	{"vma a anon 16p\ntouch a read\ntouch a 3\n", "left a ?", "skip", "only written pages are copied", NULL},
	{"vma a anon 16p\ntouch a read\ntouch a 3\n", "left child a 4 ?", "none", "only written pages are copied", NULL},
	{"vma a anon 16p\ntouch a read\ntouch a 3\n", "left child a 4 ?", "present",
	 "each entry has a page of the process's own", NULL},
	{"vma a anon 8p at 0x1000000000\ntouch a\nvma b anon 8p at 0x1000008000\ntouch b read\n", "left b ?", "skip",
	 "without a page of its own a VMA is skipped", NULL},
	{"vma a anon 16p\ntouch a 3\ntouch a 8-15 read\nmprotect a r 8-15\n", "left a 8-15 ?", "skip",
	 "without a page of its own a VMA is skipped", NULL},
	{"vma a shmem 16p\ntouch a\n", "left a ?", "copy", "what was written has to be copied", NULL},
	{"vma a shmem 16p\ntouch a read\n", "left a ?", "copy", "fork copies each mapping", NULL},
	{"vma a anon 16p\ntouch a\nmadvise a wipeonfork\n", "left child a 0 ?", "present",
	 "what was written has to be copied", NULL},
	{"vma a anon 16p\ntouch a\nmadvise a wipeonfork\n", "left child a 0 ?", "zero",
	 "empty memory is made of the zero page", NULL},
	{"vma a anon 16p\ntouch a\nmadvise a wipeonfork\n", "left a ?", "skip", "what is not copied is skipped", NULL},
	{"vma a anon 16p\ntouch a\nmadvise a dontfork\n", "left a ?", "copy", "what was written has to be copied", NULL},
	{"vma a anon 16p\ntouch a\n", "left child a 0 ?", "zero", "the child begins with zeroes", NULL},
	{"vma a file 16p\ntouch a read\ntouch a 0\n", "left child a 1 ?", "zero",
	 "a page that was never written is the zero page", NULL},
	{"vma a shmem 32p\ntouch a read\n", "left cost faults ?", "0", "what is shared needs no fault",
	 "child touch a read"},
	{"vma a anon 4p\ntouch a\n", "left cost faults ?", "0", "copying at fork saves the child its faults",
	 "child touch a"},
	{"vma a anon 4p\ntouch a\n", "left cost faults ?", "0", "fork changes nothing for the parent", "touch a"},
	{"vma a anon 8p\ntouch a\nmadvise a pageout 0-3\n", "left cost entries ?", "4",
	 "what is in swap is not copied", NULL},
	{"vma a anon 8p\ntouch a\nmadvise a pageout 0-3\n", "left parent a 0 ?", "present",
	 "a page comes back to both processes", "child touch a 0 read"},
	{"set thp always\nvma a anon 2M\ntouch a 0\n", "left parent a 0 ?", "present", "both processes see a split",
	 "child touch a 0"},
	{"set thp always\nvma a anon 2M\ntouch a 0\n", "left parent a 0 ?", "huge", "a huge entry stays huge",
	 "touch a 0"},
	{"kernel both v7.3\nvma a anon 8p\ntouch a 0-3\nuffd u wp-unpopulated\nregister u a wp\nprotect u a\n",
	 "left cost entries ?", "8", "each entry of the parent is copied", NULL},
	{"kernel both v6.18.37\nvma a anon 16p\nmadvise a guard-install 0\n", "left cost entries ?", "0",
	 "a marker is not an entry", NULL},
	{"kernel both v7.3\nvma a anon 8p\ntouch a 0-3\nuffd u\nregister u a wp\nprotect u a\n",
	 "left child a pages uffd-wp ?", "4", "what the parent has, the child has", NULL},
	{SHM, "right child shm pages uffd-wp ?", "8", "what the parent has, the child has", NULL},
	{"vma a shmem 16p\ntouch a 0-7\nuffd u wp-hugetlbfs-shmem\nregister u a wp\nprotect u a\n"
	 "kernel both v6.19-rc1\n", "left child a pages uffd-wp ?", "8", "what the parent has, the child has", NULL},
	{"kernel both v7.3\nvma a anon 8p\ntouch a 0-3\nuffd u wp-unpopulated\nregister u a wp\nprotect u a\n",
	 "left child a 6 ?", "marker", "each entry of the parent is copied", NULL},
	{"kernel both v6.18\nvma a shmem 16p\ntouch a 0-7\nuffd u wp-hugetlbfs-shmem event-fork\nregister u a wp\n"
	 "protect u a\n", "left child a pages uffd-wp ?", "8", "a marker is not an entry", NULL},
	{"vma f file 16p\ntouch f read\nmadvise f guard-install 4\n", "left cost entries ?", "1",
	 "only what the flag is about is copied", NULL},
	{"kernel both v6.18\nvma a anon 8p\ntouch a\nuffd u\nregister u a wp\nprotect u a\nmadvise a dontneed\n",
	 "left parent a 0 ?", "marker", "a protection outlives its page", NULL},
	{"kernel both v6.18.37\nvma a anon 16p\nmadvise a guard-install 0\n", "left child a 1 ?", "marker",
	 "a flag leaves a mark in each entry", NULL},
	{"vma a anon 8p\ntouch a\npin a 0-3\n", "left cost entries ?", "4", "a pinned page stays with the parent", NULL},
	{"set thp always\nvma a anon 2M\ntouch a 0\n", "left cost tables ?", "2",
	 "a huge entry needs no table below it", NULL},
	{"set thp always\nvma a anon 2M\ntouch a 0\n", "left cost cow-copies ?", "512",
	 "a huge page is copied as a whole", "child touch a 5"},
	{"vma a anon 8p\ntouch a\nmadvise a pageout 0-3\n", "left cost faults ?", "4", "fork brings pages in", NULL},
	{"vma a anon 4p\ntouch a\n", "left cost cow-copies ?", "0", "reading leaves a page shared", "child pin a 0 read"},
	{"vma a hugetlb shared 2M\ntouch a\n", "left cost faults ?", "512", "each page under a huge entry faults",
	 "child touch a read"},
	{"vma a hugetlb private 2M\ntouch a read\n", "left a ?", "skip", "what was only read has no anon_vma", NULL},
	{"limit hugepages 1\nvma a hugetlb private 2M\ntouch a 0\n", "left child a 0 ?", "huge",
	 "the child keeps what it got at fork", "touch a 0"},
	{"limit hugepages 1\nvma a hugetlb private 2M\ntouch a 0\n", "left child signal ?", "ok",
	 "the child keeps what it got at fork", "touch a 0\nchild touch a 0 read"},
	{"limit commit 1M\nvma a anon 64K\nvma b anon 768K\ntouch a\n", "left cost entries ?", "0",
	 "a fork that fails leaves all as it was", NULL},
	{SHM, "right cost faults ?", "8", "copying at fork saves the child its faults", "child touch shm"},
	{"vma a anon 8p\ntouch a\nmadvise a pageout 0-3\n", "left child a pages swap ?", "0",
	 "only pages go to the child", NULL},
	{"vma a anon 4p\ntouch a\n", "left parent a 1 ?", "none", "what the child does changes the parent's tables",
	 "child touch a 1"},
};

static const struct prediction *revealed(struct session *session, const char *question, const char *answer,
					 const char *then)
{
	const struct predictions *predictions = session_predictions(session);
	enum request request;
	struct vf_error error;
	struct buf line = {0}, out = {0};

	buf_printf(&line, "predict \"?\" %s", question);
	run(session, buf_str(&line));
	assert_true(session_predict(session, answer, &out, &request, &error));
	run(session, "fork");
	for (const char *line_end; then && *then; then = *line_end ? line_end + 1 : line_end) {
		struct buf line = {0};

		line_end = strchrnul(then, '\n');
		buf_add(&line, then, (size_t)(line_end - then));
		run(session, buf_str(&line));
		buf_deinit(&line);
	}
	run(session, "reveal");
	buf_deinit(&line);
	buf_deinit(&out);
	return &predictions->v[predictions->n - 1];
}

static void test_wrong_answers_name_beliefs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct session *session = world(cases[i].before);
		const struct prediction *p = revealed(session, cases[i].question, cases[i].answer, cases[i].then);
		struct buf out = {0};

		prediction_print(p, &out);
		if (p->right || !p->mistaken || strcmp(p->wrong[p->mistake].belief, cases[i].belief)) {
			print_error("%s%s: %s\n", cases[i].before, cases[i].question, buf_str(&out));
			for (size_t k = 0; k < p->wrong_count; k++)
				print_error("  %s: %s\n", p->wrong[k].text, p->wrong[k].belief);
			fail();
		}
		says(buf_str(&out), p->wrong[p->mistake].otherwise);
		buf_deinit(&out);
		session_free(session);
	}
}

/* Entries of several forks add up, and time is where it was. */
static void test_forks_add_up(void **state)
{
	struct session *session = world("vma a anon 16p\ntouch a read\nfork\ntouch a 0\n");
	const struct prediction *p = revealed(session, "left cost entries ?", "32", NULL);

	(void)state;
	assert_string_equal(p->truth, "16");
	assert_true(p->mistaken);
	assert_string_equal(p->wrong[p->mistake].belief, "private and writable means copied");
	assert_int_equal(left(session)->at, left(session)->event_count);
	session_free(session);
}

/* --- all stories ------------------------------------------------------------------------------ */

static unsigned listed;

/* On a screen of 80x24, as it is said after the first try. */
static void must_fit(const struct wrong_answer *wrong)
{
	enum { COLS = 80, ROWS = 4 };
	struct buf text = {0};

	buf_printf(&text, "Not %s. That follows from the belief that %s. %s Try once more.", wrong->text,
		   wrong->belief, wrong->otherwise);
	if (wrapped_rows(buf_str(&text), COLS) > ROWS)
		fail_msg("%s", buf_str(&text));
	buf_deinit(&text);
}

/* None of them may be right, and no two the same. */
static void check_answers(struct session *session, const char *path, const struct prediction *p)
{
	const struct command *c = p->command;
	size_t possible = 0;
	bool lists = getenv("VERBOSE");

	while (possible <= WRONG_ANSWERS && prediction_answer(c, possible))
		possible++;
	if (!possible) /* any number */
		possible = WRONG_ANSWERS + 1;
	if (lists)
		print_message("%s: %s: %s\n", path, p->question, p->truth);
	for (size_t i = 0; i < p->wrong_count; i++) {
		const struct wrong_answer *wrong = &p->wrong[i];
		size_t n = strlen(wrong->text);

		if (lists)
			print_message("    %s: %s\n", wrong->text, wrong->belief);
		if (!strncmp(p->truth, wrong->text, n) && !strchr("0123456789abcdefghijklmnopqrstuvwxyz", p->truth[n]))
			fail_msg("%s: %s: %s is right", path, p->question, wrong->text);
		assert_true(wrong->belief[0] && wrong->otherwise[0]);
		must_fit(wrong);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(wrong->text, p->wrong[k].text);
	}
	(void)session;
	if (p->wrong_count < WRONG_ANSWERS && p->wrong_count + 1 < possible)
		fail_msg("%s: '%s' (%s) has %zu wrong answers", path, p->question, p->truth, p->wrong_count);
	listed++;
}

static void play(const char *path)
{
	struct session *session = session_create(false);
	struct vf_error error;
	struct script *script = script_open(path, budget_default, &error);
	const struct predictions *predictions = session_predictions(session);
	enum request request;
	struct buf out = {0};

	assert_non_null(script);
	while (script_peek(script)) {
		if (!script_step(script, session, &out, &request, &error))
			fail_msg("%s: %s", path, error.message);
		for (size_t i = 0; request == REQUEST_REVEAL && i < predictions->n; i++)
			if (predictions->v[i].lit)
				check_answers(session, path, &predictions->v[i]);
	}
	buf_deinit(&out);
	script_close(script);
	session_free(session);
}

static void test_all_stories(void **state)
{
	static const char *const where[] = {"scenarios/*.vma", "share/lessons/*.vma", "tests/data/predict.vma"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(where); i++) {
		glob_t found = {0};

		if (glob(where[i], 0, NULL, &found))
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++)
			play(found.gl_pathv[k]);
		globfree(&found);
	}
	assert_true(listed > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_answers_name_beliefs),
		cmocka_unit_test(test_forks_add_up),
		cmocka_unit_test(test_all_stories),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("beliefs", tests, NULL, NULL);
}
