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

	for (int i = 0; i < PRICES; i++)
		c.ns[i] = 1000 << i;
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
		assert_true(i == PRICE_HUGE ? back.ns[i] < 0 : back.ns[i] == c.ns[i]);
	assert_string_equal(back.date, c.date);
	assert_string_equal(back.kernel, c.kernel);
	buf_deinit(&out);
}

static void bad_files_are_told(void **state)
{
	static const char *const bad[] = {
		"", "fork 12\n", "date d\nkernel k\n", "date d\nkernel k\nfork -1\n",
		"date d\nkernel k\nfork 1e99\n", "date d\nkernel k\nfork nan\n",
		"date d\nkernel k\nfork 1 2\n", "date d\nkernel k\nfork 1x\n",
		"date d\nkernel \033[2J\nfork 1\n", "date d\nkernel k\nfork 1\nwhat 3\n",
		"date 0123456789012345678901234567890123456789\nkernel k\nfork 1\n",
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
			   (2000 + 4000 + 16000 + 256000) * 1e-9, 1e-12);
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
		cmocka_unit_test(bad_files_are_told),
		cmocka_unit_test(work_is_counted_where_it_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
