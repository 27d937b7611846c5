/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays a session that a script types, on a clock of its own, and records it: the same script is
 * the same recording, and takes no time.
 *
 *   demo SCRIPT COLSxROWS CAST [live]     records all of it
 *   demo SCRIPT COLSxROWS at NAME         writes the screen at `mark NAME` as text
 *
 * Lines of a script:
 *   wait SECONDS       time passes, and what is due happens
 *   type COMMAND       the line is typed, letter by letter, and Enter
 *   key NAME [COUNT]   a key: a character, or a name below
 *   say TEXT           a sentence for the viewer, in place of the last one
 *   quiet              the sentence is over: steps have their own
 *   mark NAME          a place for `at`
 *   live               what follows asks the running kernel: only with the word live
 *
 * Exits with 1 if a line fails: a command, a key that nothing is bound to.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "tty/app.h"
#include "tty/record.h"
#include "tty/run_helper.h"
#include "view/panes.h"

static const struct {
	const char *name;
	uint32_t key;
} key_names[] = {
	{"left", UI_KEY_LEFT}, {"right", UI_KEY_RIGHT}, {"up", UI_KEY_UP}, {"down", UI_KEY_DOWN},
	{"home", UI_KEY_HOME}, {"end", UI_KEY_END}, {"pgup", UI_KEY_PAGE_UP}, {"pgdn", UI_KEY_PAGE_DOWN},
	{"space", ' '}, {"enter", '\r'}, {"esc", 27},
};

#define LETTER_SECONDS 0.055
#define KEY_SECONDS 0.35

struct demo {
	struct app app;
	struct buf line; /* at the prompt */
	struct recorder recorder;
	const char *cast; /* NULL: none */
	const char *mark; /* its screen is written; NULL: none */
	bool live, found;
	double now;
};

static struct grid *draw(struct demo *demo)
{
	demo->app.ui.prompt = "vmafork> ";
	demo->app.ui.line = buf_str(&demo->line);
	demo->app.ui.point = demo->line.len;
	return render(demo->app.session, &demo->app.ui, demo->app.rows, demo->app.cols);
}

static void show(struct demo *demo)
{
	struct grid *grid;

	if (!demo->cast)
		return;
	grid = draw(demo);
	record_screen(&demo->recorder, demo->cast, grid, palette_find("dark"), demo->now);
	grid_free(grid);
}

static void wait_until(struct demo *demo, double end)
{
	for (;;) {
		double due = app_due(&demo->app);

		if (due < 0 || due > end)
			break;
		demo->now = demo->app.now = due > demo->now ? due : demo->now;
		if (app_tick(&demo->app))
			show(demo);
	}
	demo->now = demo->app.now = end;
}

/* Nothing is typed on an empty prompt that a key does. */
static void type_letter(struct demo *demo, char c)
{
	if (!app_key(&demo->app, (unsigned char)c, demo->line.len == 0))
		buf_putc(&demo->line, c);
	show(demo);
	wait_until(demo, demo->now + LETTER_SECONDS);
}

static bool type_line(struct demo *demo, const char *text)
{
	struct app *app = &demo->app;

	for (const char *c = text; *c; c++)
		type_letter(demo, *c);
	wait_until(demo, demo->now + KEY_SECONDS);
	buf_clear(&demo->line);
	app_command(app, text);
	show(demo);
	return !app->ui.error;
}

static bool press(struct demo *demo, const char *text)
{
	char name[16];
	int count = 1;
	uint32_t key;

	if (sscanf(text, "%15s %d", name, &count) < 1)
		return false;
	key = strlen(name) == 1 ? (unsigned char)name[0] : 0;
	for (size_t i = 0; i < ARRAY_SIZE(key_names); i++)
		if (!strcmp(name, key_names[i].name))
			key = key_names[i].key;
	for (int i = 0; key && i < count; i++) {
		if (!app_key(&demo->app, key, true))
			return false;
		show(demo);
		wait_until(demo, demo->now + KEY_SECONDS);
	}
	return key;
}

