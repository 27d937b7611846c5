/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel that runs, through its memory: an ELF core file as fs/proc/kcore.c makes
 * /proc/kcore. It holds all that the kernel can address, terabytes of it; VMCOREINFO, a
 * note in it, says where the kernel's own code and data are. Code is as it was patched
 * when it started (alternatives, static keys, calls of ftrace), and freed parts are zeroes.
 */
#ifndef VMLINUX_IMAGE_MEMORY_H
#define VMLINUX_IMAGE_MEMORY_H

#include "vmlinux/image.h"

/* No kernel takes more, so no more is read. */
#define IMAGE_MEMORY_MAX (UINT64_C(128) << 20)

/*
 * Copies the kernel out of the open core file `fd`, and makes one segment of it, as for
 * image_open(). False and an error when this is no such file, or says too little.
 */
bool image_memory_open(struct image *image, int fd, struct vf_error *error);

/*
 * Looks symbols up, which are sorted by name, in the open file `fd`, a text as in
 * /proc/kallsyms; modules are left out. False when one that is looked for is hidden, as
 * all are without privileges, or when there is none.
 */
bool image_memory_symbols(int fd, struct symbol *symbols, size_t n);

#endif
