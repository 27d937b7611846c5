/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decisions of a machine up to its point in time, which moves within its recorded forks. */
#ifndef REPORT_NOW_H
#define REPORT_NOW_H

#include "model/machine.h"

/* The last fork that has begun, or NULL. */
const struct fork_record *fork_now(const struct machine *m);

/* Has that fork decided about this VMA yet? */
bool decided_now(const struct machine *m, const struct fork_record *fork, const struct fork_vma *vma);

/*
 * Names can change after a fork. Goes back to the end of that fork, if it is over, so that
 * its VMAs are called as they were; and returns from there.
 */
struct point_in_time {
	size_t events;
	uint64_t pages;
};
struct point_in_time fork_return_to(struct machine *m, const struct fork_record *fork);
void fork_leave(struct machine *m, struct point_in_time point);

/* The record of the VMA that held the address in that fork; NULL: none did. */
const struct fork_vma *fork_vma_at(const struct fork_record *fork, uint64_t address);

/* The same in the last fork that has begun; NULL too if nothing is decided about it yet. */
const struct fork_vma *decision_now(const struct machine *m, uint64_t address);

#endif
