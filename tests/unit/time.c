/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going back is exact: the same point in time is the same state, however one gets there. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "model/events.h"
#include "report/label.h"
#include "support/world.h"

/* A bit of everything, in two generations. */
static const char everything[] =
	"uffd c wp-hugetlbfs-shmem wp-unpopulated\n"
	"vma s shmem 64K\ntouch s 0-7\nregister c s wp\nprotect c s 0-9\n"
	"vma a anon 4M\nmadvise a hugepage\ntouch a\npin a 700\n"
	"vma b anon 64K\ntouch b 0-3,6\nmadvise b guard-install 8-9\nmadvise b pageout 3\n"
	"vma f file 64K\ntouch f read\ntouch f 2\n"
	"vma w anon 16K\ntouch w\nmadvise w wipeonfork\n"
	"vma d anon 16K\ntouch d\nmadvise d dontfork\n"
	"vma l anon 16K\nmlock l\n"
	"vma r anon 64K\ntouch r 0-9\nmremap r 32p\nmremap r 4p at 0x30000000 part 4-7\n"
	"fork\n"
	"child mremap r 32p at 0x40000000 dontunmap\nmremap r.moved 8p at 0x50000000\n"
	"child mremap s 4p at 0x60000000 part 2-5\nmremap f 20p\n"
	"child touch r 3-6\nparent touch r.moved\nchild mremap l 1p\n"
	"child touch b 0\nparent touch b 0-2\nchild touch f\nparent touch a 0\nchild touch s\n"
	"mprotect b r\nmadvise f dontneed\nmunmap w\n"
	"become child\nvma n anon 16K\ntouch n\nfork\nchild touch n 0\nchild exit\n";

/* Every position: each event, and each open event after its first page. */
struct position {
	size_t events;
	uint64_t pages;
	char *dump;
};

static struct position *all_positions(struct machine *m, size_t *n)
{
	struct position *v = NULL;
	size_t cap = 0;

	*n = 0;
	for (size_t e = 0; e <= m->event_count; e++) {
		GROW(v, *n, cap);
		v[(*n)++] = (struct position){ .events = e };
		if (e == m->event_count || machine_event(m, e)->kind != EVENT_ENTRY ||
		    machine_event(m, e)->count < 2)
			continue;
		GROW(v, *n, cap);
		v[(*n)++] = (struct position){ .events = e, .pages = 1 };
	}
	for (size_t i = 0; i < *n; i++) {
		machine_seek(m, v[i].events, v[i].pages);
		assert_int_equal(m->at, v[i].events);
		assert_int_equal(m->at_pages, v[i].pages);
		v[i].dump = machine_dump(m);
	}
	return v;
}

static void assert_at(struct machine *m, const struct position *p)
{
	char *dump;

	machine_seek(m, p->events, p->pages);
	dump = machine_dump(m);
	assert_string_equal(dump, p->dump);
	free(dump);
}

static void check_machine(struct machine *m)
{
	char *end = machine_dump(m), *again;
	struct position *v;
	uint32_t seed = 3;
	size_t n;

	v = all_positions(m, &n);
	assert_true(n > 50);
	for (size_t i = n; i-- > 0;) /* backwards, one by one */
		assert_at(m, &v[i]);
	for (int round = 0; round < 1000; round++) /* and anywhere */
		assert_at(m, &v[next_random(&seed) % n]);
	machine_seek_end(m);
	again = machine_dump(m);
	assert_string_equal(end, again);
	for (size_t i = 0; i < n; i++)
		free(v[i].dump);
	free(v);
	free(end);
	free(again);
}

static void test_machines(void **state)
{
	struct session *session = world(everything);

	(void)state;
	check_machine(left(session));
	check_machine(right(session));
	session_free(session);
}

