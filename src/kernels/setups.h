/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of set-ups: the commands among which a witness is searched for. */
#ifndef KERNELS_SETUPS_H
#define KERNELS_SETUPS_H

#include "kernels/kernel_diff.h"
#include "language/command.h"

/* What a step is for. Steps that cannot matter to a pair of kernels are left out. */
enum use {
	USE_MAP,	/* how every set-up begins; in the order of preference */
	USE_ALWAYS,
	USE_FLAGS,	/* when all of these flags are looked for */
	USE_GUARD,	/* when both kernels have guard regions */
	USE_DEVICE,	/* a driver's mapping: begins a set-up, too, but takes a driver */
	USE_BY_HAND,	/* added for each flag that is looked for */
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
 * are about one VMA, `mem`, and one userfaultfd, `u`.
 */
void setups_collect(const struct kernel_diff *diff, struct setup_steps *steps);
void setups_deinit(struct setup_steps *steps);

/* A line of our own as a command: one that does not parse is a mistake in the table. */
struct command *setup_command(const char *line);

#endif
