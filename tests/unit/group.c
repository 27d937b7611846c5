/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events that are stored as a group are those that fork would record one by one. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/syscalls.h"
#include "support/world.h"

enum { SEEKS = SANITIZED ? 60 : 100 };

static int rounds(void)
{
	return every_way() ? 6 : SANITIZED ? 1 : 3;
}

/* Carries a line out on both; it may be refused, but by both or by none. */
static void both(struct session *const sessions[2], const char *line)
{
	bool ok[2];

	for (int i = 0; i < 2; i++) {
		struct buf out = {0};
		struct vf_error error = {0};
		enum request request;

		ok[i] = session_command(sessions[i], line, &out, &request, &error);
		buf_deinit(&out);
	}
	assert_int_equal(ok[0], ok[1]);
}

/* So large that fork walks its tables together: runs go on from table to table. */
#define LARGE 20480 /* pages */

/* Adds a list of pages, below `pages`. */
static void add_pages(struct buf *line, unsigned pages, uint32_t *seed)
{
	unsigned at = next_random(seed) % (pages / 2), step = 1 + next_random(seed) % 6;

	if (pages == LARGE) /* near the border of two tables, one page of it begins the VMA */
		at = (1 + next_random(seed) % 38) * 512 - 2 - next_random(seed) % 60;
	for (int i = 0; i < 40 && at + step < pages; i++) {
		unsigned last = at + next_random(seed) % step;

		buf_printf(line, "%s%u-%u", i ? "," : "", at, last);
		at = last + 1 + next_random(seed) % step;
	}
}

/* A call on pages of a mapping: its name, the pages. */
static const char *const calls[] = {
	"touch %1$s %2$s", "touch %1$s %2$s", "touch %1$s %2$s read",
	"madvise %1$s pageout %2$s", "madvise %1$s guard-install %2$s",
	"madvise %1$s dontneed %2$s", "protect u %1$s %2$s", "unprotect u %1$s %2$s",
	"pte %1$s %2$s hwpoison", "pte %1$s %2$s device-private", "pte %1$s %2$s device-exclusive",
	"pte %1$s %2$s migration", "pte %1$s %2$s zero", "pin %1$s %2$s",
};

/* Calls that divide mappings into VMAs which fork treats alike, or in their own way. */
static const char *const dividing[] = {
	"mprotect m r %s", "mprotect m r %s", "mprotect m none %s", "mprotect n r %s",
	"mprotect m rw %s", "munmap m %s", "madvise m wipeonfork %s", "madvise m dontfork %s",
	"mlock m %s", "register u n wp %s", "pin m %s",
};

/* Many VMAs in few tables; some begin in one and end in another. */
static void divide(struct session *const sessions[2], uint32_t *seed)
{
	both(sessions, "vma m anon 1300p at 0x4000001000");
	both(sessions, "vma n shmem 700p at 0x4000600000");
	both(sessions, "touch m 3-200,400-900,1000-1100,1111");
	both(sessions, "touch n 5-300");
	for (int i = 0; i < 150; i++) {
		unsigned call = next_random(seed) % (i % 6 ? 4 : ARRAY_SIZE(dividing));
		unsigned first = next_random(seed) % 700, last = first + next_random(seed) % 4;
		struct buf pages = {0}, line = {0};

		buf_printf(&pages, "%u-%u", first, last);
		buf_printf(&line, dividing[call], buf_str(&pages));
		both(sessions, buf_str(&line));
		buf_deinit(&pages);
		buf_deinit(&line);
	}
}

