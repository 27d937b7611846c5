/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disjoint stretches of addresses, against the plainest set there is: an array. */
#include "support/check.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "model/spans.h"

#define SPACE 4096

/* Of each address the number of its span, 0: none. */
static uint32_t plain[SPACE];

static void assert_same(const struct spans *spans)
{
	struct span_place place;
	const struct span *span, *found;
	size_t count = 0;

	assert_true(spans_are_sound(spans));
	for (uint64_t at = 0; at < SPACE; at++) {
		found = spans_find(spans, at, &place);
		assert_ptr_equal(found, spans_at(spans, &place));
		if (plain[at]) {
			assert_non_null(found);
			assert_true(found->start <= at);
			assert_int_equal((uintptr_t)found->value, plain[at]);
		} else {
			assert_true(!found || found->start > at);
		}
	}
	for (span = spans_find(spans, 0, &place); span; span = spans_next(spans, &place), count++)
		assert_int_equal(plain[span->start], (uintptr_t)span->value);
	assert_int_equal(count, spans->count);
	while ((span = spans_before(spans, &place)))
		count--;
	assert_int_equal(count, 0);
}

static void put(struct spans *spans, uint64_t start, uint64_t end, uint32_t value)
{
	spans_insert(spans, (struct span){start, end, (void *)(uintptr_t)value});
	for (uint64_t at = start; at < end; at++)
		plain[at] = value;
}

static void take(struct spans *spans, uint64_t start)
{
	uint32_t value = plain[start];

	spans_remove(spans, start);
	for (uint64_t at = start; at < SPACE && plain[at] == value; at++)
		plain[at] = 0;
}

/* All that begins between the addresses, and nothing in part. */
static void take_all(struct spans *spans, uint64_t start, uint64_t end)
{
	while (start && plain[start] && plain[start - 1] == plain[start])
		start--;
	while (end < SPACE && plain[end - 1] && plain[end] == plain[end - 1])
		end++;
	spans_remove_all(spans, start, end);
	for (uint64_t at = start; at < end; at++)
		plain[at] = 0;
}

static void clear(void)
{
	for (size_t i = 0; i < SPACE; i++)
		plain[i] = 0;
}

static void test_any_order(void **state)
{
	struct spans spans = {0}, copy = {0};
	uint32_t value = 0;

	(void)state;
	clear();
	srand(1);
	assert_same(&spans);
	for (int i = 0; i < 20000; i++) {
		uint64_t start = (uint64_t)rand() % SPACE, end = start;

		if (i % 900 == 899) {
			take_all(&spans, start, start + 1 + (uint64_t)rand() % (SPACE - start));
		} else if (plain[start]) {
			while (start && plain[start - 1] == plain[start])
				start--;
			take(&spans, start);
		} else {
			while (end < SPACE && end < start + 3 && !plain[end])
				end++;
			put(&spans, start, end, ++value);
		}
		if (i % 500 == 0)
			assert_same(&spans);
	}
	spans_copy(&copy, &spans);
	spans_deinit(&spans);
	assert_same(&copy);
	spans_deinit(&copy);
}

static void test_orders(void **state)
{
	(void)state;
	for (int descending = 0; descending < 2; descending++) {
		struct spans spans = {0};

		clear();
		for (uint32_t i = 0; i < 1000; i++) {
			uint64_t at = descending ? 999 - i : i;

			put(&spans, 4 * at, 4 * at + 3, i + 1);
		}
		assert_same(&spans);
		for (uint64_t at = 0; at < 1000; at += 2)
			take(&spans, 4 * at);
		assert_same(&spans);
		for (uint64_t at = 1; at < 1000; at += 2)
			take(&spans, 4 * at);
		assert_same(&spans);
		assert_int_equal(spans.count, 0);
		spans_deinit(&spans);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_orders),
	};

	return cmocka_run_group_tests_name("spans", tests, NULL, NULL);
}
