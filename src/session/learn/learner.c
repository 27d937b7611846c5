/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/learn/learner.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "language/command.h"

#define HEAD "vmafork-tui progress"
enum { VERSION = 1, FILE_LIMIT = 1 << 20, NAME_MOST = 32 };

bool learner_name_fits(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return n && n <= NAME_MOST;
}

void learner_deinit(struct learner *progress)
{
	for (size_t i = 0; i < progress->n; i++)
		free(progress->lessons[i].name);
	for (size_t i = 0; i < progress->missed_count; i++)
		free(progress->missed[i].belief);
	for (size_t i = 0; i < progress->quiz_count; i++)
		free(progress->quiz[i].topic);
	for (size_t i = 0; i < progress->again_count; i++) {
		free(progress->again[i].kind);
		free(progress->again[i].belief);
	}
	free(progress->lessons);
	free(progress->missed);
	free(progress->quiz);
	free(progress->again);
	*progress = (struct learner){0};
}

const struct lesson_progress *learner_lesson(const struct learner *progress, const char *name)
{
	for (size_t i = 0; i < progress->n; i++)
		if (!strcmp(progress->lessons[i].name, name))
			return &progress->lessons[i];
	return NULL;
}

struct lesson_progress *learner_add_lesson(struct learner *progress, const char *name)
{
	struct lesson_progress *there = (struct lesson_progress *)learner_lesson(progress, name);

	if (there)
		return there;
	GROW(progress->lessons, progress->n, progress->cap);
	progress->lessons[progress->n] = (struct lesson_progress){.name = xstrdup(name)};
	return &progress->lessons[progress->n++];
}

static void add_missed(struct learner *progress, const char *belief, unsigned times)
{
	for (size_t i = 0; i < progress->missed_count; i++)
		if (!strcmp(progress->missed[i].belief, belief)) {
			progress->missed[i].times += times;
			return;
		}
	GROW(progress->missed, progress->missed_count, progress->missed_cap);
	progress->missed[progress->missed_count++] = (struct missed_belief){xstrdup(belief), times};
}

void learner_add_missed(struct learner *progress, const char *belief)
{
	add_missed(progress, belief, 1);
}

/* --- the quiz ----------------------------------------------------------------------------------- */

const struct quiz_progress *learner_quiz(const struct learner *progress, const char *topic)
{
	for (size_t i = 0; i < progress->quiz_count; i++)
		if (!strcmp(progress->quiz[i].topic, topic))
			return &progress->quiz[i];
	return NULL;
}

struct quiz_progress *learner_add_quiz(struct learner *progress, const char *topic)
{
	struct quiz_progress *there = (struct quiz_progress *)learner_quiz(progress, topic);

	if (there)
		return there;
	GROW(progress->quiz, progress->quiz_count, progress->quiz_cap);
	progress->quiz[progress->quiz_count] = (struct quiz_progress){.topic = xstrdup(topic), .level = 1};
	return &progress->quiz[progress->quiz_count++];
}

static bool is_that(const struct missed_question *missed, const char *kind, const char *belief)
{
	if (kind || missed->kind)
		return kind && missed->kind && !strcmp(missed->kind, kind);
	return belief && missed->belief && !strcmp(missed->belief, belief);
}

void learner_drop_again(struct learner *progress, const char *kind, const char *belief)
{
	struct missed_question *again = progress->again;
	size_t i = 0;

	while (i < progress->again_count && !is_that(&again[i], kind, belief))
		i++;
	if (i == progress->again_count)
		return;
	free(again[i].kind);
	free(again[i].belief);
	progress->again_count--;
	memmove(&again[i], &again[i + 1], (progress->again_count - i) * sizeof(*again));
}

void learner_add_again(struct learner *progress, const char *kind, const char *belief)
{
	learner_drop_again(progress, kind, belief);
	GROW(progress->again, progress->again_count, progress->again_cap);
	progress->again[progress->again_count++] =
		(struct missed_question){kind ? xstrdup(kind) : NULL, belief ? xstrdup(belief) : NULL};
}

