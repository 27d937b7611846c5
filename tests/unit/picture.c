/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture of the page tables: what moves in it, and how fast. */
#include "support/check.h"

#include <glob.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tty/app.h"
#include "tty/player.h"
#include "view/entries_private.h"
#include "view/panes.h"

struct stage {
	struct session *session;
	struct app app;
};

static void stage_open(struct stage *stage, const char *const *lines)
{
	stage->session = session_create(true);
	app_init(&stage->app, stage->session, true, true);
	for (; *lines; lines++) {
		app_command(&stage->app, *lines);
		if (stage->app.ui.error)
			print_error("%s: %s\n", *lines, stage->app.ui.message);
		assert_false(stage->app.ui.error);
	}
}

static void stage_close(struct stage *stage)
{
	app_deinit(&stage->app);
	session_free(stage->session);
}

/* Goes to the first step whose event is of that kind on the right side. */
static void stage_goto(struct stage *stage, enum event_kind kind, enum outcome outcome)
{
	const struct timeline *timeline = session_timeline(stage->session);

	for (size_t slot = 1; slot <= timeline->count; slot++) {
		const struct event *event;

		session_seek(stage->session, slot, 0);
		event = timeline_event(timeline, RIGHT);
		if (event && event->kind == kind && (!outcome || event->outcome == outcome)) {
			ui_follow(&stage->app.ui, stage->session, true);
			return;
		}
	}
	fail_msg("no such step");
}

static void screen_text(const struct stage *stage, int rows, int cols, struct buf *out)
{
	struct grid *grid = render(stage->session, &stage->app.ui, rows, cols);

	buf_clear(out);
	grid_text(grid, out);
	grid_free(grid);
}

static const char *const half_markers[] = {
	"kernel right v6.19-rc1", "vma shm shmem shared 2M at 0x1000000000", "touch shm 0-255",
	"uffd u wp-hugetlbfs-shmem", "register u shm wp", "protect u shm all", "fork", NULL};

/* The rightmost cells of the screen: the child's grid, right side. */
static unsigned count_cells(const struct grid *grid, int from_col, wchar_t ch)
{
	unsigned n = 0;

	for (int row = 0; row < grid->rows; row++)
		for (int col = from_col; col < grid->cols; col++)
			n += grid_cell(grid, row, col)->ch[0] == ch;
	return n;
}

/* Where something moves between the grids. */
static int moving_col(const struct grid *grid, int from_col, int to_col)
{
	for (int row = 0; row < grid->rows; row++)
		for (int col = from_col; col < to_col; col++) {
			const struct cell *cell = grid_cell(grid, row, col);

			if (cell->style == STYLE_MOVING && cell->ch[0] != L'─')
				return col;
		}
	return -1;
}

static unsigned bits_set(const bool *seen, unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++)
		count += seen[i];
	return count;
}

static void test_cells_fill_while_an_entry_travels(void **state)
{
	enum { ROWS = 60, COLS = 200, GAP = 161, GRID = 166 };
	bool fills[600] = {false}, cols[COLS] = {false};
	struct stage stage;

	(void)state;
	stage_open(&stage, half_markers);
	stage_goto(&stage, EVENT_ENTRY, OUTCOME_FILE);
	for (int frame = 0; frame <= UI_FRAMES; frame++) {
		struct grid *grid;
		int col;

		stage.app.ui.frame = frame;
		grid = render(stage.session, &stage.app.ui, ROWS, COLS);
		fills[count_cells(grid, GRID, L'P')] = true;
		col = moving_col(grid, GAP, GRID);
		if (col >= 0)
			cols[col] = true;
		grid_free(grid);
	}
	assert_true(bits_set(fills, 600) >= 20);
	assert_true(bits_set(cols, COLS) >= 3);
	stage_close(&stage);
}

