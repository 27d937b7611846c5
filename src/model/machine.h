/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One machine: a kernel, its knobs, and its processes. Each side of the screen is
 * one.
 */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "model/events.h"
#include "model/kernel.h"
#include "model/mm.h"
#include "model/segments.h"

/*
 * Fork multiplies, so a small file could ask for any amount of memory and time. A machine
 * charges the budget of its owner. What it records, it takes before; what pages and tables
 * take is measured from time to time, as work goes on. When the budget is used up, the
 * machine is exhausted: it records nothing more, loops stop early, its owner discards it.
 */

/* Fewer runs are events of their own: measured, from here on a group costs less. */
#define GROUP_RUNS 4u

/* Of the machines that are modelled. */
#define VMA_PAGES_MAX (UINT64_C(1) << 36)   /* 256 TiB */
#define FILE_PAGES_MAX (UINT64_C(1) << 38)
#define PAGES_MAX (UINT64_C(1) << 52)	    /* page numbers */
#define CONTEXTS_MAX 1024u		    /* open userfaultfds */

/* vm.nr_hugepages; vm.max_map_count; the commit limit, in bytes. */
enum limit { LIMIT_HUGEPAGES, LIMIT_VMAS, LIMIT_COMMIT, LIMITS };
#define UNLIMITED UINT64_MAX

enum thp_mode { THP_NEVER, THP_MADVISE, THP_ALWAYS };
extern const char *const thp_mode_names[3];

/* The decision on one VMA in one fork. */
struct fork_vma {
	struct vm_area *src, *dst; /* dst NULL: dontcopy */
	struct decision decision;
};

/* How a child was made. */
enum fork_kind { FORK_FORK, FORK_VFORK, FORK_POSIX_SPAWN, FORK_CLONE_VM, FORK_KINDS };
extern const char *const fork_kind_names[FORK_KINDS];

struct fork_record {
	enum fork_kind kind;
	size_t first_event, end_event; /* [first, end) */
	struct mm *parent, *child;
	int err;			/* errno: it failed; the child is gone */
	const struct vm_area *failed;	/* at which VMA of the parent */
	bool waited; /* for the reader of a userfaultfd, with all VMAs and entries copied */
	struct fork_vma *vmas; /* in order of address; none unless FORK_FORK: nothing is decided */
	size_t vma_count;
};

/* An event; most of fork's say nothing but that they come next for a VMA. */
struct stored_event {
	uint32_t op, journal, number, fork, vma; /* as in struct event */
	uint32_t whole : 24; /* which one of machine->whole has all of it, from 1 on; 0: none */
	uint32_t kind : 8;
};

/* No machine has more events than that: it is exhausted then, with any budget. */
#define EVENTS_MAX (UINT32_MAX - 1)
#define WHOLE_EVENTS_MAX ((UINT32_C(1) << 24) - 1)

#define VMA_BLOCK 16u

/* Bytes of what it allocates one by one, with what belongs to it: about. */
#define NAME_BYTES (sizeof(struct name) + 3 * sizeof(void *))
#define NAME_LENGTH 12 /* of most names */
#define CONTEXT_BYTES (sizeof(struct uffd_ctx) + 32)
#define MM_BYTES (sizeof(struct mm) + 256)

/* Pages that a process holds, whether they stay mapped or not. (hold.h) */
struct hold {
	const struct mm *mm; /* whose call it was */
	struct range pages;  /* where it had them then, by number */
	uint64_t frame;	     /* of the first; the others count on */
	bool pin;	     /* FOLL_PIN; else FOLL_GET */
	bool huge;	     /* under a huge entry: its whole page is held */
	bool borrower;	     /* a child took it that uses this memory */
	size_t forks;	     /* how many had been: later children have the descriptor, too */
};

