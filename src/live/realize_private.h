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
/* realize_touch.c */
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

/* realize_limits.c: sets the machine's limits for the command at hand. False: real says why not. */
bool real_limit_all(struct live *live, const struct command *command, struct real *real);

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

#endif
