/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One object of a kernel build, such as mm/memory.o: its sections are given addresses, and
 * its relocations are applied, as linking it alone would. What it takes from other objects
 * is nowhere: to call that, or to read it, is seen, and has a name.
 */
#ifndef VMLINUX_IMAGE_OBJECT_H
#define VMLINUX_IMAGE_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "vmlinux/image.h"

/*
 * Links the object, whose sections have been read: changes their addresses and data, and
 * makes the segments. False and an error when a relocation is invalid or of an unknown type.
 */
bool image_object_link(struct image *image, struct vf_error *error);

/* The symbol of another object that has this address; NULL: there is none. */
const char *image_object_external(const struct image *image, uint64_t address);

#endif