/* Mappings whose ends are in the middle of tables, and others in the same tables. */
static void set_up(struct session *const sessions[2], uint32_t *seed)
{
	static const char *const names[] = {"a", "b", "s", "f", "l", "l"};
	static const unsigned pages[] = {700, 90, 1200, 300, LARGE, LARGE};

	both(sessions, "check right src");
	both(sessions, next_random(seed) & 1 ? "uffd u wp-hugetlbfs-shmem wp-unpopulated"
					     : "uffd u wp-hugetlbfs-shmem wp-unpopulated event-fork");
	both(sessions, "vma a anon 700p at 0x1000064000");
	both(sessions, "vma b anon shared 90p");
	both(sessions, "vma s shmem 1200p at 0x2000001000");
	both(sessions, "vma f file private 300p");
	both(sessions, "vma l anon 20480p at 0x3000001000");
	both(sessions, "touch l 300-700,2000-7000,9000-12000");
	if (next_random(seed) & 1)
		both(sessions, "register u a wp");
	both(sessions, "register u s wp");
	divide(sessions, seed);
	if (next_random(seed) & 1)
		both(sessions, "touch s 100-1100");
	for (int i = 0; i < 40; i++) {
		unsigned vma = next_random(seed) % ARRAY_SIZE(names);
		/* The last ones are rare: touches refuse them, and pins divide groups. */
		unsigned call = next_random(seed) % (i % 8 ? 8 : ARRAY_SIZE(calls));
		struct buf list = {0}, line = {0};

		add_pages(&list, pages[vma], seed);
		buf_printf(&line, calls[call], names[vma], buf_str(&list));
		both(sessions, buf_str(&line));
		buf_deinit(&list);
		buf_deinit(&line);
	}
}

/* Both sides of the first session put all runs into groups, those of the second none. */
static void fork_in_groups(struct session *const sessions[2])
{
	both(sessions, "show cost"); /* what was refused is rolled back */
	for (int side = 0; side < SIDES; side++) {
		session_machine(sessions[0], side)->group_runs = 1;
		session_machine(sessions[1], side)->group_runs = UINT32_MAX;
	}
	both(sessions, "fork");
}

static uint64_t start_of(const struct vm_area *vma)
{
	return vma ? vma->start : 0;
}

static void assert_same_event(const struct event *a, const struct event *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->outcome, b->outcome);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->op, b->op);
	assert_int_equal(start_of(a->src), start_of(b->src));
	assert_int_equal(start_of(a->dst), start_of(b->dst));
	assert_int_equal(a->address, b->address);
	assert_int_equal(a->first, b->first);
	assert_int_equal(a->count, b->count);
	assert_true(pte_equal(a->before, b->before));
	assert_true(pte_equal(a->after, b->after));
	assert_true(pte_equal(a->child, b->child));
	assert_int_equal(a->deposits, b->deposits);
	assert_int_equal(a->fork, b->fork);
	assert_int_equal(a->vma, b->vma);
	assert_int_equal(a->number, b->number);
}

static void assert_same_state(const struct machine *a, const struct machine *b)
{
	char *x = machine_dump(a), *y = machine_dump(b);

	assert_string_equal(x, y);
	free(x);
	free(y);
}

static void check_machines(struct machine *a, struct machine *b, uint32_t *seed)
{
	assert_int_equal(a->event_count, b->event_count);
	assert_int_equal(b->stored.n, b->event_count);
	assert_true(a->stored.n < a->event_count / 4);
	for (size_t i = 0; i < a->event_count; i++)
		assert_same_event(machine_event(a, i), machine_event(b, i));
	assert_same_state(a, b);
	for (int i = 0; i < SEEKS; i++) {
		size_t event = next_random(seed) % (a->event_count + 1);
		uint64_t pages = 0;

		if (i % 4 == 0 && a->at < a->event_count) /* one step, not far */
			event = a->at + 1;
		if (event < a->event_count && machine_event(b, event)->kind == EVENT_ENTRY)
			pages = next_random(seed) % machine_event(b, event)->count;
		machine_seek(a, event, pages);
		machine_seek(b, event, pages);
		assert_int_equal(a->at, b->at);
		assert_int_equal(a->at_pages, b->at_pages);
		assert_same_state(a, b);
	}
	machine_seek_end(a);
	machine_seek_end(b);
	assert_same_state(a, b);
}

static void assert_same_slots(const struct timeline *a, const struct timeline *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->divergence, b->divergence);
	assert_true(a->stretches + 100 < b->stretches);
	for (size_t i = 0; i < a->count; i++) {
		struct slot x = timeline_slot(a, i), y = timeline_slot(b, i);

		assert_memory_equal(&x, &y, sizeof(x));
		for (int side = 0; side < SIDES; side++)
			if (x.event[side] != NO_EVENT)
				assert_int_equal(timeline_slot_of(a, side, x.event[side]),
						 timeline_slot_of(b, side, x.event[side]));
	}
	for (size_t i = 0; i <= a->count; i += 7)
		assert_int_equal(timeline_fork_start(a, i), timeline_fork_start(b, i));
}

