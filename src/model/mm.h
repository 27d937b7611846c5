/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address spaces: mm_struct, vm_area_struct, the objects they map, and the page
 * tables that exist.
 */
#ifndef MODEL_MM_H
#define MODEL_MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pages.h"
#include "model/ranges.h"
#include "model/vmflags.h"

enum backing {
	BACKING_ANON,
	BACKING_SHMEM,
	BACKING_FILE,
	BACKING_HUGETLB,
	BACKING_PFNMAP,
	BACKING_MIXEDMAP,
	BACKING_STACK,
	BACKINGS
};

extern const char *const backing_names[BACKINGS];

/* A file, a memfd or a hugetlbfs file: the contents of its page cache. */
struct object {
	enum backing backing;
	uint64_t frame;	      /* of page 0 */
	struct ranges cached;  /* pages in the page cache */
	struct ranges swapped; /* shmem: its pages that are in swap */
	struct ranges pinned;  /* pages that are pinned, mapped or not */
	struct object *next;
};

struct mm;

/* A userfaultfd (struct userfaultfd_ctx). */
struct uffd_ctx {
	char *name;
	uint32_t features;
	const struct mm *mm;	       /* whose address space it watches */
	const struct uffd_ctx *parent; /* inherited by fork: the parent's context */
	struct uffd_ctx *next;
};

enum touch_result { TOUCH_OK, TOUCH_SIGSEGV, TOUCH_SIGBUS, TOUCH_BLOCKED };
extern const char *const touch_result_names[];

struct vm_area {
	const char *name; /* interned by the machine; the same in parent and child */
	unsigned name_id;
	uint64_t start, end; /* bytes; [start, end) */
	uint64_t flags;
	enum backing backing;
	struct object *object;
	uint64_t pgoff; /* page of the object at start */
	unsigned anon_vma; /* 0: none; else which one */
	bool anon_vma_cloned; /* the chain has more than one link: forked while faulted */
	struct uffd_ctx *uffd;
	struct runs pages;
	struct mm *mm;
	struct vm_area *next_owned;
};

/*
 * Levels of the page table. A table of level L covers TABLE_SHIFT(L) bits of
 * address; its number is address >> TABLE_SHIFT(L).
 *
 *      47      39 38     30 29     21 20     12 11      0
 *      | PGD idx | PUD idx | PMD idx | PTE idx | offset |
 *                `---------'--- one PUD table: 512 GiB
 *                          `---- one PMD table: 1 GiB
 *                                    `- one PTE table: 2 MiB
 */
enum table_level { LEVEL_PTE, LEVEL_PMD, LEVEL_PUD, LEVEL_P4D, TABLE_LEVELS };
#define TABLE_SHIFT(level) (21 + 9 * (unsigned)(level))
extern const char *const table_level_names[TABLE_LEVELS];

struct mm {
	unsigned number; /* 0: the first parent; children are 1, 2, ... */
	bool dead;	 /* exited or exec'd */
	bool has_pinned; /* MMF_HAS_PINNED */
	enum touch_result last_touch;
	struct vm_area **vmas; /* sorted by address; owned by the machine */
	size_t vma_count, vma_cap;
	struct vm_area **by_name; /* indexed by name_id */
	size_t by_name_count;
	struct ranges tables[TABLE_LEVELS];
};

static inline uint64_t vma_pages(const struct vm_area *vma)
{
	return (vma->end - vma->start) >> PAGE_SHIFT;
}

static inline uint64_t page_address(const struct vm_area *vma, uint64_t page)
{
	return vma->start + (page << PAGE_SHIFT);
}

static inline uint64_t address_page(const struct vm_area *vma, uint64_t address)
{
	return (address - vma->start) >> PAGE_SHIFT;
}

/* vma_is_anonymous(): no file, so no vm_ops. */
static inline bool vma_is_anonymous(const struct vm_area *vma)
{
	return vma->backing == BACKING_ANON || vma->backing == BACKING_STACK;
}

static inline bool is_vm_hugetlb_page(const struct vm_area *vma)
{
	return vma->flags & VM_HUGETLB;
}

/* is_cow_mapping(): private, and could be written. */
static inline bool is_cow_mapping(uint64_t flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

/* Does page 0 of a 2 MiB unit fall on this page? */
static inline bool pmd_aligned(const struct vm_area *vma, uint64_t page)
{
	return !(page_address(vma, page) & (PMD_SIZE - 1));
}

/* find_vma(): the first VMA that ends after the address; index, or vma_count. */
size_t mm_find(const struct mm *mm, uint64_t address);

/* The VMA that holds the address, or NULL. */
struct vm_area *mm_vma_at(const struct mm *mm, uint64_t address);

/*
 * Does the table `number` of this level exist, and up to which number is the
 * answer the same?
 */
static inline bool mm_has_table(const struct mm *mm, enum table_level level,
				uint64_t number, uint64_t *last)
{
	return ranges_probe(&mm->tables[level], number, last);
}

#endif
