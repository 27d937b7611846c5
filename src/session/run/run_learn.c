/* SPDX-License-Identifier: GPL-2.0-or-later */
/* learn, scenarios and play FILE: stories to be played, and what a learner has done. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "session/learn/learn_text.h"
#include "session/session_private.h"

const char *session_learner(const struct session *s)
{
	return s->learner ? s->learner : "default";
}

/* --- which story is to be played -------------------------------------------------------------- */

void session_want(struct call *call, struct wanted_story story)
{
	struct wanted_story *wanted = &call->session->wanted;

	free(wanted->path);
	free(wanted->text);
	free(wanted->lesson);
	*wanted = story;
	*call->request = REQUEST_PLAY;
}

/* lesson: what it is kept as, or NULL. Both are copied. */
static bool want(struct call *call, const char *path, const char *lesson, size_t at)
{
	struct session *s = call->session;

	if (!s->saved.asks) {
		vf_error_set(call->error, "%s needs a viewer", call->command->spec->name);
		vf_error_hint(call->error, "vmafork-tui play %.200s plays it", path);
		return call_blame(call, 0);
	}
	session_want(call, (struct wanted_story){
				   .path = xstrdup(path), .lesson = lesson ? xstrdup(lesson) : NULL, .at = at});
	return true;
}

const struct wanted_story *session_wanted(const struct session *s)
{
	return &s->wanted;
}

bool session_begin_story(struct session *s, struct vf_error *error)
{
	bool unsaved = session_unsaved(s), ok;
	enum request request;
	struct buf out = {0};

	ok = (!session_goal_open(s) || session_skip_goal(s, false, error)) &&
	     session_command(s, "reset", &out, &request, error);
	if (ok && !unsaved) /* there is nothing to be saved */
		session_mark_saved(s);
	if (ok && s->wanted.lesson)
		story_set_lesson(&s->story, s->wanted.lesson);
	buf_deinit(&out);
	return ok;
}

bool run_play_file(struct call *call)
{
	char *path;
	bool ok;

	if (call->session->from_file) {
		vf_error_set(call->error, "a scenario file cannot play another one");
		vf_error_hint(call->error, "load adds the commands of another file");
		return call_blame(call, 0);
	}
	path = command_path(call->command, call->command->args.file.file);
	ok = want(call, path, NULL, 0);
	free(path);
	return ok;
}

bool run_scenarios(struct call *call)
{
	struct lesson_course course;
	size_t *lines;

	if (!course_read(&course, "scenarios", false, call->error)) {
		course_deinit(&course);
		return call_blame(call, 0);
	}
	lines = xcalloc(course.n + 1, sizeof(*lines));
	learn_topics_text(&course, lines, call->out);
	for (size_t i = 0; i < course.n; i++) {
		struct buf line = {0};

		buf_puts(&line, "play ");
		command_print_quoted(course.lessons[i].path, &line);
		session_offer(call->session, lines[i], buf_str(&line));
		buf_deinit(&line);
	}
	free(lines);
	course_deinit(&course);
	return true;
}

/* --- lessons ------------------------------------------------------------------------------------- */

static bool play_lesson(struct call *call, const struct lesson *lesson, const struct learner *progress)
{
	const struct lesson_progress *done = learner_lesson(progress, lesson->name);

	return want(call, lesson->path, lesson->name, done ? done->left_at : 0);
}

static bool no_lesson(struct call *call, const struct lesson_course *course, const char *name)
{
	const char **names = xcalloc(course->n + 1, sizeof(*names)), *near;

	for (size_t i = 0; i < course->n; i++)
		names[i] = course->lessons[i].name;
	near = nearest_word(name, names, course->n);
	vf_error_set(call->error, "there is no lesson '%.40s'", name);
	if (near)
		vf_error_hint(call->error, "did you mean '%s'?", near);
	else
		vf_error_hint(call->error, "learn lists the lessons");
	free(names);
	return call_blame(call, 1);
}

/* The topic of the quiz that is about the chapter; QUIZ_TOPICS: none is. */
static size_t chapter_topic(const struct lesson_course *course, size_t chapter)
{
	size_t topic = 0;

	while (topic < QUIZ_TOPICS && (chapter >= course->chapter_count ||
				       strcmp(quiz_topics[topic].chapter, course->chapters[chapter]) != 0))
		topic++;
	return topic;
}

static void offer_quiz(struct session *s, size_t line, size_t topic)
{
	struct buf command = {0};

	buf_printf(&command, "quiz topic %s", quiz_topic_word(topic));
	session_offer(s, line, buf_str(&command));
	buf_deinit(&command);
}

