/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last goal: with a viewer, what they have to reach, and what of it holds after each
 * command; without one, an expectation about the solution that follows it.
 */
#ifndef SESSION_GOALS_H
#define SESSION_GOALS_H

#include <stdbool.h>
#include <stddef.h>

struct command;

enum goal_state {
	GOAL_NONE,
	GOAL_SHOWN,   /* without a viewer: its solution is being carried out */
	GOAL_OPEN,    /* the viewer types commands */
	GOAL_REACHED, /* by the viewer */
	GOAL_SKIPPED, /* by the viewer: the solution is carried out */
};

/* Zeroed: none. Fields are for reading. */
struct goal {
	enum goal_state state;
	struct command *command; /* `goal`; held */
	/* Of each expectation, in the order of the command's. */
	struct goal_part {
		bool holds;
		bool held; /* before the last command, too */
		char *got; /* what is instead; owned */
	} *parts;
	size_t base;	  /* undo steps that precede it */
	size_t used;	  /* steps of the viewer that count */
	size_t solutions; /* solution commands so far */
	bool told;	  /* the viewer was told that it is reached */
};

void goal_deinit(struct goal *goal);

/* Of a goal that was reached: 3 within par, 2 with at most twice as many commands, else 1. */
unsigned goal_stars(const struct goal *goal);

#endif
