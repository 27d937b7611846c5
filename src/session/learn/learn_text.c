/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/learn/learn_text.h"

#include <string.h>

#include "base/escape.h"

/* --- what is done ------------------------------------------------------------------------------- */

static bool is_done(const struct learner *progress, const char *name)
{
	const struct lesson_progress *done = learner_lesson(progress, name);

	return done && done->times;
}

/* The first that should come before and was not done; NULL: none. */
static const char *missing_before(const struct lesson *lesson, const struct learner *progress)
{
	for (size_t i = 0; i < lesson->after_count; i++)
		if (!is_done(progress, lesson->after[i]))
			return lesson->after[i];
	return NULL;
}

const struct lesson *course_next(const struct lesson_course *course, const struct learner *progress)
{
	const struct lesson *next = NULL;

	for (size_t i = 0; i < course->n; i++) {
		const struct lesson *lesson = &course->lessons[i];

		if (is_done(progress, lesson->name))
			continue;
		if (!missing_before(lesson, progress))
			return lesson;
		next = next ? next : lesson;
	}
	return next;
}

/* --- the map --------------------------------------------------------------------------------------- */

static size_t name_width(const struct lesson_course *course)
{
	size_t widest = 0;

	for (size_t i = 0; i < course->n; i++)
		if (strlen(course->lessons[i].name) > widest)
			widest = strlen(course->lessons[i].name);
	return widest;
}

/* A line before the lesson if it begins a chapter. The value: lines so far. */
static size_t print_chapter(const struct lesson_course *course, size_t i, size_t lines, struct buf *out)
{
	const struct lesson *lesson = &course->lessons[i];

	if (i && course->lessons[i - 1].chapter == lesson->chapter)
		return lines;
	if (lesson->chapter < course->chapter_count)
		buf_printf(out, "%s\n", course->chapters[lesson->chapter]);
	else
		buf_puts(out, course->chapter_count ? "Others\n" : "All\n");
	return lines + 1;
}

static void print_state(const struct lesson *lesson, const struct learner *progress, bool next, struct buf *out)
{
	const struct lesson_progress *done = learner_lesson(progress, lesson->name);
	const char *before = missing_before(lesson, progress);

	if (next)
		buf_puts(out, done && done->left_at ? " (next; you left it)" : " (next)");
	else if (done && done->left_at)
		buf_puts(out, " (you left it)");
	else if (before && !(done && done->times))
		buf_printf(out, " (after %s)", before);
	buf_putc(out, '\n');
}

static void print_stars(const struct learner *progress, const char *name, struct buf *out)
{
	static const char *const stars[] = {"done", "*   ", "**  ", "*** "};
	const struct lesson_progress *done = learner_lesson(progress, name);

	buf_printf(out, "  %s ", done && done->times ? stars[done->best & 3] : "    ");
}

static void print_sum(const struct lesson_course *course, const struct learner *progress, const char *learner,
		      const char *what, struct buf *out)
{
	size_t done = 0, stars = 0;

	for (size_t i = 0; i < course->n; i++) {
		const struct lesson_progress *p = learner_lesson(progress, course->lessons[i].name);

		done += p && p->times;
		stars += p && p->times ? p->best : 0;
	}
	buf_printf(out, "%s: %zu of %zu %s done, %zu of %zu stars\n", learner, done, course->n, what, stars,
		   3 * course->n);
}

bool lesson_ends_chapter(const struct lesson_course *course, size_t lesson)
{
	return lesson + 1 == course->n || course->lessons[lesson + 1].chapter != course->lessons[lesson].chapter;
}

void learn_map_text(const struct lesson_course *course, const struct learner *progress, const char *learner,
		    const char *what, const bool *quiz, size_t *line_of, struct buf *out)
{
	const struct lesson *next = course_next(course, progress);
	size_t lines = 1, width = name_width(course);

	print_sum(course, progress, learner, what, out);
	for (size_t i = 0; i < course->n; i++) {
		const struct lesson *lesson = &course->lessons[i];

		lines = print_chapter(course, i, lines, out);
		line_of[i] = lines++;
		print_stars(progress, lesson->name, out);
		buf_printf(out, "%-*s  %s", (int)width, lesson->name, lesson->title ? lesson->title : "");
		print_state(lesson, progress, lesson == next, out);
		if (quiz && lesson->chapter < course->chapter_count && quiz[lesson->chapter] &&
		    lesson_ends_chapter(course, i)) {
			buf_printf(out, "       %-*s  Questions about this chapter, without end\n", (int)width, "quiz");
			lines++;
		}
	}
}

