/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a kernel. The files are opened here; a child in a sandbox (sandbox.h) reads
 * them and returns findings. A crash of that child is an error like any other.
 */
#ifndef VMLINUX_READER_H
#define VMLINUX_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "vmlinux/findings.h"

struct reader_options {
	const char *debug_file; /* the debug info; NULL: in the image, or where its build-id or link leads */
	const char *debug_dir;	/* where separate debug info is kept: /usr/lib/debug */
	const char *build_id;	/* in hex, that the image must have; NULL: any */
};

/* What reading took: of the last child, if there was more than one. */
struct reader_cost {
	double seconds;	   /* that passed */
	double processor;  /* of them, on a processor */
	uint64_t resident; /* at most, in bytes */
};

/*
 * Reads the image at `path`. False and an error when it cannot be
 * read or understood; `findings` then holds what was found so far.
 * `cost` may be NULL.
 */
bool reader_ask(const char *path, const struct reader_options *options, struct findings *findings,
		struct reader_cost *cost, struct vf_error *error);

/*
 * The same for the kernel that runs, through the file `memory`, /proc/kcore, and the list of
 * its symbols, /proc/kallsyms, which may be missing. Of the options only the build-id counts.
 */
bool reader_ask_memory(const char *memory, const char *symbols, const struct reader_options *options,
		       struct findings *findings, struct reader_cost *cost, struct vf_error *error);

#endif
