/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

static bool fail(const char *path, const char *message, struct vf_error *error)
{
	vf_error_set(error, "%s", message);
	snprintf(error->file, sizeof(error->file), "%s", path);
	return false;
}

/* False without a message: there is more than the limit. */
static bool read_all(int fd, const char *path, size_t limit, struct buf *text,
		     struct vf_error *error)
{
	char block[65536];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(path, strerror(errno), error);
		buf_add(text, block, (size_t)n);
		if (text->len > limit)
			return fail(path, "", error);
	}
	return true;
}

/* NULL, with an error; without a message, if there is more than the limit. */
static char *read_text(const char *path, enum named_by by, size_t limit, size_t *length,
		       struct vf_error *error)
{
	int fd = open_named(path, by, error);
	struct buf text = {0};
	bool ok;

	if (fd < 0) {
		snprintf(error->file, sizeof(error->file), "%s", path);
		return NULL;
	}
	ok = read_all(fd, path, limit, &text, error);
	close(fd);
	if (!ok) {
		buf_deinit(&text);
		return NULL;
	}
	*length = text.len;
	return buf_take(&text);
}

char *read_file(const char *path, size_t limit, size_t *length, struct vf_error *error)
{
	char *text = read_text(path, NAMED_BY_USER, limit, length, error), message[64];

	if (!text && !error->message[0]) {
		snprintf(message, sizeof(message), "is larger than %zu MiB", limit >> 20);
		fail(path, message, error);
	}
	return text;
}

char *read_file_within(const char *path, enum named_by by, const struct budget *budget, size_t *length,
		       struct vf_error *error)
{
	uint64_t most = budget_memory_left(budget) / 2;
	char *text = read_text(path, by, most, length, error);

	if (!text && !error->message[0]) {
		struct budget full = *budget;

		budget_take(&full, 2 * most + 1);
		budget_check(&full, error);
		snprintf(error->file, sizeof(error->file), "%s", path);
	}
	return text;
}

bool write_bytes(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		length -= (size_t)n;
	}
	return true;
}

/* link(2) would be atomic, but not every file system has it. */
bool file_is_new(const char *path, struct vf_error *error)
{
	if (access(path, F_OK))
		return true;
	vf_error_set(error, "%.200s already exists", path);
	vf_error_hint(error, "name another file, or remove that one");
	return false;
}

bool share_text(const char *text, size_t length, struct shared_text *shared, struct vf_error *error)
{
	shared->fd = memfd_create("scenario", MFD_CLOEXEC);
	snprintf(shared->path, sizeof(shared->path), "/proc/%d/fd/%d", (int)getpid(), shared->fd);
	if (shared->fd >= 0 && write_bytes(shared->fd, text, length))
		return true;
	vf_error_set(error, "cannot share a text with a helper program: %s", strerror(errno));
	if (shared->fd >= 0)
		unshare_text(shared);
	return false;
}

void unshare_text(struct shared_text *shared)
{
	close(shared->fd);
	shared->fd = -1;
}

char *state_path(const char *file)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct buf path = {0};

	if (state && *state == '/')
		buf_puts(&path, state);
	else if (home && *home == '/')
		buf_printf(&path, "%s/.local/state", home);
	else
		return NULL;
	buf_puts(&path, "/vmafork-tui");
	for (char *slash = path.s + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path.s, 0700);
		*slash = '/';
	}
	mkdir(path.s, 0700);
	buf_printf(&path, "/%s", file);
	return buf_take(&path);
}
