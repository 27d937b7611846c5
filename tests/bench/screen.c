/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a frame costs, and a key that goes to the other end of time, with very many VMAs against a
 * few: medians of CPU time in one run. `make bench`.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/median.h"
#include "tty/app.h"
#include "view/panes.h"

#define ROUNDS 21

static void line(struct app *app, const char *text)
{
	app_command(app, text);
	if (app->ui.error) {
		fprintf(stderr, "%s: %s\n", text, app->ui.message);
		exit(1);
	}
}

static double frame(const struct app *app)
{
	double times[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		times[i] = clock_cpu();
		grid_free(render(app->session, &app->ui, 60, 200));
		times[i] = clock_cpu() - times[i];
	}
	return median(times, ROUNDS);
}

/* The key at the other end, and the frame after it. */
static double key(struct app *app, uint32_t there, uint32_t back)
{
	double times[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		app_key(app, back, true);
		times[i] = clock_cpu();
		app_key(app, there, true);
		grid_free(render(app->session, &app->ui, 60, 200));
		times[i] = clock_cpu() - times[i];
	}
	return median(times, ROUNDS);
}

enum { FRAME_BEFORE, FRAME_AFTER, HOME, END, MEASURED };

static void measure(unsigned vmas, double seconds[MEASURED])
{
	struct session *session = session_create(true);
	struct buf text = {0};
	struct app app;

	session_set_budget(session, (struct budget_amounts){.memory = UINT64_C(4) << 30, .seconds = 60});
	app_init(&app, session, true, false);
	app.rows = 60;
	app.cols = 200;
	buf_printf(&text, "vma a anon 16K times %u", vmas);
	line(&app, buf_str(&text));
	line(&app, "touch a.*");
	seconds[FRAME_BEFORE] = frame(&app);
	line(&app, "fork");
	app_key(&app, UI_KEY_END, true);
	seconds[FRAME_AFTER] = frame(&app);
	seconds[HOME] = key(&app, UI_KEY_HOME, UI_KEY_END);
	seconds[END] = key(&app, UI_KEY_END, UI_KEY_HOME);
	app_deinit(&app);
	session_free(session);
	buf_deinit(&text);
}

int main(void)
{
	static const char *const names[MEASURED] = {"a frame at 200x60, no fork", "a frame at 200x60, forked",
						    "Home, and the frame", "End, and the frame"};
	double few[MEASURED], many[MEASURED];

	setlocale(LC_ALL, "C.UTF-8");
	measure(10, few);
	measure(100000, many);
	for (int i = 0; i < MEASURED; i++)
		printf("%-44s %7.3f ms with 10^5 VMAs, %.3f ms with 10: %.1f times\n", names[i], many[i] * 1e3,
		       few[i] * 1e3, many[i] / few[i]);
	return 0;
}
