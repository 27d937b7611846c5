/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts that this program keeps from one run to the next, each by a name: see state_path(). */
#ifndef BASE_KEPT_H
#define BASE_KEPT_H

#include "base/buf.h"
#include "base/error.h"

/*
 * The text, which the caller frees, and its path. NULL: none is kept (error->message is empty), or
 * it cannot be read.
 */
char *kept_read(const char *name, size_t limit, size_t *length, struct buf *path, struct vf_error *error);

/* Keeps it in place of what there was, and adds its path to `path`. */
bool kept_write(const char *name, const char *text, size_t length, struct buf *path,
		struct vf_error *error);

#endif
