/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Breakpoints: next and previous stop where the state shows that something happened, the same
 * stops both ways, and nothing else of the session changes.
 */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "model/events.h"
#include "session/breaks/breakpoints.h"
#include "support/world.h"

static char folder[] = "/tmp/vmafork-breaks-XXXXXX";

static const char *const kinds[] = {"divergence", "write-protect", "marker",
				    "table",	  "copy",	   "fault"};

/* Left: shm is skipped, heap copied for its anon_vma. Right: both are copied for a flag. */
static const char both_differ[] =
	"kernel left v6.18\nkernel right v6.19-rc1\nuffd u\n"
	"vma shm shmem 64K\ntouch shm 0-3\nregister u shm wp\nprotect u shm 0-1,8\n"
	"vma heap anon 64K\ntouch heap 0-3\nmadvise heap guard-install 8\npin heap 2\n"
	"vma big anon 4M\nmadvise big hugepage\ntouch big\npin big 700\n"
	"vma quiet file 64K\ntouch quiet read\n"
	"fork\n"
	"child touch heap 0\ntouch heap 3\nmprotect heap r 3\n"
	"child vma new anon 8K at 0x7000000000\n"
	"child touch new\nchild touch shm 8\nbecome child\ntouch heap 1\n"
	"fork\nchild touch heap 1-2\n";

static const struct timeline *timeline(const struct session *session)
{
	return session_timeline(session);
}

/* Runs to the next stop; false: there is none, and time stands still. */
static bool moves(struct session *session, const char *command)
{
	size_t at = timeline(session)->at;
	uint64_t page = timeline(session)->page;
	const char *text = said(session, command);

	if (strncmp(text, "No breakpoint holds at ", 23)) {
		assert_true(timeline(session)->at != at || timeline(session)->page != page);
		assert_int_equal(timeline(session)->page, 0);
		assert_true(strchr(text, '\n') == text + strlen(text) - 1); /* one line */
		return true;
	}
	assert_int_equal(timeline(session)->at, at);
	assert_int_equal(timeline(session)->page, page);
	return false;
}

/* All stops from the start: the steps after which time stands there. */
static size_t all_stops(struct session *session, size_t stops[512])
{
	size_t n = 0;

	run(session, "goto start");
	while (moves(session, "next")) {
		assert_true(n < 512);
		stops[n++] = timeline(session)->at;
	}
	return n;
}

static void set_break(struct session *session, const char *kind)
{
	struct buf line = {0};

	run(session, "break off");
	buf_printf(&line, "break %s", kind);
	run(session, buf_str(&line));
	buf_deinit(&line);
}

/* --- what the state shows ----------------------------------------------------------------- */

struct snapshot {
	struct cost cost;
	bool *writable; /* by page of the parent, in order of its VMAs */
	size_t pages, cap;
};

static struct snapshot snapshot(const struct machine *m)
{
	struct snapshot s = {.cost = m->cost};

	for_each_vma(m->parent, vma) for (uint64_t last, page = vma_first(vma);
					  page <= vma_last(vma);)
	{
		bool writable = vma_pte(vma, page, &last).attrs & PTE_WRITE;

		for (; page <= last; page++) {
			GROW(s.writable, s.pages, s.cap);
			s.writable[s.pages++] = writable;
		}
	}
	return s;
}

static bool lost_write(const struct snapshot *a, const struct snapshot *b)
{
	assert_int_equal(a->pages, b->pages);
	for (size_t i = 0; i < a->pages; i++)
		if (a->writable[i] && !b->writable[i])
			return true;
	return false;
}

static bool shows(const char *kind, const struct event *e, const struct machine *m,
		  const struct snapshot *a, const struct snapshot *b)
{
	if (!strcmp(kind, "write-protect"))
		return lost_write(a, b);
	if (!strcmp(kind, "table"))
		return cost_tables(&b->cost) > cost_tables(&a->cost);
	if (!strcmp(kind, "fault"))
		return b->cost.faults > a->cost.faults;
	if (!strcmp(kind, "copy"))
		return b->cost.copied > a->cost.copied ||
		       (e && e->kind == EVENT_DECIDE &&
			m->forks[e->fork].vmas[e->vma].decision.what == DECISION_COPY);
	return e && e->kind == EVENT_ENTRY &&
	       (e->outcome == OUTCOME_MARKER || e->outcome == OUTCOME_DROPPED ||
		(e->child.state != PTE_NONE && (e->before.attrs & ~e->child.attrs & PTE_UFFD_WP)));
}

