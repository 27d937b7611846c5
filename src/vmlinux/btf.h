/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types that a kernel keeps about itself (BTF). Only btf.c uses libbpf. */
#ifndef VMLINUX_BTF_H
#define VMLINUX_BTF_H

#include <stdbool.h>

#include "base/error.h"
#include "vmlinux/image.h"
#include "vmlinux/vma_layout.h"

struct btf;

/* The image's BTF; lives until the program ends. NULL and an error when it has none. */
struct btf *image_btf(const struct image *image, struct vf_error *error);

/*
 * The members of that structure; false and an error when it is missing, or described twice
 * and differently.
 */
bool btf_read_fields(const struct btf *btf, const char *structure, struct vma_fields *fields,
		     struct vf_error *error);

/* Every enumerator. */
void btf_read_enumerators(const struct btf *btf,
			  void (*each)(void *data, const char *name, int64_t value), void *data);

#endif
