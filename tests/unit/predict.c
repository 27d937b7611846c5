/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Predictions: questions, answers, what the model reveals, and what undo does with them. */
#include "support/check.h"

#include <locale.h>
#include <string.h>

#include "base/alloc.h"
#include "support/world.h"

#define BEFORE                                                                                     \
	"kernel left v6.18\nkernel right v6.19-rc1\nvma heap anon 16p\nvma shm shmem 4p\nvma in shmem 4p\n"  \
	"mprotect heap r 12-15\ntouch heap 0-3\ntouch shm read\nuffd m\nregister m shm wp\nprotect m shm 0-1\n"

static const struct prediction *last(const struct session *session)
{
	const struct predictions *predictions = session_predictions(session);

	return predictions->n ? &predictions->v[predictions->n - 1] : NULL;
}

/* False: it is no such answer. */
static bool answers(struct session *session, const char *answer)
{
	enum request request;
	struct vf_error error;
	struct buf out = {0};
	bool ok = session_predict(session, answer, &out, &request, &error);

	buf_deinit(&out);
	return ok;
}

/* Each kind: what the model says, and two answers: right and wrong. */
static void test_each_kind(void **state)
{
	static const struct {
		const char *question, *truth, *right, *wrong;
	} kinds[] = {
		{"left heap 0-11 ?", "copy because anon_vma", "copy", "skip"},
		{"left heap 12 ?", "skip: no clause holds", "sk", "c"},
		{"left shm ?", "skip: no clause holds", "skip", "wipe"},
		{"right shm ?", "copy because VM_UFFD_WP", "copy", "skip"},
		{"right shm copy because ?", "VM_UFFD_WP", "VM_UFFD_WP", "anon_vma"},
		{"left shm skip because ?", "none", "none", "VM_UFFD_WP"},
		{"left cost entries ?", "4", "4", "0x5"},
		{"right cost tables ?", "3", "0x3", "0"},
		{"right child shm 1 ?", "present", "present", "none"},
		{"left child shm 1 ?", "none", "none", "present"},
		{"left child heap 9 ?", "none", "none", "absent"},
		{"left child nowhere 0 ?", "absent", "absent", "none"},
		{"left child heap 3 ?", "present,dirty,soft-dirty", "present,dirty", "present,write"},
		{"left parent shm VM_UFFD_WP ?", "yes", "yes", "no"},
		{"left child shm VM_UFFD_WP ?", "no", "n", "y"},
		{"left parent heap vmas ?", "2", "2", "1"},
		{"left parent shm pages uffd-wp ?", "2", "2", "0"},
		{"right child shm pages uffd-wp ?", "0", "0", "2"},
		{"right child shm 1-2 pages present ?", "2", "0x2", "4"},
		{"left child heap pages none ?", "12", "12", "16"},
		{"left child signal ?", "SIGSEGV", "SIGSEGV", "ok"},
		{"left fork ?", "ok", "ok", "ENOMEM"},
		{"left refused ? madvise heap wipeonfork 3 ", NULL, NULL, NULL},
		{"left refused ? mprotect nowhere r", NULL, NULL, NULL},
		{"left refused ? munlock heap 3", NULL, NULL, NULL},
		{"left refused ? madvise shm wipeonfork", "EINVAL", "EINVAL", "ENOMEM"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct session *session = world(BEFORE);
		struct buf line = {0};

		buf_printf(&line, "predict \"?\" %s", kinds[i].question);
		run(session, buf_str(&line));
		run(session, buf_str(&line));
		if (kinds[i].truth) {
			assert_true(answers(session, kinds[i].right));
			assert_true(answers(session, kinds[i].wrong));
			assert_null(session_asked(session));
		}
		run(session, "fork\nchild touch heap 12\nreveal");
		if ((session_failed(session) == 0) != (kinds[i].truth != NULL))
			fail_msg("%s: %s", kinds[i].question, last(session)->truth);
		if (kinds[i].truth) {
			assert_string_equal(last(session)->truth, kinds[i].truth);
			assert_false(last(session)->right);
			assert_true(last(session)[-1].right);
		}
		buf_deinit(&line);
		session_free(session);
	}
}

static void test_no_such_answers(void **state)
{
	static const struct {
		const char *question, *answer, *error;
	} wrong[] = {
		{"left heap ?", "present", "expected copy, skip, dontcopy or wipe, got 'present'"},
		{"left heap ?", "copy because", "expected copy"},
		{"left heap ?", "?", "expected copy"},
		{"left heap ?", "", "expected copy"},
		{"left heap ?", "d", NULL},
		{"left child heap 3 ?", "VM_READ", "expected the state of a page"},
		{"left child heap 3 ?", "not", "expected the state of a page"},
		{"left child heap VM_READ ?", "VM_READ", "expected yes or no"},
		{"left cost faults ?", "-1", "expected a number"},
		{"left heap copy because ?", "copy", "expected a reason"},
		{"left heap copy because ?", "FILE", "expected a reason"},
		{"left heap copy because ?", "MIXEDMAP", NULL}, /* as screens have it */
		{"left heap copy because ?", "vm_uffd_wp", NULL},
		{"left heap ?", "Copy", NULL},
		{"left fork ?", "fine", "expected ok, blocked or an errno"},
	};
	enum request request;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct session *session = world(BEFORE);
		struct vf_error error = {0};
		struct buf line = {0}, out = {0};

		buf_printf(&line, "predict \"?\" %s", wrong[i].question);
		run(session, buf_str(&line));
		assert_int_equal(session_predict(session, wrong[i].answer, &out, &request, &error),
				 !wrong[i].error);
		if (wrong[i].error)
			says(error.message, wrong[i].error);
		assert_int_equal(session_asked(session) != NULL, wrong[i].error != NULL);
		buf_deinit(&line);
		session_free(session);
	}
}

