/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/open_named.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"

/* What is no file, in words. */
static const struct {
	mode_t type;
	const char *message, *hint;
} others[] = {
	{S_IFDIR, "is a directory, not a regular file", ""},
	{S_IFIFO, "is a pipe, not a regular file", "to read a named pipe: < PIPE, with /dev/stdin as the file"},
	{S_IFCHR, "is a device, not a regular file", ""},
	{S_IFBLK, "is a device, not a regular file", ""},
	{S_IFSOCK, "is a socket, not a regular file", ""},
	{S_IFLNK, "is a link, which is not followed", ""},
};

static int refuse(const char *message, const char *hint, struct vf_error *error)
{
	vf_error_set(error, "%s", message);
	vf_error_hint(error, "%s", hint);
	return -1;
}

/* Files there are the kernel's: reading one can wait for an event, and take it away. */
static bool is_for_files(int found)
{
	static const unsigned kernels[] = {PROC_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC};
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
		if (!fstatfs(found, &fs) && (unsigned)fs.f_type == kernels[i])
			return false;
	return true;
}

static void own_path(int fd, char *path, size_t size)
{
	snprintf(path, size, "/proc/self/fd/%d", fd);
}

/* A pipe without a name in any folder: somebody has opened its other end already. */
static bool is_passed(int found)
{
	char path[64], target[64];
	ssize_t n;

	own_path(found, path, sizeof(path));
	n = readlink(path, target, sizeof(target));
	return n > 5 && !strncmp(target, "pipe:", 5);
}

static int open_regular(int found, struct vf_error *error)
{
	char path[64];
	int fd;

	own_path(found, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? refuse(strerror(errno), "", error) : fd;
}

/* Reads wait for who writes, as a pipe's do. */
static int open_pipe(int found, struct vf_error *error)
{
	int fd = open_regular(found, error);

	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

int open_found(int found, enum named_by by, struct vf_error *error)
{
	struct stat st;

	if (fstat(found, &st))
		return refuse(strerror(errno), "", error);
	if (by == NAMED_BY_USER && S_ISFIFO(st.st_mode) && is_passed(found))
		return open_pipe(found, error);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if ((st.st_mode & S_IFMT) == others[i].type)
			return refuse(others[i].message, by == NAMED_BY_USER ? others[i].hint : "", error);
	if (by == NAMED_BY_FILE && !is_for_files(found))
		return refuse("is a file of the kernel's, not a regular file", "", error);
	return open_regular(found, error);
}

int open_named(const char *path, enum named_by by, struct vf_error *error)
{
	int found = open(path, O_PATH | O_CLOEXEC), fd;

	if (found < 0)
		return refuse(strerror(errno), "", error);
	fd = open_found(found, by, error);
	close(found);
	return fd;
}
