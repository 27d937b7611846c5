/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cube around a point p excludes a point q of the other set if it
 * names a variable in which p and q differ. So the primes around p are the
 * minimal sets of variables that meet all of those differences. From the primes
 * of all points the smallest cover is chosen by branch and bound. Both searches
 * count their steps; at the limit the result may be longer, never wrong.
 */
#include "base/minimise.h"

#include <stdlib.h>

#include "base/alloc.h"

#define PRIME_STEPS 20000u /* for all points together */
#define COVER_STEPS 200000u
#define PRIMES_MAX 64u /* above that, the search for the best cover is skipped */

/* --- sets of words ---------------------------------------------------------------------- */

struct words {
	uint64_t *v;
	size_t n, cap;
};

static void words_add(struct words *words, uint64_t word)
{
	GROW(words->v, words->n, words->cap);
	words->v[words->n++] = word;
}

/* Sets to intersect with: a superset of another one need not be kept. */
static void add_smallest(struct words *sets, uint64_t set)
{
	size_t kept = 0;

	for (size_t i = 0; i < sets->n; i++)
		if ((sets->v[i] & set) == sets->v[i])
			return;
	for (size_t i = 0; i < sets->n; i++)
		if ((sets->v[i] & set) != set)
			sets->v[kept++] = sets->v[i];
	sets->n = kept;
	words_add(sets, set);
}

static bool meets_all(uint64_t set, const struct words *sets)
{
	for (size_t i = 0; i < sets->n; i++)
		if (!(sets->v[i] & set))
			return false;
	return true;
}

/* --- primes ------------------------------------------------------------------------------- */

struct primes {
	struct cube *v;
	size_t n, cap;
	unsigned steps;
};

static void add_prime(struct primes *primes, struct cube cube)
{
	for (size_t i = 0; i < primes->n; i++)
		if (primes->v[i].care == cube.care && primes->v[i].value == cube.value)
			return;
	GROW(primes->v, primes->n, primes->cap);
	primes->v[primes->n++] = cube;
}

/* The variables in which p differs from each other point. */
static void differences(uint64_t p, const uint64_t *off, size_t off_count, struct words *out)
{
	out->n = 0;
	for (size_t i = 0; i < off_count; i++)
		add_smallest(out, p ^ off[i]);
}

/* Could a variable be left out? */
static bool is_minimal(uint64_t set, const struct words *differ)
{
	for (uint64_t rest = set; rest; rest &= rest - 1)
		if (meets_all(set & ~(rest & -rest), differ))
			return false;
	return true;
}

/* Supersets of `set` without members of `not` that meet all differences. */
static void hit_all(uint64_t p, uint64_t set, uint64_t not, const struct words *differ,
		    struct primes *primes)
{
	uint64_t open = 0;

	for (size_t i = 0; i < differ->n && !open; i++)
		if (!(differ->v[i] & set))
			open = differ->v[i];
	if (!open) {
		if (is_minimal(set, differ))
			add_prime(primes, (struct cube){set, p & set});
		return;
	}
	for (uint64_t choices = open & ~not; choices; choices &= choices - 1) {
		uint64_t one = choices & -choices;

		if (!primes->steps)
			return;
		primes->steps--;
		hit_all(p, set | one, not, differ, primes);
		not |= one;
	}
}

/* One prime without a search: drops variables while the cube stays correct. */
static struct cube any_prime(uint64_t p, const struct words *differ)
{
	uint64_t set = 0;

	for (size_t i = 0; i < differ->n; i++)
		set |= differ->v[i];
	for (uint64_t rest = set; rest; rest &= rest - 1)
		if (meets_all(set & ~(rest & -rest), differ))
			set &= ~(rest & -rest);
	return (struct cube){set, p & set};
}

/* --- cover ----------------------------------------------------------------------------------- */

static unsigned variables(struct cube cube)
{
	return (unsigned)__builtin_popcountll(cube.care);
}

/* Choosing among at most 64 primes: sets of them are words, too. */
struct cover {
	const struct primes *primes;
	struct words need; /* of each of these sets, one prime */
	uint64_t best;
	unsigned best_count, best_variables, steps;
};

