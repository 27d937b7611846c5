/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a session keeps of earlier states changes nothing but the time that commands take. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/check/invariants.h"
#include "model/syscalls.h"
#include "support/world.h"

enum { ROUNDS = SANITIZED ? 4 : 12, LINES = SANITIZED ? 80 : 150 };

/* --- copies of a machine ------------------------------------------------------------------ */

static const char *const setup =
	"uffd u wp-hugetlbfs-shmem wp-unpopulated event-fork\nuffd v wp-unpopulated\n"
	"vma t shmem 64p\ntouch t 0-50\nmadvise t pageout 3-20\nvma b anon shared 90p\nvma c anon 30p\nregister v c wp\ntouch c 2\nprotect v c 1-5\n"
	"vma a anon 1030p\nvma s shmem 600p\nvma f file private 300p\nvma h hugetlb 4M\n"
	"touch a 3,5,8-9,11,13,15,17,511-600,602,604,606,608\ntouch a 700-720 read\n"
	"touch h 0\nregister u a wp\nregister u s wp\nprotect u a 5-13\nprotect u s 2,4,6,8-9\n"
	"touch f 2,4,6 read\nmadvise a free 511-520\nmprotect a r 100-200\nmadvise a pageout 8-9\npin a 3";
static const char *const forked =
	"fork\nchild touch a 3\ntouch a 5\nprotect u s 3\nmprotect a rw 150\nchild exit\nfork\n"
	"touch a 700,702,704";

static void assert_same_sets(const struct rangeset *a, const struct rangeset *b)
{
	struct range x, y = {0};

	for_each_range(a, x) {
		assert_true(rangeset_from(b, x.first, &y));
		assert_int_equal(x.first, y.first);
		assert_int_equal(x.last, y.last);
	}
	assert_int_equal(rangeset_ranges(a), rangeset_ranges(b));
}

static void assert_same_objects(const struct machine *a, const struct machine *b)
{
	const struct object *x = a->objects, *y = b->objects;

	assert_int_equal(a->object_count, b->object_count);
	for (; x && y; x = x->next, y = y->next) {
		assert_same_sets(&x->cached, &y->cached);
		assert_same_sets(&x->swapped, &y->swapped);
		assert_same_sets(&x->dirty, &y->dirty);
		assert_int_equal(x->mapped_again, y->mapped_again);
	}
	assert_true(!x && !y);
}

/* The books of a machine that no dump shows. */
static void assert_same_books(const struct machine *a, const struct machine *b)
{
	assert_int_equal(a->work, b->work);
	assert_int_equal(a->op, b->op);
	assert_int_equal(a->event_count, b->event_count);
	assert_int_equal(a->journal.n, b->journal.n);
	assert_int_equal(a->vma_count, b->vma_count);
	assert_int_equal(a->name_count, b->name_count);
	assert_int_equal(a->next_anon, b->next_anon);
	assert_int_equal(a->next_file, b->next_file);
	assert_int_equal(a->next_anon_vma, b->next_anon_vma);
	assert_int_equal(a->gap, b->gap);
	assert_same_objects(a, b);
	assert_same_sets(&a->swap_cache, &b->swap_cache);
	assert_same_sets(&a->lazyfree, &b->lazyfree);
	assert_same_sets(&a->pinned, &b->pinned);
	assert_same_sets(&a->held, &b->held);
	assert_int_equal(a->hold_count, b->hold_count);
}

static void assert_same(const struct machine *a, const struct machine *b)
{
	char *x = machine_dump(a), *y = machine_dump(b);

	assert_string_equal(x, y);
	free(x);
	free(y);
	assert_same_books(a, b);
	assert_int_equal(a->memory, b->memory);
}

/* Writes to the machine's pages as the lines of `forked` do, and forks. */
static void change(struct machine *m)
{
	struct model_error error;

	m->op++;
	assert_true(vm_fork(m, &error));
	m->op++;
	assert_true(vm_exit(m, m->child, false, &error));
	m->op++;
	assert_true(vm_fork(m, &error));
}