/* Steps through the first fork one by one; the stops that the state shows. */
static size_t shown_stops(struct session *session, const char *kind, size_t end, size_t stops[512])
{
	size_t n = 0;

	for (size_t slot = 0; slot < end; slot++) {
		bool holds = false;

		for (int side = 0; side < SIDES; side++) {
			struct machine *m = session_machine(session, side);
			struct snapshot a, b;

			session_seek(session, slot, 0);
			a = snapshot(m);
			session_seek(session, slot + 1, 0);
			b = snapshot(m);
			holds |= shows(kind, timeline_event(timeline(session), side), m, &a, &b);
			free(a.writable);
			free(b.writable);
		}
		if (holds)
			stops[n++] = slot + 1;
	}
	return n;
}

/* The slot at which the first fork is over. */
static size_t fork_end(const struct session *session)
{
	return timeline_slot_of(timeline(session), LEFT, left(session)->forks[0].end_event);
}

static void test_stops_where_the_state_changes(void **state)
{
	struct session *session = world(both_differ);
	size_t end = fork_end(session), found[512], shown[512];

	(void)state;
	for (size_t k = 1; k < ARRAY_SIZE(kinds); k++) {
		size_t n, wanted;

		set_break(session, kinds[k]);
		n = all_stops(session, found);
		wanted = shown_stops(session, kinds[k], end, shown);
		assert_true(n >= wanted && (wanted || !strcmp(kinds[k], "fault")));
		for (size_t i = 0; i < wanted; i++)
			assert_int_equal(found[i], shown[i]);
		assert_true(n == wanted || found[wanted] > end);
	}
	session_free(session);
}

