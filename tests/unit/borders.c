/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMAs that split and join: the borders that a call makes and removes, and how they are shown. */
#include "support/check.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/borders.h"
#include "support/world.h"
#include "tty/app.h"
#include "view/panes.h"

#define VMAS_MOST 64

struct layout_now {
	struct stretch v[VMAS_MOST];
	size_t n;
};

static struct layout_now vmas_of(const struct mm *mm)
{
	struct layout_now layout = {.n = 0};

	for (const struct vm_area *vma = mm ? mm_first(mm) : NULL; vma; vma = mm_next(vma)) {
		assert_true(layout.n < VMAS_MOST);
		layout.v[layout.n++] = (struct stretch){vma->start, vma->end};
	}
	return layout;
}

/* Does a VMA begin there, where another one ends? Is the address inside of one? */
static bool is_border(const struct layout_now *layout, uint64_t address)
{
	for (size_t i = 1; i < layout->n; i++)
		if (layout->v[i].start == address && layout->v[i - 1].end == address)
			return true;
	return false;
}

static bool is_inside(const struct layout_now *layout, uint64_t address)
{
	for (size_t i = 0; i < layout->n; i++)
		if (layout->v[i].start < address && address < layout->v[i].end)
			return true;
	return false;
}

static bool has(const struct borders *borders, uint64_t address, bool joined)
{
	for (size_t i = 0; i < borders->n; i++)
		if (borders->v[i].address == address && borders->v[i].joined == joined)
			return true;
	return false;
}

/* At each page of the mappings: a border that is new, or gone, is listed, and no other. */
static unsigned check(const struct layout_now *before, const struct layout_now *after,
		      const struct borders *borders, uint64_t start, unsigned pages)
{
	unsigned found = 0;

	for (unsigned page = 0; page < pages; page++) {
		uint64_t address = start + page * UINT64_C(4096);
		bool split = is_inside(before, address) && is_border(after, address);
		bool joined = is_border(before, address) && is_inside(after, address);
		/* where it is unmapped behind, there is no border: but the VMA was split */
		bool cut = is_inside(before, address) && !is_inside(after, address) && !split;

		if (has(borders, address, true) != joined || (!cut && has(borders, address, false) != split))
			fail_msg("page %u: split %d, joined %d", page, split, joined);
		found += split + joined;
	}
	return found;
}

static const char *const calls[] = {
	"mprotect a r %u-%u", "mprotect a rw %u-%u", "madvise a dontfork %u-%u", "madvise a dofork %u-%u",
	"mlock a %u-%u", "munlock a %u-%u", "madvise a wipeonfork %u-%u", "madvise a keeponfork %u-%u",
	"register u a %u-%u wp", "unregister u a %u-%u",
};

static void random_call(uint32_t *seed, char line[64])
{
	unsigned first = next_random(seed) % 16, last = first + next_random(seed) % (16 - first);

	snprintf(line, 64, calls[next_random(seed) % ARRAY_SIZE(calls)], first, last);
}

static const char set_up[] = "kernel left v7.3\nkernel right v6.12\nvma a anon 64K at 0x1000000000\n"
			     "touch a 0-3\nuffd u wp-unpopulated\n";

/* Before the first fork, of what the session saw; after it, of what each event did. */
static void test_borders_are_those_of_the_layouts(void **state)
{
	uint32_t seed = 77;
	unsigned found = 0;

	(void)state;
	for (int round = 0; round < (SANITIZED ? 8 : 40); round++) {
		struct session *session = world(set_up);

		for (int i = 0; i < 24; i++) {
			struct layout_now before[SIDES];
			struct buf out = {0};
			struct vf_error error;
			enum request request;
			char line[64];

			for (int side = 0; side < SIDES; side++)
				before[side] = vmas_of(session_machine(session, side)->parent);
			random_call(&seed, line);
			if (!session_command(session, line, &out, &request, &error))
				fail_msg("%s: %s", line, error.message);
			buf_deinit(&out);
			for (int side = 0; side < SIDES; side++) {
				struct layout_now after = vmas_of(session_machine(session, side)->parent);

				found += check(&before[side], &after, session_borders(session, side),
					       0x1000000000, 16);
			}
		}
		session_free(session);
	}
	assert_true(found > (SANITIZED ? 30 : 200));
}

