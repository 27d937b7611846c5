/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/aside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "session/session_private.h"

#define OPEN "session-"	   /* names of those that are offered start with it */
#define DECLINED "declined-" /* and of those that were declined, with that */

/* --- files ----------------------------------------------------------------------------------- */

static void close_file(struct aside_file *file)
{
	if (!file->path)
		return;
	close(file->fd);
	free(file->path);
	*file = (struct aside_file){0};
}

static void remove_file(struct aside_file *file)
{
	if (file->path)
		unlink(file->path);
	close_file(file);
}

void aside_deinit(struct aside *aside)
{
	remove_file(&aside->own);
	close_file(&aside->offered);
	command_free(aside->held);
	*aside = (struct aside){0};
}

/* The folder, which is created; NULL: there is no home. The caller frees it. */
static char *folder(void)
{
	char *path = state_path("unsaved");

	if (path)
		mkdir(path, 0700);
	return path;
}

/* Is it the file of that path still? Another session removes what it finds empty. */
static bool still_there(const struct aside_file *file)
{
	struct stat here, there;

	return !fstat(file->fd, &here) && !stat(file->path, &there) && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

static bool make_own(struct aside_file *file)
{
	char *in = folder();

	errno = ENOENT;
	while (in && !file->path) {
		struct buf path = {0};

		buf_printf(&path, "%s/" OPEN "XXXXXX.vma", in);
		file->fd = mkostemps(path.s, (int)strlen(".vma"), O_CLOEXEC);
		if (file->fd < 0) {
			buf_deinit(&path);
			break;
		}
		file->path = buf_take(&path);
		flock(file->fd, LOCK_EX);
		if (!still_there(file))
			close_file(file);
	}
	free(in);
	return file->path;
}

/* --- keeping --------------------------------------------------------------------------------- */

static struct log_end end_of(const struct log *log)
{
	return (struct log_end){log->count ? log->entries[log->count - 1].command : NULL, log->count};
}

static bool same_end(struct log_end a, struct log_end b)
{
	return a.last == b.last && a.count == b.count;
}

/* Has the log only grown since? */
static bool only_grew(const struct aside *aside, const struct log *log)
{
	size_t n = aside->kept.count;

	return n && n <= log->count && log->entries[n - 1].command == aside->kept.last && log_start(log) < n;
}

/* Over what is at that offset, which becomes the file's end. */
static bool write_at(struct aside *aside, size_t at, const struct buf *text)
{
	int fd = aside->own.fd;

	if (lseek(fd, (off_t)at, SEEK_SET) < 0 || !write_bytes(fd, buf_str(text), text->len)) {
		int saved = errno;

		if (at == aside->size && ftruncate(fd, (off_t)at)) /* half a command is none */
			aside->size = 0;
		errno = saved;
		return false;
	}
	aside->size = at + text->len;
	return !ftruncate(fd, (off_t)aside->size);
}

static void note_kept(struct aside *aside, struct log_end end)
{
	command_free(aside->held);
	aside->held = end.last ? command_hold((struct command *)end.last) : NULL;
	aside->kept = end;
}

static bool keep(struct session *s)
{
	struct aside *aside = &s->aside;
	bool grew = only_grew(aside, &s->log), ok;
	struct buf text = {0};

	if (!aside->own.path && !make_own(&aside->own))
		return false;
	session_print_log(s, grew ? aside->kept.count : 0, &text);
	ok = write_at(aside, grew ? aside->size : 0, &text);
	buf_deinit(&text);
	note_kept(aside, ok ? end_of(&s->log) : (struct log_end){0});
	return ok;
}

static void keep_nothing(struct aside *aside)
{
	static const struct buf nothing = {0};

	if (aside->size)
		write_at(aside, 0, &nothing);
	note_kept(aside, (struct log_end){0});
}

bool session_keep_aside(struct session *s, struct vf_error *error)
{
	struct aside *aside = &s->aside;
	struct log_end log = end_of(&s->log), saved = {s->saved.last, s->saved.log_count};
	bool ok = true;

	if (same_end(log, aside->log) && same_end(saved, aside->saved))
		return true;
	aside->log = log;
	aside->saved = saved;
	if (session_unsaved(s))
		ok = keep(s);
	else
		keep_nothing(aside);
	if (ok || aside->failed)
		return true;
	aside->failed = true;
	vf_error_set(error, "cannot keep a copy of unsaved work: %s", strerror(errno));
	vf_error_hint(error, "save FILE keeps it");
	return false;
}

void session_leave_aside(struct session *s)
{
	if (s->aside.size)
		close_file(&s->aside.own);
}

/* --- offering -------------------------------------------------------------------------------- */

/* Locks it, so that it is offered once. False: it is in use, or there is nothing in it. */
static bool take(const char *path, struct aside_file *file, struct stat *st)
{
	file->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (file->fd < 0)
		return false;
	file->path = xstrdup(path);
	if (fstat(file->fd, st) || !S_ISREG(st->st_mode) || flock(file->fd, LOCK_EX | LOCK_NB) ||
	    !still_there(file)) {
		close_file(file);
		return false;
	}
	if (st->st_size)
		return true;
	remove_file(file);
	return false;
}

/* The newest one that was left; its time is *when. */
static bool find_left(struct aside_file *newest, time_t *when)
{
	char *in = folder();
	DIR *dir = in ? opendir(in) : NULL;
	struct dirent *entry;

	*when = 0;
	while (dir && (entry = readdir(dir))) {
		struct aside_file file = {0};
		struct buf path = {0};
		struct stat st = {0};

		if (strncmp(entry->d_name, OPEN, strlen(OPEN)))
			continue;
		buf_printf(&path, "%s/%s", in, entry->d_name);
		if (take(buf_str(&path), &file, &st) && (!newest->path || st.st_mtime > *when)) {
			close_file(newest);
			*newest = file;
			*when = st.st_mtime;
		} else {
			close_file(&file);
		}
		buf_deinit(&path);
	}
	if (dir)
		closedir(dir);
	free(in);
	return newest->path;
}

bool session_offer_aside(struct session *s, struct buf *out)
{
	char date[32] = "";
	struct tm tm;
	time_t when;

	if (!find_left(&s->aside.offered, &when))
		return false;
	if (localtime_r(&when, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M", &tm);
	buf_printf(out, "A session ended early on %s. ", date);
	if (s->log.count) { /* this one has work of its own */
		buf_puts(out, "vmafork-tui without a file offers its unsaved work.\n");
		close_file(&s->aside.offered);
	} else {
		buf_printf(out, "Its work is in %s.\n", s->aside.offered.path);
		saved_ask_open(&s->saved, xstrdup("Open its unsaved work?"));
	}
	return true;
}

bool aside_open(struct session *s, struct buf *out, struct vf_error *error)
{
	struct aside_file *offered = &s->aside.offered;
	struct vf_error unkept;

	if (!session_load(s, offered->path, out, error)) {
		close_file(offered);
		return false;
	}
	session_mark_unsaved(s);
	buf_puts(out, "opened, and not saved: save FILE keeps it\n");
	/* The old one goes when there is a new one. */
	if (session_keep_aside(s, &unkept) && s->aside.size)
		remove_file(offered);
	else
		close_file(offered);
	return true;
}

void aside_decline(struct session *s, struct buf *out)
{
	struct aside_file *offered = &s->aside.offered;
	const char *name = strrchr(offered->path, '/') + 1;
	struct buf path = {0};

	buf_add(&path, offered->path, (size_t)(name - offered->path));
	buf_printf(&path, DECLINED "%s", name + strlen(OPEN));
	if (!rename(offered->path, buf_str(&path)))
		buf_printf(out, "not opened: it is in %s\n", path.s);
	buf_deinit(&path);
	close_file(offered);
}
