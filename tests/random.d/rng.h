/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What generators choose with. */
#ifndef RANDOM_RNG_H
#define RANDOM_RNG_H

#include <stdbool.h>

#include "base/rng.h"

/* 0 to n - 1. */
static inline unsigned below(struct rng *rng, uint64_t n)
{
	return rng_below(rng, n);
}

static inline bool percent(struct rng *rng, unsigned chance)
{
	return below(rng, 100) < chance;
}

#endif
