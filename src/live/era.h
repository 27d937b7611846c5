/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the known kernels runs here? Told by what it does, not by what it
 * calls itself: a few tiny forks (share/era/) are carried out, and each profile
 * is asked what it would have made of them. A kernel with backports is told by
 * the profile that it behaves as.
 */
#ifndef LIVE_ERA_H
#define LIVE_ERA_H

#include "live/probe.h"

/* A profile, as released or with the toggle turned, against all that was seen. */
struct candidate {
	struct kernel *kernel;
	bool toggled;
	size_t agree, differ, unseen;
	char *contradiction; /* the first: "FILE:LINE: what"; NULL: it explains all */
};

struct era {
	char release[128], version[128];
	struct candidate *candidates; /* oldest profile first, toggled ones last */
	size_t count;
	const struct candidate *chosen;  /* NULL: none explains all */
	const struct candidate *nearest; /* with the fewest differences; NULL: nothing was seen */
	const char *by_release; /* name of the profile that the version would have */
	size_t facts;		/* that the chosen, or the nearest, was held against */
	char **left_out;	/* what could not be carried out here: "FILE:LINE: why" */
	size_t left_out_count, left_out_cap;
};

/* Of what was seen; a function of the records, no kernel is asked. */
void era_choose(struct era *era, const struct profiles *profiles, const struct probe *probes,
		size_t count);
void era_deinit(struct era *era);

/* Carries the tiny forks out, and chooses. False: one of them is broken, or it was stopped. */
bool era_find(struct era *era, const struct profiles *profiles, const struct probe_options *options,
	      struct vf_error *error);

/* What was found, in lines. */
void era_print(const struct era *era, struct buf *out);

#endif