/* At 80 columns without color: the row of the entry says what became of it. */
static const struct {
	const char *lines[12];
	enum outcome outcome;
	const char *sign;
} outcomes[] = {
	{{"vma a shmem shared 16K at 0x1000000000", "touch a", "uffd u wp-hugetlbfs-shmem event-fork",
	  "register u a wp", "protect u a 3", "fork"}, OUTCOME_FILE, "──▶"},
	{{"vma a anon 16K at 0x1000000000", "touch a", "pin a all", "fork"}, OUTCOME_COPIED, "─+▶"},
	{{"vma a anon 16K at 0x1000000000", "touch a", "fork"}, OUTCOME_SHARED, "─w▶"},
	{{"kernel right v6.19-rc1", "vma a shmem shared 16K at 0x1000000000", "touch a",
	  "uffd u wp-hugetlbfs-shmem", "register u a wp", "protect u a all", "fork"}, OUTCOME_FILE, "─u▶"},
	{{"kernel right v6.19-rc1", "vma a shmem shared 16K at 0x1000000000",
	  "uffd u wp-hugetlbfs-shmem", "register u a wp", "protect u a all", "fork"}, OUTCOME_DROPPED, "─×"},
};

/* Numbers of rows do not touch the cells. */
static void test_row_numbers_stand_apart(void **state)
{
	static const char *const lines[] = {"vma heap anon 64M", "touch heap", NULL};
	static const int cols[] = {76, 80, 90, 100, 120, 200};
	struct stage stage;
	struct buf text = {0};

	(void)state;
	stage_open(&stage, lines);
	for (size_t i = 0; i < ARRAY_SIZE(cols); i++) {
		screen_text(&stage, 24, cols[i], &text);
		assert_non_null(strstr(buf_str(&text), "WWWWWWWW"));
		for (const char *at = buf_str(&text); (at = strstr(at, "WWWWWWWW")); at += strspn(at, "W"))
			assert_false(at[-1] >= '0' && at[-1] <= '9');
		if (cols[i] == 80)
			assert_non_null(strstr(buf_str(&text), "\n4096 WWWW"));
	}
	buf_deinit(&text);
	stage_close(&stage);
}

static void test_outcomes_look_different(void **state)
{
	struct buf text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		struct stage stage;

		stage_open(&stage, outcomes[i].lines);
		stage_goto(&stage, EVENT_ENTRY, outcomes[i].outcome);
		screen_text(&stage, 24, 80, &text);
		if (!strstr(buf_str(&text), outcomes[i].sign))
			print_error("%s is not in\n%s", outcomes[i].sign, buf_str(&text));
		assert_non_null(strstr(buf_str(&text), outcomes[i].sign));
		for (size_t k = 0; k < sizeof(outcomes) / sizeof(outcomes[0]); k++)
			if (k != i)
				assert_null(strstr(buf_str(&text), outcomes[k].sign));
		stage_close(&stage);
	}
	buf_deinit(&text);
}

/* The command with the pages 0, 2, 4 ... */
static void every_other(struct stage *stage, const char *command, unsigned pages, const char *more)
{
	struct buf line = {0};

	for (unsigned i = 0; i < pages; i++) {
		if (i % 500 == 0)
			buf_printf(&line, "%s ", command);
		buf_printf(&line, "%s%u", i % 500 ? "," : "", 2 * i);
		if (i % 500 != 499 && i + 1 < pages)
			continue;
		buf_puts(&line, more);
		app_command(&stage->app, buf_str(&line));
		assert_false(stage->app.ui.error);
		buf_clear(&line);
	}
	buf_deinit(&line);
}

/* Plays to the end, as the loop would. Returns the seconds; *screens: how often it would draw. */
static double play(struct stage *stage, unsigned *screens)
{
	struct app *app = &stage->app;

	app->now = 0;
	session_seek(stage->session, 0, 0);
	app_moved(app, false);
	app_play(app, true);
	*screens = 0;
	while (session_playing(stage->session) || app->ui.frame < UI_FRAMES) {
		double due = app_due(app);

		assert_true(due >= 0 && app->now < 1000);
		app->now = due > app->now ? due : app->now;
		*screens += app_tick(app);
	}
	return app->now;
}

