/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A witness: the smallest scenario in which two kernels decide differently. The search
 * runs all sequences of set-up commands, short ones first, on the model of both kernels.
 * Needs no session.
 */
#ifndef KERNELS_WITNESS_H
#define KERNELS_WITNESS_H

#include "base/buf.h"
#include "base/error.h"
#include "kernels/kernel_diff.h"
#include "kernels/setup_search.h"

struct witness_goal {
	const struct kernel_diff *diff;
	size_t which; /* case, or SIZE_MAX */
	bool must_show;
};

/* Stays where it is from witness_find() to witness_deinit(). */
struct witness {
	struct witness_goal goal; /* must_show: it shows in the child's pages */
	struct setup_search *search;
	struct setup_pair pair;	  /* after the set-up and the fork */
	bool by_hand;		  /* no system call of the language leads there */
	size_t shown;		  /* the case that it shows */
};

/* As witness_write(), which says what it finds. False: there is nothing to deinit. */
bool witness_find(const struct kernel_diff *diff, size_t which, struct budget *budget,
		  struct witness *witness, struct vf_error *error);
void witness_deinit(struct witness *witness);

/*
 * Adds the scenario's text to `out`: `kernel left SPEC[0]`, `kernel right
 * SPEC[1]`, set-up, fork, and the expectations for both sides. `spec`: words as a file
 * has them, in quotes where they need some. `which`: the case
 * of the diff to show, or SIZE_MAX for the one that takes the fewest commands.
 * Prefers set-ups that system calls can make, and those after which the child's
 * pages differ too, so that a real kernel shows the difference; the text states when
 * there is neither. False, with an error, when the kernels decide alike or no set-up
 * is found with what is left of the budget: each of the four preferences gets a quarter.
 */
bool witness_write(const struct kernel_diff *diff, const char *const spec[2], size_t which,
		   struct budget *budget, struct buf *out, struct vf_error *error);

#endif
