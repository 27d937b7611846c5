/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the language as system calls: one function a command, in a table. */
#ifndef LIVE_REALIZE_H
#define LIVE_REALIZE_H

#include "live/acquire.h"
#include "live/lockstep.h"
#include "live/mapping.h"
#include "live/remote.h"
#include "live/room.h"
#include "observe/facts.h"
#include "observe/pagemap.h"

/* Where a name's pages were that mremap is about. */
struct spot {
	uint64_t first, last; /* page numbers of the model */
	bool taken;	      /* what a moved part would be called */
};

/* A scenario on its way. */
struct live {
	const struct eyes *eyes;
	struct remote remote;
	struct lockstep lockstep;
	struct seen_step predicted; /* of the command at hand: what the model says */
	struct name_list names;	    /* that it is about */
	struct spot *spots;	    /* of those names, for mremap */
	size_t spot_cap;
	struct acquired acquired;
	struct room room; /* what it may take */
	struct process parent, child; /* pid 0: none (any more) */
	struct process *others;	      /* older children, which live on unobserved */
	size_t other_count, other_cap;
	struct process *former;	      /* parents that a child has replaced */
	size_t former_count, former_cap;
	struct mappings parent_mappings, child_mappings;
	enum borrow borrow;	  /* the child uses the parent's memory, and its mappings */
	struct process *by;	  /* who carries the command at hand out */
	struct mappings *by_mappings;
	const struct mm *by_mm; /* the model's */
	bool forked;
	bool may_limit;	   /* set limits of the whole machine */
	/* Before the command at hand the scenario had been promised so many pages, and had huge ones: */
	uint64_t committed, pool_in_use;
	uint64_t lost_reserved;	   /* and so many stayed reserved in vain */
	uint64_t others_reserved;  /* huge pages, before the scenario began */
	bool fork_waits;  /* the parent's fork, for the reader of a userfaultfd */
	bool child_born;  /* by the command at hand */
	bool moved;	   /* a driver's mapping is, or was, not where the model has it */
	bool no_thp;	   /* for these processes, though the machine has them */
	size_t forks_left; /* of the whole scenario */
	size_t pins, stores; /* in the whole scenario; a touch counts as one */
	unsigned policy;      /* of the mapping that was last made apart */
	bool unpins;	      /* so does it end some of them */
	struct live_pin *held; /* what processes hold: see pins.c */
	size_t held_count, held_cap;
	unsigned pipes;	       /* that were made for it */
	bool read_pins;	       /* there are pins for reading, which do not last here */
	uint64_t ksm_content;  /* what was last written to pages, to make them equal or different */
	char *folder;	   /* for the files of the scenario; NULL: none is suitable */
};

enum outcome_kind {
	REAL_DONE,
	REAL_REFUSED,	 /* by the kernel: err */
	REAL_IMPOSSIBLE, /* there is no way to do it here; nothing was done, unless it was begun */
	REAL_BROKEN,	 /* the subject cannot be trusted any more */
	REAL_LATE,	 /* the deadline has passed */
	REAL_STOPPED,	 /* a signal ends the probe */
};

struct real {
	enum outcome_kind kind;
	int err;
	bool begun; /* REAL_IMPOSSIBLE: some of its names or ranges were carried out before */
	char reason[256];
	struct seen_step step; /* the result of a touch */
};

/* Notes which names the command is about: to be called before the model carries it out. */
void realize_prepare(struct live *live, const struct command *command);

/*
 * Carries out the command that the lockstep's model has just carried out, or
 * refused; predicted: what it says about it.
 */
void realize(struct live *live, const struct command *command, const struct seen_step *predicted,
	     struct real *real);

/* Ends that are not results: died, late, waiting, stopped. True when there was one. */
bool real_ended(struct real *real, enum call_end end);
void real_impossible(struct real *real, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void real_refused(struct real *real, int err);

/* A folder on a disk's file system, or NULL; the caller frees it. */
char *find_folder(void);

#endif
