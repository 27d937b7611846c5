/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/dwarf_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { HEADERS_MAX = 100000 }; /* more units than a kernel has */

/* --- names of files --------------------------------------------------------------- */

void unit_set_file(const struct unit *unit, const char *path, struct code_place *place)
{
	size_t n = strlen(unit->directory);

	if (n && !strncmp(path, unit->directory, n) && path[n] == '/')
		path += n + 1;
	while (!strncmp(path, "./", 2) || !strncmp(path, "../", 3))
		path += path[1] == '/' ? 2 : 3;
	/* Built in another folder: the path in the tree follows the tree's own name. */
	if (*path == '/') {
		const char *tree = strstr(path, "/linux-"),
			   *end = tree ? strchr(tree + 1, '/') : NULL;

		if (end)
			path = end + 1;
	}
	snprintf(place->file, sizeof(place->file), "%s", path);
}

void unit_set_file_number(const struct unit *unit, int64_t number, struct code_place *place)
{
	/* Up to DWARF 4 files count from one. */
	int64_t i = unit->version >= 5 ? number : number - 1;

	place->file[0] = '\0';
	if (i >= 0 && (uint64_t)i < unit->file_count && unit->files[i])
		unit_set_file(unit, unit->files[i], place);
}

/* --- a unit ----------------------------------------------------------------------- */

static int by_address(const void *pa, const void *pb)
{
	const struct line_row *a = pa, *b = pb;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->ends != b->ends) /* one sequence ends where the next begins */
		return a->ends ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static uint32_t file_of_row(struct unit *unit, const char *path)
{
	/* Rows come in groups of one file. */
	for (size_t i = unit->name_count; i-- > 0;)
		if (!strcmp(unit->names[i], path))
			return (uint32_t)i;
	GROW(unit->names, unit->name_count, unit->name_cap);
	unit->names[unit->name_count] = xstrdup(path);
	return (uint32_t)unit->name_count++;
}

static const char no_lines[] = "the table of its lines (.debug_line) cannot be read";

static void read_rows(struct unit *unit)
{
	Dwarf_Line_Context context = NULL;
	Dwarf_Unsigned version, last_file = 0;
	Dwarf_Signed n = 0;
	Dwarf_Line *lines = NULL;
	Dwarf_Small tables;
	Dwarf_Error e = NULL;
	uint32_t last = 0;
	bool known = false;

	if (!debuginfo_ok(unit->info, dwarf_srclines_b(unit->die, &version, &tables, &context, &e), no_lines, &e) ||
	    !debuginfo_ok(unit->info, dwarf_srclines_from_linecontext(context, &lines, &n, &e), no_lines, &e) ||
	    n <= 0)
		return;
	unit->rows = xcalloc((size_t)n, sizeof(*unit->rows));
	for (Dwarf_Signed i = 0; i < n; i++) {
		struct line_row *row = &unit->rows[unit->row_count];
		Dwarf_Unsigned number = 0, file = 0;
		Dwarf_Bool ends = 0;
		Dwarf_Addr address;
		char *path;

		if (!debuginfo_ok(unit->info, dwarf_lineaddr(lines[i], &address, &e), no_lines, &e) ||
		    !debuginfo_ok(unit->info, dwarf_lineendsequence(lines[i], &ends, &e), no_lines, &e) ||
		    !debuginfo_ok(unit->info, dwarf_lineno(lines[i], &number, &e), no_lines, &e) ||
		    !debuginfo_ok(unit->info, dwarf_line_srcfileno(lines[i], &file, &e), no_lines, &e))
			continue;
		if (!known || file != last_file) {
			if (!debuginfo_ok(unit->info, dwarf_linesrc(lines[i], &path, &e), no_lines, &e))
				continue;
			last = file_of_row(unit, path);
			last_file = file;
			known = true;
			dwarf_dealloc(unit->info->dbg, path, DW_DLA_STRING);
		}
		*row = (struct line_row){address, (uint32_t)number, last, (uint32_t)i, ends};
		unit->row_count++;
	}
	dwarf_srclines_dealloc_b(context);
	qsort(unit->rows, unit->row_count, sizeof(*unit->rows), by_address);
}

