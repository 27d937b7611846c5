/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions of the quiz: how many different ones there are, that the model answers each, and
 * which one comes next.
 */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "language/terminals.h"
#include "session/learn/course.h"
#include "session/quiz/quiz_idea.h"
#include "session/quiz/quiz_text.h"
#include "view/grid.h"

enum { SEEDS = 1000, DIFFERENT = 300, OF_A_KIND = 40 };

/* --- different ones ----------------------------------------------------------------------- */

/* Without what makes no difference: names of mappings and versions of the kernel. */
static char *bare_text(const struct quiz_question *q)
{
	struct buf out = {0};

	for (const char *at = q->text; *at;) {
		size_t n = strcspn(at, " \n.,\"");
		bool name = false;

		for (size_t i = 0; i < DRAFT_NAMES; i++)
			name |= n == strlen(q->draft.name[i]) && !strncmp(at, q->draft.name[i], n);
		if (name || (at[0] == 'v' && at[1] >= '0' && at[1] <= '9'))
			buf_putc(&out, '*');
		else
			buf_add(&out, at, n);
		if (at[0] == 'v' && at[1] >= '0' && at[1] <= '9')
			n = strcspn(at, " \n\"");
		at += n;
		if (*at)
			buf_putc(&out, *at++);
	}
	return buf_take(&out);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t count_different(char *texts[], size_t n)
{
	size_t different = n > 0;

	qsort(texts, n, sizeof(*texts), compare_texts);
	for (size_t i = 1; i < n; i++)
		different += strcmp(texts[i - 1], texts[i]) != 0;
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
	return different;
}

typedef bool next_function(struct quiz *quiz, struct vf_error *error);

static bool next_of_sheet(struct quiz *quiz, struct vf_error *error)
{
	return quiz_next_of_sheet(quiz, budget_default, error);
}

/* Who has done nothing yet, and has all topics open. */
static bool next_of_beginner(struct quiz *quiz, struct vf_error *error)
{
	static const bool open[QUIZ_TOPICS] = {true, true, true, true, true, true, true};
	struct learner none = {0};

	return quiz_next(quiz, &none, open, budget_default, error);
}

static size_t different_firsts(int topic, next_function *next)
{
	char *texts[SEEDS];
	struct learner none = {0};

	for (size_t seed = 0; seed < SEEDS; seed++) {
		struct quiz quiz = {0};
		struct vf_error error;

		quiz_begin(&quiz, seed, 10, topic, &none);
		assert_true(next(&quiz, &error));
		texts[seed] = bare_text(&quiz.now);
		quiz_deinit(&quiz);
	}
	return count_different(texts, SEEDS);
}

static void test_different(void **state)
{
	(void)state;
	assert_true(different_firsts(-1, next_of_sheet) >= DIFFERENT);
	assert_true(different_firsts(-1, next_of_beginner) >= DIFFERENT);
	assert_true(different_firsts(0, next_of_beginner) >= DIFFERENT);
}

static void test_same(void **state)
{
	char *texts[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rng rng = rng_stream(7, 3);
		struct quiz_question q;

		quiz_question_draw(&q, 3, &quiz_topics[3].kinds->v[0], &rng);
		texts[i] = bare_text(&q);
		quiz_question_deinit(&q);
	}
	assert_int_equal(count_different(texts, 2), 1);
}

/* --- each kind ---------------------------------------------------------------------------- */

typedef void kind_function(size_t topic, const struct quiz_kind *kind);

static void each_kind(kind_function *visit)
{
	for (size_t topic = 0; topic < QUIZ_TOPICS; topic++)
		for (size_t i = 0; i < quiz_topics[topic].kinds->n; i++)
			visit(topic, &quiz_topics[topic].kinds->v[i]);
}

/* Does the text fit where a screen of 80x24 shows it? */
static void check_fits(const struct quiz_question *q)
{
	enum { CARD = 64, CARD_ROWS = 12, PANE = 77, PANE_ROWS = 2 };

	assert_true(wrapped_rows(buf_str(&q->draft.about), CARD) <= CARD_ROWS);
	assert_true(wrapped_rows(buf_str(&q->draft.question), PANE) <= PANE_ROWS);
	assert_true(wrapped_rows(buf_str(&q->draft.hint), PANE) <= PANE_ROWS);
}

/* A word that is the answer is not in the question. A decision has others next to it. */
static void check_no_answer(const struct quiz_question *q)
{
	if (!strncmp(q->truth, "VM_", 3)) {
		assert_null(strstr(buf_str(&q->draft.about), q->truth));
		assert_null(strstr(buf_str(&q->draft.question), q->truth));
		assert_null(strstr(buf_str(&q->draft.hint), q->truth));
	}
	if (!strcmp(q->truth, "anon_vma")) {
		assert_null(strstr(buf_str(&q->draft.about), q->truth));
		assert_null(strstr(buf_str(&q->draft.hint), q->truth));
	}
}

static void check_wrong(const struct quiz_question *q)
{
	assert_true(q->wrong_count);
	for (size_t i = 0; i < q->wrong_count; i++) {
		assert_string_not_equal(q->wrong[i].text, q->truth);
		assert_true(q->wrong[i].belief[0] && q->wrong[i].otherwise[0]);
		assert_true(quiz_question_probes(q, q->wrong[i].belief));
	}
	assert_false(quiz_question_probes(q, "nothing of the kind"));
}

static void check_kind(size_t topic, const struct quiz_kind *kind)
{
	char *truths[OF_A_KIND], *texts[OF_A_KIND];

	assert_in_range(kind->level, 1, QUIZ_LEVELS);
	for (size_t seed = 0; seed < OF_A_KIND; seed++) {
		struct rng rng = rng_stream(seed, 0);
		struct quiz_question q;
		struct vf_error error;

		quiz_question_draw(&q, topic, kind, &rng);
		if (!quiz_question_solve(&q, budget_default, &error))
			fail_msg("%s: %s\n%s", kind->name, error.message, q.text);
		check_fits(&q);
		check_no_answer(&q);
		check_wrong(&q);
		truths[seed] = xstrdup(q.truth);
		texts[seed] = bare_text(&q);
		quiz_question_deinit(&q);
	}
	/* Who has seen one does not know the next. */
	if (count_different(truths, OF_A_KIND) < 2)
		fail_msg("%s always has the same answer", kind->name);
	if (count_different(texts, OF_A_KIND) < 6)
		fail_msg("%s is almost always the same question", kind->name);
}

static void test_kinds(void **state)
{
	(void)state;
	each_kind(check_kind);
}

static void check_name(size_t topic, const struct quiz_kind *kind)
{
	size_t found;

	assert_ptr_equal(quiz_kind_find(kind->name, &found), kind); /* so it is no other kind's */
	assert_int_equal(found, topic);
}

static void test_names(void **state)
{
	struct lesson_course course;
	struct vf_error error;
	size_t topic;

	(void)state;
	setenv("VMAFORK_SHARE", "share", 1);
	each_kind(check_name);
	assert_null(quiz_kind_find("no-such-kind", &topic));
	assert_true(course_read(&course, "lessons", true, &error));
	assert_int_equal(course.chapter_count, QUIZ_TOPICS);
	for (size_t i = 0; i < QUIZ_TOPICS; i++)
		assert_string_equal(course.chapters[i], quiz_topics[i].chapter);
	course_deinit(&course);
}

/* --- which one comes next ----------------------------------------------------------------- */

static const bool only_first[QUIZ_TOPICS] = {true};

static void answer(struct quiz *quiz, struct learner *learner, struct quiz_end end)
{
	quiz_note_learner(quiz, &end, learner);
	quiz_note(quiz, &end);
}

static void ask(struct quiz *quiz, const struct learner *learner)
{
	struct vf_error error;

	assert_true(quiz_next(quiz, learner, only_first, budget_default, &error));
}

/* Two right ones raise the level, a wrong one or a second try lowers it. */
static void test_edge(void **state)
{
	static const struct {
		struct quiz_end end;
		unsigned level;
	} steps[] = {
		{{.right = true}, 1}, {{.right = true}, 2}, {{.right = true}, 2}, {{.right = true}, 3},
		{{0}, 2}, {{.right = true}, 2}, {{.right = true, .second = true}, 1}, {{.skipped = true}, 1},
		{{.right = true}, 1}, {{.right = true}, 2}, {{.right = true}, 2}, {{.right = true}, 3},
		{{.right = true}, 3}, {{.right = true}, 4}, {{.right = true}, 4}, {{.right = true}, 4},
	};
	struct learner learner = {0};
	struct quiz quiz = {0};

	(void)state;
	quiz_begin(&quiz, 5, 10, 0, &learner);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		unsigned level = i ? steps[i - 1].level : 1;

		ask(&quiz, &learner);
		if (!quiz.is_again)
			assert_int_equal(quiz.now.kind->level, level);
		answer(&quiz, &learner, steps[i].end);
		assert_int_equal(learner_quiz(&learner, "copies")->level, steps[i].level);
	}
	assert_int_equal(quiz_sum(&quiz).asked, ARRAY_SIZE(steps));
	assert_int_equal(quiz_sum(&quiz).second, 1);
	assert_int_equal(quiz_sum(&quiz).skipped, 1);
	quiz_forget_round(&quiz);
	assert_int_equal(quiz_sum(&quiz).asked, 0);
	quiz_deinit(&quiz);
	learner_deinit(&learner);
}

