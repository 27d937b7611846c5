/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the program's other files are: in the build tree, installed, or as VMAFORK_SHARE says. */
#ifndef BASE_SHARE_H
#define BASE_SHARE_H

/* The path of `file` in the folder of the running program; the caller frees it. */
char *program_path(const char *file);

/* Where `file` of share/ is, e.g. "kernels"; the caller frees it. */
char *share_path(const char *file);

#endif
