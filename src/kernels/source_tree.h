/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's source tree, to show lines of it. Profiles name the files, and profiles
 * are untrusted input: it reads nothing outside of the tree, follows no link, and reads
 * only regular files of a bounded size.
 */
#ifndef KERNELS_SOURCE_TREE_H
#define KERNELS_SOURCE_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct kernel;
struct source_place; /* of report/place.h */

/* A tree, and its file that was read last. Zeroed: no tree. */
struct source_tree {
	char *folder;
	char *file, *text; /* text NULL: it could not be read */
	size_t length;
	char why[160];
};

/* Never NULL: when there is no such folder, source_text() fails. */
struct source_tree *source_open(const char *folder);
void source_close(struct source_tree *tree);

/*
 * The text of a file of the tree, NUL-terminated, valid until the next call; NULL
 * when it cannot be read, and `why` has the reason.
 */
const char *source_text(struct source_tree *tree, const char *file);

/*
 * Finds line number `line` (from 1) of a text: *length bytes without the
 * newline, or NULL when there are fewer lines.
 */
const char *source_line(const char *text, unsigned line, size_t *length);

/*
 * Is that place in this kernel's own source? Yes without a version; else its branch must be
 * that of the kernel's name, as line numbers change between versions.
 */
bool source_has(const struct kernel *kernel, const struct source_place *place);

#endif