void learn_topics_text(const struct lesson_course *course, size_t *line_of, struct buf *out)
{
	size_t lines = 0, width = name_width(course);

	for (size_t i = 0; i < course->n; i++) {
		const struct lesson *lesson = &course->lessons[i];

		lines = print_chapter(course, i, lines, out);
		line_of[i] = lines++;
		buf_printf(out, "  %-*s  %s\n", (int)width, lesson->name, lesson->title ? lesson->title : "");
	}
}

/* --- the report -------------------------------------------------------------------------------------- */

static void print_marks(const struct lesson_progress *p, struct buf *out)
{
	const struct lesson_marks *m = &p->marks;

	buf_printf(out, "  %s: ", p->name);
	if (!p->times) {
		buf_puts(out, "begun\n");
		return;
	}
	buf_puts(out, "done ");
	buf_count(out, p->times, "time", "times");
	buf_puts(out, ", best ");
	buf_count(out, p->best, "star", "stars");
	buf_printf(out, "; last time %u of %u questions right", m->right, m->asked);
	if (m->second)
		buf_printf(out, " (%u at the second try)", m->second);
	buf_printf(out, ", %u skipped, %u of ", m->skipped, m->reached);
	buf_count(out, m->tasks, "task", "tasks");
	buf_puts(out, " reached, ");
	buf_count(out, m->hints, "hint", "hints");
	buf_putc(out, '\n');
}

void learn_report_text(const struct lesson_course *course, const struct learner *progress, const char *learner,
		       struct buf *out)
{
	print_sum(course, progress, learner, "lessons", out);
	for (size_t i = 0; i < progress->n; i++)
		print_marks(&progress->lessons[i], out);
	if (progress->quiz_count)
		buf_puts(out, "Quiz\n");
	for (size_t i = 0; i < progress->quiz_count; i++) {
		const struct quiz_progress *q = &progress->quiz[i];

		buf_printf(out, "  %s: %u of ", q->topic, q->right);
		buf_count(out, q->asked, "question", "questions");
		buf_printf(out, " right at the first try, now on level %u\n", q->level);
	}
	if (progress->missed_count)
		buf_puts(out, "Beliefs that led to wrong answers\n");
	for (size_t i = 0; i < progress->missed_count; i++) {
		buf_puts(out, "  ");
		buf_count(out, progress->missed[i].times, "time", "times");
		buf_printf(out, ": %s\n", progress->missed[i].belief);
	}
}

void learn_report_json(const struct lesson_course *course, const struct learner *progress, const char *learner,
		       struct buf *out)
{
	buf_puts(out, "{\"schema\":1,\"learner\":");
	escape_json(out, learner);
	buf_printf(out, ",\"lessons_in_course\":%zu,\"lessons\":[", course->n);
	for (size_t i = 0; i < progress->n; i++) {
		const struct lesson_progress *p = &progress->lessons[i];
		const struct lesson_marks *m = &p->marks;

		buf_puts(out, i ? ",{\"name\":" : "{\"name\":");
		escape_json(out, p->name);
		buf_printf(out, ",\"times\":%u,\"best_stars\":%u,\"left\":%s,\"asked\":%u,\"right\":%u,"
				"\"second_try\":%u,\"skipped\":%u,\"hints\":%u,\"tasks\":%u,\"reached\":%u,"
				"\"stars\":%u}",
			   p->times, p->best, p->left_at ? "true" : "false", m->asked, m->right, m->second,
			   m->skipped, m->hints, m->tasks, m->reached, m->stars);
	}
	buf_puts(out, "],\"missed\":[");
	for (size_t i = 0; i < progress->missed_count; i++) {
		buf_puts(out, i ? ",{\"belief\":" : "{\"belief\":");
		escape_json(out, progress->missed[i].belief);
		buf_printf(out, ",\"times\":%u}", progress->missed[i].times);
	}
	buf_puts(out, "],\"quiz\":[");
	for (size_t i = 0; i < progress->quiz_count; i++) {
		const struct quiz_progress *q = &progress->quiz[i];

		buf_puts(out, i ? ",{\"topic\":" : "{\"topic\":");
		escape_json(out, q->topic);
		buf_printf(out, ",\"level\":%u,\"asked\":%u,\"right\":%u}", q->level, q->asked, q->right);
	}
	buf_puts(out, "]}\n");
}
