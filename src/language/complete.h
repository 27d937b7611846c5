/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion of a command line. */
#ifndef LANGUAGE_COMPLETE_H
#define LANGUAGE_COMPLETE_H

#include <stddef.h>

#include "model/machine.h"

/* The kind of file names that also fit. */
enum want_path { WANT_NO_PATH, WANT_FILE, WANT_FOLDER, WANT_IMAGE /* a file after vmlinux: */ };

/* The names that can be given at present. */
struct known_names {
	const struct machine *machine; /* VMAs and userfaultfds */
	const char *const *kernels;
	size_t kernel_count;
	uint64_t clause_flags; /* that the chosen kernels look up */
};

/*
 * Completions of the word that ends at `point` (a byte offset into line).
 * Returns a NULL-terminated array, array and strings owned by the caller; NULL
 * when there are none. *start: where that word begins. The caller completes file
 * names: *want says which.
 */
char **complete_line(const struct known_names *known, const char *line, size_t point,
		     size_t *start, enum want_path *want);

#endif
