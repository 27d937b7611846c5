/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fork costs a process, afterwards, and had something been done before it. */
#include <jansson.h>
#include <string.h>

#include "session/cost/fork_cost.h"
#include "support/check.h"
#include "support/world.h"

/* 3000 pages of 16 MiB in 6 tables of the lowest level, and 10 of shared memory; alone in 512 GiB. */
#define PROCESS                                           \
	"title \"Process 7: worker\"\n"                   \
	"vma heap anon private 16M rw at 0x10000000000\n" \
	"anon_vma heap on\n"                              \
	"pte heap 0-2999 present,write,exclusive\n"       \
	"vma ring shmem shared 64K rw at 0x10040000000\n" \
	"pte ring 0-9 present"

static struct calibration prices(void)
{
	struct calibration c = {.date = "2026-11-29T00:00:00Z", .kernel = "x"};

	c.ns[PRICE_FORK] = 1000;
	c.ns[PRICE_TABLE] = 100;
	c.ns[PRICE_ANON] = 10;
	c.ns[PRICE_HUGE] = 1000;
	c.ns[PRICE_COPY] = 500;
	return c;
}

static struct fork_cost cost_of(const char *lines, const struct calibration *p, const char *comments)
{
	struct session *session = world(lines);
	struct vf_error error = {0};
	struct fork_cost c;

	if (!fork_cost_compute(&c, session, p, comments, &error))
		fail_msg("%s", error.message);
	session_free(session);
	return c;
}

static void now_and_afterwards(void **state)
{
	struct calibration p = prices();
	struct fork_cost c = cost_of(PROCESS, &p, NULL);

	(void)state;
	assert_string_equal(c.title, "Process 7: worker");
	assert_int_equal(c.work.entries, 3000);
	assert_int_equal(c.work.tables, 6 + 1 + 1);
	/* 1 us for the fork, 30 for entries, 0.8 for tables */
	assert_int_equal((int)(c.seconds * 1e9 + 0.5), 31800);
	assert_false(c.typical || c.ranged);
	assert_true(c.complete);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.shown, 1);
	assert_string_equal(c.mappings[0].name, "heap");
	assert_int_equal(c.after.faults, 3000);
	assert_int_equal(c.after.bytes, 3000 * 4096);
	assert_int_equal((int)(c.after.seconds * 1e9 + 0.5), 1500000);
	fork_cost_deinit(&c);
}

/* One fault copies 2 MiB of hugetlb memory; a huge entry of other memory is split before. */
static void huge_memory_afterwards(void **state)
{
	struct calibration p = prices();
	struct fork_cost c = cost_of("vma h hugetlb private 4M\ntouch h", &p, NULL);

	(void)state;
	assert_int_equal(c.after.faults, 2);
	assert_int_equal(c.after.bytes, 4 << 20);
	assert_int_equal((int)(c.after.seconds * 1e9 + 0.5), 2 * 512 * 500);
	fork_cost_deinit(&c);
	c = cost_of(
		"vma t anon private 2M rw at 0x10000000000\nanon_vma t on\npte t 0-511 huge,write,exclusive",
		&p, NULL);
	assert_int_equal(c.work.entries, 1);
	assert_int_equal(c.after.bytes, 2 << 20);
	fork_cost_deinit(&c);
}

