/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language/command_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/minmax.h"
#include "language/kernel_spec.h"

#define LOAD_DEPTH 16 /* as deep as symbolic links may be, and more than is readable */
#define BYTES_A_STEP 8 /* of text that is read */

struct loading {
	struct command_list *list;
	take_command *take;
	void *arg;
	const char *open[LOAD_DEPTH + 1]; /* real paths of the files being read */
	unsigned depth;
};

/* Frees a command that does not come into the list. */
static void drop(struct loading *l, struct command *c)
{
	budget_give(l->list->budget, c->bytes);
	command_free(c);
}

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
	reader.budget = l->list->budget;
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
		drop(l, c);
		return ok;
	}
	if (c->spec->id == COMMAND_open && !add_reset(l, reader, error)) {
		drop(l, c);
		return false;
	}
	if (c->spec->id != COMMAND_load && c->spec->id != COMMAND_open)
		return l->take(l->arg, c, reader, error);
	path = command_path(c, c->args.file.file);
	ok = read_one(l, path, c, reader, error);
	free(path);
	drop(l, c);
	return ok;
}

static bool read_text(struct loading *l, struct source *source, struct vf_error *error)
{
	struct reader reader;
	struct line line;
	bool more = true;

	reader_init(&reader, source->file, source->text, source->length);
	reader.budget = l->list->budget;
	budget_spend(reader.budget, source->length / BYTES_A_STEP);
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

void command_list_add_text(struct command_list *list, const char *path, const char *text)
{
	struct source *source = xcalloc(1, sizeof(*source));

	*source = (struct source){
		.file = xstrdup(path),
		.text = xstrdup(text),
		.real = xstrdup(path),
		.length = strlen(text),
		.next = list->sources,
	};
	list->sources = source;
}

/* A file that is loaded often is read once. */
static struct source *open_source(struct command_list *list, const char *path, enum named_by by,
				  struct vf_error *error)
{
	struct source *source = xcalloc(1, sizeof(*source));

	source->text = read_file_within(path, by, list->budget, &source->length, error);
	if (!source->text) {
		free(source);
		return NULL;
	}
	budget_take(list->budget, source->length);
	list->bytes += source->length;
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
		source = open_source(l->list, path, asked ? NAMED_BY_FILE : NAMED_BY_USER, error);
		if (!source && asked) {
			char message[512];

			char hint[256];

			snprintf(message, sizeof(message), "%.200s: %.200s", path, error->message);
			snprintf(hint, sizeof(hint), "%s", error->hint);
			fail_at(asked, asked_by, asked->args.file.file, error, message, hint);
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

bool each_command(const char *path, struct budget *budget, struct command_list *list,
		  take_command *take, void *arg, struct vf_error *error)
{
	struct loading l = {.list = list, .take = take, .arg = arg};

	list->budget = budget;
	return read_one(&l, path, NULL, NULL, error);
}

static bool take_into_list(void *arg, struct command *command, const struct reader *reader,
			   struct vf_error *error)
{
	struct command_list *list = arg;

	(void)reader;
	(void)error;
	GROW(list->v, list->n, list->cap);
	list->v[list->n++] = command;
	list->bytes += command->bytes;
	return true;
}

bool read_commands(const char *path, struct budget *budget, struct command_list *list,
		   struct vf_error *error)
{
	return each_command(path, budget, list, take_into_list, list, error);
}

struct command_charge command_list_lend(struct command_list *list, struct budget *to)
{
	struct command_charge before = {list->budget, list->bytes};

	list->budget = to;
	budget_take(to, list->bytes);
	return before;
}

void command_list_return(struct command_list *list, struct command_charge before)
{
	budget_give(list->budget, list->bytes);
	list->budget = before.budget;
	list->bytes = before.bytes;
}

void command_list_hand_over(struct command_list *list, const struct command *command)
{
	uint64_t bytes = min(command->bytes, list->bytes);

	list->bytes -= bytes;
	budget_give(list->budget, bytes);
}

void command_list_deinit(struct command_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		command_free(list->v[i]);
	free(list->v);
	budget_give(list->budget, list->bytes);
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
