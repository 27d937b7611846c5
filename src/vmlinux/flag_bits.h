/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for the bits of vm_flags: from the table of two-letter codes that smaps prints,
 * and from the enumerators VMA_*_BIT, which debug info and BTF have since 6.19.
 */
#ifndef VMLINUX_FLAG_BITS_H
#define VMLINUX_FLAG_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "vmlinux/findings.h"
#include "vmlinux/image.h"

/* The enumerators seen so far; all zero is a value. */
struct flag_enumerators {
	char names[64][NAME_SIZE]; /* "VM_UFFD_WP" */
	bool any;
};

/* Notes VMA_UFFD_WP_BIT = 12; other enumerators are ignored. `data` is a flag_enumerators. */
void flag_enumerators_note(void *data, const char *name, int64_t value);

/*
 * Names the bits in `findings` from the image's codes and these enumerators. Where the
 * image has neither, the numbers are those that all kernels before 6.19 have, and
 * `findings` says so. False and an error when two sources disagree.
 */
bool flag_bits_name(const struct image *image, const struct flag_enumerators *enumerators,
		    struct findings *findings, struct vf_error *error);

#endif
