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
#include "vmlinux/vma_layout.h"

struct debuginfo;
struct unit;

/* `image` holds the debug sections and stays where it is. NULL on error. */
struct debuginfo *debuginfo_open(struct image *image, struct vf_error *error);

/* The unit with the code at `address`; NULL and an error when there is none. */
struct unit *debuginfo_unit(struct debuginfo *info, uint64_t address, struct vf_error *error);

/*
 * False and an error when entries could not be read, or the unit ends before its last
 * entry: what was found so far may be a part. Ask it again after other questions.
 */
bool debuginfo_whole(const struct debuginfo *info, const struct unit *unit, struct vf_error *error);

/* The members of that structure; false when the unit does not define it. */
bool unit_fields(const struct unit *unit, const char *structure, struct vma_fields *fields);

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
