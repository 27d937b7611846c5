/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel profiles: reads them, and finds the one that answers for a version.
 *
 *   name     v6.19-rc7
 *   like     v6.18                    # what is not said here is as there
 *   title    "copy-on-fork mask, looked up on the child"
 *   from     6.19-rc7                 # from this version on, and
 *   from     6.18.37                  # from this one of that branch
 *   clause   dst VM_PFNMAP VM_MIXEDMAP VM_UFFD_WP VM_MAYBE_GUARD where "7.2 mm/memory.c:1506"
 *   clause   src anon_vma
 *   behaviour guard-regions any-flag
 *   uffd     event-fork wp-async ...
 *   line     copy_pte_range "mm/memory.c:1225"
 *   note     "35e247032606 ..."
 */
#ifndef KERNELS_PROFILE_H
#define KERNELS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "model/kernel.h"

/* All profiles that the program knows. */
struct profiles;

/*
 * The one set of this process: the files of share/kernels/ (see share_path), or those
 * compiled in when there is no such folder. The first call reads it; it is kept until the
 * process ends. A profile equal to the one compiled in is parsed on demand. Never NULL.
 * Ignores a broken file: profiles_find() returns its error for the kernels that it answers for.
 */
const struct profiles *profiles_all(void);

/* Prints on standard error which files are ignored and why; for programs, once. */
void profiles_show_broken(const char *program);

/*
 * The kernel that SPEC names: a version, a profile's name, or a file. The caller
 * frees it. NULL on error.
 */
struct kernel *profiles_find(const struct profiles *profiles, const char *spec,
			     struct vf_error *error);

/*
 * The kernel that a profile's text describes; `name` is for errors. `profiles`: those that its
 * `like` may name, by name or by version. Errors as profiles_find().
 */
struct kernel *profile_read(const struct profiles *profiles, const char *name, const char *text,
			    size_t length, struct vf_error *error);

/* The newest one, as `v7.3`. */
struct kernel *profiles_newest(const struct profiles *profiles);

/* One line a profile: name, versions, title. */
void profiles_list(const struct profiles *profiles, struct buf *out);

/* Is it compiled in as it is: does every such program know it by that name? */
bool profiles_are_shipped(const struct profiles *profiles, const char *name);

/* Names, for completion: *n strings, owned by the profiles. */
const char *const *profiles_names(const struct profiles *profiles, size_t *n);

#endif
