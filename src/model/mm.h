/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address spaces: mm_struct, vm_area_struct, the objects they map, the entries and the
 * page tables that exist, and what addresses are called.
 */
#ifndef MODEL_MM_H
#define MODEL_MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/arch.h"
#include "model/pages.h"
#include "model/rangeset.h"
#include "model/spans.h"
#include "model/vmflags.h"

enum backing {
	BACKING_ANON,
	BACKING_SHMEM,
	BACKING_FILE,
	BACKING_HUGETLB,
	BACKING_PFNMAP,
	BACKING_MIXEDMAP,
	BACKING_SECRET, /* memfd_secret */
	BACKING_STACK,	/* a word for BACKING_ANON that grows down: no VMA has it */
	BACKINGS
};

extern const char *const backing_names[BACKINGS];

/* A file, a memfd or a hugetlbfs file: the contents of its page cache. */
struct object {
	enum backing backing;
	uint64_t frame;	      /* of page 0 */
	struct rangeset cached;  /* pages in the page cache */
	struct rangeset swapped; /* shmem: its pages that are in swap */
	struct rangeset dirty;   /* pages of the cache whose own flag is set (PG_dirty) */
	struct rangeset reserved; /* hugetlb: pages for which the pool keeps some (resv_map) */
	uint64_t promised;     /* shmem made for one mapping (MAP_ANONYMOUS): its size in pages; else 0 */
	uint64_t written;	 /* file: pages that it has been written to, holes included */
	bool mapped_again;     /* a page can be at several addresses of a process */
	unsigned number;       /* of the machine's objects: 0, 1, ... in order of creation */
	struct object *next;
};

struct mm;

/* A userfaultfd (struct userfaultfd_ctx). */
struct uffd_ctx {
	char *name;
	uint32_t features;
	const struct mm *mm;	       /* whose address space it watches */
	const struct uffd_ctx *parent; /* inherited by fork: the parent's context */
	unsigned number;	       /* of the machine's contexts: 0, 1, ... in order of creation */
	bool closed;
	bool unread; /* nobody reads its messages */
	struct uffd_ctx *next;
};

enum touch_result { TOUCH_OK, TOUCH_SIGSEGV, TOUCH_SIGBUS, TOUCH_BLOCKED };
extern const char *const touch_result_names[];

/*
 * Start and end never change: what splits or joins VMAs takes them out and puts others in,
 * so that whoever keeps a pointer (a fork's record, an event) sees the VMA of that time.
 */
struct vm_area {
	uint64_t start, end; /* bytes; [start, end) */
	uint64_t flags;
	enum backing backing;
	struct object *object;
	/* Page of the object at start; of anonymous memory the index that its pages have there. */
	uint64_t pgoff;
	uint64_t anon_pgoff; /* the index that private pages have at start, also those of a file */
	unsigned anon_vma; /* 0: none; else which one */
	bool anon_vma_cloned; /* the chain has more than one link: forked while faulted */
	unsigned policy; /* memory policy (vm_policy): 0: the process's; else which one */
	uint32_t number; /* of the machine's VMAs: 0, 1, ... in order of creation */
	struct uffd_ctx *uffd;
	struct mm *mm;
};

/* A NAME of the scenario language: addresses that keep it until they are mapped anew. */
struct name {
	unsigned id;
	unsigned refs; /* machines that have it: one, and copies of it */
	char text[];
};

/* Where a name begins, and where it ended when it was given; start == end: not given. */
struct stretch {
	uint64_t start, end;
};

/* What a child uses of its parent's: with a borrower both are one mm. */
enum borrow {
	BORROW_NOTHING, /* fork: it has memory of its own */
	BORROW_VFORK,	/* the memory; the parent waits until it exits or calls exec */
	BORROW_VM,	/* the memory: clone(CLONE_VM) */
};

struct mm {
	unsigned number; /* 0: the first parent; children are 1, 2, ... */
	bool dead;	 /* exited or exec'd */
	bool has_pinned; /* MMF_HAS_PINNED */
	unsigned ksm_turn; /* when ksmd looks at it: __ksm_enter(); 0: never */
	enum touch_result last_touch;
	const struct paging *paging; /* the machine's */
	struct spans vmas;	/* struct vm_area, owned by the machine */
	struct runs pages;	/* the entries, by page number */
	struct rangeset tables[TABLE_LEVELS];
	/* Private hugetlb memory, see pool.h: */
	struct rangeset huge_reserved; /* pages for which the pool keeps some */
	struct rangeset huge_owned;    /* those that this process has reserved, taken or not */
	struct rangeset huge_lost;     /* mappings of which a page was taken away */
	struct spans names;	/* const struct name: whose addresses these are */
	struct spans moved;	/* distances: see mm_home() */
	struct stretch *stretches; /* by id of the name */
	size_t stretch_count;
};

/* pte_mksoft_dirty(): nothing where entries have no such bit. */
static inline uint16_t mm_soft_dirty(const struct mm *mm)
{
	return mm->paging->soft_dirty ? PTE_SOFT_DIRTY : 0;
}

/* --- numbers of pages -------------------------------------------------------------- */

static inline uint64_t page_address(const struct mm *mm, uint64_t page)
{
	return page << mm->paging->page_shift;
}

static inline uint64_t address_page(const struct mm *mm, uint64_t address)
{
	return address >> mm->paging->page_shift;
}

/* The table of level PTE that holds the page's entry; and the entry's place there. */
static inline uint64_t page_table(const struct mm *mm, uint64_t page)
{
	return page >> mm->paging->table_bits;
}

static inline uint64_t page_slot(const struct mm *mm, uint64_t page)
{
	return page & (ptrs_per_table(mm->paging) - 1);
}

