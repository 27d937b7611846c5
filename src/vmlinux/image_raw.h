/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels that are no ELF files: the bytes as they are in memory, from the first on, with
 * a small header (Documentation/arch/arm64/booting.rst, .../riscv/boot-image-header.rst),
 * or without one on s390x. At which address they are, the kernel's symbols say.
 */
#ifndef VMLINUX_IMAGE_RAW_H
#define VMLINUX_IMAGE_RAW_H

#include <stdbool.h>
#include <stddef.h>

#include "vmlinux/image.h"
#include "vmlinux/payload.h"

/* Makes one segment of the bytes, at a provisional address. False: this is no such kernel. */
bool image_raw_take(struct image *image, enum payload_kind kind);

/* A symbol whose place in the bytes is known. */
struct image_anchor {
	const char *symbol;
	uint64_t offset;
};

enum { ANCHORS_MAX = 2 };

/* The anchors of a raw image; their number, 0 for an ELF file. */
size_t image_raw_anchors(const struct image *image, struct image_anchor anchors[ANCHORS_MAX]);

/*
 * Moves the bytes to the address `start`. One of the lower half, from symbols whose base is
 * filled in when the kernel starts, is no kernel's: returns the difference to what is taken
 * instead.
 */
uint64_t image_raw_place(struct image *image, uint64_t start);

#endif
