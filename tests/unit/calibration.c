/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what fork did to what it takes: counting, prices, and the file that keeps them. */
#include <stdlib.h>
#include <string.h>

#include "observe/calibration.h"
#include "outside/vma_costs.h"
#include "support/check.h"
#include "support/world.h"

static struct calibration round_prices(void)
{
	struct calibration c = {.date = "2026-01-01T00:00:00Z", .kernel = "6.18.0"};

	for (int i = 0; i < PRICES; i++) {
		c.ns[i] = 1000 << i;
		c.low[i] = 900 << i;
		c.high[i] = 1200 << i;
	}
	return c;
}

static void a_file_keeps_it(void **state)
{
	struct calibration c = round_prices(), back = {.date = ""};
	struct vf_error error;
	struct buf out = {0};

	(void)state;
	c.ns[PRICE_HUGE] = -1;
	calibration_print(&c, &out);
	assert_true(calibration_parse(&back, buf_str(&out), &error));
	for (int i = 0; i < PRICES; i++)
		if (i != PRICE_HUGE)
			assert_true(back.ns[i] == c.ns[i] && back.low[i] == c.low[i] && back.high[i] == c.high[i]);
	assert_true(back.ns[PRICE_HUGE] < 0);
	assert_string_equal(back.date, c.date);
	assert_string_equal(back.kernel, c.kernel);
	assert_null(strstr(buf_str(&out), "differ"));
	buf_deinit(&out);
}

/* Runs that differ much make a price rough: the file says so, and it is read back as any other. */
static void a_large_spread_is_told(void **state)
{
	struct calibration c = round_prices(), back;
	struct vf_error error;
	struct buf out = {0};

	(void)state;
	assert_false(calibration_varies(&c, PRICE_ANON));
	c.low[PRICE_ANON] = c.ns[PRICE_ANON] / 2;
	c.high[PRICE_ANON] = c.ns[PRICE_ANON] * 2;
	c.low[PRICE_FILE_VMA] = 0;
	assert_true(calibration_varies(&c, PRICE_ANON));
	calibration_print(&c, &out);
	assert_non_null(strstr(buf_str(&out), "# Its runs differ by a factor of two or more: file-vma, anon\n"));
	assert_true(calibration_parse(&back, buf_str(&out), &error));
	assert_true(calibration_varies(&back, PRICE_FILE_VMA));
	buf_deinit(&out);
}

/* The median alone, as version 0.1 wrote it. */
static void an_old_file_is_read(void **state)
{
	struct calibration c;
	struct vf_error error;

	(void)state;
	assert_true(calibration_parse(&c, "date d\nkernel k\nfork 12.5\n", &error));
	assert_true(c.ns[PRICE_FORK] == 12.5 && c.low[PRICE_FORK] == 12.5 && c.high[PRICE_FORK] == 12.5);
}

static void estimates_have_a_range(void **state)
{
	struct calibration c = round_prices();
	struct work work = {.count = {[PRICE_VMA] = 1, [PRICE_ANON] = 10}};
	struct work_range range = work_range(&work, &c);

	(void)state;
	assert_float_equal(range.low, 0.9 * work_seconds(&work, &c, NULL), 1e-12);
	assert_float_equal(range.high, 1.2 * work_seconds(&work, &c, NULL), 1e-12);
	assert_float_equal(work_seconds_large(&work, &c),
			   (c.ns[PRICE_VMA] + 10 * c.ns[PRICE_LARGE]) * 1e-9, 1e-12);
	c.ns[PRICE_LARGE] = -1;
	assert_true(work_seconds_large(&work, &c) < 0);
	/* What is counted then takes what other entries take. */
	work.count[PRICE_LARGE] = 5;
	assert_float_equal(work_seconds(&work, &c, NULL), (c.ns[PRICE_VMA] + 15 * c.ns[PRICE_ANON]) * 1e-9,
			   1e-12);
}

/* What `show cost` prints of both, under its table. */
static void doubts_are_shown(void **state)
{
	struct session *s = world("vma a anon 64K\ntouch a\nfork");
	struct calibration c = round_prices();
	struct machine *m[SIDES];
	struct buf out = {0};

	(void)state;
	session_machines(s, m);
	c.ns[PRICE_LARGE] = 1;
	text_vma_costs(m, NULL, &c, &out);
	assert_non_null(strstr(buf_str(&out), "differ: the total is between "));
	assert_non_null(strstr(buf_str(&out), "in large folios (mTHP)"));
	buf_deinit(&out);
	memcpy(c.low, c.ns, sizeof(c.low));
	memcpy(c.high, c.ns, sizeof(c.high));
	c.ns[PRICE_LARGE] = c.ns[PRICE_ANON];
	text_vma_costs(m, NULL, &c, &out);
	assert_null(strstr(buf_str(&out), "between"));
	assert_null(strstr(buf_str(&out), "mTHP"));
	buf_deinit(&out);
	session_free(s);
}