/* The timeline at each grain: forwards and backwards pass the same states. */
static void check_grain(struct session *session, enum grain grain)
{
	const struct timeline *timeline = session_timeline(session);
	char *dumps[4096];
	size_t n = 0;

	session_seek(session, 0, 0);
	do {
		assert_true(n < ARRAY_SIZE(dumps));
		dumps[n++] = session_dump(session);
	} while (session_step(session, 1, grain));
	assert_int_equal(timeline->at, timeline->count);
	for (size_t i = n - 1; i-- > 0;) {
		char *dump;

		assert_true(session_step(session, -1, grain));
		dump = session_dump(session);
		assert_string_equal(dump, dumps[i]);
		free(dump);
	}
	assert_int_equal(timeline->at, 0);
	assert_int_equal(timeline->page, 0);
	assert_false(session_step(session, -1, grain));
	for (size_t i = 0; i < n; i++)
		free(dumps[i]);
}

static void test_grains(void **state)
{
	/* as above, but small enough for one step a page */
	struct session *session = world("uffd c wp-hugetlbfs-shmem\n"
					"vma s shmem 64K\ntouch s 0-7\nregister c s wp\nprotect c s 0-9\n"
					"vma b anon 64K\ntouch b 0-3,6\nmadvise b guard-install 8-9\n"
					"vma f file 64K\ntouch f read\ntouch f 2\nfork\n"
					"child touch b 0\nparent touch b 0-2\nfork\nchild touch f\n");

	(void)state;
	for (int grain = 0; grain < GRAINS; grain++)
		check_grain(session, (enum grain)grain);
	session_free(session);
}

static void test_the_first_divergence(void **state)
{
	struct session *session = world("vma a anon 16K\ntouch a\n"
					"uffd c wp-hugetlbfs-shmem\nvma s shmem 16K\ntouch s\n"
					"register c s wp\nprotect c s\nfork");
	const struct timeline *timeline = session_timeline(session);
	const struct event *event;

	(void)state;
	assert_true(timeline->divergence < timeline->count);
	session_seek(session, timeline->divergence + 1, 0);
	event = timeline_event(timeline, LEFT);
	assert_non_null(event);
	assert_int_equal(event->kind, EVENT_DECIDE);
	assert_string_equal(vma_name(event->src), "s");
	run(session, "check right dst");
	timeline = session_timeline(session);
	assert_int_equal(timeline->divergence, timeline->count);
	session_free(session);
}

/* Aligned command by command, or all at once: it is the same timeline. */
static void test_a_timeline_that_grows(void **state)
{
	struct session *grown = world(everything), *whole = session_create(false);
	const struct timeline *a = session_timeline(grown), *b = session_timeline(whole);
	struct shared_text file;
	struct vf_error error;
	struct buf load = {0};

	(void)state;
	assert_true(share_text(everything, strlen(everything), &file, &error));
	buf_printf(&load, "load %s", file.path);
	run(whole, buf_str(&load));
	assert_true(a->count > 20);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->divergence, b->divergence);
	for (size_t i = 0; i < a->count; i++) {
		struct slot x = timeline_slot(a, i), y = timeline_slot(b, i);

		assert_memory_equal(&x, &y, sizeof(x));
	}
	unshare_text(&file);
	buf_deinit(&load);
	session_free(grown);
	session_free(whole);
}

/* Commands that come while one looks at the past happen at the end. */
static void test_commands_in_the_past(void **state)
{
	struct session *session = world(everything), *straight = world(everything);
	char *a, *b;

	(void)state;
	run(session, "goto start\nvma z anon 4K\ntouch z");
	run(straight, "vma z anon 4K\ntouch z");
	a = session_dump(session);
	b = session_dump(straight);
	assert_string_equal(a, b);
	free(a);
	free(b);
	session_free(session);
	session_free(straight);
}

static size_t happened(const struct session *session, int side)
{
	return session_machine(session, side)->at;
}

/* Turning the toggle keeps the moment, and turning it back is as if nothing had been. */
static void test_the_toggle_keeps_the_moment(void **state)
{
	struct session *session = world(everything);
	const struct timeline *t;
	size_t count;

	(void)state;
	session_timeline(session);
	run(session, "check left dst\ncheck right src");
	count = session_timeline(session)->count;
	for (size_t i = 0; i < 2 * count + 1; i++) {
		size_t left, at;
		uint64_t page;

		t = session_timeline(session);
		session_seek(session, i / 2, i % 2);
		at = t->at;
		page = t->page;
		left = happened(session, LEFT);
		run(session, "check right dst");
		/* the left side's events are the same: it is where it was */
		assert_int_equal(happened(session, LEFT), left);
		run(session, "check right src");
		t = session_timeline(session);
		assert_int_equal(t->count, count);
		assert_int_equal(t->at, at);
		assert_int_equal(t->page, page);
	}
	/* Once time has moved, the moment is the new one. */
	session_seek(session, 3, 0);
	run(session, "check right dst\nstep\ncheck right src");
	assert_true(session_timeline(session)->at > 3);
	/* The end is the end. */
	run(session, "goto end\ncheck right dst");
	t = session_timeline(session);
	assert_int_equal(t->at, t->count);
	session_free(session);
}

