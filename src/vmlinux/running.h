/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel that runs here: its image, found by its release and recognized by its build-id,
 * or else its memory, which root may read.
 */
#ifndef VMLINUX_RUNNING_H
#define VMLINUX_RUNNING_H

#include "base/buf.h"
#include "vmlinux/reader.h"

/*
 * Reads it, as reader_ask() does, and appends the file's name to `path`. `root` is the folder
 * in which it and /proc and /sys are looked for, "" for this machine. False and an error when
 * there is neither: a file of its release with another build-id is not taken.
 */
bool running_ask(const char *root, const struct reader_options *options,
		 struct findings *findings, struct reader_cost *cost, struct buf *path,
		 struct vf_error *error);

#endif
