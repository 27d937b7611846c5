/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page tables of what is observed: this machine's, or while a recording is replayed those
 * of the machine that it was made on. It has no more levels than most machines of its kind:
 * what more there are is one table each, of which all that is below it is the harness's, too.
 */
#ifndef OBSERVE_PAGING_H
#define OBSERVE_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "model/arch.h"

/*
 * This machine's; false: an error, which says what to do, and nothing may be observed here.
 * Whether the processor keeps the access bits is not looked at: hardware_bits is true.
 */
bool paging_here(struct paging *paging, struct vf_error *error);

/* A machine by the word that uname() has for it; -1: it is not known. */
int arch_by_uname(const char *word);

/* "aarch64, pages of 16 KiB, access bits by hardware" */
void paging_print(const struct paging *paging, struct buf *out);

const struct paging *paging_observed(void);
/* Another machine's from now on; NULL: this one's again. It is copied. */
void paging_observe(const struct paging *paging);

#define PAGE_SHIFT (paging_observed()->page_shift)
#define PAGE_SIZE page_size(paging_observed())
#define PTRS_PER_PTE ptrs_per_table(paging_observed()) /* and pages of a huge entry */
#define PMD_SIZE pmd_size(paging_observed())	       /* bytes under one huge entry */
#define TABLE_SHIFT(level) table_shift(paging_observed(), level)

#define PAGE_SIZE_MOST 16384u /* of those that are known */

#endif
