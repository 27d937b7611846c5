/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of the machine that is observed: x86-64. */
#ifndef OBSERVE_PAGING_H
#define OBSERVE_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE (UINT64_C(1) << PAGE_SHIFT)
#define PTRS_PER_PTE 512u	     /* entries of one table, and pages of a huge entry */
#define PMD_SIZE (UINT64_C(1) << 21) /* bytes under one huge entry */
#define TABLE_SHIFT(level) (21 + 9 * (unsigned)(level))

/* Are these the pages of the machine? False: an error, which says what to do. */
bool paging_is_known(uint64_t page_size, struct vf_error *error);

#endif