static void test_borders_of_events(void **state)
{
	static const char *const who[] = {"", "child "};
	uint32_t seed = 78;
	unsigned found = 0;

	(void)state;
	for (int round = 0; round < (SANITIZED ? 8 : 40); round++) {
		struct session *session = world(set_up);
		struct machine *m;

		run(session, "fork");
		for (int i = 0; i < 24; i++) {
			struct buf line = {0};
			char call[64];

			do
				random_call(&seed, call);
			while (i % 2 && strstr(call, "register"));
			buf_printf(&line, "%s%s", who[i % 2], call);
			run(session, buf_str(&line));
			buf_deinit(&line);
		}
		m = session_machine(session, round % SIDES);
		for (size_t i = m->forks[0].end_event; i < m->event_count; i++) {
			struct layout_now before[2], after[2];
			struct borders borders;
			struct event event;

			machine_seek(m, i, 0);
			before[0] = vmas_of(m->parent);
			before[1] = vmas_of(m->child);
			machine_seek(m, i + 1, 0);
			after[0] = vmas_of(m->parent);
			after[1] = vmas_of(m->child);
			event = *machine_event(m, i);
			borders_of_event(m, &event, &borders);
			found += check(&before[event.by_child], &after[event.by_child], &borders, 0x1000000000, 16);
		}
		session_free(session);
	}
	assert_true(found > (SANITIZED ? 30 : 200));
}

/* --- on the screen ------------------------------------------------------------------------- */

/* A border is lit in the strip and in the list for one beat, and the answer names it. */
static void test_a_border_is_lit_for_a_beat(void **state)
{
	static const int sizes[][2] = {{24, 80}, {40, 120}, {60, 200}};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		int rows = sizes[i / 2][0], cols = sizes[i / 2][1];
		static const char *const signs[2][2] = {{"/", "+"}, {"÷", "+"}};
		struct session *session = session_create(true);
		struct buf text = {0};
		struct app app;

		app_init(&app, session, i % 2, true);
		app.rows = rows;
		app.cols = cols;
		app_command(&app, "vma heap anon 64K");
		for (int joined = 0; joined < 2; joined++) {
			struct grid *grid;
			unsigned lit = 0;

			app_command(&app, joined ? "madvise heap dofork 4-7" : "madvise heap dontfork 4-7");
			says(app.ui.message, joined ? "VMAs joined at heap 4, heap 8" : "VMAs split at heap 4, heap 8");
			grid = render(session, &app.ui, rows, cols);
			for (int cell = 0; cell < rows * cols; cell++)
				lit += grid->cells[cell].style == STYLE_NEW;
			grid_text(grid, &text);
			says(buf_str(&text), signs[i % 2][joined]);
			assert_true(lit >= 1);
			grid_free(grid);
			buf_clear(&text);
			app.now += 5;
			app_tick(&app);
			grid = render(session, &app.ui, rows, cols);
			for (int cell = 0; cell < rows * cols; cell++)
				assert_int_not_equal(grid->cells[cell].style, STYLE_NEW);
			grid_free(grid);
		}
		app_deinit(&app);
		session_free(session);
		buf_deinit(&text);
	}
}

/* Sides whose kernels join differently: each has its own. */
static void test_sides_differ(void **state)
{
	struct session *session = world("kernel left v7.3\nkernel right v6.12\n"
					"vma high anon 32K at 0x1000008000\ntouch high 0-3\nmprotect high r\n"
					"vma low anon 32K at 0x1000000000\n");

	(void)state;
	/* one that changes and has an anon_vma is joined with one that has none: on v7.3 only */
	run(session, "mprotect high rw");
	assert_int_equal(session_borders(session, RIGHT)->n, 0);
	assert_int_equal(session_borders(session, LEFT)->n, 1);
	assert_true(has(session_borders(session, LEFT), 0x1000008000, true));
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_borders_are_those_of_the_layouts),
		cmocka_unit_test(test_borders_of_events),
		cmocka_unit_test(test_a_border_is_lit_for_a_beat),
		cmocka_unit_test(test_sides_differ),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("borders", tests, NULL, NULL);
}
