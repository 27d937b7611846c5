/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a frame looks at: each look at a VMA, a name, a run of entries, a table or an event is
 * counted, on its way into the model (the linker's --wrap, in the Makefile). So a busy machine
 * changes nothing.
 */
#include "support/check.h"

#include <locale.h>

#include "base/buf.h"
#include "tty/app.h"
#include "view/panes.h"

static unsigned long looks;

#define COUNTED(result, name, parameters, arguments)  \
	result __real_##name parameters;              \
	result __wrap_##name parameters;              \
	result __wrap_##name parameters               \
	{                                             \
		looks++;                              \
		return __real_##name arguments;       \
	}

COUNTED(const struct span *, spans_find, (const struct spans *s, uint64_t at, struct span_place *p), (s, at, p))
COUNTED(const struct span *, spans_at, (const struct spans *s, const struct span_place *p), (s, p))
COUNTED(const struct span *, spans_next, (const struct spans *s, struct span_place *p), (s, p))
COUNTED(const struct span *, spans_before, (const struct spans *s, struct span_place *p), (s, p))
COUNTED(struct pte, runs_at, (const struct runs *r, uint64_t page, uint64_t *last), (r, page, last))
COUNTED(struct pte, runs_alike, (const struct runs *r, uint64_t page, uint64_t *last), (r, page, last))
COUNTED(bool, runs_agree, (const struct runs *a, const struct runs *b, uint64_t page, uint64_t *last),
	(a, b, page, last))
COUNTED(uint64_t, runs_first, (const struct runs *r, uint64_t page), (r, page))
COUNTED(bool, rangeset_probe, (const struct rangeset *s, uint64_t at, uint64_t *last), (s, at, last))
COUNTED(bool, rangeset_next,
	(const struct rangeset *s, uint64_t first, uint64_t last, bool want, struct range *part),
	(s, first, last, want, part))
COUNTED(const struct event *, machine_event, (const struct machine *m, size_t i), (m, i))

struct stage {
	struct session *session;
	struct app app;
};

static void stage_line(struct stage *stage, const char *line)
{
	app_command(&stage->app, line);
	assert_false(stage->app.ui.error);
}

static void stage_open(struct stage *stage, const char *vma)
{
	stage->session = session_create(true);
	app_init(&stage->app, stage->session, true, true);
	stage_line(stage, vma);
}

static void stage_close(struct stage *stage)
{
	app_deinit(&stage->app);
	session_free(stage->session);
}

/* The command on every other page, so many in all, from page 0 or 1 on. */
static void every_other(struct stage *stage, const char *command, unsigned first, unsigned pages)
{
	struct buf line = {0};

	for (unsigned i = 0; i < pages; i++) {
		if (i % 500 == 0)
			buf_printf(&line, "%s ", command);
		buf_printf(&line, "%s%u", i % 500 ? "," : "", first + 2 * i);
		if (i % 500 != 499 && i + 1 < pages)
			continue;
		stage_line(stage, buf_str(&line));
		buf_clear(&line);
	}
	buf_deinit(&line);
}

/* The most that a frame looks at, at the start, in the middle and at the end. */
static unsigned long frame_looks(struct stage *stage)
{
	size_t count = session_timeline(stage->session)->count;
	unsigned long most = 0;

	for (int i = 0; i < 3; i++) {
		session_seek(stage->session, count * (unsigned)i / 2, 0);
		ui_follow(&stage->app.ui, stage->session, true);
		looks = 0;
		grid_free(render(stage->session, &stage->app.ui, 60, 200));
		most = looks > most ? looks : most;
	}
	assert_true(most > 100);
	return most;
}

/* More VMAs than fit on the screen: a frame looks at those that it shows. */
static void test_a_frame_does_not_look_at_all_vmas(void **state)
{
	static const unsigned vmas[] = {200, SANITIZED ? 2000 : 50000};
	unsigned long most[2][2];

	(void)state;
	for (int many = 0; many < 2; many++) {
		struct stage stage;

		stage_open(&stage, "vma a anon 800M");
		every_other(&stage, "madvise a dontfork", 0, vmas[many]);
		assert_true(mm_vma_count(session_machine(stage.session, LEFT)->parent) >= 2 * vmas[many]);
		most[many][0] = frame_looks(&stage);
		stage_line(&stage, "fork");
		most[many][1] = frame_looks(&stage);
		stage_close(&stage);
	}
	for (int forked = 0; forked < 2; forked++)
		if (most[1][forked] > 2 * most[0][forked])
			fail_msg("%lu looks, with few VMAs %lu", most[1][forked], most[0][forked]);
}

/* A cell of very many runs is a mixture after some of them. */
static void test_a_frame_does_not_look_at_all_runs(void **state)
{
	/* as many cells in both, full of entries */
	static const char *const vmas[] = {SANITIZED ? "vma a anon 128M" : "vma a anon 256M",
					    SANITIZED ? "vma a anon 256M" : "vma a anon 1G"};
	static const unsigned runs[] = {SANITIZED ? 32768 : 65536, SANITIZED ? 65536 : 262144};
	unsigned long most[2];

	(void)state;
	for (int many = 0; many < 2; many++) {
		struct stage stage;

		stage_open(&stage, vmas[many]);
		/* the frames of neighbors are far apart: each page is a run of its own */
		every_other(&stage, "touch a", 0, runs[many] / 2);
		every_other(&stage, "touch a", 1, runs[many] / 2);
		stage_line(&stage, "fork");
		stage.app.ui.zoom = ZOOM_WHOLE;
		most[many] = frame_looks(&stage);
		stage_close(&stage);
	}
	if (most[1] > 2 * most[0])
		fail_msg("%lu looks, with fewer runs %lu", most[1], most[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_frame_does_not_look_at_all_vmas),
		cmocka_unit_test(test_a_frame_does_not_look_at_all_runs),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("lookups", tests, NULL, NULL);
}
