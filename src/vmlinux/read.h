/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads everything about an image from files that are already open. */
#ifndef VMLINUX_READ_H
#define VMLINUX_READ_H

#include "vmlinux/findings.h"

/*
 * Reads the image in `fd`, and its debug info from `debug_fd` when that is not
 * -1. An image without `build_id`, in hex, is an error, unless that is NULL. Fills in
 * findings->error when that does not work. Needs no more than memory: it can run in a
 * sandbox.
 */
void read_image(int fd, int debug_fd, const char *build_id, struct findings *findings);

#endif
