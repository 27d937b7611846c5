/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines whose page tables are modelled. A table of level L covers table_shift(L) bits of address;
 * its number is address >> table_shift(L). x86-64 with 4 levels:
 *
 *      47      39 38     30 29     21 20     12 11      0
 *      | PGD idx | PUD idx | PMD idx | PTE idx | offset |
 *                `---------'--- one PUD table: 512 GiB
 *                          `---- one PMD table: 1 GiB
 *                                    `- one PTE table: 2 MiB
 *
 * aarch64 with pages of 16 KiB and 3 levels:
 *
 *      46      36 35     25 24     14 13      0
 *      | PGD idx | PMD idx | PTE idx |  offset |
 *                `---------'--- one PMD table: 64 GiB
 *                          `- one PTE table: 32 MiB
 */
#ifndef MODEL_ARCH_H
#define MODEL_ARCH_H

#include <stdbool.h>
#include <stdint.h>

enum table_level { LEVEL_PTE, LEVEL_PMD, LEVEL_PUD, LEVEL_P4D, TABLE_LEVELS };
extern const char *const table_level_names[TABLE_LEVELS];

/* Machines, as `uname -m` names them, but for x86-64. Of s390x only kernels are known. */
enum arch { ARCH_X86_64, ARCH_AARCH64, ARCH_S390X, ARCHES };
#define ARCHES_MODELLED 2
extern const char *const arch_names[ARCHES];
/* ARCHES: no machine is called so. */
enum arch arch_by_name(const char *name);

#define PAGE_SHIFT_DEFAULT 12 /* what sizes are counted in before anything is set */
#define PTRS_PER_TABLE_MOST 2048u

struct paging {
	enum arch arch;
	unsigned page_shift;	/* bits of address in a page */
	unsigned table_bits;	/* bits of address that one level decodes */
	unsigned levels;	/* PGD and PTE included */
	uint64_t task_size;	/* end of user space, bytes */
	uint64_t mmap_min;	/* vm.mmap_min_addr, bytes */
	bool soft_dirty;	/* entries have that bit (CONFIG_HAVE_ARCH_SOFT_DIRTY) */
	bool hardware_bits;	/* the processor sets young and dirty */
};

/* The one that a machine has before anything is set: x86-64. */
extern const struct paging paging_x86_64;

/*
 * The page tables that such a machine has; page_shift, levels: 0 for the most usual ones.
 * NULL: it has none like that.
 */
const struct paging *paging_find(enum arch arch, unsigned page_shift, unsigned levels);

/* Are there processors of that kind that leave young and dirty to the kernel? */
bool arch_has_software_bits(enum arch arch);

/* Is it what a machine has before anything is set? */
static inline bool paging_is_usual(const struct paging *paging)
{
	return paging->arch == ARCH_X86_64 && paging->levels == paging_x86_64.levels;
}

static inline uint64_t page_size(const struct paging *paging)
{
	return UINT64_C(1) << paging->page_shift;
}

/* Entries of one table, and pages of a huge entry. */
static inline uint64_t ptrs_per_table(const struct paging *paging)
{
	return UINT64_C(1) << paging->table_bits;
}

static inline unsigned table_shift(const struct paging *paging, enum table_level level)
{
	return paging->page_shift + paging->table_bits * ((unsigned)level + 1);
}

/* The highest level below the PGD: P4D, PUD or PMD tables. */
static inline enum table_level paging_top(const struct paging *paging)
{
	return (enum table_level)(paging->levels - 2);
}

/* PTRS_PER_PGD. x86-64 maps the kernel in the same table, aarch64 does not. */
static inline uint64_t ptrs_per_pgd(const struct paging *paging)
{
	if (paging->arch == ARCH_X86_64)
		return ptrs_per_table(paging);
	return paging->task_size >> table_shift(paging, paging_top(paging));
}

/* Bytes under one huge entry. */
static inline uint64_t pmd_size(const struct paging *paging)
{
	return UINT64_C(1) << table_shift(paging, LEVEL_PTE);
}

#endif
