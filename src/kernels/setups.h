/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands from which the search for a witness builds set-ups. */
#ifndef KERNELS_SETUPS_H
#define KERNELS_SETUPS_H

#include "language/command.h"
#include "model/kernel.h"

/* The purpose of a step. Steps that cannot matter for a pair of kernels are skipped. */
enum use {
	USE_MAP,	/* the first step of every set-up; in the order of preference */
	USE_ALWAYS,
	USE_FLAGS,	/* when all of these flags are checked */
	USE_BYPASS,	/* when that flag, which decides before vma_needs_copy(), matters */
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
 * use one VMA, `mem`, and one userfaultfd, `u`. bypasses: VM_DONTCOPY and VM_WIPEONFORK,
 * when these matter, too.
 */
void setups_collect(const struct kernel *const kernel[2], uint64_t bypasses,
		    struct setup_steps *steps);
void setups_deinit(struct setup_steps *steps);

/* Parses a row of the table; a row that does not parse is a bug. */
struct command *setup_command(const char *line);

#endif