static bool say(struct demo *demo, const char *text)
{
	struct buf line = {0};

	buf_printf(&line, "say \"%s\"", text);
	app_command(&demo->app, buf_str(&line));
	buf_deinit(&line);
	show(demo);
	return !demo->app.ui.error;
}

static bool quiet(struct demo *demo, const char *text)
{
	ui_say(&demo->app.ui, NULL);
	show(demo);
	return !*text;
}

static bool mark(struct demo *demo, const char *name)
{
	struct grid *grid;
	struct buf text = {0};

	if (!demo->mark || strcmp(name, demo->mark) != 0)
		return true;
	grid = draw(demo);
	grid_text(grid, &text);
	fputs(buf_str(&text), stdout);
	buf_deinit(&text);
	grid_free(grid);
	demo->found = true;
	return true;
}

static bool wait_line(struct demo *demo, const char *text)
{
	double seconds = atof(text);

	if (seconds <= 0)
		return false;
	wait_until(demo, demo->now + seconds);
	return true;
}

/* False: it fails. *over: it ends the script. */
static bool play_line(struct demo *demo, const char *line, bool *over)
{
	static const struct {
		const char *word;
		bool (*play)(struct demo *demo, const char *text);
	} words[] = {{"wait ", wait_line}, {"type ", type_line}, {"key ", press}, {"say ", say},
		     {"quiet", quiet}, {"mark ", mark}};

	if (!*line || *line == '#')
		return true;
	*over = !strcmp(line, "live") && !demo->live;
	if (!strcmp(line, "live"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(line, words[i].word, strlen(words[i].word)))
			return words[i].play(demo, line + strlen(words[i].word));
	return false;
}

static bool play(struct demo *demo, const char *path, char *text)
{
	char *rest = text;
	bool over = false;

	show(demo);
	for (unsigned number = 1; rest && !over && !demo->found; number++) {
		const char *line = strsep(&rest, "\n");

		if (!play_line(demo, line, &over)) {
			fprintf(stderr, "%s:%u: fails: %s\n%s\n", path, number, line,
				demo->app.ui.message ? demo->app.ui.message : "");
			return false;
		}
	}
	if (demo->mark && !demo->found)
		fprintf(stderr, "%s: no mark %s\n", path, demo->mark);
	return !demo->mark || demo->found;
}

int main(int argc, char **argv)
{
	struct demo demo = {.recorder = {.style = -1}};
	struct vf_error error;
	int rows, cols;
	size_t length;
	char *text;
	bool ok;

	setlocale(LC_ALL, "C.UTF-8"); /* for the widths of characters */
	if (argc < 4 || sscanf(argv[2], "%dx%d", &cols, &rows) != 2) {
		fputs("usage: demo SCRIPT COLSxROWS CAST [live]\n"
		      "       demo SCRIPT COLSxROWS at NAME\n", stderr);
		return 2;
	}
	text = read_file(argv[1], 1 << 20, &length, &error);
	if (!text) {
		fprintf(stderr, "%s\n", error.message);
		return 2;
	}
	demo.mark = argc > 4 && !strcmp(argv[3], "at") ? argv[4] : NULL;
	demo.cast = demo.mark ? NULL : argv[3];
	demo.live = !demo.mark && argc > 4;
	app_init(&demo.app, session_create(true), true, true);
	demo.app.rows = rows;
	demo.app.cols = cols;
	session_set_helper(demo.app.session, (struct helper){.run = helper_run_plainly});
	ok = play(&demo, argv[1], text);
	if (ok && demo.cast)
		printf("%.0f s\n", demo.now);
	show(&demo);
	record_close(&demo.recorder);
	session_free(demo.app.session);
	app_deinit(&demo.app);
	buf_deinit(&demo.line);
	free(text);
	return !ok;
}