/* A moment that the other timeline has not got: the nearest before it, and back again. */
static void test_a_moment_that_is_gone(void **state)
{
	struct session *session = world("uffd u wp-hugetlbfs-shmem wp-unpopulated\nvma m shmem 16K\ntouch m 0-1\n"
					"register u m wp\nprotect u m 0-1\nfork\nchild touch m 0 read\n");
	const struct timeline *t;
	size_t slot, decided;

	(void)state;
	run(session, "check left dst\ncheck right src");
	t = session_timeline(session);
	decided = t->divergence;
	for (slot = decided + 1; slot < t->count; slot++) /* the right side copies alone */
		if (timeline_slot(t, slot).event[LEFT] == NO_EVENT)
			break;
	assert_true(slot < t->count);
	session_seek(session, slot + 1, 0);
	run(session, "check right dst");
	t = session_timeline(session);
	assert_int_equal(t->at, decided + 1);
	run(session, "check right src");
	assert_int_equal(session_timeline(session)->at, slot + 1);
	session_free(session);
}

static void test_undo_and_redo(void **state)
{
	struct session *session = session_create(false);
	char *copy = xstrdup(everything), *rest = copy, *line, *dumps[64];
	size_t n = 0;

	(void)state;
	dumps[n++] = session_dump(session);
	while ((line = strsep(&rest, "\n")))
		if (*line) {
			run(session, line);
			assert_true(n < ARRAY_SIZE(dumps));
			dumps[n++] = session_dump(session);
		}
	for (int round = 0; round < 2; round++) {
		for (size_t i = n - 1; i-- > 0;) {
			char *dump;

			run(session, "undo");
			dump = session_dump(session);
			assert_string_equal(dump, dumps[i]);
			free(dump);
		}
		for (size_t i = 1; i < n; i++) {
			char *dump;

			run(session, "redo");
			dump = session_dump(session);
			assert_string_equal(dump, dumps[i]);
			free(dump);
		}
	}
	for (size_t i = 0; i < n; i++)
		free(dumps[i]);
	free(copy);
	session_free(session);
}

/* diff speaks of one moment: what is not decided yet, or not copied yet, is no difference. */
static void test_diff_at_a_step(void **state)
{
	struct session *session = world("kernel both v7.3\ncheck right src\nuffd u\nvma a anon 4K\n"
					"touch a\nvma m shmem 8K\ntouch m\nregister u m wp\nfork");
	const struct machine *m = right(session);
	size_t decided = 0, steps = session_timeline(session)->count;
	const char *now;
	char line[80];

	(void)state;
	assert_non_null(strstr(said(session, "diff"), "0-1            present"));
	for (size_t step = 0; step < steps; step++) {
		snprintf(line, sizeof(line), "goto %zu", step);
		run(session, line);
		now = said(session, "diff");
		snprintf(line, sizeof(line), "at step %zu of %zu\n", step, steps);
		assert_non_null(strstr(now, line));
		assert_null(strstr(now, "absent"));
		if (!decided && m->at && machine_event(m, m->at - 1)->kind == EVENT_DECIDE &&
		    vma_has_name(machine_event(m, m->at - 1)->src, "m"))
			decided = step;
		if (!decided)
			assert_non_null(strstr(now, "the sides are the same at this step"));
		else
			assert_non_null(strstr(now, "m: left skip: no clause holds, right copy because VM_UFFD_WP"));
		if (decided == step)
			assert_null(strstr(now, "present"));
	}
	assert_true(decided > 0);
	session_free(session);
}

