/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel as a profile that says only what differs from a known one. */
#ifndef KERNELS_PROFILE_LIKE_H
#define KERNELS_PROFILE_LIKE_H

#include "base/buf.h"
#include "kernels/profile.h"

/*
 * The text of such a profile: like the known one with the fewest differences among those that
 * every such program has. name: one word, or it is put in quotes. Places in the source have no
 * folder above the tree. Notes, title and lines of functions are left out.
 */
void profile_print_like(const struct profiles *profiles, const struct kernel *kernel,
			const char *name, struct buf *out);

/* The known one that differs in nothing but its name and its sources; NULL: none. The caller frees it. */
char *profile_alike(const struct profiles *profiles, const struct kernel *kernel);

/* A clause as a profile has it, without a place: "dst VM_UFFD_WP", "src anon_vma". */
void profile_print_clause(const struct clause *clause, struct buf *out);

/* The place of a clause without a folder above the source tree. */
void profile_print_place(const char *where, struct buf *out);

#endif
