/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small core file, as the kernel would write it. */
#ifndef SUPPORT_CORE_FILE_H
#define SUPPORT_CORE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#define CORE_FILE_DATA 8192u /* where its segments begin */

/*
 * Writes it: anonymous memory of 8 pages, of which 0, 3 and 4 are there; a mapping of no size; a
 * file's, not written; a file's, written as a whole; a stack. sparse: with holes, not zeros.
 */
void core_file_make(const char *path, bool sparse, uint16_t machine);

#endif
