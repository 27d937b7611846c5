/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What execute.c has to know of each machine: its calling convention, as unicorn's registers. */
#ifndef VMLINUX_EXECUTE_MACHINE_H
#define VMLINUX_EXECUTE_MACHINE_H

#include <stdbool.h>
#include <unicorn/unicorn.h>

#include "vmlinux/image.h"

/* What a register may hold when the function is called. */
enum register_use {
	USE_DST,    /* the first argument */
	USE_SRC,    /* the second */
	USE_STACK,
	USE_BACK,   /* the return address */
	USE_TASK,   /* the running task: the canary of the stack protector is in it */
	USE_SHADOW, /* the shadow call stack */
	USE_PERCPU,
	USES,
};

struct register_of {
	int id; /* 0 ends the list */
	enum register_use use;
};

struct execute_machine {
	uc_arch arch;
	uc_mode mode;
	int cpu; /* -1: unicorn's default */
	struct register_of registers[8];
	int pc, result;
	bool back_on_stack; /* a call pushes the return address */
	/*
	 * The code finds its data relative to itself, and the processor without page
	 * tables knows no addresses that high: the image is moved down.
	 */
	bool moved;
	/* Without page tables addresses have a sign and 52 bits; see canonical(). */
	bool signed_addresses;
	/* The first pages belong to the processor: the lowcore. */
	bool lowcore;
	/*
	 * What is not mapped is an interrupt for some instructions, and for code: the
	 * image is mapped as a whole, and at the return address is none.
	 */
	bool traps;
};

extern const struct execute_machine execute_machines[MACHINES];

/* Sets what the machine needs besides registers. */
uc_err execute_machine_start(const struct execute_machine *machine, uc_engine *uc);

#endif
