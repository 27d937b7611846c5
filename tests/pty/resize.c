/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pty/resize.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pty/terminal.h"

#define RESIZES 600
#define ROUND 100 /* after so many the screen is compared */
#define KEY_HOME "\033OH"

static unsigned number(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

/* From `least` to `most`. */
static int between(uint32_t *seed, int least, int most)
{
	return least + (int)((uint32_t)rand_r(seed) % (unsigned)(most - least + 1));
}

/* The end of the fork: nothing moves there, and the answer is the same. */
static void go_to_end(struct terminal *t)
{
	terminal_type(t, "pause\r");
	terminal_type(t, "goto end\r");
	terminal_type(t, "speed 1\r");
}

/* What a session shows there that has had this size from its start; the caller frees it. */
static char *undisturbed(const char *program, const char *path, int rows, int cols)
{
	char *argv[] = {(char *)program, (char *)path, NULL}, *screen = NULL;
	struct terminal t;

	terminal_start(&t, rows, cols, argv);
	if (wait_for_alternate(&t, true)) {
		terminal_type(&t, "speed 0.5\r");
		go_to_end(&t);
		if (wait_for_text(&t, "speed 1x")) {
			while (terminal_read(&t, 100))
				;
			screen = terminal_text(&t);
		}
	}
	terminal_stop(&t);
	return screen;
}

/* So many sizes while it plays. Its output is read meanwhile, in full or not. */
static void change_sizes(struct terminal *t, uint32_t *seed, unsigned n)
{
	terminal_type(t, KEY_HOME "speed 0.5\rplay\r");
	for (unsigned i = 0; i < n; i++) {
		/* Mostly sizes that people have; every eighth is any. */
		if (between(seed, 0, 7))
			terminal_resize(t, between(seed, 15, 60), between(seed, 60, 200));
		else
			terminal_resize(t, between(seed, 1, 80), between(seed, 1, 300));
		terminal_read(t, between(seed, 0, 3));
	}
}

static bool round_ends_well(struct terminal *t, const char *program, const char *path, uint32_t *seed)
{
	int rows = between(seed, 20, 60), cols = between(seed, 80, 200);
	char *wanted = undisturbed(program, path, rows, cols);
	bool ok;

	terminal_resize(t, rows, cols);
	go_to_end(t);
	ok = wanted && wait_for_screen(t, wanted);
	if (!ok)
		printf("at %dx%d\n", cols, rows);
	free(wanted);
	return ok;
}

void test_resizes(const char *program, const char *folder, pty_report *report)
{
	unsigned all = number("RESIZES", RESIZES), done = 0;
	uint32_t seed = number("SEED", 1);
	char path[512], what[96];
	char *argv[] = {(char *)program, path, NULL};
	struct terminal t;
	bool ok;

	snprintf(path, sizeof(path), "%s/flag.vma", folder);
	terminal_start(&t, 24, 80, argv);
	ok = wait_for_alternate(&t, true);
	while (ok && done < all) {
		change_sizes(&t, &seed, ROUND);
		done += ROUND;
		ok = round_ends_well(&t, program, path, &seed);
	}
	snprintf(what, sizeof(what), "%u sizes while a fork is played: the screen is that of the last", done);
	report(what, ok);
	terminal_resize(&t, 24, 80);
	terminal_type(&t, "quit\r");
	report("sizes: it ends, and the terminal is restored", wait_for_end(&t) && terminal_restored(&t));
	terminal_stop(&t);
}
