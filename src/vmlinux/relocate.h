/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relocations that compilers make for kernels, of x86-64 and arm64. */
#ifndef VMLINUX_RELOCATE_H
#define VMLINUX_RELOCATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmlinux/image.h"

/* A place in a section, and what belongs there. */
struct relocation {
	uint8_t *at;
	size_t room;	/* bytes from `at` to the end of the section */
	uint64_t place; /* the address of `at` */
	uint64_t value; /* of the symbol, with the addend */
	uint32_t type;
};

/* False: the type is unknown, or has no room. */
bool relocate(enum image_machine machine, const struct relocation *r);

#endif