/* After the fork as well, by what commands do there. */
static void test_after_the_fork(void **state)
{
	static const struct {
		const char *kind, *command, *says;
	} table[] = {
		{"fault", "child touch heap 0", "fault: heap page 0: a page fault (both sides).\n"},
		{"fault", "child touch heap 9", NULL}, /* unmapped there: see below */
		{"write-protect", "mprotect heap r",
		 "write-protect: heap pages 0-15: the parent loses its write bit (both sides).\n"},
		{"write-protect", "child mprotect heap r", NULL},
		{"write-protect", "munmap heap", NULL},
		{"table", "child vma new anon 4K at 0x7000000000\nchild touch new",
		 "table: new page 0: a page table is allocated (both sides).\n"},
		{"copy", "child touch heap 0", NULL}, /* copy-on-write is no copy by fork */
		{"marker", "madvise heap guard-install 12", NULL},
		{"vma other", "child touch heap 0", NULL},
		{"vma o*r", "mprotect other r",
		 "vma o*r: the parent calls mprotect on other (both sides).\n"},
		{"vma other", "munmap other",
		 "vma other: the parent calls munmap on other (both sides).\n"},
		{"vma other", "mremap other 64K at 0x7000000000",
		 "vma other: the parent calls mremap on "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct session *session = world(
			"kernel both v7.3\nvma heap anon 64K\nvma other shmem 64K\n"
			"touch heap 0-8\nmadvise heap dontneed 4\ntouch heap 4\nfork\n"
			"touch heap 0-8\n");
		struct buf line = {0};
		size_t at;

		set_break(session, table[i].kind);
		run(session, "goto end");
		at = timeline(session)->at;
		run(session, table[i].command);
		buf_printf(&line, "goto %zu", at);
		run(session, buf_str(&line));
		if (table[i].says)
			says(said(session, "next"), table[i].says);
		else if (strcmp(table[i].command, "child touch heap 9"))
			assert_false(moves(session, "next"));
		else
			assert_true(moves(session, "next")); /* zeroed memory */
		buf_deinit(&line);
		session_free(session);
	}
}

/* --- both ways ---------------------------------------------------------------------------- */

static void check_both_ways(struct session *session)
{
	size_t stops[512], n = all_stops(session, stops);
	char *dumps[512];

	for (size_t i = 0; i < n; i++) {
		session_seek(session, stops[i], 0);
		dumps[i] = session_dump(session);
	}
	run(session, "goto end");
	/* The end can be a stop: then one stands there already. */
	for (size_t i = n; i-- > 0;) {
		char *dump;

		if (stops[i] == timeline(session)->count)
			continue;
		assert_true(moves(session, "previous"));
		assert_int_equal(timeline(session)->at, stops[i]);
		dump = session_dump(session);
		assert_string_equal(dump, dumps[i]);
		free(dump);
		if (i + 1 < n) { /* there and back again */
			assert_true(moves(session, "next"));
			assert_int_equal(timeline(session)->at, stops[i + 1]);
			assert_true(moves(session, "previous"));
			assert_int_equal(timeline(session)->at, stops[i]);
		}
	}
	assert_false(moves(session, "previous"));
	for (size_t i = 0; i < n; i++)
		free(dumps[i]);
}

/* From anywhere, also from between the pages of a step. */
static void check_from_anywhere(struct session *session)
{
	size_t stops[512], n = all_stops(session, stops);
	uint32_t seed = 5;

	for (int round = 0; round < 100; round++) {
		size_t slot = next_random(&seed) % timeline(session)->count, at, behind = 0;
		uint64_t page;

		session_seek(session, slot, next_random(&seed) % 3);
		at = timeline(session)->at;
		page = timeline(session)->page;
		while (behind < n && stops[behind] <= at)
			behind++;
		assert_int_equal(moves(session, "next"), behind < n);
		if (behind < n)
			assert_int_equal(timeline(session)->at, stops[behind]);
		session_seek(session, at, page);
		while (behind && stops[behind - 1] >= at + (page > 0))
			behind--;
		assert_int_equal(moves(session, "previous"), behind > 0);
		if (behind)
			assert_int_equal(timeline(session)->at, stops[behind - 1]);
	}
}

static void test_both_ways(void **state)
{
	struct session *session = world(both_differ);

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		set_break(session, kinds[k]);
		check_both_ways(session);
		check_from_anywhere(session);
	}
	set_break(session, "vma heap");
	check_both_ways(session);
	check_from_anywhere(session);
	run(session, "break marker\nbreak fault"); /* several at once */
	check_both_ways(session);
	check_from_anywhere(session);
	session_free(session);
}

/* --- the kinds ---------------------------------------------------------------------------- */

static void test_divergence(void **state)
{
	struct session *session = world(both_differ);

	(void)state;
	set_break(session, "divergence");
	run(session, "goto start");
	says(said(session, "next"),
	     ", divergence: left skip: no clause holds; right copy because VM_UFFD_WP.\n");
	assert_int_equal(timeline(session)->at, timeline(session)->divergence + 1); /* as ! */
	/* once for each VMA */
	says(said(session, "next"),
	     ", divergence: left copy because anon_vma; right copy because VM_MAYBE_GUARD.\n");
	run(session, "kernel both v7.3\ngoto start");
	assert_false(moves(session, "next"));
	session_free(session);
}

/* Either side will do, and the line says which. */
static void test_sides(void **state)
{
	struct session *session = world(both_differ);

	(void)state;
	set_break(session, "copy");
	run(session, "goto start");
	says(said(session, "next"), "copy: shm: vma_needs_copy() is true (right).\n");
	run(session, "check right dst\ngoto start");
	says(said(session, "next"), "copy: heap: vma_needs_copy() is true (both sides).\n");
	says(said(session, "next"),
	     "copy: heap page 2: the page is pinned, so fork copies it (both sides).\n");
	run(session, "check left src\ncheck right dst\ngoto start");
	says(said(session, "next"), "copy: shm: vma_needs_copy() is true (left).\n");
	session_free(session);
}

