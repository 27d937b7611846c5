/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queries of a kernel image's DWARF. Only debuginfo.c and dwarf_*.c use libdwarf.
 * Debug info of a kernel is a quarter of a gigabyte; these read only
 * the index of its units (.debug_aranges) and the few units that
 * contain the functions in question.
 */
#ifndef VMLINUX_DEBUGINFO_H
#define VMLINUX_DEBUGINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "vmlinux/findings.h"
#include "vmlinux/image.h"

struct debuginfo;
struct unit;

/* `image` holds the debug sections and stays where it is. NULL on error. */
struct debuginfo *debuginfo_open(struct image *image, struct vf_error *error);

/* The unit with the code at `address`; NULL and an error when there is none. */
struct unit *debuginfo_unit(struct debuginfo *info, uint64_t address, struct vf_error *error);

/* A member of a structure, through unnamed unions and structures. */
struct member {
	const char *name;
	bool found;
	uint64_t offset;
};

/* False when the unit has no definition of that structure. `size` is in bytes. */
bool unit_members(const struct unit *unit, const char *structure, struct member *members, size_t n,
		  uint64_t *size);

/* The name of the member that covers byte `offset` of the structure; "" for none. */
void unit_member_at(const struct unit *unit, const char *structure, uint64_t offset,
		    char name[NAME_SIZE]);

/* Every enumerator of the unit's own enumerations. */
void unit_enumerators(const struct unit *unit,
		      void (*each)(void *data, const char *name, int64_t value), void *data);

/* The line at which the function `name` is defined; false when the unit does not define it. */
bool unit_function(const struct unit *unit, const char *name, struct code_place *place);

/*
 * The source position of `address`: the function that contains the code,
 * the function inlined there, the one inlined into that, ... `place` is the line of
 * each of them. Returns their number, at most `max`.
 */
size_t unit_frames(const struct unit *unit, uint64_t address, struct frame *frames, size_t max);

/*
 * The inlined copies of `name` in the function whose code starts at `function`:
 * their address ranges, and the line that calls the first. Returns the number of
 * ranges; stores at most `max`.
 */
size_t unit_inlined(const struct unit *unit, uint64_t function, const char *name,
		    struct address_range *ranges, size_t max, struct code_place *call);

#endif