static void bad_files_are_told(void **state)
{
	static const char *const bad[] = {
		"", "fork 12\n", "date d\nkernel k\n", "date d\nkernel k\nfork -1\n",
		"date d\nkernel k\nfork 1e99\n", "date d\nkernel k\nfork nan\n",
		"date d\nkernel k\nfork 1 2\n", "date d\nkernel k\nfork 1x\n",
		"date d\nkernel \033[2J\nfork 1\n", "date d\nkernel k\nfork 1\nwhat 3\n",
		"date 0123456789012345678901234567890123456789\nkernel k\nfork 1\n",
		"date d 1 2\nkernel k\nfork 1\n", "date d\nkernel k\nfork 1 2 3\n",
		"date d\nkernel k\nfork 2 1 1\n", "date d\nkernel k\nfork 2 1 3 4\n",
		"date d\nkernel k\nfork 2 1 -3\n", "date d\nkernel k\nfork 2 x 3\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct calibration c = round_prices(), before = c;
		struct vf_error error;

		assert_false(calibration_parse(&c, bad[i], &error));
		assert_true(error.message[0] && error.hint[0]);
		assert_memory_equal(&c, &before, sizeof(c));
	}
}

static const struct work *work_of(const struct machine *m, const struct work *work,
				  const char *name)
{
	const struct fork_record *fork = &m->forks[m->fork_count - 1];

	for (size_t i = 0; i < fork->vma_count; i++)
		if (!strcmp(vma_name(fork->vmas[i].src), name))
			return &work[i];
	fail_msg("no VMA %s", name);
	return NULL;
}

static void work_is_counted_where_it_is_done(void **state)
{
	struct session *s = world("kernel both v6.18.44\n"
				  "vma a anon 64K at 0x1000000000\ntouch a 0-3\n"
				  "vma z anon 64K at 0x1080000000\ntouch z all read\n"
				  "vma h anon 4M at 0x1100000000\nmadvise h hugepage\ntouch h 0\n"
				  "vma l anon 4M at 0x1140000000\nmadvise l hugepage\ntouch l 0-513\n"
				  "mprotect l r 100-200\n"
				  "vma f file 64K at 0x1180000000\ntouch f all read\ntouch f 1\n"
				  "vma s shmem 64K at 0x1200000000\ntouch s\n"
				  "vma p anon 64K at 0x1280000000\npin p 0-1\n"
				  "vma d anon 64K at 0x1300000000\ntouch d\nmadvise d dontfork\n"
				  "vma w anon 64K at 0x1380000000\ntouch w\nmadvise w wipeonfork\n"
				  "fork");
	const struct machine *m;
	const struct work *w;
	struct calibration prices = round_prices();
	struct work *work, sum = {0};
	bool complete;

	(void)state;
	m = session_machine(s, LEFT);
	work = calloc(m->forks[0].vma_count, sizeof(*work));
	work_of_vmas(m, &m->forks[0], work);
	for (size_t i = 0; i < m->forks[0].vma_count; i++)
		work_add(&sum, &work[i]);
	/* The whole is what the model counts by itself. */
	assert_int_equal(sum.entries, m->cost.entries);
	assert_int_equal(sum.tables, cost_tables(&m->cost));
	assert_int_equal(sum.bytes, cost_bytes(&m->cost, &paging_x86_64));

	w = work_of(m, work, "a");
	assert_int_equal(w->count[PRICE_ANON], 4);
	assert_int_equal(w->count[PRICE_VMA], 1);
	assert_int_equal(w->count[PRICE_ANON_VMA], 1);
	assert_int_equal(w->count[PRICE_FILE_VMA], 0);
	assert_int_equal(w->count[PRICE_TABLE], 3); /* it is the first: PUD, PMD, PTE */
	assert_int_equal(work_of(m, work, "z")->entries, 0);
	w = work_of(m, work, "h");
	assert_int_equal(w->count[PRICE_HUGE], 1);
	assert_int_equal(w->count[PRICE_TABLE], 1); /* PMD; the deposit is in the price */
	assert_int_equal(w->tables, 2);
	w = work_of(m, work, "l");
	assert_int_equal(w->count[PRICE_LARGE], 100); /* the huge page is split; the first of three VMAs */
	assert_int_equal(w->count[PRICE_ANON], 0);
	w = work_of(m, work, "f");
	assert_int_equal(w->count[PRICE_FILE], 15);
	assert_int_equal(w->count[PRICE_ANON], 1);
	assert_int_equal(w->count[PRICE_FILE_VMA], 1);
	assert_int_equal(work_of(m, work, "s")->count[PRICE_ANON_VMA], 0);
	w = work_of(m, work, "p");
	assert_int_equal(w->count[PRICE_COPY], 2);
	assert_int_equal(w->bytes, (w->tables + 2) * page_size(&paging_x86_64));
	assert_int_equal(work_of(m, work, "d")->count[PRICE_VMA], 0);
	assert_int_equal(work_of(m, work, "w")->count[PRICE_ANON_VMA], 0);
	assert_int_equal(work_of(m, work, "w")->count[PRICE_VMA], 1);

	w = work_of(m, work, "h"); /* a VMA, its anon_vma, a table, a huge entry */
	assert_float_equal(work_seconds(w, &prices, &complete),
			   (2000 + 4000 + 16000 + prices.ns[PRICE_HUGE]) * 1e-9, 1e-12);
	assert_true(complete);
	prices.ns[PRICE_HUGE] = -1;
	assert_float_equal(work_seconds(w, &prices, &complete), 22000e-9, 1e-12);
	assert_false(complete);
	free(work);
	session_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_keeps_it),
		cmocka_unit_test(a_large_spread_is_told),
		cmocka_unit_test(an_old_file_is_read),
		cmocka_unit_test(estimates_have_a_range),
		cmocka_unit_test(doubts_are_shown),
		cmocka_unit_test(bad_files_are_told),
		cmocka_unit_test(work_is_counted_where_it_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
