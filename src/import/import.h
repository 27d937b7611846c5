/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real process, or what is left of one, becomes a scenario: a file of the language that
 * builds its address space by hand, with comments on what was not seen and how that was
 * inferred. A process is only read; it is never stopped or changed.
 *
 *   import        order of work, errors      import_scan   entries of a process, as runs
 *   names         what VMAs are called       import_text   the scenario's lines
 *   places        addresses, if anonymous
 *   import_file   order of work for files    dump_heading  what a file cannot tell
 *   smaps_text, smaps_sums                   smaps that somebody has kept
 *   core          core files                 criu          images of CRIU
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/budget.h"
#include "base/buf.h"
#include "base/error.h"

struct import_options {
	const char *what; /* the number of a process, or a file */
	unsigned which;	  /* the process of several that are in a file, from 1 on; 0: there is one only */
	struct budget_amounts budget; /* what carrying the scenario out, with a fork, will take */
	bool anonymous; /* for others to read: no names of files or processes, and other addresses */
};

/*
 * Adds the scenario of a process to `out`, its heading (which is known last) to
 * `heading`. Shows progress on standard error when that is a terminal and it takes
 * more than a second. False: nothing is added, and the error says why and what to do.
 */
bool import_process(pid_t pid, const struct import_options *options, struct buf *heading, struct buf *out,
		    struct vf_error *error);

/*
 * The same for a file: a text that has smaps, a core file, or a folder with images of CRIU.
 */
bool import_file(const struct import_options *options, struct buf *heading, struct buf *out,
		 struct vf_error *error);

/* Prints that, or the error, on behalf of `program`. Returns the exit status: 0 or EXIT_ERROR. */
int import_print(const char *program, const struct import_options *options);

/* The begin of a comment on a process that is what fork made of its parent. */
#define IMPORT_FORKED_COMMENT "# It was forked and has not called exec"

/* A comment of the scenario, for those who read it again: see struct tables_range. */
#define IMPORT_TABLES_COMMENT "# Page tables that fork copies: between %" PRIu64 " and %" PRIu64
#define IMPORT_TABLES_SCAN "# Page tables that fork copies: between %" SCNu64 " and %" SCNu64

#endif
