/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbols that a kernel keeps about itself (CONFIG_KALLSYMS): tables among its
 * constants, which a stripped image still has. They are found by what they are, not by
 * the version: four layouts since 6.1 differ in the order of the tables and in how
 * addresses are kept, and only one of them can fit.
 */
#ifndef VMLINUX_KALLSYMS_H
#define VMLINUX_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "vmlinux/image.h"

/*
 * Looks the symbols up, which are sorted by name, and places a raw image where its symbols
 * say that it is; for that the anchors have to be among them (image_raw.h). False and an
 * error when the image has no such tables, or when they contradict each other or the image.
 */
bool kallsyms_find(struct image *image, struct symbol *symbols, size_t n,
		   struct vf_error *error);

#endif