static void test_copies_are_equal_and_apart(void **state)
{
	struct session *session = world(setup), *same = world(setup);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct machine *copy = machine_copy(left(session), left(session)->kernel);
		struct machine *second = machine_copy(copy, copy->kernel);
		struct inconsistency found;

		assert_same(copy, left(session));
		change(copy);
		assert_same(second, left(session)); /* untouched */
		assert_same(left(session), left(same));
		change(second);
		assert_same(copy, second);
		assert_true(machine_check(copy, &found));
		/* Back to before all of it, where the first one's record is not that of the other. */
		machine_seek(copy, 0, 0);
		machine_free(second);
		machine_seek_end(copy);
		assert_true(machine_check(copy, &found));
		machine_free(copy);
		run(session, i ? "undo" : forked);
		run(same, i ? "undo" : forked);
		assert_same(left(session), left(same));
	}
	session_free(session);
	session_free(same);
}

/* The last holder of what is shared is not the one that made it. */
static void test_copies_outlive_the_first(void **state)
{
	struct session *session = world(setup);
	struct machine *copy;
	char *before, *after;

	(void)state;
	run(session, forked);
	copy = machine_copy(left(session), left(session)->kernel);
	before = machine_dump(left(session));
	session_free(session);
	after = machine_dump(copy);
	assert_string_equal(before, after);
	machine_seek(copy, 0, 0);
	machine_seek_end(copy);
	change(copy);
	free(before);
	free(after);
	machine_free(copy);
}

/* --- sessions with and without ------------------------------------------------------------- */

struct pair {
	struct session *with, *without;
	bool ok;    /* the last line was carried out */
	bool moves; /* in time, which leaves some tables with more room than they need */
};

static bool carry_out(struct session *s, const char *line, struct buf *out)
{
	struct vf_error error = {0};
	enum request request;
	bool ok = session_command(s, line, out, &request, &error);

	if (!ok)
		buf_puts(out, error.message);
	return ok;
}

static void both(struct pair *p, const char *line)
{
	struct buf with = {0}, without = {0};
	bool ok = carry_out(p->without, line, &without);

	p->ok = carry_out(p->with, line, &with);
	assert_int_equal(p->ok, ok);
	assert_string_equal(buf_str(&with), buf_str(&without));
	buf_deinit(&with);
	buf_deinit(&without);
}

static void assert_pair(const struct pair *p)
{
	char *with, *without;

	with = session_dump(p->with);
	without = session_dump(p->without);
	assert_string_equal(with, without);
	free(with);
	free(without);
	assert_int_equal(session_timeline(p->with)->at, session_timeline(p->without)->at);
	assert_int_equal(session_timeline(p->with)->count, session_timeline(p->without)->count);
	assert_int_equal(session_timeline(p->with)->divergence, session_timeline(p->without)->divergence);
	for (int side = 0; side < SIDES; side++) {
		const struct machine *a = session_machine(p->with, side), *b = session_machine(p->without, side);

		assert_same_books(a, b);
		if (!p->moves)
			assert_int_equal(a->memory, b->memory);
	}
}

static const char *const lines[] = {
	"touch a %u", "touch a %u-%u", "touch a %u,%u read", "touch s %u-%u", "touch a %u-%u",
	"madvise a dontneed %u-%u", "madvise a free %u-%u", "madvise a pageout %u", "madvise s pageout %u-%u", "touch s %u-%u read",
	"touch c 0-20", "protect u s %u-%u", "protect u a %u",
	"mprotect a r %u-%u", "mprotect a rw %u-%u", "mprotect s none %u", "munmap f %u",
	"pin a %u", "mlock a %u-%u", "child touch a %u-%u", "child touch s %u",
	"copy u s %u-%u", "zeropage u a %u", "mremap n%u 5p", "poke a %u", "pin a %u short", "unpin a %u",
	"vma n%u anon 3p", "vma n%u shmem 9p", "touch n%u", "munmap n%u", "vma n%u anon 64K apart",
};
static const char *const others[] = {
	"uffd q event-fork", "register q a wp", "reader q off", "reader q on", "close q", "close u",
	"mremap a 500p", "mremap a 600p", "clone-vm", "posix_spawn", "limit vmas 9", "limit vmas 1000",
	"fork", "fork", "child exit", "vfork", "child munmap a 3-4", "become child", "undo", "undo", "undo %u", "redo", "redo", "redo %u",
	"undo 1000", "redo 1000", "check left src", "check left dst", "check right dst", "check both src",
	"kernel left v6.1", "kernel right v6.12", "kernel both v7.3", "kernel left v6.18", "say a word",
	"expect both refused EINVAL register u a minor", "expect left refused ENOMEM munlock f 0-299",
	"expect left parent a 3 present", "expect right refused EBUSY touch a %u", "goto start", "back %u",
	"step %u", "goto end", "reset", "madvise a collapse", "no such command",
};

