/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files, with errors that say what is wrong with them. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The text of a file (the caller frees it), NUL-terminated; NULL on error. */
char *read_file(const char *path, size_t limit, size_t *length, struct vf_error *error);

/* Writes a file as a whole: beside it first, then renamed over it. */
bool write_file(const char *path, const char *text, size_t length, struct vf_error *error);

/* For what must not be written over: false and an error when path is there already. */
bool file_is_new(const char *path, struct vf_error *error);

/*
 * A text that programs of this user can read as a file, under that path, until
 * it is closed or this program ends, whatever ends it.
 */
struct shared_text {
	int fd;
	char path[64];
};
bool share_text(const char *text, size_t length, struct shared_text *shared, struct vf_error *error);
void unshare_text(struct shared_text *shared);

/*
 * $XDG_STATE_HOME/vmafork-tui/FILE (~/.local/state unless set), for what this program
 * keeps from one run to the next; its folders are made. NULL: no home. The caller frees it.
 */
char *state_path(const char *file);

#endif
