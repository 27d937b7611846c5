/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files are replaced so that one text is there at all times, the old one or the new one. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

static bool fail(const char *path, const char *message, struct vf_error *error)
{
	vf_error_set(error, "%s", message);
	snprintf(error->file, sizeof(error->file), "%s", path);
	return false;
}

/* close(2) reports what a network file system could not write. */
static bool close_after(int fd, bool ok)
{
	int saved = errno;

	if (close(fd) && ok)
		return false;
	errno = saved;
	return ok;
}

/* Some file systems, and all devices, have nothing to wait for. */
static bool wait_for_disk(int fd)
{
	return !fsync(fd) || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

/* --- a device or a pipe ------------------------------------------------------------------- */

static bool write_into(const char *path, const char *text, size_t length)
{
	/* Does not wait for the reader of a named pipe: without one it fails. */
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0) /* but the reader may be slow */
		fcntl(fd, F_SETFL, 0);
	return fd >= 0 && close_after(fd, write_bytes(fd, text, length));
}

/* --- a new file over the old one ----------------------------------------------------------- */

static mode_t mode_of_new_files(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Of the new file as the old one has them, or as any new file. */
static bool set_owner(int fd, const struct stat *old)
{
	struct stat new;

	if (!old)
		return !fchmod(fd, mode_of_new_files());
	if (fstat(fd, &new))
		return false;
	if ((new.st_uid != old->st_uid || new.st_gid != old->st_gid) && fchown(fd, old->st_uid, old->st_gid))
		return false;
	return !fchmod(fd, old->st_mode & 07777);
}

/* After a rename: the folder has to be on the disk as well. Its text is there in any case. */
static void sync_folder(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

/* *possible false: nothing is wrong with the text, but there can be no such file beside it. */
static bool write_beside(const char *path, const struct stat *old, const char *text, size_t length,
			 bool *possible)
{
	struct buf beside = {0};
	int fd, saved;
	bool ok;

	buf_printf(&beside, "%s.XXXXXX", path);
	fd = mkostemp(beside.s, O_CLOEXEC);
	ok = *possible = fd >= 0 && set_owner(fd, old);
	if (fd >= 0)
		ok = close_after(fd, ok && write_bytes(fd, text, length) && wait_for_disk(fd));
	ok = ok && !rename(beside.s, path);
	saved = errno;
	if (ok)
		sync_folder(path);
	else if (fd >= 0)
		unlink(beside.s);
	buf_deinit(&beside);
	errno = saved;
	return ok;
}

/* --- in its place --------------------------------------------------------------------------- */

/* At most `length` bytes from the start of the file; NULL, with errno. */
static char *read_start(int fd, size_t length)
{
	char *text = xmalloc(length);
	size_t at = 0;
	ssize_t n = 1;

	while (at < length && n > 0) {
		n = pread(fd, text + at, length - at, (off_t)at);
		at += n > 0 ? (size_t)n : 0;
		n = n < 0 && errno == EINTR ? 1 : n;
	}
	if (n >= 0)
		return text;
	free(text);
	return NULL;
}

static bool write_start(int fd, const char *text, size_t length, off_t size)
{
	return !lseek(fd, 0, SEEK_SET) && write_bytes(fd, text, length) && !ftruncate(fd, size) &&
	       wait_for_disk(fd);
}

/* The room for all of it comes first, and the old text back if it is not to be had. */
static bool write_over(const char *path, const struct stat *old, const char *text, size_t length)
{
	size_t covered = (size_t)old->st_size < length ? (size_t)old->st_size : length;
	int fd = open(path, O_RDWR | O_CLOEXEC), saved;
	char *before = fd < 0 ? NULL : read_start(fd, covered);
	bool ok = before;

	if (ok && length && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)length))
		ok = errno == EOPNOTSUPP || errno == ENOSYS;
	if (ok && !write_start(fd, text, length, (off_t)length)) {
		saved = errno;
		write_start(fd, before, covered, old->st_size);
		errno = saved;
		ok = false;
	}
	free(before);
	return fd >= 0 && close_after(fd, ok);
}

/* --- all of them ---------------------------------------------------------------------------- */

bool file_is_read_only(const char *path, const struct stat *st)
{
	return !(st->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) || access(path, W_OK);
}

/* path: without links. old: NULL for a new file. */
static bool write_regular(const char *path, const struct stat *old, const char *text, size_t length)
{
	bool possible = !old || old->st_nlink == 1;
	int saved;

	if (possible && write_beside(path, old, text, length, &possible))
		return true;
	saved = errno;
	if (!possible && old && write_over(path, old, text, length))
		return true;
	if (possible || !old)
		errno = saved;
	return false;
}

static bool write_whole(const char *path, const char *text, size_t length, bool forced, struct vf_error *error)
{
	char *real = realpath(path, NULL);
	int absent = real ? 0 : errno;
	struct stat st = {0};
	bool ok, unread;

	if (!real && !lstat(path, &st)) /* a link to nothing */
		return fail(path, strerror(absent), error);
	if (!forced && real && !stat(real, &st) && S_ISREG(st.st_mode) && file_is_read_only(real, &st)) {
		free(real);
		return fail(path, "is read-only", error);
	}
	if (!real || stat(real, &st))
		ok = write_regular(path, NULL, text, length);
	else if (!S_ISREG(st.st_mode))
		ok = write_into(path, text, length);
	else
		ok = write_regular(real, &st, text, length);
	unread = errno == ENXIO && S_ISFIFO(st.st_mode);
	if (!ok)
		fail(path, unread ? "this named pipe has no reader" : strerror(errno), error);
	free(real);
	return ok;
}

bool write_file(const char *path, const char *text, size_t length, struct vf_error *error)
{
	return write_whole(path, text, length, false, error);
}

bool replace_file(const char *path, const char *text, size_t length, struct vf_error *error)
{
	return write_whole(path, text, length, true, error);
}

bool make_file(const char *path, const char *text, size_t length, struct vf_error *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), saved;

	if (fd < 0)
		return fail(path, strerror(errno), error);
	if (close_after(fd, write_bytes(fd, text, length)))
		return true;
	saved = errno;
	unlink(path); /* a part of it is of no use */
	return fail(path, strerror(saved), error);
}
