/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two letters that /proc/PID/smaps prints for each flag of a VMA: a table in the
 * image's constants (show_smap_vma_flags() in fs/proc/task_mmu.c), indexed by the bit.
 * The kernel's own compiler filled it in, so it is right for that version and machine.
 */
#ifndef VMLINUX_SMAPS_CODES_H
#define VMLINUX_SMAPS_CODES_H

#include <stdbool.h>

#include "vmlinux/image.h"

enum smaps_codes_end {
	SMAPS_CODES_NONE,  /* built without CONFIG_PROC_PAGE_MONITOR */
	SMAPS_CODES_FOUND,
	SMAPS_CODES_DIFFER, /* several tables, and they differ */
};

struct smaps_codes {
	char code[64][3]; /* "rd"; "" for a bit without a code */
};

enum smaps_codes_end smaps_codes_find(const struct image *image, struct smaps_codes *codes);

#endif
