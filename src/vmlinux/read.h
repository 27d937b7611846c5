/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads everything about a kernel from files that are already open. */
#ifndef VMLINUX_READ_H
#define VMLINUX_READ_H

#include "vmlinux/findings.h"

/* What there is to read. */
struct read_files {
	bool memory; /* of the kernel that runs (image_memory.h), instead of an image */
	int kernel;  /* either of them */
	int beside;  /* the debug info of an image, or a list of the symbols in memory; -1: none */
};

/*
 * Reads the kernel in `files`. One without `build_id`, in hex, is an error, unless that is
 * NULL. Fills in findings->error when that does not work. Needs no more than memory: it can
 * run in a sandbox.
 */
void read_kernel(const struct read_files *files, const char *build_id, struct findings *findings);

#endif