static void test_a_fork_takes_ten_seconds_at_most(void **state)
{
	struct stage stage;
	unsigned screens;
	double seconds;

	(void)state;
	stage_open(&stage, (const char *const[]){"vma a anon 800M at 0x1000000000", NULL});
	every_other(&stage, "touch a", 3000, "");
	every_other(&stage, "madvise a dontfork", 1000, "");
	app_command(&stage.app, "fork");
	assert_true(session_timeline(stage.session)->count > 3000);
	seconds = play(&stage, &screens);
	assert_true(seconds > 6 && seconds < 10.5);
	stage_close(&stage);
	stage_open(&stage, half_markers);
	seconds = play(&stage, &screens);
	assert_true(seconds > 3 && seconds < 10.2);
	assert_true(screens > 60 && screens <= 41 * seconds);
	app_command(&stage.app, "speed 1000");
	seconds = play(&stage, &screens);
	assert_true(screens <= 60 * seconds + 12);
	stage_close(&stage);
}

static void test_one_table_takes_one_to_two_seconds(void **state)
{
	struct stage stage;
	double begun = -1, seconds = 0;
	const struct event *event;

	(void)state;
	stage_open(&stage, (const char *const[]){"vma a anon 2M at 0x1000000000", "touch a", "fork", NULL});
	session_seek(stage.session, 0, 0);
	app_moved(&stage.app, false);
	app_play(&stage.app, true);
	while (session_playing(stage.session)) {
		double due = app_due(&stage.app);

		stage.app.now = due > stage.app.now ? due : stage.app.now;
		app_tick(&stage.app);
		event = timeline_event(session_timeline(stage.session), RIGHT);
		if (event && event->kind == EVENT_ENTRY && begun < 0)
			begun = stage.app.now;
		if (event && event->kind > EVENT_ENTRY && seconds == 0)
			seconds = stage.app.now - begun;
	}
	assert_true(seconds >= 0.9 && seconds <= 2);
	stage_close(&stage);
}

/* Building commands at 80x24: each says in a line what it did, and shows it. */
static const struct {
	const char *line, *answer;
} told[] = {
	{"vma shm shmem shared 16K", "shm: mapped, 4 pages of shmem memory, shared"},
	{"vma big anon 4M", "big: mapped, 1024 pages of anon memory, private"},
	{"touch big 600-700", "big: pages 600-700 present write,dirty,young,soft-dirty,exclusive"},
	{"touch shm 0-2", "shm: pages 0-2 present write,dirty,young,soft-dirty"},
	{"uffd u wp-hugetlbfs-shmem", "done: uffd u wp-hugetlbfs-shmem"},
	{"register u shm wp", "shm: VM_UFFD_WP set"},
	{"protect u shm 0-1", "shm: pages 0-1: write off, uffd-wp on"},
	{"unprotect u shm 1", "shm: page 1: uffd-wp off"},
	{"madvise big dontfork 600-639", "big: VM_DONTCOPY set; VMAs split at big 600, big 640: 4 VMAs, before 2"},
	{"pin big 610", "big: page 610: pinned on"},
	{"mlock shm", "shm: VM_LOCKED set"},
	{"mprotect big r 0-9", "VM_WRITE cleared"},
	{"munmap big 1000-1023", "big: not mapped any more"},
	{"set thp always", "done: set thp always"},
	{"vma cut anon 64K", "cut: mapped, 16 pages of anon memory, private"},
	{"munmap cut 0-3", "cut: not mapped any more"},
	{"register u cut wp", "cut: VM_UFFD_WP set"},
	{"vma far anon 64K", "far: mapped, 16 pages of anon memory, private"},
	{"mremap far 64K at 0x3000000000", "far: moved to 0x3000000000"},
	{"mremap far 64K at 0x3100000000 dontunmap", "far: moved to 0x3100000000; "},
};