const struct line_row *unit_row(const struct unit *unit, uint64_t address)
{
	size_t low = 0, high = unit->row_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (unit->rows[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && !unit->rows[low - 1].ends ? &unit->rows[low - 1] : NULL;
}

/* All functions with code, once: callers look them up by address. */
static void read_codes(struct unit *unit)
{
	static struct code_ranges ranges;

	for (Dwarf_Die die = die_child(unit->info, unit->die); die; die = die_step(unit->info, die)) {
		if (die_tag(unit->info, die) != DW_TAG_subprogram)
			continue;
		die_ranges(unit, die, &ranges);
		for (size_t i = 0; i < ranges.n; i++) {
			GROW(unit->codes, unit->code_count, unit->code_cap);
			unit->codes[unit->code_count++] =
				(struct code){ranges.v[i].low, ranges.v[i].high, die_offset(unit->info, die)};
		}
	}
}

static struct unit *unit_read(struct debuginfo *info, Dwarf_Off offset, unsigned version,
			      struct vf_error *error)
{
	struct unit *unit;
	Dwarf_Error e = NULL;
	Dwarf_Attribute directory;
	Dwarf_Signed n = 0;
	Dwarf_Half own = (Dwarf_Half)version, word;
	char *text = NULL;

	for (size_t i = 0; i < info->unit_count; i++)
		if (info->units[i]->offset == offset)
			return info->units[i];
	unit = xcalloc(1, sizeof(*unit));
	unit->info = info;
	unit->offset = offset;
	if (dwarf_offdie_b(info->dbg, offset, 1, &unit->die, &e) != DW_DLV_OK) {
		debuginfo_broken(error, "a unit cannot be read", e);
		return NULL;
	}
	if (die_tag(info, unit->die) != DW_TAG_compile_unit) {
		vf_error_set(error, "the debug info is corrupt: no unit where its index says");
		return NULL;
	}
	if (dwarf_get_version_of_die(unit->die, &own, &word) != DW_DLV_OK)
		own = 4;
	unit->version = own;
	if (own < 2 || own > 5) {
		vf_error_set(error, "DWARF version %u; only versions 2 to 5 are supported", own);
		return NULL;
	}
	directory = die_attribute(info, unit->die, DW_AT_comp_dir);
	if (!directory || !debuginfo_ok(info, dwarf_formstring(directory, &text, &e),
					"the folder of a unit cannot be read", &e))
		text = NULL;
	unit->directory = xstrdup(text ? text : "");
	if (debuginfo_ok(info, dwarf_srcfiles(unit->die, &unit->files, &n, &e), no_lines, &e) && n > 0)
		unit->file_count = (size_t)n;
	read_rows(unit);
	read_codes(unit);
	if (info->unit_count < UNITS_MAX)
		info->units[info->unit_count++] = unit;
	return unit;
}

/*
 * True when a unit can start at `at`, by its header alone, or the section ends there:
 * a unit whose length is too small ends among its own entries.
 */
static bool unit_may_start(const uint8_t *data, uint64_t size, uint64_t at)
{
	enum { HEADER = 12, ESCAPE = 0xfffffff0 };
	uint32_t length;
	uint16_t version;
	uint8_t address_size;

	if (at >= size || size - at < HEADER)
		return at == size;
	memcpy(&length, data + at, sizeof(length));
	if (length >= ESCAPE) /* 64-bit DWARF, or corrupt: libdwarf finds out */
		return true;
	memcpy(&version, data + at + 4, sizeof(version));
	address_size = data[at + (version >= 5 ? 7 : 10)];
	return length <= size - at - 4 && version >= 2 && version <= 5 && address_size == 8;
}

bool debuginfo_whole(const struct debuginfo *info, const struct unit *unit, struct vf_error *error)
{
	const uint8_t *data;
	Dwarf_Off first, length;
	Dwarf_Error e = NULL;
	uint64_t size, end;

	if (info->broken[0])
		return vf_error_set(error, "the debug info is corrupt: %s", info->broken);
	data = section_data(image_section(info->image, ".debug_info"), &size, error);
	if (!data)
		return false;
	if (dwarf_die_CU_offset_range(unit->die, &first, &length, &e) != DW_DLV_OK)
		return debuginfo_broken(error, "a unit has no end", e);
	end = first + length;
	/* The list of a unit's entries ends with a zero. */
	if (end > size || data[end - 1] || !unit_may_start(data, size, end))
		return vf_error_set(error, "the debug info is corrupt: the unit with copy_page_range() "
					   "ends before its last entry, or entries in it cannot be read");
	return true;
}

/*
 * The slow way: asks every unit for its ranges, once. The pages that this touches
 * all over the file are released in between. A unit that cannot be read may be any other one:
 * that is an error if the code is in none of the rest.
 */
static void index_units(struct debuginfo *info)
{
	static struct code_ranges ranges;
	Dwarf_Error e = NULL;

	for (size_t units = 0; units < HEADERS_MAX; units++) {
		Dwarf_Unsigned length, type_offset, next;
		Dwarf_Half version, address_size, length_size, extension, kind;
		Dwarf_Off abbrev;
		Dwarf_Sig8 signature;
		struct unit unit = {.info = info};

		if (!debuginfo_ok(info, dwarf_next_cu_header_d(info->dbg, 1, &length, &version, &abbrev,
							       &address_size, &length_size, &extension,
							       &signature, &type_offset, &next, &kind, &e),
				  "the header of a unit cannot be read", &e))
			break;
		if (!debuginfo_ok(info, dwarf_siblingof_b(info->dbg, NULL, 1, &unit.die, &e),
				  "the first entry of a unit cannot be read", &e))
			continue;
		unit.version = version;
		die_ranges(&unit, unit.die, &ranges);
		for (size_t i = 0; i < ranges.n; i++) {
			GROW(info->index, info->index_count, info->index_cap);
			info->index[info->index_count++] = (struct code){
				ranges.v[i].low, ranges.v[i].high, die_offset(info, unit.die)};
		}
		dwarf_dealloc_die(unit.die);
		if (units % 256 == 255)
			image_let_go(info->image);
	}
	info->indexed = true;
}

static bool search_units(struct debuginfo *info, uint64_t address, Dwarf_Off *offset)
{
	char before[sizeof(info->broken)];

	memcpy(before, info->broken, sizeof(before));
	if (!info->indexed)
		index_units(info);
	for (size_t i = 0; i < info->index_count; i++)
		if (address >= info->index[i].low && address < info->index[i].high) {
			*offset = info->index[i].die;
			memcpy(info->broken, before, sizeof(before));
			return true;
		}
	return false;
}

static const char no_index[] = "the index of its units (.debug_aranges) cannot be read";

struct unit *debuginfo_unit(struct debuginfo *info, uint64_t address, struct vf_error *error)
{
	Dwarf_Arange arange;
	Dwarf_Off offset;
	Dwarf_Error e = NULL;

	for (size_t i = 0; i < info->unit_count; i++)
		for (size_t c = 0; c < info->units[i]->code_count; c++)
			if (address >= info->units[i]->codes[c].low &&
			    address < info->units[i]->codes[c].high)
				return info->units[i];
	if (info->arange_count > 0 &&
	    debuginfo_ok(info, dwarf_get_arange(info->aranges, (Dwarf_Unsigned)info->arange_count, address,
						&arange, &e), no_index, &e) &&
	    debuginfo_ok(info, dwarf_get_cu_die_offset(arange, &offset, &e), no_index, &e))
		return unit_read(info, offset, 0, error);
	if (search_units(info, address, &offset))
		return unit_read(info, offset, 0, error);
	if (info->broken[0])
		vf_error_set(error, "the debug info is corrupt: %s", info->broken);
	else
		vf_error_set(error, "the debug info does not describe the code at 0x%llx",
			     (unsigned long long)address);
	return NULL;
}

Dwarf_Die unit_code(const struct unit *unit, uint64_t address)
{
	Dwarf_Die die = NULL;
	Dwarf_Error e = NULL;

	for (size_t i = 0; i < unit->code_count; i++)
		if (address >= unit->codes[i].low && address < unit->codes[i].high)
			return debuginfo_ok(unit->info,
					    dwarf_offdie_b(unit->info->dbg, unit->codes[i].die, 1, &die, &e),
					    "the entry of a function cannot be read", &e)
				       ? die
				       : NULL;
	return NULL;
}
