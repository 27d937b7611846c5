/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language/command_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "language/kernel_spec.h"

#define FILE_LIMIT ((size_t)16 << 20)
#define LOAD_DEPTH 16
#define COMMAND_LIMIT 600000

struct loading {
	struct command_list *list;
	const char *open[LOAD_DEPTH + 1]; /* real paths of the files being read */
	unsigned depth;
	size_t lines; /* commands, loads included */
};

static bool fail_at(const struct command *c, const struct reader *reader, unsigned word,
		    struct vf_error *error, const char *message, const char *hint)
{
	vf_error_set(error, "%s", message);
	vf_error_hint(error, "%s", hint);
	command_point(c, reader, word, error);
	return false;
}

static bool read_one(struct loading *l, const char *path, const struct command *asked,
		     const struct reader *asked_by, struct vf_error *error);

static bool add_command(struct loading *l, struct command *c, const struct reader *reader,
			struct vf_error *error);

/* `open` in a file: reset, then the other file's commands. */
static bool add_reset(struct loading *l, const struct reader *at, struct vf_error *error)
{
	static const char text[] = "reset";
	struct reader reader;
	struct line line;
	bool more;

	reader_init(&reader, at->file, text, sizeof(text) - 1);
	return reader_next(&reader, &line, &more, error) &&
	       add_command(l, command_parse(&reader, &line, false, error), at, error);
}

static bool add_command(struct loading *l, struct command *c, const struct reader *reader,
			struct vf_error *error)
{
	bool ok;
	char *path;

	if (c->spec->prompt_only) { /* files are untrusted input */
		char hint[80];

		snprintf(hint, sizeof(hint), "use %s at the prompt or in --batch", c->spec->name);
		ok = fail_at(c, reader, 0, error, c->spec->prompt_only, hint);
		command_free(c);
		return ok;
	}
	if (++l->lines > COMMAND_LIMIT) {
		ok = fail_at(c, reader, 0, error, "more than 600,000 commands", "");
		command_free(c);
		return ok;
	}
	if (c->spec->id == COMMAND_open && !add_reset(l, reader, error)) {
		command_free(c);
		return false;
	}
	if (c->spec->id != COMMAND_load && c->spec->id != COMMAND_open) {
		GROW(l->list->v, l->list->n, l->list->cap);
		l->list->v[l->list->n++] = c;
		return true;
	}
	path = command_path(c, c->args.file.file);
	ok = read_one(l, path, c, reader, error);
	free(path);
	command_free(c);
	return ok;
}

static bool read_text(struct loading *l, struct source *source, struct vf_error *error)
{
	struct reader reader;
	struct line line;
	bool more = true;

	reader_init(&reader, source->file, source->text, source->length);
	for (;;) {
		struct command *c;

		if (!reader_next(&reader, &line, &more, error))
			return false;
		if (!more)
			return true;
		c = command_parse(&reader, &line, false, error);
		if (!c || !add_command(l, c, &reader, error))
			return false;
	}
}

static struct source *find_source(const struct command_list *list, const char *path)
{
	struct source *source = list->sources;

	while (source && strcmp(source->file, path))
		source = source->next;
	return source;
}

/* A file that is loaded often is read once. */
static struct source *open_source(struct command_list *list, const char *path,
				  struct vf_error *error)
{
	struct source *source = xcalloc(1, sizeof(*source));

	source->text = read_file(path, FILE_LIMIT, &source->length, error);
	if (!source->text) {
		free(source);
		return NULL;
	}
	source->file = xstrdup(path);
	source->real = realpath(path, NULL);
	if (!source->real)
		source->real = xstrdup(path);
	source->next = list->sources;
	list->sources = source;
	return source;
}

static bool read_one(struct loading *l, const char *path, const struct command *asked,
		     const struct reader *asked_by, struct vf_error *error)
{
	struct source *source = find_source(l->list, path);
	bool ok;

	if (!source) {
		source = open_source(l->list, path, error);
		if (!source && asked) {
			char message[512];

			snprintf(message, sizeof(message), "%.200s: %.200s", path, error->message);
			fail_at(asked, asked_by, asked->args.file.file, error, message, "");
		}
		if (!source)
			return false;
	}
	for (unsigned i = 0; i < l->depth; i++)
		if (!strcmp(l->open[i], source->real))
			return fail_at(asked, asked_by, asked->args.file.file, error,
				       "this file loads itself, directly or through others", "");
	if (l->depth > LOAD_DEPTH)
		return fail_at(asked, asked_by, asked->args.file.file, error,
			       "files load each other more than 16 levels deep", "");
	l->open[l->depth++] = source->real;
	ok = read_text(l, source, error);
	l->depth--;
	return ok;
}

bool read_commands(const char *path, struct command_list *list, struct vf_error *error)
{
	struct loading l = {.list = list};

	return read_one(&l, path, NULL, NULL, error);
}

void command_list_deinit(struct command_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		command_free(list->v[i]);
	free(list->v);
	while (list->sources) {
		struct source *source = list->sources;

		list->sources = source->next;
		free(source->file);
		free(source->text);
		free(source->real);
		free(source);
	}
	*list = (struct command_list){0};
}

bool command_reader(const struct command_list *list, const struct command *c, struct reader *reader)
{
	struct source *source = find_source(list, c->file);

	if (source) {
		reader_init(reader, source->file, source->text, source->length);
		return true;
	}
	reader_init(reader, c->file, "", 0);
	return false;
}
