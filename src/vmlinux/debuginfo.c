/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/debuginfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "vmlinux/dwarf_private.h"

enum { DEPTH_MAX = 100 }; /* no kernel has a deeper tree */

/* --- structures and enumerations -------------------------------------------------- */

enum { TYPE_DEPTH_MAX = 8 };

/* The bytes of a type; 0 when its entry does not say. */
static uint64_t type_size(struct debuginfo *info, Dwarf_Die type)
{
	int64_t bytes = 0;

	for (int i = 0; type && i < TYPE_DEPTH_MAX; i++) {
		if (die_number(info, type, DW_AT_byte_size, &bytes))
			return bytes > 0 ? (uint64_t)bytes : 0;
		if (die_tag(info, type) == DW_TAG_pointer_type)
			return 8; /* clang leaves it out */
		if (die_tag(info, type) == DW_TAG_array_type)
			return 0;
		type = die_refers_to(info, type, DW_AT_type);
	}
	return 0;
}

/*
 * Adds every named member. Alternatives of a union are all at its start, so they have
 * no location; a member of a structure that has none is left out, because it could be
 * anywhere.
 */
static void add_fields(struct debuginfo *info, Dwarf_Die structure, uint64_t base, uint32_t choice,
		       int depth, struct vma_fields *fields)
{
	bool is_union = die_tag(info, structure) == DW_TAG_union_type;

	for (Dwarf_Die die = die_child(info, structure); die; die = die_step(info, die)) {
		int64_t offset = 0;
		uint32_t own = choice;
		const char *name;
		Dwarf_Die type;

		if (die_tag(info, die) != DW_TAG_member ||
		    (!die_number(info, die, DW_AT_data_member_location, &offset) && !is_union))
			continue;
		name = die_name(info, die);
		type = die_refers_to(info, die, DW_AT_type);
		if (*name) {
			vma_fields_add(fields, name, base + (uint64_t)offset, type_size(info, type),
				       choice);
			continue;
		}
		if (!type || depth == TYPE_DEPTH_MAX)
			continue;
		if (!own && die_tag(info, type) == DW_TAG_union_type)
			own = (uint32_t)fields->n + 1;
		add_fields(info, type, base + (uint64_t)offset, own, depth + 1, fields);
	}
}

bool unit_fields(const struct unit *unit, const char *structure, struct vma_fields *fields)
{
	struct debuginfo *info = unit->info;
	int64_t bytes = 0;

	for (Dwarf_Die die = die_child(info, unit->die); die; die = die_step(info, die))
		if (die_tag(info, die) == DW_TAG_structure_type && !die_has(info, die, DW_AT_declaration) &&
		    !strcmp(die_name(info, die), structure) &&
		    die_number(info, die, DW_AT_byte_size, &bytes) && bytes > 0) {
			fields->size = (uint64_t)bytes;
			add_fields(info, die, 0, 0, 0, fields);
			return true;
		}
	return false;
}

void unit_enumerators(const struct unit *unit,
		      void (*each)(void *data, const char *name, int64_t value), void *data)
{
	struct debuginfo *info = unit->info;

	for (Dwarf_Die die = die_child(info, unit->die); die; die = die_step(info, die)) {
		if (die_tag(info, die) != DW_TAG_enumeration_type)
			continue;
		for (Dwarf_Die e = die_child(info, die); e; e = die_step(info, e)) {
			int64_t value;

			if (die_tag(info, e) == DW_TAG_enumerator &&
			    die_number(info, e, DW_AT_const_value, &value))
				each(data, die_name(info, e), value);
		}
	}
}

/* --- functions -------------------------------------------------------------------- */

/* The name of a function, or of the one that it is a copy of. */
static void function_name(struct debuginfo *info, Dwarf_Die die, char name[NAME_SIZE])
{
	for (int i = 0; die && i < 4; i++) {
		const char *own = die_name(info, die);

		if (*own) {
			snprintf(name, NAME_SIZE, "%s", own);
			return;
		}
		die = die_refers_to(info, die,
				die_has(info, die, DW_AT_abstract_origin) ? DW_AT_abstract_origin
								: DW_AT_specification);
	}
	name[0] = '\0';
}

