/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A section of an ELF file, and its contents, which may be compressed. */
#ifndef VMLINUX_SECTION_H
#define VMLINUX_SECTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct section {
	const char *name;
	uint32_t type, link, info;
	uint64_t flags, address, entry_size;
	const uint8_t *data; /* the bytes in the file; NULL: it takes no room there */
	uint64_t size;	     /* of it */
	uint8_t *unpacked;   /* once section_data() has unpacked it */
	uint64_t unpacked_size;
	char *dwarf_name; /* the result of section_dwarf_name(), after its first call; NULL */
};

/*
 * The contents of a section, unpacked when it is compressed; NULL and an error
 * when that does not work. `size` is that of the contents.
 */
const uint8_t *section_data(struct section *section, uint64_t *size, struct vf_error *error);

/* The size of the contents, without unpacking them; a corrupt section says anything. */
uint64_t section_contents_size(const struct section *section);

/* The name that libdwarf knows a section by: `.debug_x` for `.zdebug_x`. */
void section_dwarf_name(const struct section *section, char *name, size_t size);

#endif
