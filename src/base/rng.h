/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that are the same everywhere: splitmix64. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Number `index` of the streams of a seed. */
static inline struct rng rng_stream(uint64_t seed, uint64_t index)
{
	struct rng rng = {seed};

	rng.state = rng_next(&rng) ^ index;
	rng.state = rng_next(&rng);
	return rng;
}

/* 0 to n - 1. */
static inline unsigned rng_below(struct rng *rng, uint64_t n)
{
	return (unsigned)(rng_next(rng) % n);
}

#endif
