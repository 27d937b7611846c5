/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program's version, and its other files: in the build tree, installed, or in $VMAFORK_SHARE. */
#ifndef BASE_SHARE_H
#define BASE_SHARE_H

/* The path of `file` in the folder of the running program; the caller frees it. */
char *program_path(const char *file);

/*
 * The path of `file` in share/, e.g. "kernels"; the caller frees it. In $VMAFORK_SHARE, if that is
 * set; else beside the program, below the folder that it was installed to, or where it was built
 * for, the first that has it.
 */
char *share_path(const char *file);

/* The version that --version prints. */
extern const char *const program_version;

#endif