static void one_line(struct pair *p, uint32_t *seed)
{
	bool other = next_random(seed) % 3 == 0;
	unsigned last = next_random(seed) % 600, first = last - next_random(seed) % (last % 60 + 1);
	unsigned i = next_random(seed) % (other ? ARRAY_SIZE(others) : ARRAY_SIZE(lines));
	const char *format = other ? others[i] : lines[i];
	struct buf line = {0};

	if (!p->moves && (!strncmp(format, "goto", 4) || !strncmp(format, "back", 4) ||
			  !strncmp(format, "step", 4)))
		format = "redo";
	if (strstr(format, "n%u") || other)
		first = 1 + first % 5;
	if (!strcmp(format, "reset") && next_random(seed) % 4) /* rarely */
		format = "undo";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	buf_printf(&line, format, first, last);
#pragma GCC diagnostic pop
	both(p, buf_str(&line));
	buf_deinit(&line);
}

/* Whatever commands follow each other: all is as if each time all was carried out again. */
static void test_checkpoints_change_nothing(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct pair p = {session_create(round & 1), session_create(round & 1), true, round & 1};
		uint32_t seed = 1 + (uint32_t)round * 77;
		uint64_t bytes, limit;
		size_t n, most = 0;

		session_set_checkpoints(p.with, true, round % 3 ? UINT64_C(64) << 20 : 220000);
		session_set_checkpoints(p.without, false, 0);
		run(p.with, setup);
		run(p.without, setup);
		for (int i = 0; i < LINES; i++) {
			one_line(&p, &seed);
			assert_pair(&p);
			n = session_checkpoints(p.with, &bytes, &limit);
			most = n > most ? n : most;
			/* It is kept when one is taken; what they share changes between. */
			assert_true(bytes <= limit + limit / 16);
			assert_int_equal(session_checkpoints(p.without, &bytes, &limit), 0);
		}
		assert_true(most > (round % 3 ? 10u : 1u));
		session_free(p.with);
		session_free(p.without);
	}
}

/* --- how much, how often --------------------------------------------------------------------- */

static void touch_every_second(struct session *s, unsigned from, unsigned pages)
{
	struct buf line = {0};

	for (unsigned i = 0; i < pages; i++)
		buf_printf(&line, "%s%u", i ? "," : "touch a ", from + 2 * i);
	run(s, buf_str(&line));
	buf_deinit(&line);
}

/* Large sessions keep some, within what they may take, whatever is undone. */
static void test_large_sessions_keep_some(void **state)
{
	struct session *session = world("vma a anon 60000p");
	uint64_t bytes, limit;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		touch_every_second(session, i * 6000, 3000);
	run(session, "fork");
	n = session_checkpoints(session, &bytes, &limit);
	assert_in_range(n, 5, 60);
	assert_in_range(bytes, 1, limit);
	for (unsigned i = 0; i < 10; i++) {
		run(session, i & 1 ? "redo 7" : "undo 7");
		session_checkpoints(session, &bytes, &limit);
		assert_in_range(bytes, 0, limit);
	}
	session_free(session);
}

/* Small ones need none. */
static void test_small_sessions_keep_none(void **state)
{
	struct session *session = world(setup);
	uint64_t bytes, limit;

	(void)state;
	run(session, forked);
	assert_int_equal(session_checkpoints(session, &bytes, &limit), 0);
	assert_int_equal(bytes, 0);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies_are_equal_and_apart),
		cmocka_unit_test(test_copies_outlive_the_first),
		cmocka_unit_test(test_checkpoints_change_nothing),
		cmocka_unit_test(test_large_sessions_keep_some),
		cmocka_unit_test(test_small_sessions_keep_none),
	};

	return cmocka_run_group_tests_name("checkpoints", tests, NULL, NULL);
}
