/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time. Every change of a machine goes through the functions below, which
 * write it into a journal that can be played backwards. An event is what a
 * person sees as one step; it owns a range of the journal.
 *
 * Time starts with the first fork: what happens before is not recorded. An
 * event covers a whole run (all entries that become the same, all tables of one
 * level): `count` is the number of pages or tables in it.
 */
#ifndef MODEL_EVENTS_H
#define MODEL_EVENTS_H

#include <stdint.h>

#include "model/kernel.h"
#include "model/mm.h"

struct machine;
struct entry_group;
struct vma_group;

enum event_kind {
	EVENT_FORK,	   /* dup_mmap starts; src: none */
	EVENT_VMA,	   /* the loop takes the next VMA; VM_DONTCOPY is checked */
	EVENT_DUP,	   /* vm_area_dup */
	EVENT_UFFD,	   /* dup_userfaultfd */
	EVENT_WIPE,	   /* VM_WIPEONFORK */
	EVENT_ANON_VMA,	   /* anon_vma_fork */
	EVENT_UNLOCK,	   /* VM_LOCKED is cleared in the child */
	EVENT_DECIDE,	   /* vma_needs_copy */
	EVENT_TABLE,	   /* `count` tables of `level` are allocated in the child */
	EVENT_SPLIT,	   /* a huge entry of the parent becomes small ones */
	EVENT_ENTRY,	   /* `count` equal entries are copied, or not */
	EVENT_FORKED,	   /* dup_mmap is done */
	EVENT_TOUCH,	   /* after the fork: a load or store, faults included */
	EVENT_SYSCALL,	   /* after the fork: any other command */
	EVENT_KINDS
};

/* The result for an entry at fork, or for a page at a touch. */
enum outcome {
	OUTCOME_NONE,
	/* fork */
	OUTCOME_SHARED,	  /* the same anonymous page, now copy-on-write */
	OUTCOME_FILE,	  /* the same page-cache page */
	OUTCOME_PFN,	  /* zero page or device memory: no reference is taken */
	OUTCOME_COPIED,	  /* a pinned page: the child gets a new one at once */
	OUTCOME_SWAP,	  /* swap entry, its count goes up */
	OUTCOME_SOFTWARE, /* migration, device, hwpoison entry */
	OUTCOME_MARKER,	  /* pte_marker kept */
	OUTCOME_DROPPED,  /* pte_marker dropped: the child's VMA is not protected */
	OUTCOME_FILE_HUGE, /* huge entry of a file: not copied, it will fault in */
	OUTCOME_HUGE,	  /* huge anonymous entry shared */
	/* touch */
	OUTCOME_ACCESSED, /* no fault */
	OUTCOME_MARKED,	  /* the kernel marked the entry young, or dirty: the processor cannot */
	OUTCOME_ZEROED,	  /* a new zeroed frame, or the zero page */
	OUTCOME_MAPPED,	  /* a page-cache page was mapped (minor fault) */
	OUTCOME_REUSED,	  /* made writable: it has no other user, or the mapping is shared */
	OUTCOME_COW,	  /* copy-on-write: a new frame with the same bytes */
	OUTCOME_SWAPIN,
	OUTCOME_SIGNAL,
	OUTCOMES
};

struct event {
	uint8_t kind;	 /* enum event_kind */
	uint8_t outcome; /* enum outcome */
	uint8_t level;	 /* EVENT_TABLE: enum table_level */
	bool by_child;	 /* EVENT_TOUCH, EVENT_SYSCALL: who; else false */
	bool write;	 /* EVENT_TOUCH */
	uint8_t signal;	 /* EVENT_TOUCH: enum touch_result */
	uint32_t op;	 /* number of the fork or command, since the first fork */
	struct vm_area *src, *dst; /* parent's and child's VMA; NULL: none (yet) */
	uint64_t address;
	uint64_t first, count; /* page or table numbers, from `first` on */
	struct pte before;     /* parent's (touch: toucher's) entry, first page */
	struct pte after;      /* the same after it */
	struct pte child;      /* the child's new entry */
	uint64_t old_flags, new_flags; /* of the child's VMA, where they change */
	uint64_t faults, cow_copies;   /* EVENT_TOUCH */
	uint64_t to;	       /* EVENT_SYSCALL: the address to which its pages were moved; or 0 */
	uint64_t deposits;     /* EVENT_ENTRY: PTE tables deposited for huge entries */
	const char *text;      /* EVENT_SYSCALL: what was done; interned */
	uint32_t fork, vma;    /* which record of machine->forks, and of its vmas */
	uint32_t journal;      /* first record; the next event's is its end */
	uint32_t number;
	/* In the machine only: it stands for many; one of them, or none. Owned. */
	struct entry_group *group;
	struct vma_group *vma_group;
};