static inline uint64_t vma_first(const struct vm_area *vma)
{
	return address_page(vma->mm, vma->start);
}

static inline uint64_t vma_last(const struct vm_area *vma)
{
	return address_page(vma->mm, vma->end - 1);
}

static inline uint64_t vma_pages(const struct vm_area *vma)
{
	return vma_last(vma) - vma_first(vma) + 1;
}

/* linear_page_index(): the page of the object that is mapped at `page`. */
static inline uint64_t linear_page_index(const struct vm_area *vma, uint64_t page)
{
	return vma->pgoff + (page - vma_first(vma));
}

/* The page at which that page of the object is mapped. */
static inline uint64_t object_page(const struct vm_area *vma, uint64_t index)
{
	return index - vma->pgoff + vma_first(vma);
}

/* Pages of a huge entry (HPAGE_PMD_NR). */
static inline uint64_t huge_pages(const struct mm *mm)
{
	return ptrs_per_table(mm->paging);
}

/* First and last page of the unit of a huge entry that contains this page. */
static inline uint64_t huge_first(const struct mm *mm, uint64_t page)
{
	return page & ~(huge_pages(mm) - 1);
}

static inline uint64_t huge_last(const struct mm *mm, uint64_t page)
{
	return page | (huge_pages(mm) - 1);
}

/* Does a unit of a huge entry begin at this page? */
static inline bool pmd_aligned(const struct mm *mm, uint64_t page)
{
	return !page_slot(mm, page);
}

/*
 * Where the anonymous pages at `page` were first mapped: mremap moves pages, and fork leaves
 * them where they are, so processes that share one can have it at different addresses. What
 * the kernel finds by the index in struct folio is found by this page. *last: the pages up
 * to there were moved as far.
 */
uint64_t mm_home(const struct mm *mm, uint64_t page, uint64_t *last);

/* Pages of a process with their home. */
struct whereabouts {
	uint64_t page, home; /* of the first */
	uint64_t count;
};

/* The other way: calls `each` for all places of this process whose home is one of home..last. */
void mm_each_whereabouts(const struct mm *mm, uint64_t home, uint64_t last,
			 void (*each)(const struct whereabouts *at, void *arg), void *arg);

/* The entry of `page`; *last: the last page of its run that is in the VMA. */
struct pte vma_pte(const struct vm_area *vma, uint64_t page, uint64_t *last);
/* The same with pages counted from the start of the VMA. */
struct pte vma_entry(const struct vm_area *vma, uint64_t page, uint64_t *last);

/* --- VMAs ------------------------------------------------------------------------------ */

/* vma_is_anonymous(): no file, so no vm_ops. */
static inline bool vma_is_anonymous(const struct vm_area *vma)
{
	return vma->backing == BACKING_ANON;
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

/* find_vma(): the first VMA that ends after the address, or NULL. */
struct vm_area *mm_find(const struct mm *mm, uint64_t address);
/* The VMA that holds the address, or NULL. */
struct vm_area *mm_vma_at(const struct mm *mm, uint64_t address);
/* The last VMA that ends at or before the address, or NULL. */
struct vm_area *mm_before_address(const struct mm *mm, uint64_t address);
/* In order of address; NULL: there is none. */
struct vm_area *mm_first(const struct mm *mm);
struct vm_area *mm_last(const struct mm *mm);
struct vm_area *mm_next(const struct vm_area *vma);
struct vm_area *mm_before(const struct vm_area *vma);

static inline size_t mm_vma_count(const struct mm *mm)
{
	return mm->vmas.count;
}

/* for_each_vma(): `vma` must not be taken out of the mm inside. */
#define for_each_vma(mm, vma) \
	for (struct vm_area *vma = mm_first(mm); vma; vma = mm_next(vma))
/* for_each_vma_range(): those that hold any address of [start, end). */
#define for_each_vma_range(mm, vma, from, to) \
	for (struct vm_area *vma = mm_find(mm, from); vma && vma->start < (to); vma = mm_next(vma))

/*
 * Does the table `number` of this level exist, and up to which number is the
 * answer the same?
 */
static inline bool mm_has_table(const struct mm *mm, enum table_level level,
				uint64_t number, uint64_t *last)
{
	return rangeset_probe(&mm->tables[level], number, last);
}

/* --- names ------------------------------------------------------------------------------- */

/* The name of an address, or NULL. *end: up to where the answer is the same. */
const struct name *mm_name_at(const struct mm *mm, uint64_t address, uint64_t *end);
/* The same; *start: from where on. */
const struct name *mm_name_around(const struct mm *mm, uint64_t address, uint64_t *start,
				  uint64_t *end);
/*
 * Each name once, in order of its first address: the next one at or behind *at, which is 0
 * to begin with and is moved behind it; NULL: there are no more.
 */
const struct name *mm_next_name(const struct mm *mm, uint64_t *at);
/* The addresses of a name; empty: this process never had it. */
struct stretch mm_stretch(const struct mm *mm, const struct name *name);
/* What messages call a page: its number in the name that it has, or its own. */
uint64_t mm_named_page(const struct mm *mm, uint64_t page);
/* The name at the start of the VMA; "a VMA" if that has none. */
const char *vma_name(const struct vm_area *vma);
/* Has it any address that is called so? */
bool vma_has_name(const struct vm_area *vma, const char *text);
/* The first VMA at addresses of this name, or NULL: nothing of it is mapped. */
struct vm_area *mm_named_vma(const struct mm *mm, const struct name *name);
/* The next one after `vma`. */
struct vm_area *mm_named_next(const struct vm_area *vma, const struct name *name);

#endif