struct machine {
	struct kernel *kernel; /* owned; the model asks it by machine_behaviour() and so on */
	struct kernel *chosen; /* owned: `kernel` before it was put on that machine; NULL: it was not */
	struct kernel_asked *asked; /* owned: what it was asked, even by who only looks */
	enum thp_mode thp;
	uint64_t fault_around; /* pages; a power of two */
	bool no_zero_page;     /* a load of untouched memory takes a page of its own */
	struct paging paging;
	uint64_t limits[LIMITS]; /* UNLIMITED by default */
	uint64_t lost_commit;	 /* pages that stay promised, though no process has them */
	uint64_t lost_reserved;	 /* pages of the pool that stay reserved, and nobody can use */

	struct mm *parent, *child; /* child NULL before the first fork */
	enum borrow borrow;	   /* if not BORROW_NOTHING, child == parent */
	bool child_acts;	   /* who carries the command at hand out, of two that share their memory */
	struct mm *unborn; /* fork has copied it, and waits for the reader of a userfaultfd; or NULL */
	struct mm **mms;	   /* all, exited ones included; owned */
	size_t mm_count, mm_cap;

	struct fork_record *forks;
	size_t fork_count, fork_cap;

	/* machine_event() opens those that stand for many, and those of which this is all. */
	struct segments stored; /* struct stored_event */
	struct segments whole;	/* struct event: the others */
	size_t event_count;
	struct opened_events *opened;
	struct segments journal; /* struct journal_record */
	size_t at;	    /* events up to its point in time */
	uint64_t at_pages;  /* and pages of the next one */
	struct cost cost;   /* at that point */
	uint32_t op;
	bool recording; /* from the first fork on */
	uint32_t group_runs; /* fork records so many runs as a group: GROUP_RUNS, other in tests */

	/* Owned lists, and the next numbers. machine_copy() copies each. */
	struct rangeset swap_cache; /* frames that were swapped in while others had the entry */
	struct rangeset lazyfree;   /* frames that reclaim drops while they are clean (MADV_FREE) */
	struct rangeset mlocked;    /* frames, also of files, that stay unevictable though no VMA locks them */
	struct hold *holds;
	size_t hold_count, hold_cap;
	struct rangeset pinned; /* frames with a pin: of a large folio all */
	struct rangeset held;	/* frames with a pin, or a reference beside the page tables' */
	struct object *objects;
	struct uffd_ctx *contexts;  /* made by the uffd command, newest first */
	struct uffd_ctx *inherited; /* made by dup_userfaultfd */
	struct vm_area **vmas; /* all, gone ones included, by number: in blocks of VMA_BLOCK */
	uint32_t vma_count;
	size_t vma_blocks, vma_block_cap;
	unsigned object_count, context_count;
	struct name **names; /* hash table */
	size_t name_count, name_slots;
	uint64_t next_anon, next_large, next_file, next_pfn, next_ksm;
	unsigned next_anon_vma, next_policy, next_ksm_turn;
	uint64_t gap;	  /* where free_address() continues */

	struct budget *budget; /* of its owner, which outlives it; NULL: without limits */
	uint64_t memory; /* bytes allocated, estimated */
	uint64_t taken;	 /* of them, what the budget was charged: what a copy shares it was not */
	bool exhausted;	 /* the budget is used up: the machine must not be used any more */
	uint64_t work;	 /* runs visited to carry out its commands: a measure of time */
	uint64_t spent;	 /* of it, what the budget knows of */
	uint64_t ask_at, weigh_at; /* at that much work it asks the budget; measures its memory */
	uint64_t moved;	 /* the same to move in time; copies begin with none */
	uint64_t check_at; /* builds with checks: the next check is at that much work */
};

/* Does the child act where this process is changed? */
static inline bool machine_child_acts(const struct machine *m, const struct mm *mm)
{
	return mm == m->child && (mm != m->parent || m->child_acts);
}

/* The kernel is copied. budget: NULL, or what outlives the machine. It is an x86-64. */
struct machine *machine_create(const struct kernel *kernel, struct budget *budget);

/* Has nothing been mapped, forked or opened yet? */
bool machine_is_new(const struct machine *m);
/* fault_around_bytes as the kernel has it by default, in pages. */
uint64_t fault_around_default(const struct paging *paging);

