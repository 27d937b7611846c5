/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of page-table entries against an array with one entry a page. */
#include "support/check.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "model/pages.h"

#define BITS 5	   /* of small tables, so that there are many of them */
#define PAGES 5008 /* the last one is not whole; many chunks of items */

/* Each round looks at every page: with sanitizers, a quarter of them. */
enum { FEWER = SANITIZED ? 4 : 1 };

static const struct pte none = { .state = PTE_NONE };

static struct pte anon(uint64_t number, uint16_t attrs)
{
	return (struct pte){ .frame = ((uint64_t)FRAME_ANON << FRAME_KIND_SHIFT) + number,
			     .attrs = attrs, .state = PTE_PRESENT };
}

/* Runs are maximal; returns how many there are. */
static uint64_t assert_well_formed(const struct runs *runs)
{
	struct pte before = none, at;
	uint64_t start = 0, last, count = 0;

	assert_true(runs_are_sound(runs));
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
	return count;
}

/* A walk from any page passes what looking for each finds. */
static void assert_walks(const struct runs *runs, uint64_t from)
{
	struct runs_walk walk = runs_walk_from(runs, from);
	uint64_t page = from, last, alike;

	while (walk.page < runs->pages) {
		struct pte pte = runs_walk_next(&walk, &last);

		assert_true(pte_equal(pte, runs_alike(runs, page, &alike)));
		assert_int_equal(last, alike);
		assert_int_equal(walk.page, last + 1);
		page = last + 1;
	}
	assert_int_equal(page, runs->pages);
}

static void assert_same(const struct runs *runs, const struct pte *ptes)
{
	uint64_t last, alike, first = 0;

	for (uint64_t i = 0; i < PAGES; i++) {
		struct pte pte = runs_at(runs, i, &last);

		if (i && !pte_equal(ptes[i], pte_advance(ptes[i - 1], 1)))
			first = i;
		assert_true(pte_equal(pte, ptes[i]));
		assert_true(last >= i && last < PAGES);
		assert_int_equal(runs_first(runs, i), first);
		assert_int_equal(runs_first(runs, last), first);
		pte = runs_alike(runs, i, &alike);
		assert_true(pte_equal(pte, ptes[i]));
		assert_true(alike >= last && alike < PAGES);
		assert_true(ptes[alike].state == pte.state && ptes[alike].attrs == pte.attrs);
		if (alike + 1 < PAGES)
			assert_true(ptes[alike + 1].state != pte.state ||
				    ptes[alike + 1].attrs != pte.attrs);
	}
	assert_walks(runs, 0);
	assert_walks(runs, PAGES / 3);
}

static bool agree(struct pte a, struct pte b)
{
	return a.state == b.state && a.attrs == b.attrs;
}

/* Every page has the answer of its stretch; none is longer than what was asked for. */
static void assert_agree(const struct runs *a, const struct pte *x, const struct runs *b, const struct pte *y)
{
	uint64_t last;

	for (uint64_t page = 0, most = 0; page < PAGES; page = last + 1) {
		bool answer;

		most = page + (most * 7 + 13) % 200; /* of any length */
		last = most < PAGES ? most : PAGES - 1;
		answer = runs_agree(a, b, page, &last);
		assert_true(last >= page && last <= most);
		for (uint64_t i = page; i <= last; i++)
			assert_int_equal(agree(x[i], y[i]), answer);
	}
}

