/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of page-table entries against an array with one entry a page. */
#include "support/check.h"

#include <stdbool.h>

#include "base/alloc.h"
#include "model/pages.h"

#define PAGES 1500 /* many chunks */

static const struct pte none = { .state = PTE_NONE };

static struct pte anon(uint64_t number, uint16_t attrs)
{
	return (struct pte){ .frame = ((uint64_t)FRAME_ANON << FRAME_KIND_SHIFT) + number,
			     .attrs = attrs, .state = PTE_PRESENT };
}

static void assert_well_formed(const struct runs *runs)
{
	struct pte before = none, at;
	uint64_t start = 0, last, count = 0;

	for (uint64_t page = 0; page < runs->pages; page = last + 1) {
		at = runs_at(runs, page, &last);
		assert_int_equal(runs_first(runs, page), page);
		/* maximal: the run before does not go on here */
		if (page)
			assert_false(pte_equal(pte_advance(before, page - start), at));
		before = at;
		start = page;
		count++;
	}
	assert_int_equal(last, runs->pages - 1);
	assert_int_equal(count, runs->count);
}

static void assert_same(const struct runs *runs, const struct pte *ptes)
{
	uint64_t last, alike;

	for (uint64_t i = 0; i < PAGES; i++) {
		struct pte pte = runs_at(runs, i, &last);

		assert_true(pte_equal(pte, ptes[i]));
		assert_true(last >= i && last < PAGES);
		assert_int_equal(runs_first(runs, last), runs_first(runs, i));
		pte = runs_alike(runs, i, &alike);
		assert_true(pte_equal(pte, ptes[i]));
		assert_true(alike >= last && alike < PAGES);
		assert_true(ptes[alike].state == pte.state && ptes[alike].attrs == pte.attrs);
		if (alike + 1 < PAGES)
			assert_true(ptes[alike + 1].state != pte.state ||
				    ptes[alike + 1].attrs != pte.attrs);
	}
}

static struct pte random_pte(uint32_t *seed)
{
	switch (next_random(seed) % 4) {
	case 0:
		return none;
	case 1:
		return (struct pte){ .state = PTE_MARKER, .attrs = PTE_UFFD_WP };
	case 2:
		return anon(next_random(seed) % 8, PTE_WRITE);
	default:
		return anon(next_random(seed) % 4, 0);
	}
}

static void test_random(void **state)
{
	struct pte ptes[PAGES] = { 0 };
	struct runs runs;
	uint32_t seed = 7;

	(void)state;
	runs_init(&runs, PAGES);
	assert_same(&runs, ptes);
	for (int round = 0; round < 3000; round++) {
		uint64_t first = next_random(&seed) % PAGES;
		uint64_t last = first + next_random(&seed) % (next_random(&seed) % 8 ? 4 : PAGES);

		struct pte pte = random_pte(&seed);

		last = last < PAGES ? last : PAGES - 1;
		if (next_random(&seed) & 1) /* frames that often go on */
			pte = pte_has_frame(pte) ? anon(100 + first, PTE_WRITE) : pte;
		runs_set(&runs, first, last, pte);
		for (uint64_t i = first; i <= last; i++)
			ptes[i] = pte_advance(pte, i - first);
		assert_well_formed(&runs);
		assert_same(&runs, ptes);
	}
	runs_deinit(&runs);
}

static void test_a_terabyte_is_one_run(void **state)
{
	const uint64_t pages = UINT64_C(1) << 28;
	struct runs runs;
	uint64_t last;

	(void)state;
	runs_init(&runs, pages);
	runs_set(&runs, 0, pages - 1, anon(0, PTE_WRITE | PTE_DIRTY));
	assert_int_equal(runs.count, 1);

	/* one page changes: three runs; changed back: one again */
	runs_set(&runs, 1000, 1000, anon(1000, PTE_DIRTY));
	assert_int_equal(runs.count, 3);
	assert_int_equal(runs_at(&runs, 1001, &last).frame, anon(1001, 0).frame);
	assert_int_equal(last, pages - 1);
	runs_set(&runs, 1000, 1000, anon(1000, PTE_WRITE | PTE_DIRTY));
	assert_int_equal(runs.count, 1);
	runs_deinit(&runs);
}

static void test_frames_that_do_not_go_on_break_a_run(void **state)
{
	struct runs runs;

	(void)state;
	runs_init(&runs, 4);
	runs_set(&runs, 0, 1, anon(10, 0));
	runs_set(&runs, 2, 3, anon(20, 0));
	assert_int_equal(runs.count, 2);
	runs_set(&runs, 2, 3, anon(12, 0));
	assert_int_equal(runs.count, 1);
	runs_deinit(&runs);
}

static void test_names_are_the_languages(void **state)
{
	static const char *const states[] = {
		"none", "present", "swap", "migration", "device-private",
		"device-exclusive", "marker", "hwpoison", "zero", "huge",
	};
	static const char *const attrs[] = {
		"write", "dirty", "young", "soft-dirty", "uffd-wp",
		"exclusive", "special", "pinned", "guard", "poison",
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(states), PTE_STATES);
	assert_int_equal(ARRAY_SIZE(attrs), PTE_ATTRS);
	for (size_t i = 0; i < PTE_STATES; i++)
		assert_string_equal(pte_state_names[i], states[i]);
	for (size_t i = 0; i < PTE_ATTRS; i++)
		assert_string_equal(pte_attr_names[i], attrs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_a_terabyte_is_one_run),
		cmocka_unit_test(test_frames_that_do_not_go_on_break_a_run),
		cmocka_unit_test(test_names_are_the_languages),
	};

	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
