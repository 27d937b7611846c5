/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of kernels in commands (v6.1, a profile, a profile file, vmlinux:IMAGE, live),
 * and paths in files.
 */
#ifndef LANGUAGE_KERNEL_SPEC_H
#define LANGUAGE_KERNEL_SPEC_H

#include <stdbool.h>

#include "base/error.h"
#include "language/command.h"
#include "model/kernel.h"

/* Is word `word` of the command "live", the kernel that runs here? */
bool spec_is_live(const struct command *command, unsigned word);
/* The file after its vmlinux:; NULL: it is not an image. */
const char *spec_image(const char *spec);
/*
 * The SPEC before /MACHINE, and which machine that is; ARCHES, and the whole SPEC: it names none.
 * The caller frees it.
 */
char *spec_without_machine(const char *spec, enum arch *arch);
/* Adds which machines there are to the error about a file, if that has no hint: v7.3/arm64. */
void spec_hint_machines(const char *spec, struct vf_error *error);
/* Does it begin as a version does: 6.1, v6.1? */
bool spec_is_version(const char *spec);
/* Is it a profile file: a path with a slash, or ending in .kernel? */
bool spec_is_file(const char *spec);
/* The spec, with the path in it, if there is one, as command_path(). The caller frees it. */
char *spec_path(const struct command *command, unsigned word);
/* Adds the SPEC, with /MACHINE for another one than x86-64; ARCHES: for whichever it is used on. */
void spec_on_machine(const char *spec, enum arch arch, struct buf *out);
/*
 * A name for that kernel that is valid in any folder: the absolute path of a file or an
 * image, the profile of the running kernel. The caller frees it.
 */
char *spec_lasting(const struct command *command, unsigned word, const struct kernel *kernel);

/* Adds ` with` and the `clauses` words of the command from `first_clause` on, if there are any. */
void spec_clauses(const struct command *command, unsigned first_clause, unsigned clauses,
		  struct buf *out);
/*
 * The words behind `kernel SIDE` that choose it in any folder, in quotes where they need some:
 * spec_lasting() and spec_clauses(). The caller frees it.
 */
char *spec_words(const struct command *command, unsigned word, const struct kernel *kernel,
		 unsigned first_clause, unsigned clauses);

/* The path that is a word of a command, relative to the command's file; the caller frees it. */
char *command_path(const struct command *command, unsigned word);
/* The absolute path, if it can be found; takes the path over. */
char *lasting_path(char *path);

#endif
