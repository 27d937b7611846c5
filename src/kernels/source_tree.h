/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's source tree, to show lines of it. Which files are read is said by
 * profiles, and those come from strangers: nothing outside of the tree is read,
 * no link is followed, and nothing but plain files of a bounded size.
 */
#ifndef KERNELS_SOURCE_TREE_H
#define KERNELS_SOURCE_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct kernel;
struct source_place; /* of report/place.h */

/* A tree, and the file of it that was read last. */
struct source_tree {
	char *folder;
	char *file, *text; /* text NULL: it could not be read */
	size_t length;
	char why[160];
};

/* Never NULL: source_text() says when there is no such folder. */
struct source_tree *source_open(const char *folder);
void source_close(struct source_tree *tree);

/*
 * The text of a file of the tree, NUL-terminated, good until the next call; NULL
 * when it cannot be read, which `why` then tells.
 */
const char *source_text(struct source_tree *tree, const char *file);

/*
 * Finds line number `line` (from 1) of a text: *length bytes without the
 * newline, or NULL when there are fewer lines.
 */
const char *source_line(const char *text, unsigned line, size_t *length);

/*
 * Is that a place in this kernel's own source? One without a version is; else its
 * branch must be that of the kernel's name: lines move from one version to the next.
 */
bool source_has(const struct kernel *kernel, const struct source_place *place);

#endif
