/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts the helper programs; nothing else does. They get no terminal, no input and none
 * of its signals, limited time and limited room for output, and are always reaped.
 */
#ifndef TTY_RUN_HELPER_H
#define TTY_RUN_HELPER_H

#include "outside/helper.h"

/* What happens while a program runs. All members may be NULL or -1. */
struct helper_watch {
	void *owner;
	/* Called now and then while it runs. */
	void (*runs)(void *owner, const char *program, double seconds);
	int signal_fd; /* readable when a signal came; -1: signals have their default effect */
	/* Do the signals that came stop the program? */
	bool (*stops)(void *owner);
};

/* Runs a program to its end and reads its output. See outside/helper.h. */
bool helper_run(const struct helper_watch *watch, const char *const argv[], struct answer *answer,
		struct vf_error *error);

/* The same without a screen: reports on a terminal's standard error if it takes long. */
helper_function helper_run_plainly;

/* Executes that program. Returns only on failure. */
void helper_become(const char *const argv[], struct vf_error *error);

#endif
