/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal: a grid goes out, keys come in. The only file with curses. */
#ifndef TTY_SCREEN_H
#define TTY_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "tty/mouse.h"
#include "view/grid.h"
#include "view/palette.h"

enum glyphs { GLYPHS_AUTO, GLYPHS_UTF8, GLYPHS_ASCII };

/*
 * Acquires the terminal. palette: NULL for what the terminal and NO_COLOR allow. False:
 * it cannot show a screen, and is unchanged.
 */
bool screen_open(const struct palette *palette, struct vf_error *error);
/* Restores the terminal. May be called when it is not open. */
void screen_close(void);
/* The same from a signal handler. */
void screen_restore(void);
/* Output that Ctrl-S has stopped goes on. Ctrl-S needs more than TCOON: that ends TCOOFF only. */
void screen_unstop(void);

/* Can it show more than ASCII? Before screen_open() too. */
bool screen_utf8(enum glyphs glyphs);

void screen_size(int *rows, int *cols);
void screen_draw(const struct grid *grid);
/* Makes the next screen_draw() redraw everything. */
void screen_forget(void);

const struct palette *screen_palette(void);
void screen_set_palette(const struct palette *palette);
/* The best one for the terminal and NO_COLOR. */
const struct palette *screen_default_palette(void);
/* Can the terminal show its colors, and NO_COLOR allows them? */
bool screen_fits(const struct palette *palette);

/* Whether the terminal reports its mouse. Not at first. */
void screen_set_mouse(bool on);

struct input {
	enum { INPUT_NONE, INPUT_RESIZE, INPUT_KEY, INPUT_MOUSE } kind;
	struct mouse mouse; /* of INPUT_MOUSE only */
	uint32_t key;	/* character or UI_KEY_*; 0: neither */
	char bytes[32]; /* what readline would have read */
	int length;
	bool pasted;	/* between ESC [200~ and ESC [201~: text or '\r', and no key */
};

/*
 * The next input; INPUT_NONE: there is none. A control sequence is returned as one key.
 * Waits, shortly, only for the rest of one that has begun.
 */
struct input screen_input(void);
/* Treats further input as typed, even if the end of a pasted text never came. */
void screen_end_paste(void);

#endif