static void search_cover(struct cover *c, uint64_t chosen, unsigned count, unsigned used)
{
	uint64_t open = 0;

	for (size_t i = 0; i < c->need.n; i++) {
		uint64_t set = c->need.v[i];

		if (!(set & chosen) &&
		    (!open || __builtin_popcountll(set) < __builtin_popcountll(open)))
			open = set;
	}
	if (count > c->best_count || (count == c->best_count && used >= c->best_variables) ||
	    (open && count == c->best_count))
		return;
	if (!open) {
		c->best = chosen;
		c->best_count = count;
		c->best_variables = used;
		return;
	}
	for (; open && c->steps; open &= open - 1) {
		int p = __builtin_ctzll(open);

		c->steps--;
		search_cover(c, chosen | UINT64_C(1) << p, count + 1,
			     used + variables(c->primes->v[p]));
	}
}

struct counted {
	struct cube cube;
	size_t covers;
};

static int wider_first(const void *a, const void *b)
{
	const struct counted *c = a, *d = b;

	if (variables(c->cube) != variables(d->cube))
		return variables(c->cube) < variables(d->cube) ? -1 : 1;
	return c->covers > d->covers ? -1 : c->covers < d->covers;
}

/* Among equals the one with more variables comes first, and is kept. */
static void sort_primes(struct primes *primes, const uint64_t *on, size_t on_count)
{
	struct counted *sorted = xcalloc(primes->n + 1, sizeof(*sorted));

	for (size_t p = 0; p < primes->n; p++) {
		sorted[p].cube = primes->v[p];
		for (size_t i = 0; i < on_count; i++)
			sorted[p].covers += cube_has(primes->v[p], on[i]);
	}
	qsort(sorted, primes->n, sizeof(*sorted), wider_first);
	for (size_t p = 0; p < primes->n; p++)
		primes->v[p] = sorted[p].cube;
	free(sorted);
}

/* Greedy: moves the prime that covers most of the rest to the front; returns how many. */
static size_t greedy_cover(struct primes *primes, const uint64_t *on, size_t on_count)
{
	bool *covered = xcalloc(on_count + 1, sizeof(*covered));
	size_t count = 0;

	for (;;) {
		size_t most = 0, take = 0;
		struct cube cube;

		for (size_t p = count; p < primes->n; p++) {
			size_t n = 0;

			for (size_t i = 0; i < on_count; i++)
				n += !covered[i] && cube_has(primes->v[p], on[i]);
			if (n > most || (n && n == most &&
					 variables(primes->v[p]) < variables(primes->v[take]))) {
				most = n;
				take = p;
			}
		}
		if (!most)
			break;
		cube = primes->v[take];
		primes->v[take] = primes->v[count];
		primes->v[count++] = cube;
		for (size_t i = 0; i < on_count; i++)
			covered[i] |= cube_has(cube, on[i]);
	}
	free(covered);
	return count;
}

struct cube *minimise(const uint64_t *on, size_t on_count, const uint64_t *off, size_t off_count,
		      size_t *n, bool *exact)
{
	struct primes primes = {.steps = PRIME_STEPS};
	struct words differ = {0};
	struct cover cover = {.primes = &primes, .steps = COVER_STEPS};

	for (size_t i = 0; i < on_count; i++) {
		differences(on[i], off, off_count, &differ);
		hit_all(on[i], 0, 0, &differ, &primes);
		if (!primes.steps)
			add_prime(&primes, any_prime(on[i], &differ));
	}
	sort_primes(&primes, on, on_count);
	*n = greedy_cover(&primes, on, on_count);
	*exact = primes.steps && primes.n <= PRIMES_MAX;
	if (primes.n <= PRIMES_MAX) {
		cover.best_count = (unsigned)*n;
		for (size_t p = 0; p < *n; p++) {
			cover.best |= UINT64_C(1) << p;
			cover.best_variables += variables(primes.v[p]);
		}
		for (size_t i = 0; i < on_count; i++) {
			uint64_t set = 0;

			for (size_t p = 0; p < primes.n; p++)
				if (cube_has(primes.v[p], on[i]))
					set |= UINT64_C(1) << p;
			add_smallest(&cover.need, set);
		}
		search_cover(&cover, 0, 0, 0);
		*exact = *exact && cover.steps;
		*n = 0;
		for (size_t p = 0; p < primes.n; p++)
			if (cover.best >> p & 1)
				primes.v[(*n)++] = primes.v[p];
		free(cover.need.v);
	}
	free(differ.v);
	return primes.v;
}