static void test_no_such_questions(void **state)
{
	struct session *session = world(BEFORE);

	(void)state;
	says(refused(session, "predict \"?\" both heap ?"), "left");
	says(refused(session, "predict \"?\" left heap copy"), "because");
	says(refused(session, "predict \"?\" left child heap 0-3 ?"), "expected one page");
	says(refused(session, "predict \"?\" left child * 3 ?"), "a pattern asks for decisions only");
	says(refused(session, "predict \"?\" left x* ?"), "x*");
	says(refused(session, "reveal"), "there is no prediction to reveal");
	assert_null(session_asked(session));
	session_free(session);
}

/* Choices that a viewer has to pick from by their names are explained. */
static void test_choices_have_a_meaning(void **state)
{
	static const char *const questions[] = {"left a ?", "left child a 0 ?", "left child signal ?",
						"left fork ?", "left child a VM_WRITE ?"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		struct session *session = world("vma a anon 16K\n");
		const struct command *predict;
		struct buf line = {0};
		size_t n = 0;

		buf_printf(&line, "predict \"?\" %s", questions[i]);
		run(session, buf_str(&line));
		buf_deinit(&line);
		predict = session_asked(session)->command;
		for (; prediction_answer(predict, n); n++)
			if (!prediction_meaning(predict, n))
				fail_msg("'%s' of '%s' has no meaning", prediction_answer(predict, n),
					 questions[i]);
		assert_true(n >= 2);
		session_free(session);
	}
}

static void test_a_pattern_asks_for_each(void **state)
{
	struct session *session = world(BEFORE "predict \"Copied?\" right * ?");

	(void)state;
	assert_int_equal(session_predictions(session)->n, 4);
	assert_string_equal(session_asked(session)->question, "Copied? heap[0-11]");
	assert_true(answers(session, "copy"));
	assert_true(answers(session, "skip"));
	assert_true(answers(session, NULL));
	assert_true(answers(session, "copy"));
	assert_string_equal(said(session, "fork"), "");
	assert_string_equal(said(session, "reveal"),
			    "Copied? heap[0-11]\n  copy because anon_vma. Right. Step 5 decided it.\n"
			    "Copied? heap[12-15]\n  skip: no clause holds. Right. Step 12 decided it.\n"
			    "Copied? shm\n  copy because VM_UFFD_WP. You had no answer. Step 16 decided it.\n"
			    "Copied? in\n  skip: no clause holds. Your answer, copy, is wrong. It follows from the belief "
			    "that fork copies each mapping. If no clause of vma_needs_copy() holds, copy_page_range() is "
			    "not called for the VMA: the child faults its pages in. Step 21 decided it.\n");
	session_free(session);
}

/* Questions go and come with their commands; answers stay. */
static void test_undo(void **state)
{
	struct session *session = world(BEFORE "predict \"?\" left cost entries ?");

	(void)state;
	assert_true(answers(session, "4"));
	run(session, "touch heap 5\nfork\nreveal");
	assert_true(last(session)->revealed && !last(session)->right);
	run(session, "undo");
	assert_true(last(session)->shown && !last(session)->revealed);
	assert_string_equal(last(session)->answer, "4");
	run(session, "redo");
	assert_true(last(session)->revealed);
	run(session, "undo 3");
	assert_false(last(session)->shown);
	assert_null(session_asked(session));
	run(session, "redo 3");
	assert_true(last(session)->revealed);
	run(session, "undo 2\nfork\nreveal");
	assert_true(last(session)->right);
	session_free(session);
}

/* The end of a file reveals what is left, and a question without an answer counts. */
static void test_files(void **state)
{
	struct session *session = session_create(false);
	struct buf out = {0};
	struct vf_error error;

	(void)state;
	assert_true(session_load(session, "tests/data/predict.vma", &out, &error));
	assert_int_equal(out.len, 0);
	assert_int_equal(session_predictions(session)->n, 4);
	assert_null(session_asked(session));
	assert_int_equal(session_failed(session), 0);
	run(session, "predict \"?\" left child lib 99 ?");
	assert_string_equal(said(session, "reveal"),
			    "predict: there is no answer here: lib has pages 0 to 15\n");
	assert_int_equal(session_failed(session), 1);
	buf_deinit(&out);
	session_free(session);
}

/* What was revealed, and undone, is not graded a second time with what is asked then. */
static void test_reveals_each_once(void **state)
{
	struct session *session = world(BEFORE "predict \"first\" left heap 0 ?\nfork\nreveal\nundo");

	(void)state;
	run(session, "predict \"second\" left cost entries ?\nfork");
	assert_string_equal(said(session, "reveal"), "second\n  4.\n");
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_no_such_answers),
		cmocka_unit_test(test_no_such_questions),
		cmocka_unit_test(test_choices_have_a_meaning),
		cmocka_unit_test(test_a_pattern_asks_for_each),
		cmocka_unit_test(test_undo),
		cmocka_unit_test(test_reveals_each_once),
		cmocka_unit_test(test_files),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("predict", tests, NULL, NULL);
}