static void test_several(void **state)
{
	struct session *session = world("vma heap anon 64K\ntouch heap 0-3\nfork\n");

	(void)state;
	run(session, "break write-protect\nbreak vma heap\ngoto start");
	for (int i = 0; i < 8; i++)
		run(session, "next");
	run(session, "previous\nnext");
	says(said(session, "break list"), "write-protect\nvma heap\n");
	run(session, "break off vma heap\ngoto start");
	says(said(session, "next"), ", write-protect: heap pages 0-3: ");
	run(session, "break vma heap\ngoto start");
	for (const char *text = said(session, "next"); !strstr(text, "write-protect");
	     text = said(session, "next"))
		assert_non_null(strstr(text, ", vma heap: "));
	says(said(session, "previous\n"), ", vma heap: ");
	says(said(session, "next\n"),
	     ", write-protect and vma heap: heap pages 0-3: the parent loses its write bit "
	     "(both sides).\n");
	session_free(session);
}

/* A name is what it was at that step, whatever has it or its addresses now. */
static void test_names_of_that_time(void **state)
{
	struct session *session = world(
		"vma old anon 16K at 0x1000000000\ntouch old\nvma rest anon 16K\nfork\n"
		"munmap old\nvma new anon 16K at 0x1000000000\ntouch new 1\n"
		"child exit\nmunmap new\nvma old anon 16K at 0x2000000000\ntouch old 2\n");
	size_t stops[512], n, fork = fork_end(session), later = 0;

	(void)state;
	set_break(session, "vma old");
	n = all_stops(session, stops);
	assert_true(n > 4 && stops[0] <= fork && stops[3] <= fork);
	while (stops[n - 1 - later] > fork)
		later++;
	assert_int_equal(later, 3); /* munmap, mmap, touch: not those of `new` */
	set_break(session, "vma new");
	assert_int_equal(all_stops(session, stops), 3);
	assert_true(stops[0] > fork);
	check_both_ways(session);
	session_free(session);
}

/* --- the list, and what leaves it alone --------------------------------------------------- */

static bool completes(const struct session *session, const char *line, const char *word)
{
	enum want_path want;
	size_t start;
	bool found = false;
	char **words = session_complete(session, line, strlen(line), &start, &want);

	for (size_t i = 0; words && words[i]; i++) {
		found |= !strcmp(words[i], word);
		free(words[i]);
	}
	free(words);
	return found;
}

static void test_list(void **state)
{
	struct session *session = world("vma heap anon 64K\n");

	(void)state;
	assert_true(completes(session, "break vma ", "heap") &&
		    completes(session, "break off vma h", "heap"));
	says(said(session, "break list"), "There are no breakpoints.");
	assert_string_equal(said(session, "break off"), "There were no breakpoints.\n");
	says(refused(session, "break off table"), "there is no breakpoint table");
	says(refused(session, "break off vma heap"), "there is no breakpoint vma heap");
	says(refused(session, "break vma nobody"), "there is no VMA called 'nobody'");
	says(refused(session, "break vma nobody*"), "no name fits 'nobody*'");
	says(refused(session, "break tables"), "did you mean 'table'?");
	assert_string_equal(said(session, "break table"),
			    "Breakpoint: table. next and previous go there.\n");
	says(said(session, "break table"), "set already: table");
	run(session, "break vma heap\nbreak vma h*\nbreak divergence");
	assert_string_equal(said(session, "break list"), "table\nvma heap\nvma h*\ndivergence\n");
	assert_string_equal(said(session, "break off vma heap"), "Breakpoint off: vma heap.\n");
	assert_string_equal(said(session, "break list"), "table\nvma h*\ndivergence\n");
	assert_string_equal(said(session, "break off"), "All breakpoints are off.\n");
	says(said(session, "break list"), "There are no breakpoints.");
	session_free(session);
}

static void test_nothing_to_run_to(void **state)
{
	struct session *session = world("vma heap anon 64K\n");

	(void)state;
	says(refused(session, "next"), "there are no steps yet");
	run(session, "fork");
	says(refused(session, "next"), "there are no breakpoints");
	says(refused(session, "previous"), "set one first");
	run(session, "break fault");
	assert_false(moves(session, "next"));
	assert_false(moves(session, "previous"));
	session_free(session);
}

static char *saved(struct session *session)
{
	struct vf_error error;
	size_t n;

	run(session, "save breaks.vma replace");
	return read_file("breaks.vma", 1 << 20, &n, &error);
}

