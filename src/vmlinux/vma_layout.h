/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct vm_area_struct as an image describes it, in its DWARF or its BTF: which members
 * it has, and whether the ones that a decision needs can be where they are said to be.
 */
#ifndef VMLINUX_VMA_LAYOUT_H
#define VMLINUX_VMA_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "vmlinux/findings.h"

/* Where copy_page_range() is, and struct vm_area_struct in bytes. */
struct vma_layout {
	uint64_t function;
	uint64_t vma_size, vm_flags, anon_vma, vm_start, vm_end, vm_mm;
};

/* A named member, also one of an unnamed structure or union inside. Bytes. */
struct vma_field {
	char name[NAME_SIZE];
	uint64_t offset, size; /* size 0: not known */
	uint32_t choice;       /* number of the outermost union that holds it; 0: none */
};

/* The members in the order of the description; all zero is a value. */
struct vma_fields {
	struct vma_field *v;
	size_t n, cap;
	uint64_t size; /* of the whole structure */
};

void vma_fields_add(struct vma_fields *fields, const char *name, uint64_t offset, uint64_t size,
		    uint32_t choice);
void vma_fields_deinit(struct vma_fields *fields);

/* The name of the member that starts at or last before byte `offset`; "" for none. */
void vma_fields_name(const struct vma_fields *fields, uint64_t offset, char name[NAME_SIZE]);

/*
 * Sets the offsets of `layout`. False and an error when a member is missing, lies outside
 * of the structure, or shares bytes with one that is no alternative of it.
 */
bool vma_layout_set(struct vma_layout *layout, const struct vma_fields *fields,
		    struct vf_error *error);

#endif
