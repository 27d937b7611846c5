/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits the work of one command of the prompt, or of one file, to seconds. Fields are
 * for reading; only these functions change them.
 */
#ifndef SESSION_BUDGET_H
#define SESSION_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Zeroed: nothing was spent. */
struct budget {
	uint64_t replayed; /* commands carried out again since the last prompt */
	uint64_t shown;	   /* the same, only to show the result */
	/* Runs of pages looked at: by machines that are gone, and by all up to the last prompt. */
	uint64_t work_gone, work_before;
};

/* A prompt: counts from zero. work: of the current machines. */
void budget_begin(struct budget *budget, uint64_t work);

/* False, with an error, when the commands take too much work. */
bool budget_may_work(const struct budget *budget, uint64_t work, struct vf_error *error);
/* False, with an error, when a file makes the set-up be carried out again too often. */
bool budget_may_replay(const struct budget *budget, struct vf_error *error);
/* May the set-up be carried out again only to show it? */
bool budget_may_show(const struct budget *budget);

/* So many commands were carried out again on a new machine; the old one has done `gone`. */
void budget_replay(struct budget *budget, uint64_t commands, uint64_t gone);
/* Only to show the result: it does not change which commands may follow. made: by the new machine. */
void budget_show(struct budget *budget, uint64_t commands, uint64_t gone, uint64_t made);

#endif
