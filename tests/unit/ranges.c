/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of numbers against the plainest set there is: an array of bools. */
#include "support/check.h"

#include <string.h>

#include "base/alloc.h"
#include "model/rangeset.h"

#define SPACE 64

static void assert_well_formed(const struct ranges *set)
{
	for (size_t i = 0; i < set->n; i++) {
		assert_true(set->v[i].first <= set->v[i].last);
		if (i) /* maximal: adjacent ranges would be one */
			assert_true(set->v[i - 1].last + 1 < set->v[i].first);
	}
}

static uint64_t count_in(const bool *in, uint64_t first, uint64_t last)
{
	uint64_t n = 0;

	for (uint64_t i = first; i <= last; i++)
		n += in[i];
	return n;
}

static void assert_same(const struct ranges *set, const bool *in)
{
	uint64_t last;

	for (uint64_t i = 0; i < SPACE; i++) {
		uint64_t end = i;

		assert_int_equal(ranges_has(set, i), in[i]);
		assert_int_equal(ranges_probe(set, i, &last), in[i]);
		while (end + 1 < SPACE && in[end + 1] == in[i])
			end++;
		if (end + 1 < SPACE || in[i])
			assert_int_equal(last, end);
		else
			assert_true(last == UINT64_MAX);
	}
}

static void test_random(void **state)
{
	struct ranges set = { 0 };
	bool in[SPACE] = { false };
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		uint64_t first = next_random(&seed) % SPACE;
		uint64_t last = first + next_random(&seed) % (SPACE - first);
		bool add = next_random(&seed) & 1;

		if (add)
			ranges_add(&set, first, last);
		else
			ranges_remove(&set, first, last);
		memset(in + first, add, last - first + 1);
		assert_well_formed(&set);
		assert_same(&set, in);
		assert_int_equal(ranges_count(&set, first, last), count_in(in, first, last));
		assert_int_equal(ranges_count(&set, 5, 40), count_in(in, 5, 40));
	}
	ranges_deinit(&set);
}

/* The same of a set in chunks: so many numbers that there are many of them. */
static void test_random_chunks(void **state)
{
	enum { NUMBERS = 6000 };
	struct rangeset set = {0};
	static bool in[NUMBERS];
	uint32_t seed = 3;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint64_t first = next_random(&seed) % NUMBERS, n = next_random(&seed) % 3, last, end;
		bool add = next_random(&seed) % 5 > 1;
		struct range part;

		if (round % 500 == 0)
			n = next_random(&seed) % NUMBERS;
		last = first + n < NUMBERS ? first + n : NUMBERS - 1;
		if (add)
			rangeset_add(&set, first, last);
		else
			rangeset_remove(&set, first, last);
		memset(in + first, add, last - first + 1);
		first = next_random(&seed) % NUMBERS;
		for (end = first; end + 1 < NUMBERS && in[end + 1] == in[first];)
			end++;
		assert_int_equal(rangeset_has(&set, first), in[first]);
		assert_int_equal(rangeset_probe(&set, first, &last), in[first]);
		assert_true(end + 1 < NUMBERS || in[first] ? last == end : last == UINT64_MAX);
		assert_int_equal(rangeset_next(&set, first, end, !in[first], &part), false);
		assert_true(rangeset_next(&set, first, UINT64_MAX, in[first], &part));
		assert_int_equal(part.first, first);
		if (end + 1 < NUMBERS) {
			assert_true(rangeset_next(&set, first, end + 1, !in[first], &part));
			assert_int_equal(part.first, end + 1);
			assert_int_equal(part.last, end + 1);
		}
		if (round % 100)
			continue;
		assert_true(rangeset_is_sound(&set));
		assert_int_equal(rangeset_count(&set, 9, NUMBERS - 9), count_in(in, 9, NUMBERS - 9));
		n = 0;
		for (uint64_t i = 0; i < NUMBERS; i++)
			n += in[i] && (!i || !in[i - 1]);
		assert_int_equal(rangeset_ranges(&set), n);
	}
	assert_true(set.chunks > 5);
	rangeset_deinit(&set);
}

