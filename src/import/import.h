/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real process becomes a scenario: a file of the language that builds its
 * address space by hand, with comments on what /proc does not show and how that was
 * inferred. The process is only read; it is never stopped or changed.
 *
 *   import        order of work, errors      import_pages  entries, as runs
 *   import_names  what VMAs are called       import_text   the scenario's lines
 *   places        addresses, if anonymous
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/budget.h"
#include "base/buf.h"
#include "base/error.h"

struct import_options {
	pid_t pid;
	struct budget_amounts budget; /* what carrying the scenario out, with a fork, will take */
	bool anonymous; /* for others to read: no names of files or processes, and other addresses */
};

/*
 * Adds the scenario of a process to `out`, its heading (which is known last) to
 * `heading`. Shows progress on standard error when that is a terminal and it takes
 * more than a second. False: nothing is added, and the error says why and what to do.
 */
bool import_process(const struct import_options *options, struct buf *heading, struct buf *out,
		    struct vf_error *error);

/* Prints that, or the error, on behalf of `program`. Returns the exit status: 0 or EXIT_ERROR. */
int import_print(const char *program, const struct import_options *options);

#endif