static void test_every_command_answers_and_shows(void **state)
{
	struct buf before = {0}, after = {0};
	struct stage stage;

	(void)state;
	stage_open(&stage, (const char *const[]){NULL});
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		screen_text(&stage, 24, 80, &before);
		app_command(&stage.app, told[i].line);
		screen_text(&stage, 24, 80, &after);
		if (!stage.app.ui.message || !strstr(stage.app.ui.message, told[i].answer))
			print_error("%s: %s\n", told[i].line, stage.app.ui.message);
		assert_non_null(strstr(stage.app.ui.message, told[i].answer));
		assert_string_not_equal(buf_str(&before), buf_str(&after));
		assert_true(stage.app.ui.marked || i == 4 || i == 13);
		stage.app.now += 1;
		assert_true(app_tick(&stage.app) == (i != 4 && i != 13));
		assert_false(stage.app.ui.marked);
	}
	stage_close(&stage);
	buf_deinit(&before);
	buf_deinit(&after);
}

static void test_why_names_the_steps(void **state)
{
	static const char *const steps[] = {
		"right now: parent marker,uffd-wp, child none", "right step 10   copy_pte_range: shm pages 256-511",
		"right step 8    copy_pte_range: shm: a PTE table", "right step 5    vma_needs_copy:",
		"left  now: parent marker,uffd-wp, child none", "left  step 5    vma_needs_copy:"};
	struct buf out = {0};
	enum request request;
	struct vf_error error;
	struct stage stage;
	const char *at = NULL;

	(void)state;
	stage_open(&stage, half_markers);
	session_seek(stage.session, SIZE_MAX, 0);
	assert_true(session_command(stage.session, "why shm 300", &out, &request, &error));
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (!strstr(buf_str(&out), steps[i]))
			print_error("%s is not in\n%s", steps[i], buf_str(&out));
		assert_non_null(strstr(buf_str(&out), steps[i]));
		assert_true(i == 0 || i > 3 || strstr(buf_str(&out), steps[i]) > at); /* the latest first */
		at = strstr(buf_str(&out), steps[i]);
	}
	session_seek(stage.session, 5, 0);
	buf_clear(&out);
	assert_true(session_command(stage.session, "why shm 300", &out, &request, &error));
	assert_null(strstr(buf_str(&out), "step 10"));
	assert_non_null(strstr(buf_str(&out), "step 5"));
	session_seek(stage.session, SIZE_MAX, 0);
	buf_clear(&out);
	assert_true(session_command(stage.session, "why shm 100 uffd-wp", &out, &request, &error));
	assert_non_null(strstr(buf_str(&out), "right step 9    copy_pte_range: shm pages 0-255")); /* it is stripped */
	assert_null(strstr(buf_str(&out), "vma_needs_copy"));
	buf_clear(&out);
	assert_true(session_command(stage.session, "why shm 100 guard", &out, &request, &error));
	assert_non_null(strstr(buf_str(&out), "No step so far changed guard of this page"));
	assert_false(session_command(stage.session, "why shm 100 VM_READ", &out, &request, &error));
	stage_close(&stage);
	buf_deinit(&out);
}

/* Every letter that a cell has, every flag of the VMA and every bit is explained. */
static void test_help_explains_what_is_shown(void **state)
{
	static const char *const words[] = {"U           a page with", "M           a marker", "P           a page that",
					    "uw          VM_UFFD_WP", "sh          VM_SHARED", "y           young",
					    "─u▶", "■           PGD"};
	struct stage stage;

	(void)state;
	stage_open(&stage, half_markers);
	session_seek(stage.session, SIZE_MAX, 0);
	ui_follow(&stage.app.ui, stage.session, true);
	stage.app.ui.side = RIGHT;
	app_key(&stage.app, '?', true);
	assert_true(stage.app.ui.overlay.open);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strstr(stage.app.ui.overlay.text, words[i]))
			print_error("%s is not in\n%s", words[i], stage.app.ui.overlay.text);
		assert_non_null(strstr(stage.app.ui.overlay.text, words[i]));
	}
	assert_true(app_key(&stage.app, 27, true));
	assert_false(stage.app.ui.overlay.open);
	assert_true(app_key(&stage.app, 27, true)); /* it is no prefix of what is typed next */
	stage_close(&stage);
}

