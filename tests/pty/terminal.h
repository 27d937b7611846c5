/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program on a real pseudo-terminal, and what a terminal would show of it.
 * Nothing sleeps: every wait polls until it holds or a deadline has passed.
 */
#ifndef PTY_TERMINAL_H
#define PTY_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>
#include <vterm.h>

struct terminal {
	pid_t pid;
	int master, slave; /* the slave stays open, so that its state can be read */
	int rows, cols;
	struct termios before;
	VTerm *vt;
	VTermScreen *screen;
	bool alternate, cursor, mouse, ended;
	bool escaped; /* it has written an escape character */
	int status; /* of waitpid, once ended */
	size_t received;
};

void terminal_start(struct terminal *t, int rows, int cols, char *const argv[]);
void terminal_stop(struct terminal *t); /* kills what still runs */

void terminal_type(struct terminal *t, const char *keys);
void terminal_resize(struct terminal *t, int rows, int cols);

/* The screen as lines; the caller frees it. */
char *terminal_text(const struct terminal *t);
bool terminal_has(const struct terminal *t, const char *text);

/* Reads what comes for at most that many milliseconds; false when nothing came. */
bool terminal_read(struct terminal *t, int milliseconds);

/*
 * Each waits up to the deadline; false, and the screen is printed, when it passes. What was waited
 * for in vain has to be a failure: to ignore it does not compile.
 */
#define WAITS __attribute__((warn_unused_result))
WAITS bool wait_for_text(struct terminal *t, const char *text);
WAITS bool wait_for_no_text(struct terminal *t, const char *text);
WAITS bool wait_for_screen(struct terminal *t, const char *wanted);
WAITS bool wait_for_alternate(struct terminal *t, bool on);
WAITS bool wait_for_end(struct terminal *t);
WAITS bool wait_for_end_or_text(struct terminal *t, const char *text);
WAITS bool wait_for(struct terminal *t, const char *what, bool (*holds)(struct terminal *, const void *),
	      const void *arg);

/* Moves the mouse there and presses a button (1: left, 4 and 5: the wheel), as that terminal reports it. */
void terminal_click(struct terminal *t, int row, int col, int button);
/* Does the program have pasted text marked (mode 2004)? */
bool terminal_marks_paste(struct terminal *t);

/* Terminal settings as before the start, no mode left on, cursor visible? */
bool terminal_restored(struct terminal *t);

#endif