/* --- the file ---------------------------------------------------------------------------------- */

/* The numbers of a lesson's line. */
static const struct {
	const char *word;
	size_t at; /* of an unsigned in struct lesson_progress */
} numbers[] = {
#define N(word, field) {word, offsetof(struct lesson_progress, field)}
	N("times", times),	     N("best", best),		N("asked", marks.asked),
	N("right", marks.right),     N("second", marks.second), N("skipped", marks.skipped),
	N("hints", marks.hints),     N("tasks", marks.tasks),	N("reached", marks.reached),
	N("stars", marks.stars),     N("left-at", left_at),
#undef N
};

static unsigned *number_of(struct lesson_progress *lesson, size_t i)
{
	return (unsigned *)((char *)lesson + numbers[i].at);
}

static void print(struct learner *progress, struct buf *out)
{
	buf_printf(out, "%s %d\n", HEAD, VERSION);
	for (size_t i = 0; i < progress->n; i++) {
		buf_printf(out, "lesson %s", progress->lessons[i].name);
		for (size_t k = 0; k < ARRAY_SIZE(numbers); k++)
			buf_printf(out, " %s %u", numbers[k].word, *number_of(&progress->lessons[i], k));
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < progress->missed_count; i++) {
		buf_printf(out, "missed %u ", progress->missed[i].times);
		command_print_quoted(progress->missed[i].belief, out);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < progress->quiz_count; i++) {
		const struct quiz_progress *q = &progress->quiz[i];

		buf_printf(out, "quiz %s level %u run %u asked %u right %u\n", q->topic, q->level, q->run, q->asked,
			   q->right);
	}
	for (size_t i = 0; i < progress->again_count; i++) {
		buf_printf(out, "again %s ", progress->again[i].kind ? progress->again[i].kind : "-");
		command_print_quoted(progress->again[i].belief ? progress->again[i].belief : "", out);
		buf_putc(out, '\n');
	}
}

static bool take_number(const struct word *word, unsigned *number)
{
	char more;

	return sscanf(word->text, "%u%c", number, &more) == 1;
}

static void take_lesson(struct learner *progress, const struct line *line)
{
	struct lesson_progress read = {0}, *lesson;

	if (line->n != 2 + 2 * ARRAY_SIZE(numbers))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (strcmp(line->words[2 + 2 * i].text, numbers[i].word) ||
		    !take_number(&line->words[3 + 2 * i], number_of(&read, i)))
			return;
	lesson = learner_add_lesson(progress, line->words[1].text);
	read.name = lesson->name;
	*lesson = read;
}

static void take_quiz(struct learner *progress, const struct line *line)
{
	static const char *const words[] = {"level", "run", "asked", "right"};
	struct quiz_progress q = {0};
	unsigned *const values[] = {&q.level, &q.run, &q.asked, &q.right};

	if (line->n != 2 + 2 * ARRAY_SIZE(words))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(line->words[2 + 2 * i].text, words[i]) || !take_number(&line->words[3 + 2 * i], values[i]))
			return;
	q.topic = learner_add_quiz(progress, line->words[1].text)->topic;
	*learner_add_quiz(progress, q.topic) = q;
}

static void take_again(struct learner *progress, const char *kind, const char *belief)
{
	learner_add_again(progress, strcmp(kind, "-") ? kind : NULL, belief[0] ? belief : NULL);
}

/* A line that this version does not know is left out. */
static bool take_line(void *arg, const struct reader *reader, const struct line *line, struct vf_error *error)
{
	const char *word = line->words[0].text;
	unsigned times;

	(void)reader;
	(void)error;
	if (!strcmp(word, "lesson"))
		take_lesson(arg, line);
	else if (!strcmp(word, "missed") && line->n == 3 && take_number(&line->words[1], &times))
		add_missed(arg, line->words[2].text, times);
	else if (!strcmp(word, "quiz"))
		take_quiz(arg, line);
	else if (!strcmp(word, "again") && line->n == 3)
		take_again(arg, line->words[1].text, line->words[2].text);
	return true;
}