static void test_keys_zoom(void **state)
{
	struct buf text = {0};
	struct stage stage;

	(void)state;
	stage_open(&stage, (const char *const[]){"vma a anon 8M at 0x1000000000", "touch a 0-599,2000", NULL});
	app_key(&stage.app, 27, true);
	screen_text(&stage, 24, 80, &text);
	assert_non_null(strstr(buf_str(&text), "all WWWW"));
	for (int i = 0; i < 3; i++) /* whole, PMD, PTE */
		app_key(&stage.app, 'Z', true);
	screen_text(&stage, 24, 80, &text);
	assert_non_null(strstr(buf_str(&text), "PTE WWWWWWWWWWWWWWWW"));
	app_key(&stage.app, '}', true);
	screen_text(&stage, 24, 80, &text);
	assert_non_null(strstr(buf_str(&text), "PTE WWWWWWWWWWW····· "));
	app_key(&stage.app, '{', true);
	app_key(&stage.app, '{', true);
	assert_non_null(strstr(stage.app.ui.message, "no other table"));
	stage_close(&stage);
	buf_deinit(&text);
}

/* In an animation, too: what the child changes, changes in both grids at once. */
static void test_a_borrower_has_one_memory(void **state)
{
	struct stage stage;
	bool moved = false;

	(void)state;
	stage_open(&stage, (const char *const[]){"vma a anon 64K at 0x1000000000", "touch a 0-3", "vfork",
						 "child touch a 4-9", NULL});
	stage_goto(&stage, EVENT_TOUCH, 0);
	for (int frame = 0; frame <= UI_FRAMES; frame++) {
		struct grid *grid;

		stage.app.ui.frame = frame;
		grid = render(stage.session, &stage.app.ui, 40, 120);
		for (size_t i = 0; i < grid->spots.n; i++) {
			const struct hotspot *parent = &grid->spots.v[i], *child = NULL;
			int col;

			if (parent->kind == SPOT_CELLS && !parent->child)
				child = spots_cell(&grid->spots, parent->side, true, parent->first, &col);
			for (int k = 0; child && k < parent->cols; k++) {
				const struct cell *mine = grid_cell(grid, parent->row, parent->col + k);
				const struct cell *its = grid_cell(grid, child->row, child->col + k);

				assert_int_equal(mine->ch[0], its->ch[0]);
				moved |= frame < UI_FRAMES && mine->style == STYLE_MOVING;
			}
		}
		grid_free(grid);
	}
	assert_true(moved);
	stage_close(&stage);
}

static void test_look_goes_there(void **state)
{
	struct buf text = {0};
	struct stage stage;

	(void)state;
	stage_open(&stage, half_markers);
	app_command(&stage.app, "look shm 300");
	screen_text(&stage, 24, 80, &text);
	assert_non_null(strstr(buf_str(&text), "▸256-511 marker u"));
	assert_int_equal(session_timeline(stage.session)->at, 1);
	app_command(&stage.app, "look nothing");
	assert_true(stage.app.ui.error);
	stage_close(&stage);
	buf_deinit(&text);
}

/* --- names of pages --------------------------------------------------------------------- */

/* Each name with its frame, without the mark of what was large once. */
struct page_names {
	char (*name)[24];
	uint64_t *frame;
	size_t n;
};

enum { NAMES_MOST = 4096 };