static void test_undo_and_save(void **state)
{
	struct session *session = world("vma heap anon 64K\ntouch heap\nfork\n");
	char *before = saved(session), *after, *dump = session_dump(session), *again;

	(void)state;
	run(session,
	    "break write-protect\ngoto start\nnext\nprevious\n"
	    "break vma heap\nbreak list\ngoto end");
	assert_false(session_unsaved(session));
	after = saved(session);
	assert_string_equal(before, after);
	again = session_dump(session);
	assert_string_equal(dump, again);
	/* undo takes back the fork, not a breakpoint; nor does reset */
	run(session, "undo");
	assert_int_equal(timeline(session)->count, 0);
	assert_string_equal(said(session, "break list"), "write-protect\nvma heap\n");
	run(session, "redo\ngoto start\nnext\nreset");
	assert_string_equal(said(session, "break list"), "write-protect\nvma heap\n");
	free(before);
	free(after);
	free(dump);
	free(again);
	session_free(session);
}

/* A file sets breakpoints, unless it is refused: then it changes nothing. */
static void test_files(void **state)
{
	static const char good[] =
		"vma heap anon 64K\ntouch heap\nbreak copy\nfork\ngoto start\nnext\nprevious\n";
	static const char bad[] = "break off\nbreak table\nvma heap anon 64K\nbreak vma nobody\n";
	struct session *session = session_create(false);
	struct buf out = {0};
	struct vf_error error;

	(void)state;
	assert_true(write_file("good.vma", good, strlen(good), &error));
	assert_true(write_file("bad.vma", bad, strlen(bad), &error));
	assert_true(session_load(session, "good.vma", &out, &error));
	assert_string_equal(buf_str(&out), "");
	assert_string_equal(said(session, "break list"), "copy\n");
	run(session, "munmap heap");
	assert_false(session_load(session, "bad.vma", &out, &error));
	assert_string_equal(said(session, "break list"), "copy\n");
	buf_deinit(&out);
	session_free(session);
}

/* --- cost --------------------------------------------------------------------------------- */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double less(double a, double b)
{
	return a < b ? a : b;
}

/* Groups in which nothing can hold are passed over without a look at their steps. */
static void test_cost(void **state)
{
	enum { TABLES = SANITIZED ? 64 : 256 };
	struct session *session = session_create(false);
	struct timeline *time = (struct timeline *)timeline(session);
	struct breakpoints none = {0}; /* that holds behind the decision */
	struct break_stop stop;
	struct buf line = {0};
	double search = 1e9, walk = 1e9;

	(void)state;
	buf_printf(&line, "vma big anon %dM", 2 * TABLES);
	run(session, buf_str(&line));
	run(session, "touch big");
	buf_clear(&line);
	buf_puts(&line, "pte big ");
	for (int page = 0; page < TABLES * 512; page += 2)
		buf_printf(&line, "%s%d", page ? "," : "", page);
	buf_puts(&line, " none");
	run(session, buf_str(&line));
	run(session, "touch big 3 read\nfork");
	assert_true(timeline(session)->count > TABLES * 256);
	run(session, "break copy\ngoto start\nnext"); /* the decision */
	breakpoints_add(&none, BREAK_MARKER, NULL);
	breakpoints_add(&none, BREAK_FAULT, NULL);
	breakpoints_add(&none, BREAK_COPY, NULL);
	for (int i = 0; i < 8; i++) { /* the best of them: others use this machine, too */
		double begin = seconds();

		assert_false(breakpoints_find(&none, time, true, NULL, &stop));
		search = less(search, seconds() - begin);
		begin = seconds();
		for (size_t k = 0; k < left(session)->event_count; k++)
			machine_event(left(session), k);
		walk = less(walk, seconds() - begin);
	}
	assert_true(search < walk / 4); /* a hundredth */
	breakpoints_deinit(&none);
	buf_deinit(&line);
	session_free(session);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	unlink("breaks.vma");
	unlink("good.vma");
	unlink("bad.vma");
	return !chdir("/") && !rmdir(folder) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stops_where_the_state_changes),
		cmocka_unit_test(test_after_the_fork),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_divergence),
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_names_of_that_time),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_nothing_to_run_to),
		cmocka_unit_test(test_undo_and_save),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests_name("breaks", tests, set_up, tear_down);
}