static void what_would_change_it(void **state)
{
	struct calibration p = prices();
	struct fork_cost c = cost_of(PROCESS, &p, NULL);
	const struct cost_change *change = c.changes;

	(void)state;
	/* 6 units of 512 pages, of which 72 pages are new; a table is deposited for each. */
	assert_true(change[CHANGE_HUGE].possible);
	assert_int_equal(change[CHANGE_HUGE].work.entries, 6);
	assert_int_equal(change[CHANGE_HUGE].work.tables, 2 + 6);
	assert_int_equal(change[CHANGE_HUGE].memory, 72 * 4096);
	for (int i = CHANGE_DONTFORK; i < CHANGES; i++) {
		assert_true(change[i].possible);
		assert_int_equal(change[i].work.entries, 0);
		assert_int_equal(change[i].work.tables, 0);
		assert_int_equal((int)(change[i].seconds * 1e9 + 0.5), 1000);
	}
	fork_cost_deinit(&c);

	/* What cannot be changed is left out: nothing of its own, and no 2 MiB. */
	c = cost_of("vma small anon 64K\ntouch small", &p, NULL);
	assert_false(c.changes[CHANGE_HUGE].possible);
	fork_cost_deinit(&c);
	c = cost_of("vma ring shmem 64K\ntouch ring", &p, NULL);
	assert_int_equal(c.largest, c.n);
	assert_false(c.changes[CHANGE_DONTFORK].possible || c.changes[CHANGE_SHARED].possible);
	assert_true(c.changes[CHANGE_BORROW].possible);
	fork_cost_deinit(&c);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* A child that has not called exec has chains of anon_vmas: no factor of two is promised. */
static void forks_before_cannot_be_seen(void **state)
{
	struct calibration p = prices();
	struct fork_cost first, later;
	struct buf out = {0};

	(void)state;
	p.ns[PRICE_LARGE] = -1;
	first = cost_of(PROCESS, &p, NULL);
	later = cost_of(PROCESS, &p, "# It was forked and has not called exec: its VMAs have ...\n");
	fork_cost_text(&first, &out);
	says(buf_str(&out), ", within a factor of two)\n");
	assert_null(strstr(buf_str(&out), "descends"));
	buf_clear(&out);
	fork_cost_json(&first, &out);
	assert_null(strstr(buf_str(&out), "\"forked\""));
	buf_clear(&out);
	fork_cost_text(&later, &out);
	says(buf_str(&out), "; more for each fork that it descends from, whose number cannot be seen)\n");
	assert_null(strstr(buf_str(&out), "factor of two"));
	assert_int_equal(count_lines(buf_str(&out)), 5);
	buf_clear(&out);
	fork_cost_json(&later, &out);
	says(buf_str(&out), "\"forked\":true");
	buf_deinit(&out);
	fork_cost_deinit(&first);
	fork_cost_deinit(&later);
}

/* Pages in large folios may take less than half. */
static void large_folios_cannot_be_seen(void **state)
{
	struct calibration p = prices();
	struct fork_cost c;
	struct buf out = {0};

	(void)state;
	p.ns[PRICE_LARGE] = p.ns[PRICE_ANON];
	c = cost_of(PROCESS, &p, NULL);
	fork_cost_text(&c, &out);
	says(buf_str(&out), ", within a factor of two)\n");
	fork_cost_deinit(&c);
	buf_clear(&out);
	p.ns[PRICE_LARGE] = p.ns[PRICE_ANON] / 5;
	c = cost_of(PROCESS, &p, NULL);
	fork_cost_text(&c, &out);
	says(buf_str(&out), ", within a factor of two; 0.01 ms if all its pages are in large folios)\n");
	fork_cost_deinit(&c);
	buf_deinit(&out);
}

static void five_lines(void **state)
{
	struct fork_cost c = cost_of(PROCESS, NULL,
				     "# Page tables that fork copies: between 8 and 10,\n");
	struct buf out = {0};

	(void)state;
	assert_true(c.typical && c.ranged);
	assert_int_equal(c.tables_least, 8);
	assert_int_equal(c.tables_most, 10);
	assert_true(fork_cost_seconds(&c, 8) < fork_cost_seconds(&c, 10));
	fork_cost_text(&c, &out);
	assert_int_equal(count_lines(buf_str(&out)), 5);
	says(buf_str(&out), "Process 7: worker, on v");
	says(buf_str(&out), "fork        3000 entries, 8 to 10 page tables: 0.34 ms (a typical time");
	says(buf_str(&out), "most of it  heap 100 %; of 2 mappings");
	says(buf_str(&out),
	     "after fork  3000 faults if the parent writes all of it while the child lives: copies 11.7 MiB");
	says(buf_str(&out),
	     "huge pages 0.05 ms (with 288 KiB more memory); MADV_DONTFORK on heap 0.04 ms; heap shared");
	buf_clear(&out);
	fork_cost_bars(&c, 80, true, &out);
	says(buf_str(&out),
	     "heap                           3000    0.30 ms  ████████████████████████████\n");
	assert_int_equal(count_lines(buf_str(&out)), 1);
	buf_clear(&out);
	fork_cost_bars(&c, 80, false, &out);
	says(buf_str(&out), "  ############################\n");
	buf_clear(&out);
	fork_cost_bars(&c, 20, false, &out);
	assert_int_equal(out.len, 0);
	buf_deinit(&out);
	fork_cost_deinit(&c);
}

static void one_object(void **state)
{
	struct fork_cost c = cost_of(PROCESS, NULL,
				     "# Page tables that fork copies: between 8 and 10,\n");
	struct buf out = {0};
	json_error_t wrong;
	json_t *object, *fork;

	(void)state;
	fork_cost_json(&c, &out);
	assert_int_equal(count_lines(buf_str(&out)), 1);
	object = json_loads(buf_str(&out), 0, &wrong);
	assert_non_null(object);
	fork = json_object_get(object, "fork");
	assert_int_equal(json_integer_value(json_object_get(fork, "entries")), 3000);
	assert_int_equal(json_integer_value(json_object_get(fork, "tables_most")), 10);
	assert_string_equal(json_string_value(json_object_get(fork, "prices")), "typical");
	assert_int_equal(json_array_size(json_object_get(object, "mappings")), 2);
	assert_int_equal(json_array_size(json_object_get(object, "instead")), CHANGES);
	json_decref(object);
	buf_deinit(&out);
	fork_cost_deinit(&c);
}

static void a_scenario_that_forks(void **state)
{
	struct session *session = world("vma heap anon 64K\nfork");
	struct vf_error error = {0};
	struct fork_cost c;

	(void)state;
	assert_false(fork_cost_compute(&c, session, NULL, NULL, &error));
	says(error.message, "forks by itself");
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(now_and_afterwards),	cmocka_unit_test(huge_memory_afterwards),
		cmocka_unit_test(what_would_change_it), cmocka_unit_test(five_lines),
		cmocka_unit_test(forks_before_cannot_be_seen), cmocka_unit_test(large_folios_cannot_be_seen),
		cmocka_unit_test(one_object),		cmocka_unit_test(a_scenario_that_forks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
