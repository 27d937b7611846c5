/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls of a machine's processes. Every call either does all of it, or
 * returns false with the kernel's error (error->err is the errno) or with what is
 * not modelled (error->err is 0). After an error the machine may hold half of the
 * change: its owner rebuilds it.
 * The machine must be at the end of its time (machine_seek_end).
 */
#ifndef MODEL_SYSCALLS_H
#define MODEL_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/machine.h"
#include "model/ranges.h"

/* The address of VMAs that name none; a 1 GiB boundary. */
#define MMAP_BASE UINT64_C(0x1000000000)

struct mmap_args {
	const char *name;
	enum backing backing;
	bool shared;
	uint64_t size;	  /* bytes; rounded up to pages */
	unsigned prot;	  /* PROT_READ | PROT_WRITE | PROT_EXEC */
	bool fixed;	  /* at `address`; else the next free one */
	uint64_t address;
	struct object *of; /* the file to map; NULL: see `own` */
	uint64_t of_page;  /* from that page of it on */
	bool anonymous;	   /* shmem: shared anonymous memory (MAP_ANONYMOUS) */
	bool own;	   /* a file of its own, even where it could go on with a neighbour's */
	bool apart;	   /* has a memory policy of its own, and so is joined to nothing */
	bool noreserve, populate, droppable, growsdown, locked; /* MAP_NORESERVE and so on */
	uint64_t add_flags, remove_flags; /* set by hand */
};

enum { MODEL_PROT_READ = 1, MODEL_PROT_WRITE = 2, MODEL_PROT_EXEC = 4 };

/*
 * Advice: A(name, word in the language). First what changes a flag of the whole VMA; from
 * DONTNEED on, what acts on pages.
 */
#define ADVICE_LIST(A) \
	A(DONTFORK, "dontfork") \
	A(DOFORK, "dofork") \
	A(WIPEONFORK, "wipeonfork") \
	A(KEEPONFORK, "keeponfork") \
	A(HUGEPAGE, "hugepage") \
	A(NOHUGEPAGE, "nohugepage") \
	A(MERGEABLE, "mergeable") \
	A(UNMERGEABLE, "unmergeable") \
	A(DONTDUMP, "dontdump") \
	A(DODUMP, "dodump") \
	A(NORMAL, "normal") \
	A(SEQUENTIAL, "sequential") \
	A(RANDOM, "random") \
	A(DONTNEED, "dontneed") \
	A(DONTNEED_LOCKED, "dontneed-locked") \
	A(FREE, "free") \
	A(COLD, "cold") \
	A(PAGEOUT, "pageout") \
	A(REMOVE, "remove") \
	A(POPULATE_READ, "populate-read") \
	A(POPULATE_WRITE, "populate-write") \
	A(COLLAPSE, "collapse") \
	A(GUARD_INSTALL, "guard-install") \
	A(GUARD_REMOVE, "guard-remove")

enum advice {
#define A(name, word) ADVICE_##name,
	ADVICE_LIST(A)
#undef A
	ADVICES
};
extern const char *const advice_names[ADVICES];

/*
 * A range is pages first..last of a process, by number (address without offset). Over holes
 * each call does what the kernel does.
 */

/* calls/mmap.c */
bool vm_mmap(struct machine *m, struct mm *mm, const struct mmap_args *args,
	     struct model_error *error);
/* The flags that vm_mmap() would give; but those that depend on the kernel. */
uint64_t vm_mmap_flags(const struct mmap_args *args);
/* From now on nothing of this process is called so: the name gets other addresses. */
void forget_name(struct machine *m, struct mm *mm, const struct name *name);
/*
 * A file is at least that long, in pages, from now on: it gets longer by being written, so that what is
 * new of it is in the page cache. A hole in what was there stays one.
 */
void file_extend(struct object *file, uint64_t pages);
bool vm_munmap(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
	       struct model_error *error);

/* calls/mremap.c. Addresses and sizes in bytes. */
struct mremap_args {
	uint64_t addr, old_len, new_len;
	bool fixed; /* MREMAP_FIXED: to new_addr */
	uint64_t new_addr;
	bool dontunmap; /* MREMAP_DONTUNMAP */
};
/*
 * With MREMAP_MAYMOVE. Sets new_addr to where the memory is now, and the sizes to what the
 * kernel makes of them.
 */
bool vm_mremap(struct machine *m, struct mm *mm, struct mremap_args *args,
	       struct model_error *error);

/* calls/mprotect.c, calls/mlock.c */
bool vm_mprotect(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, unsigned prot,
		 struct model_error *error);
bool vm_mlock(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, bool onfault,
	      struct model_error *error);
bool vm_munlock(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		struct model_error *error);

/* calls/mseal.c */
bool vm_mseal(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
	      struct model_error *error);

/* calls/madvise.c */
bool vm_madvise(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		enum advice advice, struct model_error *error);

/*
 * fault.c: loads or stores, one a page, in ascending order. When one of them
 * would be a signal, or would wait for a userfaultfd forever, *result is set to that
 * and nothing has changed but the process's last_touch. pages: not empty.
 */
bool vm_touch(struct machine *m, struct mm *mm, const struct ranges *pages, bool write,
	      enum touch_result *result, struct model_error *error);