/* A learner whose file has nonsense. */
static void test_odd_levels(void **state)
{
	static const unsigned levels[] = {0, 99};
	struct learner learner = {0};
	struct quiz quiz = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		learner_add_quiz(&learner, "guards")->level = levels[i];
		learner_add_again(&learner, "no-such-kind", "a belief");
		quiz_begin(&quiz, 5, 10, 3, &learner);
		ask(&quiz, &learner);
		assert_int_equal(quiz.now.kind->level, levels[i] ? QUIZ_LEVELS : 1);
		quiz_deinit(&quiz);
	}
	learner_deinit(&learner);
}

/* What was missed comes again two questions later, as another question for the same belief. */
static bool check_again(uint64_t seed)
{
	struct learner learner = {0};
	struct quiz quiz = {0};
	const char *belief;
	bool probes, other;
	char *text;

	quiz_begin(&quiz, seed, 10, 0, &learner);
	ask(&quiz, &learner);
	belief = quiz.now.wrong[0].belief;
	text = xstrdup(quiz.now.text);
	answer(&quiz, &learner, (struct quiz_end){.belief = belief});
	assert_int_equal(learner.again_count, 1);
	assert_int_equal(learner.missed_count, 1);
	ask(&quiz, &learner);
	assert_false(quiz.is_again);
	answer(&quiz, &learner, (struct quiz_end){.right = true});
	ask(&quiz, &learner);
	assert_true(quiz.is_again);
	probes = quiz_question_probes(&quiz.now, belief);
	other = quiz.now.kind != quiz.again.kind;
	assert_true(probes || !other);
	assert_string_not_equal(quiz.now.text, text);
	answer(&quiz, &learner, (struct quiz_end){.right = true});
	assert_int_equal(learner.again_count, 0);
	free(text);
	quiz_deinit(&quiz);
	learner_deinit(&learner);
	return probes && other;
}

