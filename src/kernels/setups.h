/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands from which the search for a witness builds set-ups. */
#ifndef KERNELS_SETUPS_H
#define KERNELS_SETUPS_H

#include "kernels/kernel_diff.h"
#include "language/command.h"

/* The purpose of a step. Steps that cannot matter for a pair of kernels are skipped. */
enum use {
	USE_MAP,	/* the first step of every set-up; in the order of preference */
	USE_ALWAYS,
	USE_FLAGS,	/* when all of these flags are checked */
	USE_GUARD,	/* when both kernels have guard regions */
	USE_DEVICE,	/* a driver's mapping: can be the first step, too, but needs a driver */
	USE_BY_HAND,	/* added for each flag that is checked */
};

struct setup_step {
	struct command *command;
	enum use use;
};

struct setup_steps {
	struct setup_step *v;
	size_t n, cap;
};

/*
 * The steps that can matter to these two kernels, in the order of preference. They
 * use one VMA, `mem`, and one userfaultfd, `u`.
 */
void setups_collect(const struct kernel_diff *diff, struct setup_steps *steps);
void setups_deinit(struct setup_steps *steps);

/* Parses a row of the table; a row that does not parse is a bug. */
struct command *setup_command(const char *line);

#endif
