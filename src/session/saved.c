/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/saved.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "session/session_private.h"

/* --- files ------------------------------------------------------------------------------- */

void saved_deinit(struct saved *saved)
{
	for (size_t i = 0; i < saved->file_count; i++)
		free(saved->files[i].path);
	free(saved->files);
	command_free(saved->last);
	saved_forget_question(saved);
	*saved = (struct saved){0};
}

static struct known_file *find_file(const struct saved *saved, const char *real)
{
	for (size_t i = 0; i < saved->file_count; i++)
		if (!strcmp(saved->files[i].path, real))
			return &saved->files[i];
	return NULL;
}

void saved_know(struct saved *saved, const char *path)
{
	char real[PATH_MAX];
	struct known_file *file;
	struct stat st;

	/* A pipe or a device holds nothing that could be lost. */
	if (!realpath(path, real) || stat(real, &st) || !S_ISREG(st.st_mode))
		return;
	file = find_file(saved, real);
	if (!file) {
		GROW(saved->files, saved->file_count, saved->file_cap);
		file = &saved->files[saved->file_count++];
		file->path = xstrdup(real);
	}
	file->st = st;
}

/* The inode number alone is not enough: it may be reused, and the file may have been edited. */
static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* save /dev/stdout: the user has chosen that file by redirecting the output. */
static bool is_output(const struct stat *st)
{
	struct stat output;

	return !fstat(STDOUT_FILENO, &output) && output.st_dev == st->st_dev &&
	       output.st_ino == st->st_ino;
}

const char *saved_objection(const struct saved *saved, const char *path)
{
	const struct known_file *file;
	char real[PATH_MAX];
	struct stat st;
	bool read_only;

	if (!realpath(path, real) || stat(real, &st) || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)))
		return NULL; /* a new file, or an error that write_file() reports */
	if (is_output(&st))
		return NULL;
	read_only = file_is_read_only(real, &st);
	file = find_file(saved, real);
	if (!file)
		return read_only ? "is read-only, and this session has not loaded or saved it"
				 : "already exists, and this session has not loaded or saved it";
	if (!same_file(&file->st, &st))
		return read_only ? "is read-only, and has changed since this session last read or wrote it"
				 : "has changed since this session last read or wrote it";
	return read_only ? "is read-only" : NULL;
}

/* --- the question ------------------------------------------------------------------------ */

void saved_ask(struct saved *saved, char *question, char *path)
{
	saved_forget_question(saved);
	saved->open = (struct confirmation){question, path, false};
}

void saved_ask_open(struct saved *saved, char *question)
{
	saved_forget_question(saved);
	saved->open = (struct confirmation){question, NULL, true};
}

void saved_forget_question(struct saved *saved)
{
	free(saved->open.question);
	free(saved->open.path);
	saved->open = (struct confirmation){0};
}

void session_set_asks(struct session *s, bool asks)
{
	s->saved.asks = asks;
}

const char *session_asks(const struct session *s)
{
	return s->saved.open.question;
}

bool session_confirm(struct session *s, bool yes, struct buf *out, enum request *request,
		     struct vf_error *error)
{
	struct confirmation asked = s->saved.open;
	bool ok = true;

	assert(asked.question);
	s->saved.open = (struct confirmation){0};
	*request = REQUEST_NONE;
	if (asked.opens && yes) {
		ok = aside_open(s, out, error);
		*request = REQUEST_CHANGED;
	} else if (asked.opens) {
		aside_decline(s, out);
	} else if (yes && asked.path) {
		ok = session_save(s, asked.path, out, error);
	} else if (yes) {
		*request = REQUEST_QUIT;
	} else if (asked.path) {
		buf_printf(out, "not saved: %s is unchanged\n", asked.path);
	} else {
		buf_puts(out, "save FILE keeps the session\n");
	}
	free(asked.question);
	free(asked.path);
	return ok;
}

/* --- the log ----------------------------------------------------------------------------- */

bool session_unsaved(const struct session *s)
{
	const struct command *last = s->log.count ? s->log.entries[s->log.count - 1].command : NULL;

	if (s->log.count == s->saved.log_count && last == s->saved.last)
		return false;
	return log_start(&s->log) < s->log.count; /* else the session is empty */
}

void session_mark_saved(struct session *s)
{
	command_free(s->saved.last);
	s->saved.log_count = s->log.count;
	s->saved.last = s->log.count ? command_hold(s->log.entries[s->log.count - 1].command) : NULL;
}

void session_mark_unsaved(struct session *s)
{
	command_free(s->saved.last);
	s->saved.last = NULL;
	s->saved.log_count = 0;
}
