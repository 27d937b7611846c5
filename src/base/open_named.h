/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens files that people and files name. Opening can wait (a named pipe, a lease), and it can
 * act (a device): neither happens here, whatever the name is.
 */
#ifndef BASE_OPEN_NAMED_H
#define BASE_OPEN_NAMED_H

#include "base/error.h"

enum named_by {
	NAMED_BY_USER, /* a regular file, or a pipe that another program passes: /dev/stdin, <(command) */
	NAMED_BY_FILE, /* untrusted: a regular file on a file system for files */
};

/* For reading; -1 with an error, which names no file. */
int open_named(const char *path, enum named_by by, struct vf_error *error);

/* The same for what is open with O_PATH, which stays the caller's. */
int open_found(int found, enum named_by by, struct vf_error *error);

#endif