static void check_name(struct page_names *names, struct pte pte)
{
	uint64_t frame = pte.frame & FRAME_WAS_LARGE ? pte.frame ^ (FRAME_WAS_LARGE | FRAME_LARGE) : pte.frame;
	struct buf name = {0};

	frame_name(pte, &name);
	for (size_t i = 0; name.len && i < names->n; i++)
		assert_int_equal(!strcmp(names->name[i], buf_str(&name)), names->frame[i] == frame);
	if (name.len && names->n < NAMES_MOST) {
		snprintf(names->name[names->n], sizeof(names->name[0]), "%s", buf_str(&name));
		names->frame[names->n++] = frame;
	}
	buf_deinit(&name);
}

/* The first and the last page of each run of a process. */
static void check_process(struct page_names *names, const struct mm *mm)
{
	for_each_vma(mm, vma) {
		uint64_t last;

		for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = last + 1) {
			struct pte pte = vma_pte(vma, page, &last);

			check_name(names, pte);
			check_name(names, pte_advance(pte, last - page));
		}
	}
}

static void check_names_of(const char *path)
{
	struct page_names names = {xmalloc(NAMES_MOST * 24), xmalloc(NAMES_MOST * sizeof(uint64_t)), 0};
	struct session *session = session_create(true);
	struct vf_error error;
	struct buf out = {0};
	struct machine *m;

	assert_true(session_load(session, path, &out, &error));
	m = session_machine(session, RIGHT);
	for (size_t i = 0; i < m->mm_count; i++)
		check_process(&names, m->mms[i]);
	session_free(session);
	buf_deinit(&out);
	free(names.name);
	free(names.frame);
}

static void test_page_names_are_unique(void **state)
{
	unsigned files = 0;
	glob_t found;

	(void)state;
	assert_int_equal(glob("scenarios/*.vma", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++, files++)
		check_names_of(found.gl_pathv[i]);
	assert_true(files > 40);
	globfree(&found);
}

/* The viewer sees each kernel that a story goes through, however long that takes. */
static void test_a_story_stops_at_each_kernel(void **state)
{
	bool seen_12 = false, seen_rc1 = false;
	struct vf_error error;
	struct script *script = script_open("scenarios/era-tour-shmem.vma", budget_default, &error);
	struct stage stage;

	(void)state;
	assert_non_null(script);
	stage_open(&stage, (const char *const[]){NULL});
	stage.app.player = player_create(script);
	player_start(stage.app.player, &stage.app);
	for (int i = 0; i < 3000; i++) {
		const char *name = session_machine(stage.session, RIGHT)->kernel->name;
		double due = app_due(&stage.app);

		if (due < 0) {
			seen_12 |= !strcmp(name, "v6.12");
			seen_rc1 |= !strcmp(name, "v6.19-rc1");
			app_key(&stage.app, session_asked(stage.session) ? 27 : '\r', true);
		} else {
			stage.app.now = due > stage.app.now ? due : stage.app.now;
			app_tick(&stage.app);
		}
	}
	assert_true(seen_12);
	assert_true(seen_rc1);
	stage_close(&stage);
	script_close(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells_fill_while_an_entry_travels),
		cmocka_unit_test(test_row_numbers_stand_apart),
		cmocka_unit_test(test_outcomes_look_different),
		cmocka_unit_test(test_a_fork_takes_ten_seconds_at_most),
		cmocka_unit_test(test_one_table_takes_one_to_two_seconds),
		cmocka_unit_test(test_every_command_answers_and_shows),
		cmocka_unit_test(test_help_explains_what_is_shown),
		cmocka_unit_test(test_keys_zoom),
		cmocka_unit_test(test_a_story_stops_at_each_kernel),
		cmocka_unit_test(test_why_names_the_steps),
		cmocka_unit_test(test_page_names_are_unique),
		cmocka_unit_test(test_look_goes_there),
		cmocka_unit_test(test_a_borrower_has_one_memory),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
