/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What carrying out untrusted input may take: one amount of memory and one of time. Each
 * session has one budget, and everything that a file can make large asks it as work goes
 * on. No other limit is there to protect the program: those that are left belong to what is
 * modelled (the size of an address space, the entries of a table).
 *
 *   memory   in bytes, estimated by who allocates: taken before, given back when it is freed.
 *              language   the texts of files, and their commands
 *              model      what machine.h says: VMAs, pages, events
 *              session    its log and predictions; a share that is kept for checkpoints
 *              view       the text of run --json
 *              kernels    the inputs and states that kernel diff compares, rows of table
 *              import     what loading and forking the scenario will take
 *   time     in steps, not by the clock: a file has the same result on every computer. A step
 *            is about the work for one run of pages, at most 100 ns on a computer of 2020:
 *            BUDGET_STEPS a second. Time begins anew with each command of the prompt, and
 *            with each file. Copies of machines (undo, another kernel, `refused`) cost what
 *            they cost: the copy, and the commands that are carried out again.
 *
 * Amounts are charged even when they exceed what is left, so that whoever notices later
 * knows: loops end early, the command fails, and the session takes back what was done.
 * All functions take NULL: a budget without limits, which nothing is charged to.
 */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define BUDGET_STEPS UINT64_C(10000000) /* a second */

/* Fields are for reading; budget_of() makes one, and only these functions change it. */
struct budget {
	uint64_t memory, memory_used; /* bytes */
	uint64_t steps, steps_used;
};

/* The amounts of one: what --budget sets. */
struct budget_amounts {
	uint64_t memory;  /* bytes */
	uint64_t seconds; /* of BUDGET_STEPS */
};
extern const struct budget_amounts budget_default; /* 512 MiB, 5 s */

/* One of which nothing is used. */
struct budget budget_of(struct budget_amounts amounts);
struct budget_amounts budget_amounts(const struct budget *budget);

/* Charge it. False: that is more than there is. */
static inline bool budget_take(struct budget *b, uint64_t bytes)
{
	return !b || (b->memory_used += bytes) <= b->memory;
}

static inline bool budget_spend(struct budget *b, uint64_t steps)
{
	return !b || (b->steps_used += steps) <= b->steps;
}

/* Gives memory back. */
void budget_give(struct budget *budget, uint64_t bytes);
/* A command of the prompt, or a file: its time begins. */
void budget_begin(struct budget *budget);

/* What is left; SIZE_MAX without limits. */
uint64_t budget_memory_left(const struct budget *budget);
uint64_t budget_steps_left(const struct budget *budget);

/* Is neither used up? */
static inline bool budget_lasts(const struct budget *b)
{
	return !b || (b->memory_used <= b->memory && b->steps_used <= b->steps);
}

/* The same. False: the error says what ran out, and the hint which --budget has more. */
bool budget_check(const struct budget *budget, struct vf_error *error);

/*
 * "4G", "60s" or "4G,60s". Without a time, time grows with memory. False: it is none of
 * these, or an amount is 0 or more than a petabyte or a day; *amounts is untouched.
 */
bool budget_read(const char *text, struct budget_amounts *amounts);
/* That, as text. */
void budget_print(struct budget_amounts amounts, struct buf *out);

/* For the options of a program: into a struct budget_amounts. */
bool option_budget(void *at, const char *value);
#define OPTION_BUDGET(type, member) \
	.value = "SIZE|TIME|SIZE,TIME", .take = option_budget, .at = offsetof(type, member)

#endif
