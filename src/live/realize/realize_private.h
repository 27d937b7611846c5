/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that carry commands out share. */
#ifndef LIVE_REALIZE_PRIVATE_H
#define LIVE_REALIZE_PRIVATE_H

#include "live/realize.h"

/* Carries a build step out in the process live->by, which is alive. */
#define BUILD(id, ...) void real_##id(struct live *live, const struct command *c, struct real *real);
#define RUN(id, ...)
#include "language/commands.def"
#undef BUILD
#undef RUN

/* A system call in the process that carries the command out: its value, or -1 with `real` saying why not. */
long real_syscall(struct live *live, struct real *real, long number, long a, long b, long c, long d,
		  long e, long f);

/* backing.c: a protection as mmap takes it. */
int real_prot(unsigned prot);
/* file_size.c: writes an open file from `size` to `end`. False: real says why not. */
bool real_fill_file(struct live *live, long fd, uint64_t size, uint64_t end, struct real *real);
/* Makes the mapping's file at least `end` bytes long. */
void real_extend_file(struct live *live, const struct mapping *mapping, uint64_t end,
		      struct real *real);
/* realize_mremap.c: notes where the names are before the model moves them */
void real_mremap_prepare(struct live *live, const struct mm *mm, const struct command *c);
/* realize_room.c: what a call takes of the machine for the pages that it is about */
enum take {
	TAKE_NOTHING,
	TAKE_TABLES, /* for entries without a page: markers, the zero page, pages of a file that are there */
	TAKE_PAGES,  /* these, and their tables */
};
/* Would it take more than a probe may? Sets the reason. */
bool real_too_much(const struct live *live, const struct mapping *mapping, const struct ranges *pages,
		   enum take take, struct real *real);
/* The same for bytes of one kind. */
bool real_too_many(const struct live *live, enum room_kind kind, uint64_t bytes, struct real *real);
/* The most that these pages can take, in bytes of memory. */
uint64_t real_takes(const struct live *live, const struct mapping *mapping, const struct ranges *pages,
		    enum take take);
/* A fork of the parent: its tables, its VMAs, what is copied at once, and the process. */
bool real_fork_too_much(const struct live *live, struct real *real);
/* realize_touch.c */
/* All pages of a mapping as well as they can be seen; NULL: too many, or not at all. The caller frees them. */
struct pagemap_entry *real_look_closely(const struct live *live, const struct process *process,
					const struct mapping *mapping);
/* All pages of a VMA, with their frames; NULL: too many, or they cannot be seen. The caller frees them. */
struct pagemap_entry *real_look(const struct process *process, const struct mapping *mapping);
/* realize_pins.c: opens a file of that process in /proc, "/proc/self/mem", to write to it; -1: real says why not. */
long real_open_own(struct live *live, const struct process *p, const char *path, struct real *real);
void real_close_own(struct live *live, const struct process *p, long fd, struct real *real);
/* ksmd.c: before a fork of the parent, prepares its pages for what the scenario has ksmd do later. */
void real_plan_ksm(struct live *live);
/* pins.c */
void real_pin_pages(struct live *live, const struct mapping *mapping, const struct ranges *pages,
		    struct real *real);
/* Replaces shared pages as a pin for reading does; the pin itself does not last. */
void real_pin_for_reading(struct live *live, const struct mapping *mapping,
			  const struct ranges *pages, struct real *real);
/* References without a pin. */
void real_hold_pages(struct live *live, const struct mapping *mapping, const struct ranges *pages,
		     struct real *real);
/* Does it hold any? The kernel closes a ring a little after its last process has left. */
bool real_holds(const struct live *live, const struct process *p);
/*
 * Pages that the process holds for a moment, and does not keep: as many as one pipe takes (256), each
 * at an address of its own. real_let_go() empties the pipe and closes it.
 */
#define HELD_FOR_A_MOMENT 256u
struct brief_hold {
	long fd[2];
	size_t pages;
};
bool real_hold_briefly(struct live *live, const uint64_t *addresses, size_t n, struct brief_hold *hold,
		       struct real *real);
void real_let_go(struct live *live, const struct brief_hold *hold, struct real *real);
/* Ends what the process holds there. */
void real_unpin_pages(struct live *live, const struct mapping *mapping, const struct ranges *pages,
		      struct real *real);

/* The pages that the command means, counted from where the name begins. False: real says why. */
bool real_pages(struct live *live, const struct command *command, const struct name *name,
		struct ranges *pages, struct real *real);

/* realize_limits.c: sets the machine's limits for the command at hand. False: real says why not. */
bool real_limit_all(struct live *live, const struct command *command, struct real *real);
/* Goes on with a fork that waited for the reader of a userfaultfd. */
void real_fork_again(struct live *live, struct real *real);

/* policies.c: memory policies, which keep VMAs from being joined */
enum { POLICIES = 5 }; /* 0 is the default */
void real_set_policy(struct live *live, uint64_t start, uint64_t end, unsigned policy, struct real *real);

/* Calls `each` for the pages of each name that the command is about, as long as it goes well. */
typedef void each_name(struct live *live, const struct command *c, const struct mapping *mapping,
		       const struct ranges *pages, void *arg, struct real *real);
void for_names(struct live *live, const struct command *c, struct real *real, each_name *each,
	       void *arg);

/* The same for each range of them, by address. */
typedef void each_range(struct live *live, const struct command *c, const struct mapping *mapping,
			uint64_t start, uint64_t size, struct real *real);
void for_ranges(struct live *live, const struct command *c, struct real *real, each_range *each);
/* The same for calls that take memory: only if a probe may have it for all names. */
void for_ranges_that_fit(struct live *live, const struct command *c, struct real *real,
			 each_range *each, enum take take);

#endif