static bool print_map(struct call *call, const struct lesson_course *course, const char *what,
		      const struct learner *progress)
{
	struct session *s = call->session;
	const struct lesson *next = course_next(course, progress);
	size_t *lines = xcalloc(course->n + 1, sizeof(*lines)), offered = 0;
	bool *quiz = xcalloc(course->chapter_count + 1, sizeof(*quiz));

	for (size_t i = 0; i < course->chapter_count; i++)
		quiz[i] = chapter_topic(course, i) < QUIZ_TOPICS;
	learn_map_text(course, progress, session_learner(s), what, quiz, lines, call->out);
	for (size_t i = 0; i < course->n; i++) {
		size_t chapter = course->lessons[i].chapter;
		struct buf line = {0};

		buf_printf(&line, "learn %s", course->lessons[i].name);
		if (&course->lessons[i] == next)
			s->chosen = offered;
		session_offer(s, lines[i], buf_str(&line));
		offered++;
		if (chapter < course->chapter_count && quiz[chapter] && lesson_ends_chapter(course, i)) {
			offer_quiz(s, lines[i] + 1, chapter_topic(course, chapter));
			offered++;
		}
		buf_deinit(&line);
	}
	free(lines);
	free(quiz);
	return true;
}

static bool play_next(struct call *call, const struct lesson_course *course, const struct learner *progress)
{
	const struct lesson *next = course_next(course, progress);

	if (next)
		return play_lesson(call, next, progress);
	if (!print_map(call, course, "lessons", progress))
		return false;
	/* behind the map, whose lines are counted */
	buf_puts(call->out, "All lessons are done; quiz asks questions without end.\n");
	return true;
}

static bool reset(struct call *call)
{
	char *kept;

	if (!learner_reset(session_learner(call->session), &kept, call->error))
		return call_blame(call, 0);
	buf_printf(call->out, "%s begins anew", session_learner(call->session));
	if (kept)
		buf_printf(call->out, "; what was done is kept in %s", kept);
	buf_puts(call->out, ".\n");
	free(kept);
	return true;
}

/* Who begins gets the first lesson; who has begun, the map. */
static bool start(struct call *call, const struct lesson_course *course, const struct learner *progress)
{
	if (progress->n || !course->n)
		return print_map(call, course, "lessons", progress);
	if (!play_lesson(call, &course->lessons[0], progress))
		return false;
	call->session->wanted.greets = true;
	return true;
}

/* Lists the challenges or, if it is not one of these lessons, plays the one that is named. */
static bool with_challenges(struct call *call, const struct learner *progress,
			    const struct lesson_course *lessons)
{
	const char *name = command_word(call->command, call->command->args.learn.lesson);
	const struct lesson *challenge;
	struct lesson_course course;
	bool ok = course_read(&course, "challenges", false, call->error) || call_blame(call, 0);

	if (ok && !lessons) {
		ok = print_map(call, &course, "challenges", progress);
	} else if (ok) {
		challenge = course_lesson(&course, name);
		ok = challenge ? play_lesson(call, challenge, progress) : no_lesson(call, lessons, name);
		call->session->wanted.challenge = ok;
	}
	course_deinit(&course);
	return ok;
}

static bool learn(struct call *call, const struct lesson_course *course, const struct learner *progress)
{
	const struct learn_args *args = &call->command->args.learn;
	const struct lesson *lesson;

	switch (args->action) {
	case LEARN_MAP:
		return print_map(call, course, "lessons", progress);
	case LEARN_NEXT:
		return play_next(call, course, progress);
	case LEARN_START:
		return start(call, course, progress);
	case LEARN_RESET:
		return reset(call);
	case LEARN_REPORT:
		(args->json ? learn_report_json : learn_report_text)(course, progress, session_learner(call->session),
								     call->out);
		return true;
	case LEARN_CHALLENGES:
		return with_challenges(call, progress, NULL);
	case LEARN_LESSON:
		break;
	}
	lesson = course_lesson(course, command_word(call->command, args->lesson));
	return lesson ? play_lesson(call, lesson, progress) : with_challenges(call, progress, course);
}

bool run_learn(struct call *call)
{
	bool resets = call->command->args.learn.action == LEARN_RESET;
	struct lesson_course course;
	struct learner progress = {0};
	bool ok = course_read(&course, "lessons", true, call->error) &&
		  (resets || learner_load(&progress, session_learner(call->session), call->error));

	ok = ok ? learn(call, &course, &progress) : call_blame(call, 0);
	learner_deinit(&progress);
	course_deinit(&course);
	return ok;
}

/* --- what a player has seen ------------------------------------------------------------------------ */

void session_set_learner(struct session *s, const char *name)
{
	s->learner = name;
}

struct lesson_end {
	const char *name;
	const struct lesson_seen *seen;
};

static void note_end(struct learner *progress, void *arg)
{
	const struct lesson_end *end = arg;
	struct lesson_progress *lesson = learner_add_lesson(progress, end->name);

	lesson->left_at = end->seen->left_at;
	for (size_t i = 0; i < end->seen->missed_count; i++) {
		learner_add_missed(progress, end->seen->missed[i]);
		learner_add_again(progress, NULL, end->seen->missed[i]);
	}
	if (lesson->left_at)
		return;
	lesson->times++;
	lesson->marks = end->seen->marks;
	if (lesson->marks.stars > lesson->best)
		lesson->best = lesson->marks.stars;
}

bool session_lesson_seen(struct session *s, const struct lesson_seen *seen, struct vf_error *error)
{
	struct lesson_end end = {s->story.lesson, seen};

	return !end.name || learner_update(session_learner(s), note_end, &end, error);
}
