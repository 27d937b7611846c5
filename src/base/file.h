/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes whole files, with errors that name the file. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/budget.h"
#include "base/error.h"
#include "base/open_named.h"

/* The text of a file that the user names (the caller frees it), NUL-terminated; NULL on error. */
char *read_file(const char *path, size_t limit, size_t *length, struct vf_error *error);

/*
 * The same for a file that may take what a budget has left. A text takes several times its
 * size until it is carried out, so that more than half of that is refused at once. The caller
 * charges the text.
 */
char *read_file_within(const char *path, enum named_by by, const struct budget *budget, size_t *length,
		       struct vf_error *error);

/*
 * Writes a file as a whole. On an error (a full disk, for one) what was there is unchanged.
 * Links are followed; owner, mode and hard links are kept. The text is on the disk before it
 * replaces the old one, except where only the old file itself can be written: if it has
 * several links, an owner that this user cannot give away, or a folder that takes no other file.
 * A file that is read-only is an error: replace_file() replaces that, too.
 */
bool write_file(const char *path, const char *text, size_t length, struct vf_error *error);
bool replace_file(const char *path, const char *text, size_t length, struct vf_error *error);

/* Nobody may write it, or not this user: root, who may write all, asks as well. */
bool file_is_read_only(const char *path, const struct stat *st);

/* Makes a file with that text. What exists is not replaced: it is an error. */
bool make_file(const char *path, const char *text, size_t length, struct vf_error *error);

/* All of it, whatever interrupts; false, with errno. */
bool write_bytes(int fd, const char *text, size_t length);

/* For files that must not be overwritten: false and an error when path exists. */
bool file_is_new(const char *path, struct vf_error *error);

/*
 * A text that other programs of this user can read as the file `path`, until it is closed
 * or this program ends for any reason.
 */
struct shared_text {
	int fd;
	char path[64];
};
bool share_text(const char *text, size_t length, struct shared_text *shared, struct vf_error *error);
void unshare_text(struct shared_text *shared);

/*
 * $XDG_STATE_HOME/vmafork-tui/FILE (by default in ~/.local/state), for what this program
 * keeps from one run to the next; creates its folders. NULL: HOME is not set. The caller frees it.
 */
char *state_path(const char *file);

#endif
