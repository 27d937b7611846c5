/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of lessons: none has its answer on the screen when it is asked. */
#include "support/check.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "session/session.h"

enum { QUESTIONS_MOST = 16 };

/* What the model answers to each question of a file, in order. */
struct answers {
	char *v[QUESTIONS_MOST];
	size_t n;
};

typedef void question_visit(const char *path, struct session *session, const struct script *script,
			    const struct prediction *asked, const char *answer);

/* "copy because anon_vma" and "present,write" are more than an answer. */
static char *answer_in(const char *truth)
{
	return xstrndup(truth, strcspn(truth, " ,:"));
}

/* Of those that were revealed just now. */
static void collect(const struct predictions *predictions, struct answers *answers)
{
	for (size_t i = 0; i < predictions->n; i++)
		if (predictions->v[i].lit) {
			assert_true(answers->n < QUESTIONS_MOST);
			answers->v[answers->n++] = answer_in(predictions->v[i].truth);
		}
}

/* Plays the file, and visits each question when it is asked; NULL: collects the answers. */
static void play(const char *path, struct answers *answers, question_visit *visit)
{
	struct session *session = session_create(false);
	struct vf_error error;
	struct script *script = script_open(path, budget_default, &error);
	size_t asked = 0;

	assert_non_null(script);
	while (script_peek(script)) {
		enum request request = REQUEST_NONE;
		struct buf out = {0};

		assert_true(script_step(script, session, &out, &request, &error));
		buf_deinit(&out);
		if (!visit && request == REQUEST_REVEAL)
			collect(session_predictions(session), answers);
		for (; request == REQUEST_PREDICT && session_asked(session);
		     session_predict(session, NULL, &out, &request, &error), buf_deinit(&out)) {
			if (visit)
				visit(path, session, script, session_asked(session), answers->v[asked]);
			asked++;
			request = REQUEST_PREDICT;
		}
	}
	script_close(script);
	session_free(session);
}

static void play_all(const char *pattern, question_visit *visit)
{
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct answers answers = {.n = 0};

		play(found.gl_pathv[i], &answers, NULL);
		play(found.gl_pathv[i], &answers, visit);
		for (size_t k = 0; k < answers.n; k++)
			free(answers.v[k]);
	}
	globfree(&found);
}

/* As things stand. */
static bool holds(struct session *session, const struct prediction *asked, const char *answer)
{
	size_t passed = session_passed(session);
	struct vf_error error;
	struct command *expect = prediction_with(asked->command, asked->name, answer, &error);
	enum request request;
	struct buf line = {0}, out = {0};

	if (!expect)
		fail_msg("%s: %s", asked->question, answer);
	command_print(expect, &line);
	session_command(session, buf_str(&line), &out, &request, &error); /* false: there is no child yet */
	buf_deinit(&line);
	buf_deinit(&out);
	command_free(expect);
	return session_passed(session) > passed;
}

static unsigned given_away;

/* Do commands other than fork, which leaves the parent's VMAs alone, precede the reveal? */
static bool changes_before_reveal(const char *path, unsigned line)
{
	static const char *const others[] = {"say", "hint", "predict", "look", "expect", "wait", "fork"};
	FILE *file = fopen(path, "r");
	char text[1024], word[16];
	bool changes = false, revealed = false;

	assert_non_null(file);
	for (unsigned i = 1; !changes && !revealed && fgets(text, sizeof(text), file); i++) {
		bool other = i <= line || sscanf(text, "%15s", word) != 1;

		revealed = !other && !strcmp(word, "reveal");
		for (size_t k = 0; k < ARRAY_SIZE(others); k++)
			other |= !other && !strcmp(word, others[k]);
		changes = !other && !revealed;
	}
	fclose(file);
	return changes;
}

/*
 * What a decision was at the last fork is not shown while it is asked about the next one. A cost of
 * nothing stands before anything has happened. Whether an entry or a flag of the parent, or another
 * kernel's decision, is the same when something is changed is worth a question.
 */
static void must_be_open(const char *path, struct session *session, const struct script *script,
			 const struct prediction *asked, const char *answer)
{
	const struct expect_args *expect = &asked->command->args.expect;
	enum asked kind = expect->asked;
	bool decision = kind == ASKED_DECISION || kind == ASKED_REASON;
	bool parents = (kind == ASKED_STATE || kind == ASKED_FLAG) && expect->process == PROCESS_PARENT;

	if (kind == ASKED_NUMBER && !strcmp(answer, "0"))
		return;
	if (decision && script_will_fork(script))
		return;
	if ((decision || parents) && changes_before_reveal(path, asked->command->line.words[0].line))
		return;
	if (!holds(session, asked, answer))
		return;
	print_message("%s: '%s': %s is on the screen already\n", path, asked->question, answer);
	given_away++;
}

static void test_no_answer_is_on_the_screen(void **state)
{
	(void)state;
	play_all("share/lessons/*.vma", must_be_open);
	play_all("scenarios/*.vma", must_be_open);
	assert_int_equal(given_away, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_answer_is_on_the_screen),
	};

	return cmocka_run_group_tests_name("questions", tests, NULL, NULL);
}