/*
 * Gives a new machine these page tables, and its kernel what that has there. fault_around keeps
 * its default of 64 KiB, if it has it.
 */
void machine_set_paging(struct machine *m, const struct paging *paging);

/* The name, or NULL: nothing was ever called so. */
const struct name *machine_name(const struct machine *m, const char *text);

/* The first VMA of that name in that process, or NULL; mm_named_next() has the others. */
struct vm_area *machine_vma(const struct machine *m, const struct mm *mm, const char *name);

/* Is any address of this name mapped in any process? */
bool machine_name_in_use(const struct machine *m, const struct name *name);

/* What a fork did with the first VMA that ends behind the address; NULL: there is none. */
const struct fork_vma *fork_vma_from(const struct fork_record *fork, uint64_t address);

/* What a fork did with the first VMA of that name, or NULL. */
const struct fork_vma *machine_fork_vma(const struct machine *m, const struct fork_record *fork,
					const char *name);
/* The next one that has addresses of that name, or NULL. */
const struct fork_vma *machine_fork_next(const struct machine *m, const struct fork_record *fork,
					 const struct fork_vma *vma, const char *name);

void machine_free(struct machine *m); /* NULL is fine */

/*
 * Another machine in the same state, which has to be at its end. Whatever is done to either
 * of them, and what that costs, is what it would be without the copy. Costs grow with the
 * VMAs, tables and events, not with the runs of pages: their memory is shared as long as
 * neither changes them. kernel: copied; the machine suits it. The copy has no budget.
 */
struct machine *machine_copy(const struct machine *m, const struct kernel *kernel);
/* About as many runs (machine.work) as could be visited while the machine is copied. */
uint64_t machine_copy_work(const struct machine *m);
/* What it takes. */
struct bytes machine_bytes(const struct machine *m);
/*
 * Charges another budget from now on (NULL: none), with the memory that it has, but for so
 * many bytes, which others that it shares them with have taken.
 */
void machine_set_budget(struct machine *m, struct budget *budget, uint64_t shared);
/* Charges the work that its budget does not know of yet. */
void machine_settle_work(struct machine *m);

/* Why a call failed. */
enum {
	MODEL_NOT_MODELLED = 0, /* the model does not cover it */
	MODEL_CANNOT = -1,	/* impossible, though no system call says so */
	MODEL_BUDGET = -2,	/* its budget is used up */
};
struct model_error {
	int err;	/* errno of the system call, or one of the above */
	unsigned word;	/* for callers: which word of the command is to blame; 0: all */
	bool unfinished; /* not modelled, because this kernel does not finish the call */
	char message[240];
	char hint[80]; /* what to do about it; "" */
};