static void test_again(void **state)
{
	enum { QUIZZES = 40 };
	size_t others = 0;

	(void)state;
	for (uint64_t seed = 0; seed < QUIZZES; seed++)
		others += check_again(seed);
	assert_true(others > QUIZZES / 2); /* mostly there is another kind in which it misleads */
}

/* The next quiz has not forgotten it; one about another topic leaves it alone. */
static void test_again_later(void **state)
{
	static const char belief[] = "a guard is not a page";
	struct learner learner = {0};
	struct quiz quiz = {0};

	(void)state;
	learner_add_again(&learner, "guarded-decision", belief);
	learner_add_again(&learner, "guarded-decision", belief);
	assert_int_equal(learner.again_count, 1);
	quiz_begin(&quiz, 1, 10, -1, &learner);
	ask(&quiz, &learner);
	assert_false(quiz.is_again);
	answer(&quiz, &learner, (struct quiz_end){.right = true});
	ask(&quiz, &learner);
	assert_string_equal(quiz.again.kind->name, "guarded-decision");
	assert_int_equal(quiz.now.topic, 3);
	assert_true(quiz_question_probes(&quiz.now, belief));
	quiz_begin(&quiz, 1, 10, 4, &learner);
	assert_int_equal(quiz.due_count, 0);
	quiz_deinit(&quiz);
	learner_deinit(&learner);
}

/* A lesson names no kind: any one does in which the belief leads to a wrong answer. */
static void test_missed_in_lesson(void **state)
{
	static const char belief[] = "only written pages are copied";
	struct learner learner = {0};
	struct quiz quiz = {0};

	(void)state;
	learner_add_again(&learner, NULL, belief);
	learner_add_again(&learner, NULL, belief);
	learner_add_again(&learner, NULL, "no belief of the model's");
	assert_int_equal(learner.again_count, 2);
	quiz_begin(&quiz, 2, 10, -1, &learner);
	ask(&quiz, &learner);
	answer(&quiz, &learner, (struct quiz_end){.right = true});
	ask(&quiz, &learner);
	assert_true(quiz.is_again);
	assert_int_equal(quiz.now.topic, 0); /* the others are not open */
	assert_true(quiz_question_probes(&quiz.now, belief));
	answer(&quiz, &learner, (struct quiz_end){.right = true});
	assert_int_equal(learner.again_count, 1);
	for (size_t i = 0; i < 4; i++) { /* nothing asks for the other one */
		ask(&quiz, &learner);
		assert_false(quiz.is_again);
		answer(&quiz, &learner, (struct quiz_end){.right = true});
	}
	assert_int_equal(learner.again_count, 1);
	quiz_deinit(&quiz);
	learner_deinit(&learner);
}