/* "D low+high": what kind of step it is, and of which VMA or pages. */
static void add_event(const struct event *e, const struct slot *slot, int side, struct buf *out)
{
	static const char letters[] = "FVdUWAuDTsEfts";

	if (!e) {
		buf_puts(out, "-");
		return;
	}
	buf_printf(out, "%c", letters[e->kind]);
	if (!e->src)
		return;
	buf_putc(out, ' ');
	if (e->kind == EVENT_ENTRY)
		label_pages(e->src->mm, e->first + slot->from[side], e->first + slot->to[side] - 1, out);
	else if (e->kind == EVENT_TOUCH)
		label_pages(e->src->mm, e->first, e->first + e->count - 1, out);
	else
		label_vma(e->src, out);
}

/* All slots, a line each: left | right. */
static char *slots_of(const struct session *session)
{
	const struct timeline *t = session_timeline(session);
	struct buf out = {0};

	for (size_t i = 0; i < t->count; i++)
		for (int side = 0; side < SIDES; side++) {
			struct slot slot = timeline_slot(t, i);
			uint32_t at = slot.event[side];

			add_event(at == NO_EVENT ? NULL : machine_event(t->machine[side], at), &slot,
				  side, &out);
			buf_puts(&out, side ? "\n" : " | ");
		}
	return buf_take(&out);
}

/* One VMA on the left, several on the right: the same addresses are next to each other. */
static void test_other_layouts(void **state)
{
	struct session *session = world("kernel left v7.3\nkernel right v6.12\n"
					"vma high anon 32K at 0x1000008000\ntouch high 7\nmprotect high r\n"
					"vma low anon 32K at 0x1000000000\nmprotect high rw\n"
					"touch low 0\ntouch low 4-7 read\ntouch high 0-3 read\n"
					"vma heap anon 48K\nmadvise heap dontfork 4-7\ntouch heap 4\n"
					"madvise heap dofork 4-7\ntouch heap 2-3,5-11 read\n"
					"fork\nchild touch low 7\nmprotect high r\n");
	char *slots = slots_of(session);

	(void)state;
	assert_string_equal(slots,
			    "F | F\n"
			    "V low+high | V low\n"
			    "d low+high | d low\n"
			    "A low+high | A low\n"
			    "D low+high | D low\n"
			    "T low+high | T low\n"
			    "T low+high | T low\n"
			    "T low+high | T low\n"
			    "E low page 0 | E low page 0\n"
			    "E low pages 4-7 | E low pages 4-7\n"
			    "- | V high\n"
			    "- | d high\n"
			    "- | A high\n"
			    "- | D high\n"
			    "E high pages 0-3 | E high pages 0-3\n"
			    "E high page 7 | E high page 7\n"
			    "V heap | V heap[0-3]\n"
			    "d heap | d heap[0-3]\n"
			    "A heap | -\n"
			    "D heap | D heap[0-3]\n"
			    "E heap pages 2-3 | -\n"
			    "- | V heap[4-7]\n"
			    "- | d heap[4-7]\n"
			    "- | A heap[4-7]\n"
			    "- | D heap[4-7]\n"
			    "E heap page 4 | E heap page 4\n"
			    "E heap pages 5-7 | E heap pages 5-7\n"
			    "- | V heap[8-11]\n"
			    "- | d heap[8-11]\n"
			    "- | D heap[8-11]\n"
			    "E heap pages 8-11 | -\n"
			    "f | f\n"
			    "t low page 7 | t low page 7\n"
			    "s low+high | s high\n");
	free(slots);
	for (int grain = 0; grain < GRAINS; grain++)
		check_grain(session, (enum grain)grain);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machines),
		cmocka_unit_test(test_grains),
		cmocka_unit_test(test_the_first_divergence),
		cmocka_unit_test(test_a_timeline_that_grows),
		cmocka_unit_test(test_commands_in_the_past),
		cmocka_unit_test(test_the_toggle_keeps_the_moment),
		cmocka_unit_test(test_a_moment_that_is_gone),
		cmocka_unit_test(test_undo_and_redo),
		cmocka_unit_test(test_diff_at_a_step),
		cmocka_unit_test(test_other_layouts),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
