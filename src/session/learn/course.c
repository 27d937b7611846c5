/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/learn/course.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/share.h"
#include "language/command.h"

#define FILE_LIMIT (1 << 20)

static void lesson_deinit(struct lesson *lesson)
{
	for (size_t i = 0; i < lesson->after_count; i++)
		free(lesson->after[i]);
	free(lesson->after);
	free(lesson->name);
	free(lesson->path);
	free(lesson->title);
	free(lesson->about);
}

void course_deinit(struct lesson_course *course)
{
	for (size_t i = 0; i < course->chapter_count; i++)
		free(course->chapters[i]);
	for (size_t i = 0; i < course->n; i++)
		lesson_deinit(&course->lessons[i]);
	free(course->chapters);
	free(course->lessons);
	*course = (struct lesson_course){0};
}

static struct lesson *find(const struct lesson_course *course, const char *name)
{
	for (size_t i = 0; i < course->n; i++)
		if (!strcmp(course->lessons[i].name, name))
			return &course->lessons[i];
	return NULL;
}

const struct lesson *course_lesson(const struct lesson_course *course, const char *name)
{
	return find(course, name);
}

/* --- the head of a lesson ------------------------------------------------------------------- */

static void set_text(char **field, const char *text)
{
	free(*field);
	*field = xstrdup(text);
}

static void take_lesson(struct lesson *lesson, const struct command *c)
{
	const struct lesson_args *args = &c->args.lesson;

	set_text(&lesson->name, command_word(c, args->name));
	for (unsigned i = 0; i < args->after; i++) {
		GROW(lesson->after, lesson->after_count, lesson->after_cap);
		lesson->after[lesson->after_count++] = xstrdup(command_word(c, args->first_after + 2 * i));
	}
}

/* False: it is not one of the commands that a head has. */
static bool take_command(struct lesson *lesson, const struct command *c)
{
	switch (c->spec->id) {
	case COMMAND_lesson:
		take_lesson(lesson, c);
		return true;
	case COMMAND_title:
		set_text(&lesson->title, command_word(c, c->args.text));
		return true;
	case COMMAND_about:
		set_text(&lesson->about, command_word(c, c->args.text));
		return true;
	default:
		return false;
	}
}

/* What is wrong with the file is for who plays it. */
static void read_head(struct lesson *lesson, const char *text, size_t length)
{
	struct vf_error ignored;
	struct reader reader;
	struct line line;
	bool more = true, goes_on = true;

	reader_init(&reader, lesson->path, text, length);
	while (goes_on && reader_next(&reader, &line, &more, &ignored) && more) {
		struct command *c = command_parse(&reader, &line, false, &ignored);

		goes_on = c && take_command(lesson, c);
		command_free(c);
	}
}

static char *name_of_file(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return xstrndup(name, strcspn(name, "."));
}

static void add_file(struct lesson_course *course, const char *path, bool named)
{
	struct lesson lesson = {.path = xstrdup(path)};
	struct vf_error ignored;
	size_t length;
	char *text = read_file(path, FILE_LIMIT, &length, &ignored);

	if (text)
		read_head(&lesson, text, length);
	if (!named)
		free(lesson.name);
	if (!named)
		lesson.name = name_of_file(path);
	free(text);
	if (!lesson.name || find(course, lesson.name)) {
		lesson_deinit(&lesson);
		return;
	}
	GROW(course->lessons, course->n, course->cap);
	course->lessons[course->n++] = lesson;
}

/* --- chapters ----------------------------------------------------------------------------------- */

static bool fail(const struct reader *reader, const struct line *line, struct vf_error *error,
		 const char *format, const char *text)
{
	*error = (struct vf_error){0};
	vf_error_set(error, format, text);
	reader_point(reader, &line->words[line->n > 1 ? 1 : 0], error);
	return false;
}

/* The next lesson in order: those from `placed` on have no place yet. */
static bool place_lesson(struct lesson_course *course, size_t *placed, const char *name)
{
	struct lesson *lesson = find(course, name), moved;
	size_t at;

	if (!lesson || lesson < course->lessons + *placed)
		return false;
	at = (size_t)(lesson - course->lessons);
	moved = *lesson;
	moved.chapter = course->chapter_count - 1;
	memmove(&course->lessons[*placed + 1], &course->lessons[*placed],
		(at - *placed) * sizeof(*course->lessons));
	course->lessons[(*placed)++] = moved;
	return true;
}

/* The course, and how many of its lessons have their place. */
struct placing {
	struct lesson_course *course;
	size_t placed;
};

static bool take_line(void *arg, const struct reader *reader, const struct line *line, struct vf_error *error)
{
	struct placing *placing = arg;
	struct lesson_course *course = placing->course;
	const char *word = line->words[0].text;

	if (!strcmp(word, "chapter") && line->n == 2 && line->words[1].quoted) {
		GROW(course->chapters, course->chapter_count, course->chapter_cap);
		course->chapters[course->chapter_count++] = xstrdup(line->words[1].text);
		return true;
	}
	if (line->n > 1 || !strcmp(word, "chapter"))
		return fail(reader, line, error, "expected chapter \"TITLE\", or one name%s", "");
	if (!course->chapter_count)
		return fail(reader, line, error, "%s is in no chapter: chapter \"TITLE\" has to precede it", word);
	return place_lesson(course, &placing->placed, word) ||
	       fail(reader, line, error, "there is no %s, or it is named twice", word);
}

static bool read_chapters(struct lesson_course *course, const char *path, struct vf_error *error)
{
	struct placing placing = {course, 0};
	size_t length;
	char *text = read_file(path, FILE_LIMIT, &length, error);
	struct reader reader;
	bool ok;

	if (!text)
		return false;
	reader_init(&reader, path, text, length);
	ok = reader_each(&reader, take_line, &placing, error);
	for (size_t i = placing.placed; i < course->n; i++)
		course->lessons[i].chapter = course->chapter_count;
	free(text);
	return ok;
}

/* --- the folder ---------------------------------------------------------------------------------- */

static char *find_folder(const char *name)
{
	struct buf beside = {0};
	char *path = share_path(name);

	if (!access(path, R_OK))
		return path;
	free(path);
	buf_printf(&beside, "../%s", name);
	path = share_path(buf_str(&beside));
	buf_deinit(&beside);
	return path;
}

bool course_read(struct lesson_course *course, const char *folder, bool named, struct vf_error *error)
{
	char *path = find_folder(folder);
	struct buf text = {0};
	glob_t found = {0};
	bool ok = true;

	*course = (struct lesson_course){0};
	*error = (struct vf_error){0};
	buf_printf(&text, "%s/*.vma", path);
	if (!glob(buf_str(&text), 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			add_file(course, found.gl_pathv[i], named);
	globfree(&found);
	buf_clear(&text);
	buf_printf(&text, "%s/chapters", path);
	if (!access(buf_str(&text), F_OK))
		ok = read_chapters(course, buf_str(&text), error);
	buf_deinit(&text);
	free(path);
	return ok;
}