/* In whatever order numbers are added: the same set. */
static void test_order_of_chunks(void **state)
{
	struct rangeset up = {0}, down = {0};
	struct range part;

	(void)state;
	for (uint64_t i = 0; i < 5000; i++) {
		rangeset_add(&up, 2 * i, 2 * i);
		rangeset_add(&down, 2 * (4999 - i), 2 * (4999 - i));
	}
	assert_true(rangeset_is_sound(&up) && rangeset_is_sound(&down));
	assert_int_equal(rangeset_ranges(&up), 5000);
	for_each_range(&up, part) {
		assert_int_equal(part.first, part.last);
		assert_true(rangeset_has(&down, part.first));
		assert_false(rangeset_has(&down, part.first + 1));
	}
	rangeset_add(&up, 0, UINT64_MAX);
	assert_int_equal(up.chunks, 1 + (up.chunk[up.chunks - 1].begin > 0));
	assert_int_equal(rangeset_ranges(&up), 1);
	rangeset_remove(&up, 0, UINT64_MAX);
	assert_false(rangeset_from(&up, 0, &part));
	rangeset_deinit(&up);
	rangeset_deinit(&down);
}

static void test_next(void **state)
{
	struct ranges set = { 0 };
	struct range part;

	(void)state;
	assert_false(ranges_next(&set, 0, 10, true, &part));
	assert_true(ranges_next(&set, 3, 10, false, &part));
	assert_int_equal(part.first, 3);
	assert_int_equal(part.last, 10);

	ranges_add(&set, 5, 7);
	ranges_add(&set, 9, 9);
	assert_true(ranges_next(&set, 0, 20, true, &part));
	assert_int_equal(part.first, 5);
	assert_int_equal(part.last, 7);
	assert_true(ranges_next(&set, 6, 6, true, &part));
	assert_int_equal(part.first, 6);
	assert_int_equal(part.last, 6);
	assert_true(ranges_next(&set, 5, 20, false, &part));
	assert_int_equal(part.first, 8);
	assert_int_equal(part.last, 8);
	assert_false(ranges_next(&set, 10, 20, true, &part));
	assert_false(ranges_next(&set, 5, 7, false, &part));
	ranges_deinit(&set);
}

static void test_ends_of_the_numbers(void **state)
{
	struct ranges set = { 0 };
	uint64_t last;

	(void)state;
	ranges_add(&set, 0, UINT64_MAX);
	assert_int_equal(set.n, 1);
	assert_true(ranges_probe(&set, UINT64_MAX, &last));
	assert_true(last == UINT64_MAX);
	ranges_remove(&set, 0, 0);
	ranges_remove(&set, UINT64_MAX, UINT64_MAX);
	assert_int_equal(set.n, 1);
	assert_false(ranges_has(&set, 0));
	assert_false(ranges_has(&set, UINT64_MAX));
	assert_true(ranges_has(&set, 1));
	ranges_add(&set, UINT64_MAX, UINT64_MAX);
	ranges_add(&set, 0, 0);
	assert_int_equal(set.n, 1);
	ranges_deinit(&set);
}

static void test_copy(void **state)
{
	struct ranges a = { 0 }, b = { 0 };

	(void)state;
	ranges_add(&a, 1, 2);
	ranges_add(&a, 8, 9);
	ranges_add(&b, 100, 200);
	ranges_copy(&b, &a);
	ranges_clear(&a);
	assert_int_equal(a.n, 0);
	assert_int_equal(b.n, 2);
	assert_false(ranges_has(&b, 100));
	assert_true(ranges_has(&b, 9));
	ranges_deinit(&a);
	ranges_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_chunks),
		cmocka_unit_test(test_order_of_chunks),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_ends_of_the_numbers),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
