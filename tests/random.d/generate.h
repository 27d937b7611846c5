/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random scenarios. The model goes along, so that most of what is made can be
 * carried out: what it refuses is mostly left out, what it does not cover always, and
 * with it what its kernel does not finish.
 */
#ifndef RANDOM_GENERATE_H
#define RANDOM_GENERATE_H

#include "live/lockstep.h"
#include "random.d/statistics.h"

/* What this machine cannot do at all, so that nothing is wasted on it. */
enum {
	CANNOT_FILE = 1 << 0,
	CANNOT_HUGETLB = 1 << 1,
	CANNOT_RING = 1 << 2,
	CANNOT_PIN = 1 << 3,
	CANNOT_SWAP = 1 << 4,
	CANNOT_UFFD = 1 << 5,
	CANNOT_SECRET = 1 << 6,
	CANNOT_KSM = 1 << 7,
	CANNOT_SOFT_DIRTY = 1 << 8,
	CANNOT_LIMIT = 1 << 9, /* or must not */
};

struct surroundings {
	const struct kernel *kernel; /* the model's */
	const struct kernel *guard;  /* this machine's: see guard.h */
	struct knobs knobs;
	unsigned cannot; /* CANNOT_ */
};

#define SCENARIO_TEXT_MAX 16384

/*
 * Scenario `index` of that seed, a line each. It depends on these two and on the
 * surroundings. The text grows before the model carries out what is added, so that
 * it is there even when the model crashes.
 */
void generate(uint64_t seed, uint64_t index, const struct surroundings *surroundings,
	      char text[SCENARIO_TEXT_MAX], struct statistics *statistics);

#endif
