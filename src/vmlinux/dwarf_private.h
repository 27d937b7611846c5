/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dwarf_*.c and debuginfo.c share, and no other file includes: they alone
 * know libdwarf. From the file to the question: dwarf_object opens it, dwarf_die
 * reads an entry, dwarf_unit a unit of the source, debuginfo answers.
 *
 * Only objects of which there are very many are released to libdwarf: the process
 * that reads an image lives for a fraction of a second.
 */
#ifndef VMLINUX_DWARF_PRIVATE_H
#define VMLINUX_DWARF_PRIVATE_H

#include <dwarf.h>
#include <libdwarf.h>

#include "vmlinux/debuginfo.h"

/* No kernel has more. */
enum { RANGES_OF_DIE_MAX = 4096, UNITS_MAX = 16 };

/* A function or a unit with code; there may be several ranges (.cold), each has an entry. */
struct code {
	uint64_t low, high;
	Dwarf_Off die;
};

struct line_row {
	uint64_t address;
	uint32_t line, file; /* file: index into names */
	uint32_t order;
	bool ends;
};

struct unit {
	struct debuginfo *info;
	Dwarf_Die die;
	Dwarf_Off offset;
	char *directory; /* the compiler's working directory */
	unsigned version;
	char **files;
	size_t file_count;
	struct code *codes;
	size_t code_count, code_cap;
	struct line_row *rows;
	size_t row_count;
	char **names; /* files of the rows */
	size_t name_count, name_cap;
};

struct debuginfo {
	Dwarf_Debug dbg;
	struct image *image;
	Dwarf_Arange *aranges;
	Dwarf_Signed arange_count;
	struct code *index; /* of all units, when the image has none; see search_units() */
	size_t index_count, index_cap;
	bool indexed;
	struct unit *units[UNITS_MAX];
	size_t unit_count;
	size_t dies; /* seen so far; limited */
	char broken[256]; /* the first thing that could not be read; "": nothing */
};

/* Remembers what could not be read, with libdwarf's reason, for debuginfo_whole(). */
void debuginfo_note(struct debuginfo *info, const char *what, Dwarf_Error e);
/*
 * Is there what libdwarf was asked for? An error is noted; that there is none is no error.
 * Sets *e to NULL. The call and its error are arguments of one another: hence the pointer.
 */
bool debuginfo_ok(struct debuginfo *info, int status, const char *what, Dwarf_Error *e);

/* Sets an error with libdwarf's reason, and returns false. */
bool debuginfo_broken(struct vf_error *error, const char *what, Dwarf_Error e);

/* --- an entry (dwarf_die.c) -------------------------------------------------------- */

/* NULL, false, "", 0: it has no such attribute, or it cannot be read, which is noted. */
Dwarf_Attribute die_attribute(struct debuginfo *info, Dwarf_Die die, Dwarf_Half number);
bool die_has(struct debuginfo *info, Dwarf_Die die, Dwarf_Half number);
bool die_number(struct debuginfo *info, Dwarf_Die die, Dwarf_Half number, int64_t *value);
const char *die_name(struct debuginfo *info, Dwarf_Die die);
Dwarf_Half die_tag(struct debuginfo *info, Dwarf_Die die);
Dwarf_Off die_offset(struct debuginfo *info, Dwarf_Die die);

/* The entry that an attribute refers to; NULL for none. */
Dwarf_Die die_refers_to(struct debuginfo *info, Dwarf_Die die, Dwarf_Half number);

/* NULL after the last one. */
Dwarf_Die die_child(struct debuginfo *info, Dwarf_Die die);
Dwarf_Die die_sibling(struct debuginfo *info, Dwarf_Die die);
/* The next one, without keeping this one: units have tens of thousands of them. */
Dwarf_Die die_step(struct debuginfo *info, Dwarf_Die die);

struct code_ranges {
	struct address_range v[RANGES_OF_DIE_MAX];
	size_t n;
};

void die_ranges(const struct unit *unit, Dwarf_Die die, struct code_ranges *out);
bool code_ranges_cover(const struct code_ranges *ranges, uint64_t address);

/* --- a unit (dwarf_unit.c) --------------------------------------------------------- */

/* The path in the source tree: without the compiler's directory, without "./". */
void unit_set_file(const struct unit *unit, const char *path, struct code_place *place);
/* The same of the file that has this number in attributes; "" for none. */
void unit_set_file_number(const struct unit *unit, int64_t number, struct code_place *place);

/* The line of the code at an address, the function with it; NULL for none. */
const struct line_row *unit_row(const struct unit *unit, uint64_t address);
Dwarf_Die unit_code(const struct unit *unit, uint64_t address);

#endif
