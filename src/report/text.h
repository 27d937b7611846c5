/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `show`, `explain`, `diff`, `run` and text playback print: plain lines. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "base/buf.h"
#include "model/machine.h"
#include "report/differ.h"
#include "report/explain.h"

/* name: the VMAs that hold any of it, or NULL for all. machines: left and right. */
extern const char text_no_fork[];
void text_vmas(struct machine *const machines[2], const char *name, struct buf *out);
void text_pages(struct machine *const machines[2], const char *name, struct buf *out);
void text_decision(struct machine *const machines[2], const char *name, struct buf *out);
void text_trace(struct machine *const machines[2], const char *name, struct buf *out);
void text_cost(struct machine *const machines[2], struct buf *out);
/* The numbers of text_cost(): returns how many there are. */
#define COST_NUMBERS (TABLE_LEVELS + 6)
struct cost_number {
	char what[40];
	uint64_t value[2]; /* of the left and the right side */
};
size_t cost_numbers(struct machine *const machines[2], struct cost_number rows[COST_NUMBERS]);
void text_flags(struct machine *const machines[2], const char *name, struct buf *out);
void text_kernel(struct machine *const machines[2], struct buf *out);
void text_uffd(struct machine *const machines[2], struct buf *out);
/* Decisions and entries as they are at this point in time. */
void text_diff(struct machine *const machines[2], struct buf *out);

/*
 * Why the last fork that has begun, or else the next one, decided so about these VMAs, and what
 * keeps them apart from others. Where both sides agree it is said once. deeper: the next "why"
 * behind those decisions instead. False: there is nothing to say.
 */
bool text_explain(struct machine *const machines[2], const struct explained *what, bool deeper,
		  struct buf *out);
/* From the first to the end of the last of these VMAs; empty at the address: there is none. */
struct stretch text_explained(struct machine *const machines[2], const struct explained *what);

/* One kernel profile: predicate, behaviors, sources. */
void text_profile(const struct kernel *kernel, struct buf *out);

/* "left: fork: ENOMEM at heap: ...", or that it waits; nothing where the last fork has made a child. */
void text_fork_end(const struct machine *m, int side, struct buf *out);

/* The result of the last fork, side by side: what `run` and playback print. */
void text_fork(struct machine *const machines[2], struct buf *out);

/* Why the last fork decided nothing about a VMA: it had no such, or was a vfork. */
void text_undecided(const struct fork_record *fork, struct buf *out);

/* The machine's last fork, or NULL. */
const struct fork_record *last_fork(const struct machine *m);

/* The record of the first VMA of that name in the machine's last fork, or NULL. */
const struct fork_vma *last_fork_vma(const struct machine *m, const char *name);

#endif
