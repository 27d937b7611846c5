/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/modes.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Paste: 2004. Mouse: 1000 reports buttons, and 1006 as numbers, beyond column 223. */
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define MOUSE_ON "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"

/* Signal handlers take no argument, so the state is here. */
static volatile sig_atomic_t opened, mouse;
static struct sigaction stop_before;

static void write_terminal(const char *bytes)
{
	ssize_t ignored = write(STDOUT_FILENO, bytes, strlen(bytes));

	(void)ignored;
}

static void switch_on(void)
{
	write_terminal(PASTE_ON);
	if (mouse)
		write_terminal(MOUSE_ON);
}

void modes_restore(void)
{
	if (!opened)
		return;
	if (mouse)
		write_terminal(MOUSE_OFF);
	write_terminal(PASTE_OFF);
}

/* The handler of curses restores the terminal, stops, and draws when it goes on. */
static void on_stop(int number)
{
	modes_restore();
	stop_before.sa_handler(number);
	switch_on();
}

void modes_open(void)
{
	opened = true;
	mouse = false;
	switch_on();
	sigaction(SIGTSTP, NULL, &stop_before);
	if (!(stop_before.sa_flags & SA_SIGINFO) && stop_before.sa_handler != SIG_IGN &&
	    stop_before.sa_handler != SIG_DFL) {
		struct sigaction action = stop_before;

		action.sa_handler = on_stop;
		sigaction(SIGTSTP, &action, NULL);
	}
}

void modes_close(void)
{
	if (!opened)
		return;
	modes_restore();
	opened = false;
	sigaction(SIGTSTP, &stop_before, NULL);
}

void modes_set_mouse(bool on)
{
	if (!opened || on == (bool)mouse)
		return;
	mouse = on;
	write_terminal(on ? MOUSE_ON : MOUSE_OFF);
}