static bool parse(struct learner *progress, const char *text, size_t length, const char *path,
		  struct vf_error *error)
{
	struct vf_error ignored;
	struct reader reader;
	int version = 0;

	if (sscanf(text, HEAD "%d", &version) != 1 || version != VERSION) {
		vf_error_set(error, version > VERSION ? "%s was written by a newer version of vmafork-tui"
						      : "%s is not a learner's progress", path);
		vf_error_hint(error, "use another learner (--learner NAME), or remove the file");
		return false;
	}
	reader_init(&reader, path, text, length);
	while (!reader_each(&reader, take_line, progress, &ignored))
		reader_skip_line(&reader);
	return true;
}

static bool load_path(struct learner *progress, const char *path, struct vf_error *error)
{
	size_t length;
	char *text;
	bool ok;

	*progress = (struct learner){0};
	if (access(path, F_OK) && errno == ENOENT)
		return true;
	text = read_file(path, FILE_LIMIT, &length, error);
	ok = text && parse(progress, text, length, path, error);
	free(text);
	return ok;
}

static char *learner_path(const char *learner, struct vf_error *error)
{
	struct buf name = {0};
	char *path;

	*error = (struct vf_error){0};
	buf_printf(&name, "learner-%s", learner);
	path = state_path(buf_str(&name));
	buf_deinit(&name);
	if (!path)
		vf_error_set(error, "cannot keep progress: neither XDG_STATE_HOME nor HOME is set");
	return path;
}

bool learner_load(struct learner *progress, const char *learner, struct vf_error *error)
{
	char *path = learner_path(learner, error);
	bool ok = path && load_path(progress, path, error);

	if (!path)
		*progress = (struct learner){0};
	free(path);
	return ok;
}

/* --- changing it -------------------------------------------------------------------------------- */

/* Waits for the other session that changes it. -1: *error. */
static int lock(const char *path, struct vf_error *error)
{
	struct buf name = {0};
	int fd;

	buf_printf(&name, "%s.lock", path);
	fd = open(buf_str(&name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	while (fd >= 0 && flock(fd, LOCK_EX))
		if (errno != EINTR) {
			close(fd);
			fd = -1;
		}
	if (fd < 0)
		vf_error_set(error, "cannot lock %s: %s", buf_str(&name), strerror(errno));
	buf_deinit(&name);
	return fd;
}

bool learner_update(const char *learner, learner_change *change, void *arg, struct vf_error *error)
{
	char *path = learner_path(learner, error);
	int fd = path ? lock(path, error) : -1;
	struct learner progress = {0};
	struct buf text = {0};
	bool ok = fd >= 0 && load_path(&progress, path, error);

	if (ok) {
		change(&progress, arg);
		print(&progress, &text);
		ok = write_file(path, buf_str(&text), text.len, error);
	}
	learner_deinit(&progress);
	buf_deinit(&text);
	if (fd >= 0)
		close(fd);
	free(path);
	return ok;
}

bool learner_reset(const char *learner, char **kept, struct vf_error *error)
{
	char *path = learner_path(learner, error);
	int fd = path ? lock(path, error) : -1;
	struct buf old = {0};
	bool ok = fd >= 0;

	*kept = NULL;
	if (ok && !access(path, F_OK)) {
		buf_printf(&old, "%s~", path);
		ok = !rename(path, buf_str(&old));
		if (!ok)
			vf_error_set(error, "%s: %s", path, strerror(errno));
	}
	if (ok && old.len)
		*kept = buf_take(&old);
	buf_deinit(&old);
	if (fd >= 0)
		close(fd);
	free(path);
	return ok;
}
