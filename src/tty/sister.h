/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting the programs that stand beside this one. The only place that does:
 * they get no terminal, no input and no signals of it, a bounded time and a
 * bounded place for what they print, and are always seen off.
 */
#ifndef TTY_SISTER_H
#define TTY_SISTER_H

#include "scenario/sister.h"

/* What goes on meanwhile. All of it may be NULL or -1. */
struct sister_watch {
	void *owner;
	/* Called now and then while it runs. */
	void (*runs)(void *owner, const char *program, double seconds);
	int signal_fd; /* readable when a signal came; -1: signals are the system's */
	/* Of the signals that came: is it to stop? */
	bool (*stops)(void *owner);
};

/* Runs it to its end and takes what it prints. See scenario/sister.h. */
bool sister_run(const struct sister_watch *watch, const char *const argv[], struct answer *answer,
		struct vf_error *error);

/* The same for programs without a screen: says on a terminal's standard error that it takes long. */
sister_function sister_run_plainly;

/* Becomes that program; returns only when it cannot. */
void sister_become(const char *const argv[], struct vf_error *error);

#endif