/*
 * Event i of the machine. The pointer is good until events are added, or until others that
 * are far from it are looked at.
 */
const struct event *machine_event(const struct machine *m, size_t i);

/* The group of entries that holds event i, and the number of its first event; NULL: none does. */
const struct entry_group *machine_event_group(const struct machine *m, size_t i, size_t *first);

/* What an event that is in no group does besides what its fields say. */
struct event_effects {
	bool table;    /* a page table is allocated */
	bool unwrites; /* an entry that stays what it is loses its write bit */
};
struct event_effects machine_event_effects(const struct machine *m, size_t i);

/*
 * The VMAs that event i puts into a process or takes out of one, in that order, `most` at most;
 * returns how many. Of events that are in no group.
 */
struct vma_change {
	const struct vm_area *vma;
	bool added;
};
size_t machine_event_vmas(const struct machine *m, size_t i, struct vma_change *changes, size_t most);

/* Costs since the first fork, up to the machine's point in time. */
struct cost {
	uint64_t entries;		/* put into children; a huge entry is one */
	uint64_t tables[TABLE_LEVELS];	/* allocated by fork, deposits included */
	uint64_t copied;		/* frames copied by fork itself (pinned) */
	uint64_t faults, cow_copies;	/* after fork, in all processes */
};

uint64_t cost_tables(const struct cost *cost);
/* Adds what the first `pages` pages of an event cost (all of them: event->count). */
void cost_add_event(struct cost *cost, const struct event *event, uint64_t pages);
/* Bytes of memory that fork allocated: tables and copied pages. */
uint64_t cost_bytes(const struct cost *cost, const struct paging *paging);

/* --- changes: each is one journal record --------------------------------- */

/* The entries of pages first..last, which belong to VMAs, or are to be none. */
void change_pte(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		struct pte pte);
/* What an EVENT_ENTRY says, which is the record. The child had no entries there. */
void change_entry(struct machine *m, const struct event *event);
void change_flags(struct machine *m, struct vm_area *vma, uint64_t flags);
void change_anon_vma(struct machine *m, struct vm_area *vma, unsigned anon_vma,
		     bool cloned);
void change_uffd(struct machine *m, struct vm_area *vma, struct uffd_ctx *ctx);
void change_policy(struct machine *m, struct vm_area *vma, unsigned policy);
void change_add_vma(struct machine *m, struct mm *mm, struct vm_area *vma);
void change_remove_vma(struct machine *m, struct vm_area *vma);
/* From now on these addresses are called so; NULL: nothing. */
void change_names(struct machine *m, struct mm *mm, uint64_t start, uint64_t end,
		  const struct name *name);
/* Where a name begins and ends. */
void change_stretch(struct machine *m, struct mm *mm, const struct name *name,
		    struct stretch stretch);
/* By how many pages these pages are from their home: see mm_home(). */
void change_moved(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		  uint64_t distance);
void change_add_tables(struct machine *m, struct mm *mm, enum table_level level,
		       uint64_t first, uint64_t last);
void change_remove_tables(struct machine *m, struct mm *mm, enum table_level level,
			  uint64_t first, uint64_t last);
void change_processes(struct machine *m, struct mm *parent, struct mm *child, enum borrow borrow);
/* A child whose fork waits, or NULL. */
void change_unborn(struct machine *m, struct mm *unborn);
void change_context(struct machine *m, struct uffd_ctx *ctx, bool closed, bool unread);
void change_dead(struct machine *m, struct mm *mm, bool dead);
void change_last_touch(struct machine *m, struct mm *mm, enum touch_result result);

/* --- events -------------------------------------------------------------- */

/*
 * Adds an event; the changes that follow belong to it. Does nothing while nothing
 * is recorded (before the first fork). Fills in op, journal and number. The machine must
 * be at its end. It takes over the groups.
 */
void event_add(struct machine *m, struct event event);
/* Do changes belong to the last event? Not to a group: it has all of its own. */
bool event_takes_changes(const struct machine *m);

/* A system call (or a change by hand) on the pages first..last of a process. */
void event_syscall(struct machine *m, struct mm *mm, const char *text, uint64_t first,
		   uint64_t last);

/* The pages of the system call that is event number `event` are at the address `to` now. */
void event_moved(struct machine *m, size_t event, uint64_t to);

/* --- moving -------------------------------------------------------------- */

/*
 * Moves the machine to where the first `events` events have happened, and the
 * first `pages` pages of the next one (which must be an EVENT_ENTRY then).
 * Costs grow with the events in between. New events can only be added at the end.
 */
void machine_seek(struct machine *m, size_t events, uint64_t pages);
void machine_seek_end(struct machine *m);

/* For machine_free(). */
void events_free(struct machine *m);

#endif
