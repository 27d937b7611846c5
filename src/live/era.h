/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the known kernels runs here? Decided by what it does, not by what it
 * calls itself: a few tiny forks (share/era/) are carried out, and each profile
 * predicts their results. A kernel with backports gets the profile that it behaves as.
 */
#ifndef LIVE_ERA_H
#define LIVE_ERA_H

#include "kernels/likeness.h"
#include "live/probe.h"

/* A profile, as released or with the toggle turned, against all that was seen. */
struct candidate {
	struct kernel *kernel;
	bool toggled;
	size_t agree, differ, unseen;
	struct likeness_note contradiction; /* the first; text NULL: it explains all */
};

struct era {
	char release[128], version[128];
	enum arch arch; /* of the machine */
	struct candidate *candidates; /* oldest profile first, toggled ones last */
	size_t count;
	const struct candidate *chosen;  /* NULL: none explains all */
	const struct candidate *nearest; /* with the fewest differences; NULL: nothing was seen */
	const char *by_release; /* name of the profile that the version would have */
	struct likeness_note *left_out; /* what could not be carried out here */
	size_t left_out_count, left_out_cap;
};

/* From the observations: a function of the records, without a kernel. */
void era_choose(struct era *era, const struct profiles *profiles, const struct probe *probes,
		size_t count);
void era_deinit(struct era *era);

/* Carries the tiny forks out, and chooses. False: one of them is broken, or a signal ended it. */
bool era_find(struct era *era, const struct profiles *profiles, const struct probe_options *options,
	      struct vf_error *error);

/* Does it explain all that was seen as well as the chosen one does? */
bool era_is_alike(const struct era *era, const struct candidate *candidate);

/* The result alone, which is the caller's: likeness_deinit() it. */
void era_likeness(const struct era *era, struct likeness *likeness);

#endif