bool unit_function(const struct unit *unit, const char *name, struct code_place *place)
{
	for (Dwarf_Die die = die_child(unit->info, unit->die); die; die = die_step(unit->info, die)) {
		int64_t line, file;

		if (die_tag(unit->info, die) != DW_TAG_subprogram || die_has(unit->info, die, DW_AT_declaration) ||
		    strcmp(die_name(unit->info, die), name))
			continue;
		if (!die_number(unit->info, die, DW_AT_decl_line, &line) ||
		    !die_number(unit->info, die, DW_AT_decl_file, &file))
			continue;
		unit_set_file_number(unit, file, place);
		place->line = (uint32_t)line;
		return true;
	}
	return false;
}

/* Where a copy was inlined, in the function around it. */
static void call_place(const struct unit *unit, Dwarf_Die inlined, struct code_place *place)
{
	int64_t line = 0, file = 0;

	*place = (struct code_place){0};
	if (die_number(unit->info, inlined, DW_AT_call_file, &file))
		unit_set_file_number(unit, file, place);
	if (die_number(unit->info, inlined, DW_AT_call_line, &line))
		place->line = (uint32_t)line;
}

/* The inlined copy below `die`, through lexical blocks, that holds the address. */
static Dwarf_Die inlined_at(const struct unit *unit, Dwarf_Die die, uint64_t address, int depth)
{
	static struct code_ranges ranges;
	Dwarf_Die found = NULL;

	for (Dwarf_Die child = die_child(unit->info, die); child && !found;
	     child = die_sibling(unit->info, child)) {
		Dwarf_Half tag = die_tag(unit->info, child);

		if (tag == DW_TAG_inlined_subroutine) {
			die_ranges(unit, child, &ranges);
			if (code_ranges_cover(&ranges, address))
				found = child;
		} else if (tag == DW_TAG_lexical_block && depth < DEPTH_MAX) {
			found = inlined_at(unit, child, address, depth + 1);
		}
	}
	return found;
}

size_t unit_frames(const struct unit *unit, uint64_t address, struct frame *frames, size_t max)
{
	Dwarf_Die die = unit_code(unit, address);
	const struct line_row *row = unit_row(unit, address);
	size_t n = 0;

	while (die && n < max) {
		struct frame *frame = &frames[n++];

		*frame = (struct frame){0};
		function_name(unit->info, die, frame->function);
		die = inlined_at(unit, die, address, 0);
		if (die)
			call_place(unit, die, &frame->place);
	}
	if (n && row && !die) {
		unit_set_file(unit, unit->names[row->file], &frames[n - 1].place);
		frames[n - 1].place.line = row->line;
	}
	return n;
}

static size_t collect_inlined(const struct unit *unit, Dwarf_Die die, const char *name,
			      struct address_range *out, size_t max, size_t n,
			      struct code_place *call, int depth)
{
	struct code_ranges *ranges = xmalloc(sizeof(*ranges));

	for (Dwarf_Die child = die_child(unit->info, die); child && depth < DEPTH_MAX;
	     child = die_step(unit->info, child)) {
		Dwarf_Half tag = die_tag(unit->info, child);
		char own[NAME_SIZE];

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block)
			continue;
		if (tag == DW_TAG_inlined_subroutine) {
			function_name(unit->info, child, own);
			if (!strcmp(own, name)) {
				if (!call->line)
					call_place(unit, child, call);
				die_ranges(unit, child, ranges);
				for (size_t i = 0; i < ranges->n; i++, n++)
					if (n < max)
						out[n] = ranges->v[i];
				continue;
			}
		}
		n = collect_inlined(unit, child, name, out, max, n, call, depth + 1);
	}
	free(ranges);
	return n;
}

size_t unit_inlined(const struct unit *unit, uint64_t function, const char *name,
		    struct address_range *ranges, size_t max, struct code_place *call)
{
	Dwarf_Die die = unit_code(unit, function);

	*call = (struct code_place){0};
	return die ? collect_inlined(unit, die, name, ranges, max, 0, call, 0) : 0;
}