/* A long one repeats no question. */
static void test_long(void **state)
{
	enum { LONG = 300 };
	struct learner learner = {0};
	struct quiz quiz = {0};
	char *texts[LONG];

	(void)state;
	quiz_begin(&quiz, 11, 10, 0, &learner);
	for (size_t i = 0; i < LONG; i++) {
		ask(&quiz, &learner);
		texts[i] = xstrdup(quiz.now.text);
		answer(&quiz, &learner, (struct quiz_end){.right = i % 3 != 0});
	}
	assert_int_equal(count_different(texts, LONG), LONG);
	quiz_deinit(&quiz);
	learner_deinit(&learner);
}

/* --- ideas -------------------------------------------------------------------------------- */

/* Each question is about the idea, and each of its beliefs is met. */
static void check_idea(size_t idea)
{
	enum { ENOUGH = 120 };
	bool met[IDEA_BELIEFS] = {0};
	char *texts[ENOUGH];
	struct learner learner = {0};
	struct quiz quiz = {0};

	quiz_begin(&quiz, 7, ENOUGH, (int)(QUIZ_TOPICS + idea), &learner);
	for (size_t i = 0; i < ENOUGH; i++) {
		ask(&quiz, &learner); /* though only the first chapter is open */
		assert_true(quiz_idea_probed(&quiz_ideas[idea], &quiz.now));
		for (size_t k = 0; k < IDEA_BELIEFS && quiz_ideas[idea].beliefs[k]; k++)
			met[k] |= quiz_question_probes(&quiz.now, quiz_ideas[idea].beliefs[k]);
		texts[i] = xstrdup(quiz.now.text);
		answer(&quiz, &learner, (struct quiz_end){.right = i % 2 || i > ENOUGH / 2}); /* on all levels */
	}
	for (size_t k = 0; k < IDEA_BELIEFS && quiz_ideas[idea].beliefs[k]; k++)
		if (!met[k])
			fail_msg("%s: no question about '%s'", quiz_topic_word(QUIZ_TOPICS + idea),
				 quiz_ideas[idea].beliefs[k]);
	assert_int_equal(count_different(texts, ENOUGH), ENOUGH);
	quiz_deinit(&quiz);
	learner_deinit(&learner);
}

static void test_ideas(void **state)
{
	(void)state;
	assert_int_equal(vocab_topic.n, QUIZ_TOPICS + QUIZ_IDEAS);
	for (size_t i = 0; i < QUIZ_IDEAS; i++)
		check_idea(i);
	assert_false(quiz_idea_has(&quiz_ideas[0], "a guard is not a page"));
}

/* What was missed is due in a quiz about its idea, and in no other one. */
static void test_idea_again(void **state)
{
	static const char belief[] = "shared means not copied";
	struct learner learner = {0};
	struct quiz quiz = {0};

	(void)state;
	learner_add_again(&learner, NULL, belief);
	learner_add_again(&learner, "guarded-decision", "a guard is not a page");
	quiz_begin(&quiz, 1, 10, QUIZ_TOPICS, &learner);
	assert_int_equal(quiz.due_count, 1);
	assert_string_equal(quiz.due[0].belief, belief);
	ask(&quiz, &learner);
	answer(&quiz, &learner, (struct quiz_end){.right = true});
	ask(&quiz, &learner);
	assert_true(quiz.is_again);
	assert_true(quiz_question_probes(&quiz.now, belief));
	quiz_deinit(&quiz);
	learner_deinit(&learner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_different), cmocka_unit_test(test_same),	     cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_names),	  cmocka_unit_test(test_edge),	     cmocka_unit_test(test_odd_levels),
		cmocka_unit_test(test_again),	  cmocka_unit_test(test_again_later),
		cmocka_unit_test(test_missed_in_lesson), cmocka_unit_test(test_long),
		cmocka_unit_test(test_ideas), cmocka_unit_test(test_idea_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
