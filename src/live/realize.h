/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the language as system calls: one function a command, in a table. */
#ifndef LIVE_REALIZE_H
#define LIVE_REALIZE_H

#include "live/acquire.h"
#include "live/lockstep.h"
#include "live/mapping.h"
#include "live/remote.h"
#include "observe/facts.h"
#include "observe/pagemap.h"

/* A scenario on its way. */
struct live {
	const struct eyes *eyes;
	struct remote remote;
	struct lockstep lockstep;
	struct seen_step predicted; /* of the command at hand: what the model says */
	struct name_list names;	    /* that it is about */
	struct acquired acquired;
	struct process parent, child; /* pid 0: none (any more) */
	struct process *others;	      /* older children, and parents that were left */
	size_t other_count, other_cap;
	struct mappings parent_mappings, child_mappings;
	bool forked;
	bool moved;	   /* a driver's mapping is, or was, not where the model has it */
	bool no_thp;	   /* for these processes, though the machine has them */
	size_t forks_left; /* of the whole scenario */
	size_t pins, touches; /* in the whole scenario */
	char *folder;	   /* for the files of the scenario; NULL: none is suitable */
};

enum outcome_kind {
	REAL_DONE,
	REAL_REFUSED,	 /* by the kernel: err */
	REAL_IMPOSSIBLE, /* there is no way to do it here; nothing was done */
	REAL_BROKEN,	 /* the subject cannot be trusted any more */
	REAL_LATE,	 /* the deadline has passed */
	REAL_STOPPED,	 /* a signal ends the probe */
};

struct real {
	enum outcome_kind kind;
	int err;
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

/* --- what the files of realize share ------------------------------------------ */

/* A system call in the parent: its value, or -1 with `real` saying why not. */
long real_syscall(struct live *live, struct real *real, long number, long a, long b, long c, long d,
		  long e, long f);
/* Ends that are not results: died, late, waiting, stopped. True when there was one. */
bool real_ended(struct real *real, enum call_end end);
void real_impossible(struct real *real, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void real_refused(struct real *real, int err);

/* backing.c: mmap, and how it takes a protection. */
int real_prot(unsigned prot);
void real_vma(struct live *live, const struct command *command, struct real *real);
/* realize_touch.c: a touch by that process; real->step gets its result. */
void real_touch_pages(struct live *live, const struct process *process, const struct mappings *mappings,
		      const struct command *command, struct real *real);
/* Would these pages take more memory than is available? Sets the reason. */
bool real_too_much(const struct ranges *pages, struct real *real);
/* All pages of a VMA, with their frames; NULL: too many, or they cannot be seen. The caller frees them. */
struct pagemap_entry *real_look(const struct process *process, const struct mapping *mapping);
/* pins.c */
void real_pin_pages(struct live *live, const struct mapping *mapping, const struct ranges *pages,
	      struct real *real);

/* The pages that the command means, counted from where the name begins. False: real says why. */
bool real_pages(struct live *live, const struct command *command, const struct name *name,
		struct ranges *pages, struct real *real);

/* policies.c: memory policies, which keep VMAs from being joined */
enum { POLICIES = 5 }; /* 0 is the default */
void real_set_policy(struct live *live, uint64_t start, uint64_t end, unsigned policy, struct real *real);

/* A folder on a disk's file system, or NULL; the caller frees it. */
char *find_folder(void);

#endif