static void step_through(struct session *const sessions[2], enum grain grain, long n)
{
	const struct timeline *a = session_timeline(sessions[0]), *b = session_timeline(sessions[1]);
	bool more = true;

	while (more) {
		more = session_step(sessions[0], n, grain);
		assert_int_equal(session_step(sessions[1], n, grain), more);
		assert_int_equal(a->at, b->at);
		assert_int_equal(a->page, b->page);
		/* Where one returns to after a change is the same, too. */
		both(sessions, "show cost");
		assert_int_equal(a->at, b->at);
	}
	assert_same_state(left(sessions[0]), left(sessions[1]));
	assert_same_state(right(sessions[0]), right(sessions[1]));
}

/* All stops of a breakpoint, forwards and backwards. */
static void run_to_breaks(struct session *const sessions[2], const char *kind, const char *command)
{
	const struct timeline *a = session_timeline(sessions[0]), *b = session_timeline(sessions[1]);
	struct buf line = {0};
	size_t at;

	both(sessions, "break off");
	buf_printf(&line, "break %s", kind);
	both(sessions, buf_str(&line));
	buf_deinit(&line);
	do {
		at = a->at;
		both(sessions, command);
		assert_int_equal(a->at, b->at);
		assert_int_equal(a->page, b->page);
	} while (a->at != at);
}

static void stop_at_breakpoints(struct session *const sessions[2])
{
	static const char *const kinds[] = {"divergence", "write-protect", "marker", "table", "copy",
					    "fault", "vma l", "vma b"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		both(sessions, "goto start");
		run_to_breaks(sessions, kinds[i], "next");
		both(sessions, "goto end");
		run_to_breaks(sessions, kinds[i], "previous");
	}
}

static void test_groups_are_events(void **state)
{
	uint32_t seed = 17;

	(void)state;
	for (int round = 0; round < rounds(); round++) {
		struct session *sessions[2] = {session_create(false), session_create(false)};

		set_up(sessions, &seed);
		fork_in_groups(sessions);
		both(sessions, "madvise a dontneed 3-40");
		both(sessions, "madvise s dontneed 90-95,700-800");
		both(sessions, "touch m 2,3,90-170,1111");
		fork_in_groups(sessions);
		for (int side = 0; side < SIDES; side++)
			check_machines(session_machine(sessions[0], side),
				       session_machine(sessions[1], side), &seed);
		assert_same_slots(session_timeline(sessions[0]), session_timeline(sessions[1]));
		step_through(sessions, GRAIN_VMA, -1);
		step_through(sessions, GRAIN_TABLE, 1);
		step_through(sessions, GRAIN_RUN, -37);
		step_through(sessions, GRAIN_PAGE, 61);
		stop_at_breakpoints(sessions);
		for (int i = 0; i < 2; i++)
			session_free(sessions[i]);
	}
}

/* Wherever in a fork memory is exhausted: the machine says so, and can be freed. */
static void test_exhausted(void **state)
{
	bool exhausted = true;

	(void)state;
	for (uint64_t more = 0; exhausted; more += 40) {
		struct session *session =
			world("vma a anon 1030p\ntouch a 3,5,8-9,11,13,15,17,511-600,602,604,606,608\n"
			      "touch a 610,612,614,616,618,620,622,624,626,628 read\n"
			      "vma b anon 40p\ntouch b 1,3-30\n"
			      "mprotect b r 2,4,6,8,10,12,14,16,18");
		struct machine *m = left(session);
		struct model_error error;

		session_budget(session)->memory = session_budget(session)->memory_used + more;
		m->group_runs = 2;
		assert_true(vm_fork(m, &error));
		exhausted = m->exhausted;
		assert_true(more < 100000);
		session_free(session);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exhausted),
		cmocka_unit_test(test_groups_are_events),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