/* The first page at which a touch would fail or block. Changes nothing. */
uint64_t vm_touch_failing(struct machine *m, struct mm *mm, const struct ranges *pages,
			  bool write);

/*
 * pin.c: pin_user_pages(FOLL_LONGTERM) for writing or reading; or get_user_pages(), which
 * takes a reference and no pin. They last until vm_unpin(), whatever becomes of the mapping.
 */
enum pin_kind { PIN_WRITE, PIN_READ, PIN_SHORT };
bool vm_pin(struct machine *m, struct mm *mm, const struct ranges *pages, enum pin_kind kind,
	    struct model_error *error);
/* Ends all that this process has taken at these pages. */
void vm_unpin(struct machine *m, struct mm *mm, const struct ranges *pages);
/* access_remote_vm(FOLL_FORCE | FOLL_WRITE): a debugger's stores, one a page. */
bool vm_poke(struct machine *m, struct mm *mm, const struct ranges *pages,
	     struct model_error *error);

/*
 * calls/ksm.c: what ksmd does when it finds that these pages of the process are equal: merges
 * them into one. Another process that shares one of them has it merged, too, where its VMA is
 * VM_MERGEABLE.
 */
bool vm_ksm(struct machine *m, struct mm *mm, const struct ranges *pages,
	    struct model_error *error);
/* calls/clear_refs.c: 4 in /proc/PID/clear_refs. */
void vm_clear_soft_dirty(struct machine *m, struct mm *mm);

/* calls/uffd.c */
enum { UFFD_MODE_MISSING = 1, UFFD_MODE_WP = 2, UFFD_MODE_MINOR = 4, UFFD_MODE_RWP = 8 };
extern const char *const uffd_mode_names[]; /* by bit number */
/* The open context that this process calls so, its own or one that fork handed on; or NULL. */
struct uffd_ctx *uffd_find(const struct machine *m, const struct mm *mm, const char *name);
/* One that watches this process. */
bool uffd_open(struct machine *m, struct mm *mm, const char *name, uint32_t features,
	       struct model_error *error);
/* close() of its last descriptor: what is registered with it no longer is. */
bool uffd_close(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, struct model_error *error);
bool uffd_register(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, uint64_t first,
		   uint64_t last, unsigned modes, struct model_error *error);
bool uffd_unregister(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, uint64_t first,
		     uint64_t last, struct model_error *error);
/* UFFDIO_WRITEPROTECT, or UFFDIO_RWPROTECT on a VMA that is registered for it. */
bool uffd_protect(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, uint64_t first,
		  uint64_t last, bool protect, struct model_error *error);

/* calls/uffd_fill.c: UFFDIO_POISON, _ZEROPAGE, _COPY and _CONTINUE */
enum uffd_filling { UFFD_POISON, UFFD_ZEROPAGE, UFFD_COPY, UFFD_CONTINUE };
/* wp: with the mode WP, of UFFD_COPY and UFFD_CONTINUE. The kernel accepts any context. */
bool uffd_fill(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
	       enum uffd_filling what, bool wp, struct model_error *error);

/* calls/uffd_move.c: UFFDIO_MOVE of the pages first..last, to `to` and the following ones. */
bool uffd_move(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, uint64_t first,
	       uint64_t last, uint64_t to, struct model_error *error);

/*
 * calls/uffd_events.c: does somebody read the context's messages? A fork that has sent one
 * waits for that; when the last one is read, it is over.
 */
void uffd_reader(struct machine *m, struct uffd_ctx *ctx, bool on);
/* False, not modelled: a call that sends this event of the VMA's context waits for its reader. */
bool uffd_event_is_read(const struct vm_area *vma, uint32_t feature, struct model_error *error);
/* The context whose reader the fork of this child waits for; NULL: there is none. */
const struct uffd_ctx *uffd_fork_waits(const struct machine *m, const struct mm *child);

/* calls/byhand.c: states that no system call reaches from here */
bool set_flags_by_hand(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		       uint64_t add, uint64_t remove, struct model_error *error);
void set_anon_vma_by_hand(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, bool on);
bool set_pte_by_hand(struct machine *m, struct mm *mm, const struct ranges *pages,
		     enum pte_state state, uint16_t attrs, struct model_error *error);
/* Ends `apart`: gives the VMAs of a range the policy of the process, which can join them. */
bool drop_policy(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		 struct model_error *error);

/* fork/dup_mmap.c: fork. The child becomes m->child. */
bool vm_fork(struct machine *m, struct model_error *error);
/* Is there a child that has not exited? */
bool vm_has_child(const struct machine *m, struct model_error *error);

/* fork/processes.c */
/* Can the parent have another child now? */
bool vm_may_fork(const struct machine *m, struct model_error *error);
/* Any kind but FORK_FORK: the child uses the parent's memory, or has none (FORK_POSIX_SPAWN). */
bool vm_borrow(struct machine *m, enum fork_kind kind, struct model_error *error);
/* A process exits, or execs (which is the same to its old address space). */
bool vm_exit(struct machine *m, struct mm *mm, bool exec, struct model_error *error);
/* The child becomes the parent of the following commands. */
bool vm_become_child(struct machine *m, struct model_error *error);

#endif