/* Always return false. refuse: the kernel's error; not_modelled: a gap of the model. */
bool refuse(struct model_error *error, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool not_modelled(struct model_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Not modelled, and never to be carried out for real: sets error->unfinished. */
bool not_finished(struct model_error *error);

/* --- for the rest of the model ------------------------------------------- */

/*
 * What its kernel does: the value of a behaviour; those of these features that it has; its
 * decision, for vma_needs_copy(). Notes that it was asked.
 */
static inline uint8_t machine_behaviour(const struct machine *m, enum behaviour behaviour)
{
	m->asked->behaviours |= UINT64_C(1) << behaviour;
	return m->kernel->behaviour[behaviour];
}

static inline uint32_t machine_features(const struct machine *m, uint32_t features)
{
	m->asked->features |= features;
	return m->kernel->uffd_features & features;
}

static inline const struct kernel *machine_clauses(const struct machine *m)
{
	m->asked->clauses = true;
	return m->kernel;
}

/* Would it be in the same state with that kernel? */
static inline bool machine_suits(const struct machine *m, const struct kernel *kernel)
{
	return kernel_acts_alike(m->kernel, kernel, m->paging.arch, m->asked);
}

/* Counts bytes before they are allocated; false when that exhausts the machine. */
bool machine_take(struct machine *m, uint64_t bytes);

/* Counts work, and now and then asks the budget whether there is more. */
void machine_ask(struct machine *m);
static inline void machine_work(struct machine *m, uint64_t runs)
{
	m->work += runs;
	if (m->work >= m->ask_at)
		machine_ask(m);
}

/* Can the knob be set so? A power of two, not more than `most`, which a page table holds. */
bool fault_around_fits(uint64_t pages, uint64_t most);

/* Has this kernel all of these VMA flags? */
bool kernel_has_flags(const struct machine *m, uint64_t flags, struct model_error *error);

/* Can the VMA's backing have these flags? False: not modelled. */
bool flags_fit(enum backing backing, bool shared, uint64_t flags, struct model_error *error);

/* The flags that its driver or file system adds; can it be shared or private? */
uint64_t backing_adds(enum backing backing);
bool backing_allows(enum backing backing, bool shared);

/*
 * Are these the flags of a shared mapping of a file that was opened for reading only? do_mmap()
 * clears VM_SHARED of it, and VM_MAYSHARE stays; it can never be made writable.
 */
bool flags_opened_for_reading(enum backing backing, uint64_t flags);

/* A copy of s that lives as long as the machine. */
const struct name *machine_intern(struct machine *m, const char *s);
struct vm_area *machine_new_vma(struct machine *m);
/* One that is like another, in a process or in none. */
struct vm_area *machine_new_vma_like(struct machine *m, const struct vm_area *vma);
/* The VMA of that number. */
static inline struct vm_area *machine_vma_number(const struct machine *m, uint32_t number)
{
	return &m->vmas[number / VMA_BLOCK][number % VMA_BLOCK];
}
/* A context of `mm`, in no list. */
struct uffd_ctx *machine_new_context(struct machine *m, const char *name, uint32_t features,
				     const struct mm *mm);
struct mm *machine_new_mm(struct machine *m);
/* Does any process map it? Files end with their last mapping. */
bool object_is_mapped(const struct machine *m, const struct object *object);
struct object *machine_new_object(struct machine *m, enum backing backing, uint64_t pages);

/* `pages` new anonymous frames; large: 2 MiB folios, so pages is a multiple of 512. */
uint64_t machine_new_frames(struct machine *m, uint64_t pages, bool large);

/*
 * Makes sure that the tables over the pages first..last exist down to `level`, as a fault
 * or MAP_POPULATE does.
 */
void mm_populate_tables(struct machine *m, struct mm *mm, uint64_t first,
			uint64_t last, enum table_level level);

/* The highest level below the PGD. */
static inline enum table_level machine_top_level(const struct machine *m)
{
	return paging_top(&m->paging);
}

/*
 * sharers.c: does any live process but `mm`, which has this anonymous frame at this page,
 * have it, too? The answer is the same for the pages up to *last, which is not above `limit`.
 */
bool frame_shared(const struct machine *m, const struct mm *mm, uint64_t page,
		  uint64_t frame, uint64_t limit, uint64_t *last);
/* The same for processes that map it: swap entries do not count. */
bool frame_mapped(const struct machine *m, const struct mm *mm, uint64_t page,
		  uint64_t frame, uint64_t limit, uint64_t *last);
/*
 * The same for all pages of the 2 MiB folio that this one belongs to, wherever they are:
 * does any other process have one of them?
 */
bool folio_shared(const struct machine *m, const struct mm *mm, uint64_t page, uint64_t frame);
bool folio_mapped(const struct machine *m, const struct mm *mm, uint64_t page, uint64_t frame);
/* How many pages of that folio does the process itself map? */
uint64_t folio_pages_mapped(const struct mm *mm, uint64_t page, uint64_t frame);
/* Has a process the frame, which was first mapped at the page `home`? */
bool mm_has_frame(const struct mm *mm, uint64_t home, uint64_t frame, uint64_t limit, uint64_t *last);

#endif
