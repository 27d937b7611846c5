/* SPDX-License-Identifier: GPL-2.0-or-later */
/* quiz: questions from random scenarios, played one after the other, or on paper. */
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "session/learn/course.h"
#include "session/quiz/quiz_text.h"
#include "session/session_private.h"

/* One that is easily typed again. */
static uint64_t random_seed(void)
{
	enum { SEEDS = 100000 };
	uint32_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return 1;
	return seed % SEEDS;
}

static uint64_t seed_of(const struct quiz_args *args)
{
	return args->seeded ? args->seed : random_seed();
}

/* --- on paper ----------------------------------------------------------------------------- */

static bool print(struct call *call)
{
	const struct quiz_args *args = &call->command->args.quiz;
	struct quiz_print how = {args->sheet, args->key, args->markdown};
	struct budget_amounts budget = budget_amounts(&call->session->budget);
	struct learner none = {0};
	struct quiz quiz = {0};
	bool ok = true;

	quiz_begin(&quiz, seed_of(args), args->count, args->topic, &none);
	quiz_print_head(&quiz, &how, call->out);
	while (ok && quiz.drawn < args->count && (ok = quiz_next_of_sheet(&quiz, budget, call->error)))
		quiz_print_question(&quiz, &how, call->out);
	quiz_deinit(&quiz);
	return ok || call_blame(call, 0);
}

/* --- what became of a question -------------------------------------------------------------- */

struct quiz_noted {
	const struct quiz *quiz;
	const struct quiz_end *end;
};

static void note(struct learner *progress, void *arg)
{
	const struct quiz_noted *noted = arg;

	quiz_note_learner(noted->quiz, noted->end, progress);
}

/* Counts it, and keeps it. False: *error: it cannot be kept. */
static bool end_question(struct session *s, const struct quiz_end *end, struct vf_error *error)
{
	struct quiz_noted noted = {&s->quiz, end};
	bool ok = learner_update(session_learner(s), note, &noted, error);

	quiz_note(&s->quiz, end);
	return ok;
}

/* --- one after the other ------------------------------------------------------------------ */

/* Was a lesson of that chapter done? */
static bool chapter_begun(const struct lesson_course *course, const struct learner *learner, const char *chapter)
{
	for (size_t i = 0; i < course->n; i++) {
		const struct lesson *lesson = &course->lessons[i];
		const struct lesson_progress *progress = learner_lesson(learner, lesson->name);

		if (progress && progress->times && lesson->chapter < course->chapter_count &&
		    !strcmp(course->chapters[lesson->chapter], chapter))
			return true;
	}
	return false;
}

/* The first topic, and those whose lessons were begun, or for which the one before was raised. */
static void find_open(const struct learner *learner, bool open[QUIZ_TOPICS])
{
	struct lesson_course course;
	struct vf_error ignored;

	course_read(&course, "lessons", true, &ignored);
	for (size_t i = 0; i < QUIZ_TOPICS; i++) {
		const struct quiz_progress *before = i ? learner_quiz(learner, quiz_topic_word(i - 1)) : NULL;

		open[i] = !i || learner_quiz(learner, quiz_topic_word(i)) || (before && before->level > 1) ||
			  chapter_begun(&course, learner, quiz_topics[i].chapter);
	}
	course_deinit(&course);
}

static bool ask_next(struct call *call, const struct learner *learner)
{
	struct session *s = call->session;
	bool open[QUIZ_TOPICS];
	struct buf text = {0};

	find_open(learner, open);
	if (!quiz_next(&s->quiz, learner, open, budget_amounts(&s->budget), call->error))
		return false;
	quiz_story_text(&s->quiz, &text);
	session_want(call, (struct wanted_story){.path = xstrdup("quiz"), .text = buf_take(&text), .quiz = true});
	return true;
}

static bool no_quiz(struct call *call)
{
	vf_error_set(call->error, "there is no quiz yet");
	vf_error_hint(call->error, "quiz begins one");
	return call_blame(call, 1);
}

static bool summarize(struct call *call)
{
	if (!call->session->quiz.begun)
		return no_quiz(call);
	if (quiz_sum(&call->session->quiz).asked)
		session_quiz_summary(call->session, call->out);
	else
		buf_puts(call->out, "No question was answered since the last summary.\n");
	return true;
}

static bool ask(struct call *call)
{
	const struct quiz_args *args = &call->command->args.quiz;
	struct session *s = call->session;
	struct learner learner = {0};
	bool ok;

	if (!s->saved.asks) {
		vf_error_set(call->error, "quiz needs a viewer");
		vf_error_hint(call->error, "quiz sheet key prints questions with their answers");
		return call_blame(call, 0);
	}
	if (args->action == QUIZ_NEXT && !s->quiz.begun)
		return no_quiz(call);
	ok = (args->action == QUIZ_START || !s->quiz.open ||
	      end_question(s, &(struct quiz_end){.skipped = true}, call->error)) &&
	     learner_load(&learner, session_learner(s), call->error);
	if (ok && args->action == QUIZ_START)
		quiz_begin(&s->quiz, seed_of(args), args->count, args->topic, &learner);
	ok = (ok && ask_next(call, &learner)) || call_blame(call, 0);
	learner_deinit(&learner);
	return ok;
}

bool run_quiz(struct call *call)
{
	const struct quiz_args *args = &call->command->args.quiz;

	if (args->sheet || args->key)
		return print(call);
	if (args->markdown) {
		vf_error_set(call->error, "markdown needs sheet or key");
		return call_blame(call, call->command->line.n - 1);
	}
	return args->action == QUIZ_SUMMARY ? summarize(call) : ask(call);
}

/* --- what a player has seen --------------------------------------------------------------- */

bool session_quiz_seen(struct session *s, const struct lesson_seen *seen, struct buf *text, struct vf_error *error)
{
	struct quiz_end end = {
		.right = seen->marks.right,
		.second = seen->marks.second,
		.skipped = !seen->marks.asked,
		.belief = seen->missed_count ? seen->missed[0] : NULL,
	};
	struct quiz_score sum;
	bool ok;

	if (!s->quiz.open)
		return true;
	ok = end_question(s, &end, error);
	sum = quiz_sum(&s->quiz);
	buf_printf(text, "%u of ", sum.right);
	buf_count(text, sum.asked, "question", "questions");
	buf_puts(text, " right so far.\n");
	return ok;
}

bool session_quiz_open(const struct session *s)
{
	return s->wanted.quiz && s->quiz.open && s->story.about;
}

bool session_quiz_pauses(const struct session *s)
{
	return s->quiz.drawn % s->quiz.count == 0 && !s->quiz.open && quiz_sum(&s->quiz).asked;
}

void session_quiz_summary(struct session *s, struct buf *out)
{
	if (!s->quiz.begun || !quiz_sum(&s->quiz).asked)
		return;
	quiz_summary_text(&s->quiz, out);
	quiz_forget_round(&s->quiz);
}