static void set(struct runs *runs, struct pte *ptes, uint64_t first, uint64_t last, struct pte pte)
{
	runs_set(runs, first, last, pte);
	for (uint64_t i = first; i <= last; i++)
		ptes[i] = pte_advance(pte, i - first);
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

/* A stretch that is short, up to some tables long, or of whole tables. */
static uint64_t random_stretch(uint32_t *seed, uint64_t *last)
{
	uint64_t first = next_random(seed) % PAGES, n = 1 + next_random(seed) % 4;

	switch (next_random(seed) % 8) {
	case 0:
		n = 1 + next_random(seed) % PAGES;
		break;
	case 1:
		n = 1 + next_random(seed) % (4 << BITS);
		break;
	case 2:
		first = first >> BITS << BITS;
		n = (1 + next_random(seed) % 3) << BITS;
		break;
	default:
		break;
	}
	*last = first + n <= PAGES ? first + n - 1 : PAGES - 1;
	return first;
}

static void set_at_random(struct runs *runs, struct pte *ptes, uint32_t *seed)
{
	uint64_t last, first = random_stretch(seed, &last);
	struct pte pte = random_pte(seed);

	if (next_random(seed) & 1) /* frames that often go on */
		pte = pte_has_frame(pte) ? anon(100 + first, PTE_WRITE) : pte;
	set(runs, ptes, first, last, pte);
}

static void test_random(void **state)
{
	struct pte ptes[PAGES] = {0};
	struct runs runs;
	uint32_t seed = 7;

	(void)state;
	runs_init(&runs, PAGES, BITS);
	assert_same(&runs, ptes);
	for (int round = 0; round < 1500 / FEWER; round++) {
		set_at_random(&runs, ptes, &seed);
		assert_well_formed(&runs);
		assert_same(&runs, ptes);
	}
	runs_deinit(&runs);
}

/* Tables that several hold: a change is seen by none of the others. */
static void test_shared_tables(void **state)
{
	enum { SETS = 3 };
	static struct pte ptes[SETS][PAGES];
	struct runs runs[SETS];
	uint32_t seed = 11;

	(void)state;
	for (int i = 0; i < SETS; i++)
		runs_init(&runs[i], PAGES, BITS);
	for (int round = 0; round < 2000 / FEWER; round++) {
		unsigned from = next_random(&seed) % SETS, to = next_random(&seed) % SETS;
		uint64_t table = next_random(&seed) % (PAGES >> BITS), last;

		set_at_random(&runs[from], ptes[from], &seed);
		runs_put(&runs[to], table, runs_table(&runs[from], table, &last));
		assert_true(last >= table && last <= PAGES >> BITS);
		memcpy(&ptes[to][table << BITS], &ptes[from][table << BITS],
		       sizeof(ptes[0][0]) << BITS);
		if (round % 8)
			continue;
		for (int i = 0; i < SETS; i++) {
			assert_well_formed(&runs[i]);
			assert_same(&runs[i], ptes[i]);
			assert_agree(&runs[i], ptes[i], &runs[(i + 1) % SETS], ptes[(i + 1) % SETS]);
		}
	}
	for (int i = 0; i < SETS; i++)
		runs_deinit(&runs[i]);
}

/* What fork does: each kind of entry becomes another, perhaps the same as others. */
static void test_kinds_change(void **state)
{
	static struct pte ptes[PAGES], now[PAGES];
	struct runs runs, to;
	uint32_t seed = 5;

	(void)state;
	runs_init(&runs, PAGES, BITS);
	runs_init(&to, PAGES, BITS);
	for (int round = 0; round < 400 / FEWER; round++) {
		uint16_t keep = (uint16_t)next_random(&seed);
		bool forget = next_random(&seed) % 4 == 0, drop = next_random(&seed) % 4 == 0;

		set_at_random(&runs, ptes, &seed);
		for (uint64_t i = 0; i < PAGES; i++) {
			now[i] = ptes[i];
			now[i].attrs &= keep;
			if (drop && now[i].state == PTE_MARKER)
				now[i] = none;
			if (forget)
				now[i].frame = 0;
		}
		for (uint64_t table = 0, last; table < PAGES >> BITS; table++) {
			struct entries entries = runs_table(&runs, table, &last), changed;
			struct pte_change change[1 << BITS];

			if (!entries.table) {
				runs_set(&to, table << BITS, (table << BITS) + (1 << BITS) - 1,
					 now[table << BITS]);
				continue;
			}
			for (unsigned i = 0; i < entries.table->n; i++) {
				const struct pte_kind *kind = &entries.table->kind[i];
				bool gone = drop && kind->state == PTE_MARKER;

				change[i] = (struct pte_change){gone ? 0 : kind->attrs & keep,
								gone ? PTE_NONE : kind->state, forget};
			}
			changed = pte_table_map(entries.table, change);
			runs_put(&to, table, changed);
			entries_put(changed);
		}
		for (uint64_t i = PAGES >> BITS << BITS; i < PAGES; i++)
			runs_set(&to, i, i, now[i]);
		assert_well_formed(&runs);
		assert_same(&runs, ptes);
		assert_well_formed(&to);
		assert_same(&to, now);
		for (uint64_t table = 0, last; round % 3 == 0 && table < PAGES >> BITS; table++) {
			runs_put(&runs, table, runs_table(&to, table, &last));
			memcpy(&ptes[table << BITS], &now[table << BITS], sizeof(now[0]) << BITS);
		}
	}
	runs_deinit(&runs);
	runs_deinit(&to);
}

/* More kinds than are looked at in pairs: those that become one are counted as one. */
static void test_many_kinds(void **state)
{
	enum { ENTRIES = 512, MANY = 40, LEFT_OVER = 8 };
	struct pte_table *table = pte_table_create(ENTRIES, none);
	struct pte_change change[MANY + 1] = {0};
	struct entries changed;

	(void)state;
	for (unsigned i = 0; i < ENTRIES; i++)
		pte_table_set(&table, i, i, anon(i, (uint16_t)(i % MANY)));
	assert_true(pte_table_is_sound(table));
	for (unsigned i = 0; i < table->n; i++)
		change[i] = (struct pte_change){table->kind[i].attrs % LEFT_OVER,
						table->kind[i].state, false};
	changed = pte_table_map(table, change);
	assert_true(pte_table_is_sound(changed.table));
	assert_int_equal(changed.table->n, LEFT_OVER);
	for (unsigned i = 0; i < ENTRIES; i++)
		assert_true(pte_equal(pte_table_run(changed.table, i),
				      anon(i, i % MANY % LEFT_OVER)));
	entries_put(changed);
	entries_put((struct entries){.table = table});
}

static void test_a_terabyte_is_one_run(void **state)
{
	const uint64_t pages = UINT64_C(1) << 28;
	struct runs runs;
	uint64_t last;

	(void)state;
	runs_init(&runs, pages, 9);
	runs_set(&runs, 0, pages - 1, anon(0, PTE_WRITE | PTE_DIRTY));
	assert_int_equal(assert_well_formed(&runs), 1);
	assert_int_equal(runs.count, 1);

	/* one page changes: three runs; changed back: one again */
	runs_set(&runs, 1000, 1000, anon(1000, PTE_DIRTY));
	assert_int_equal(assert_well_formed(&runs), 3);
	assert_int_equal(runs_at(&runs, 1001, &last).frame, anon(1001, 0).frame);
	assert_int_equal(last, pages - 1);
	runs_set(&runs, 1000, 1000, anon(1000, PTE_WRITE | PTE_DIRTY));
	assert_int_equal(assert_well_formed(&runs), 1);
	runs_deinit(&runs);
}

static void test_frames_that_do_not_go_on_break_a_run(void **state)
{
	struct runs runs;

	(void)state;
	runs_init(&runs, 4, BITS);
	runs_set(&runs, 0, 1, anon(10, 0));
	runs_set(&runs, 2, 3, anon(20, 0));
	assert_int_equal(assert_well_formed(&runs), 2);
	runs_set(&runs, 2, 3, anon(12, 0));
	assert_int_equal(assert_well_formed(&runs), 1);
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
		cmocka_unit_test(test_shared_tables),
		cmocka_unit_test(test_kinds_change),
		cmocka_unit_test(test_many_kinds),
		cmocka_unit_test(test_a_terabyte_is_one_run),
		cmocka_unit_test(test_frames_that_do_not_go_on_break_a_run),
		cmocka_unit_test(test_names_are_the_languages),
	};

	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
