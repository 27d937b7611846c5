/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one place that includes libdwarf, whose interface differs between the
 * versions of 2021 (Debian 12) and 0.11 (Debian 13): see "two libdwarfs" below.
 *
 * libdwarf is given the sections as they are mapped, so that it reads pages of
 * them instead of a copy of all. Nothing is ever given back to it: the process
 * that reads an image lives for a fraction of a second.
 */
#include "vmlinux/debuginfo.h"

#include <dwarf.h>
#include <libdwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* A tree that is deeper or larger than this is not that of a kernel. */
enum {
	DEPTH_MAX = 100,
	DIES_MAX = 5000000,
	RANGES_OF_DIE_MAX = 4096,
	UNITS_MAX = 16,
	HEADERS_MAX = 100000
};

/* A function or a unit with code; there may be several ranges (.cold), each has an entry. */
struct code {
	uint64_t low, high;
	Dwarf_Off die;
};

struct row {
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
	struct row *rows;
	size_t row_count;
	char **names; /* files of the rows */
	size_t name_count, name_cap;
};

struct debuginfo {
	Dwarf_Debug dbg;
	struct image *image;
	struct vf_error load_error;
	Dwarf_Arange *aranges;
	Dwarf_Signed arange_count;
	struct code *index; /* of all units, when the image has none; see search_units() */
	size_t index_count, index_cap;
	bool indexed;
	struct unit *units[UNITS_MAX];
	size_t unit_count;
	size_t dies; /* seen so far: see DIES_MAX */
};

/* --- two libdwarfs ---------------------------------------------------------------- */

#ifdef DW_LIBDWARF_VERSION_MAJOR /* 0.2 and later */
typedef Dwarf_Unsigned section_index;
typedef Dwarf_Obj_Access_Section_a section_info;
typedef Dwarf_Obj_Access_Methods_a access_methods;
typedef Dwarf_Obj_Access_Interface_a access_interface;
typedef Dwarf_Small byte_order;
#define LITTLE_ENDIAN_OBJECT DW_END_little
#else
typedef Dwarf_Half section_index;
typedef Dwarf_Obj_Access_Section section_info;
typedef Dwarf_Obj_Access_Methods access_methods;
typedef Dwarf_Obj_Access_Interface access_interface;
typedef Dwarf_Endianness byte_order;
#define LITTLE_ENDIAN_OBJECT DW_OBJECT_LSB
#define dwarf_dealloc_ranges dwarf_ranges_dealloc
#endif

static bool is_debug_section(const struct section *section)
{
	return section->data &&
	       (!strncmp(section->name, ".debug_", 7) || !strncmp(section->name, ".zdebug_", 8));
}

/* Only the debug sections, without the relocations: those of an image are done. */
static int object_section(void *object, section_index i, section_info *out, int *error)
{
	struct image *image = object;
	struct section *section;

	(void)error;
	if (i >= image->section_count)
		return DW_DLV_NO_ENTRY;
	section = &image->sections[i];
	memset(out, 0, sizeof(*out));
	if (!is_debug_section(section)) {
#ifdef DW_LIBDWARF_VERSION_MAJOR
		out->as_name = "";
#else
		out->name = "";
#endif
		return DW_DLV_OK;
	}
	if (!section->dwarf_name) { /* libdwarf keeps the pointer */
		char name[NAME_SIZE];

		section_dwarf_name(section, name, sizeof(name));
		section->dwarf_name = xstrdup(name);
	}
#ifdef DW_LIBDWARF_VERSION_MAJOR
	out->as_name = section->dwarf_name;
	out->as_type = SHT_PROGBITS;
	out->as_size = section->unpacked ? section->unpacked_size : section->size;
	out->as_addralign = 1;
#else
	out->name = section->dwarf_name;
	out->type = SHT_PROGBITS;
	out->size = section->unpacked ? section->unpacked_size : section->size;
#endif
	return DW_DLV_OK;
}

static byte_order object_order(void *object)
{
	(void)object;
	return LITTLE_ENDIAN_OBJECT;
}

static Dwarf_Small object_word(void *object)
{
	(void)object;
	return 8;
}

static Dwarf_Unsigned object_count(void *object)
{
	return ((struct image *)object)->section_count;
}

static int object_load(void *object, section_index i, Dwarf_Small **data, int *error)
{
	struct image *image = object;
	struct vf_error ignored;
	const uint8_t *bytes;
	uint64_t size;

	if (i >= image->section_count || !is_debug_section(&image->sections[i]))
		return DW_DLV_NO_ENTRY;
	bytes = section_data(&image->sections[i], &size, &ignored);
	if (!bytes) {
		*error = DW_DLE_ALLOC_FAIL;
		return DW_DLV_ERROR;
	}
	*data = (Dwarf_Small *)bytes;
	return DW_DLV_OK;
}

#ifdef DW_LIBDWARF_VERSION_MAJOR
static Dwarf_Unsigned object_file_size(void *object)
{
	return ((struct image *)object)->size;
}

static const access_methods methods = {
	.om_get_section_info = object_section,
	.om_get_byte_order = object_order,
	.om_get_length_size = object_word,
	.om_get_pointer_size = object_word,
	.om_get_filesize = object_file_size,
	.om_get_section_count = object_count,
	.om_load_section = object_load,
};

static access_interface interface = {.ai_methods = &methods};
#define INTERFACE_OBJECT interface.ai_object
#else
static const access_methods methods = {
	.get_section_info = object_section,
	.get_byte_order = object_order,
	.get_length_size = object_word,
	.get_pointer_size = object_word,
	.get_section_count = object_count,
	.load_section = object_load,
};

static access_interface interface = {.methods = &methods};
#define INTERFACE_OBJECT interface.object
#endif

/* --- opening ---------------------------------------------------------------------- */

/* What libdwarf calls it; it never reads these two words from the image. */
static bool dwarf_failed(struct vf_error *error, const char *what, Dwarf_Error e)
{
	return vf_error_set(error, "the debug info is broken: %s: %.200s", what,
			    e ? dwarf_errmsg(e) : "no reason given");
}

/* libdwarf wants to know the size of a section before it is loaded. */
static bool unpack_sections(struct image *image, struct vf_error *error)
{
	static const char *const wanted[] = {
		".debug_info", ".debug_abbrev",	     ".debug_aranges", ".debug_line",
		".debug_str",  ".debug_line_str",    ".debug_ranges",  ".debug_rnglists",
		".debug_addr", ".debug_str_offsets",
	};
	uint64_t size;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		struct section *section = image_section(image, wanted[i]);

		if (section && section->data && section->size &&
		    !section_data(section, &size, error))
			return false;
	}
	return true;
}

struct debuginfo *debuginfo_open(struct image *image, struct vf_error *error)
{
	struct debuginfo *info;
	Dwarf_Error e = NULL;
	struct section *units = image_section(image, ".debug_info");
	static const char *const needed[] = {".debug_abbrev", ".debug_line", ".debug_str"};

	if (!units || !units->data || !units->size) {
		vf_error_set(error, "no debug info: the image has no .debug_info");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		const struct section *section = image_section(image, needed[i]);

		if (!section || !section->data) {
			vf_error_set(error, "the image has .debug_info, but no %s", needed[i]);
			return NULL;
		}
	}
	if (!unpack_sections(image, error))
		return NULL;
	info = xcalloc(1, sizeof(*info));
	info->image = image;
	INTERFACE_OBJECT = image;
	dwarf_set_de_alloc_flag(0);
	if (dwarf_object_init_b(&interface, NULL, NULL, DW_GROUPNUMBER_ANY, &info->dbg, &e) !=
	    DW_DLV_OK) {
		dwarf_failed(error, "it cannot be opened", e);
		return NULL;
	}
	e = NULL;
	/* Without it (clang writes none) every unit is asked for its addresses. */
	if (dwarf_get_aranges(info->dbg, &info->aranges, &info->arange_count, &e) != DW_DLV_OK)
		info->arange_count = 0;
	return info;
}

/* --- attributes ------------------------------------------------------------------- */

static Dwarf_Attribute attribute(Dwarf_Die die, Dwarf_Half number)
{
	Dwarf_Attribute found = NULL;
	Dwarf_Error e = NULL;

	return dwarf_attr(die, number, &found, &e) == DW_DLV_OK ? found : NULL;
}

static bool number_attribute(Dwarf_Die die, Dwarf_Half number, int64_t *value)
{
	Dwarf_Attribute found = attribute(die, number);
	Dwarf_Unsigned u;
	Dwarf_Signed s;
	Dwarf_Error e = NULL;

	if (!found)
		return false;
	if (dwarf_formudata(found, &u, &e) == DW_DLV_OK) {
		*value = (int64_t)u;
		return true;
	}
	e = NULL;
	if (dwarf_formsdata(found, &s, &e) != DW_DLV_OK)
		return false;
	*value = s;
	return true;
}

static const char *name_of(Dwarf_Die die)
{
	char *name = NULL;
	Dwarf_Error e = NULL;

	return dwarf_diename(die, &name, &e) == DW_DLV_OK && name ? name : "";
}

static Dwarf_Half tag_of(Dwarf_Die die)
{
	Dwarf_Half tag = 0;
	Dwarf_Error e = NULL;

	return dwarf_tag(die, &tag, &e) == DW_DLV_OK ? tag : 0;
}

static bool has(Dwarf_Die die, Dwarf_Half number)
{
	Dwarf_Bool yes = 0;
	Dwarf_Error e = NULL;

	return dwarf_hasattr(die, number, &yes, &e) == DW_DLV_OK && yes;
}

/* The entry that an attribute refers to; NULL for none. */
static Dwarf_Die refers_to(const struct debuginfo *info, Dwarf_Die die, Dwarf_Half number)
{
	Dwarf_Attribute found = attribute(die, number);
	Dwarf_Die to = NULL;
	Dwarf_Error e = NULL;
	Dwarf_Off offset;

	if (!found || dwarf_global_formref(found, &offset, &e) != DW_DLV_OK)
		return NULL;
	e = NULL;
	return dwarf_offdie_b(info->dbg, offset, 1, &to, &e) == DW_DLV_OK ? to : NULL;
}

static Dwarf_Die child_of(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Die child = NULL;
	Dwarf_Error e = NULL;

	if (++info->dies > DIES_MAX)
		return NULL;
	return dwarf_child(die, &child, &e) == DW_DLV_OK ? child : NULL;
}

static Dwarf_Die sibling_of(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Die next = NULL;
	Dwarf_Error e = NULL;

	if (++info->dies > DIES_MAX)
		return NULL;
	if (dwarf_siblingof_b(info->dbg, die, 1, &next, &e) != DW_DLV_OK)
		next = NULL;
	return next;
}

/* The next one, without keeping this one: units have tens of thousands of them. */
static Dwarf_Die step(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Die next = sibling_of(info, die);

	dwarf_dealloc_die(die);
	return next;
}

/* --- address ranges --------------------------------------------------------------- */

struct ranges {
	struct address_range v[RANGES_OF_DIE_MAX];
	size_t n;
};

static void add_range(struct ranges *ranges, uint64_t low, uint64_t high)
{
	if (low < high && ranges->n < RANGES_OF_DIE_MAX)
		ranges->v[ranges->n++] = (struct address_range){low, high};
}

static uint64_t low_of(Dwarf_Die die)
{
	Dwarf_Addr low = 0;
	Dwarf_Error e = NULL;

	return dwarf_lowpc(die, &low, &e) == DW_DLV_OK ? low : 0;
}

static void old_ranges(const struct unit *unit, Dwarf_Die die, Dwarf_Unsigned offset,
		       struct ranges *out)
{
	uint64_t base = low_of(unit->die);
	Dwarf_Ranges *list = NULL;
	Dwarf_Signed n = 0;
	Dwarf_Error e = NULL;
	Dwarf_Off real;

	if (dwarf_get_ranges_b(unit->info->dbg, offset, die, &real, &list, &n, NULL, &e) !=
	    DW_DLV_OK)
		return;
	for (Dwarf_Signed i = 0; i < n; i++) {
		if (list[i].dwr_type == DW_RANGES_ADDRESS_SELECTION)
			base = list[i].dwr_addr2;
		else if (list[i].dwr_type == DW_RANGES_ENTRY)
			add_range(out, base + list[i].dwr_addr1, base + list[i].dwr_addr2);
	}
	dwarf_dealloc_ranges(unit->info->dbg, list, n);
}

static void new_ranges(Dwarf_Attribute list, Dwarf_Half form, Dwarf_Unsigned value,
		       struct ranges *out)
{
	Dwarf_Rnglists_Head head = NULL;
	Dwarf_Unsigned n = 0, offset = 0;
	Dwarf_Error e = NULL;

	if (dwarf_rnglists_get_rle_head(list, form, value, &head, &n, &offset, &e) != DW_DLV_OK)
		return;
	for (Dwarf_Unsigned i = 0; i < n && i < 2 * RANGES_OF_DIE_MAX; i++) {
		Dwarf_Unsigned raw1, raw2, low = 0, high = 0;
		Dwarf_Bool unavailable = 0;
		unsigned length, kind;

		if (dwarf_get_rnglists_entry_fields_a(head, i, &length, &kind, &raw1, &raw2,
						      &unavailable, &low, &high, &e) != DW_DLV_OK)
			break;
		if (kind == DW_RLE_end_of_list)
			break;
		if (kind != DW_RLE_base_address && kind != DW_RLE_base_addressx && !unavailable)
			add_range(out, low, high);
	}
	dwarf_dealloc_rnglists_head(head);
}

static void ranges_of(const struct unit *unit, Dwarf_Die die, struct ranges *out)
{
	Dwarf_Attribute list = attribute(die, DW_AT_ranges);
	enum Dwarf_Form_Class class = DW_FORM_CLASS_UNKNOWN;
	Dwarf_Error e = NULL;
	Dwarf_Half form = 0;
	Dwarf_Unsigned value = 0;
	Dwarf_Addr high = 0;
	Dwarf_Off offset = 0;

	out->n = 0;
	if (!list) {
		if (has(die, DW_AT_low_pc) && has(die, DW_AT_high_pc) &&
		    dwarf_highpc_b(die, &high, &form, &class, &e) == DW_DLV_OK)
			add_range(out, low_of(die),
				  class == DW_FORM_CLASS_CONSTANT ? low_of(die) + high : high);
		return;
	}
	if (dwarf_whatform(list, &form, &e) != DW_DLV_OK)
		return;
	if (form == DW_FORM_rnglistx ? dwarf_formudata(list, &value, &e) != DW_DLV_OK
				     : dwarf_global_formref(list, &offset, &e) != DW_DLV_OK)
		return;
	if (form != DW_FORM_rnglistx)
		value = offset;
	if (unit->version >= 5)
		new_ranges(list, form, value, out);
	else
		old_ranges(unit, die, value, out);
}

static bool covers(const struct ranges *ranges, uint64_t address)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (address >= ranges->v[i].low && address < ranges->v[i].high)
			return true;
	return false;
}

/* --- names of files
 * ------------------------------------------------------------------------------- */

/* The path in the source tree: without the compiler's directory, without "./". */
static void set_file(const struct unit *unit, const char *path, struct code_place *place)
{
	size_t n = strlen(unit->directory);

	if (n && !strncmp(path, unit->directory, n) && path[n] == '/')
		path += n + 1;
	while (!strncmp(path, "./", 2) || !strncmp(path, "../", 3))
		path += path[1] == '/' ? 2 : 3;
	/* Built in another folder: what follows the tree's own name is what is wanted. */
	if (*path == '/') {
		const char *tree = strstr(path, "/linux-"),
			   *end = tree ? strchr(tree + 1, '/') : NULL;

		if (end)
			path = end + 1;
	}
	snprintf(place->file, sizeof(place->file), "%s", path);
}

static void set_file_number(const struct unit *unit, int64_t number, struct code_place *place)
{
	/* Up to DWARF 4 files count from one. */
	int64_t i = unit->version >= 5 ? number : number - 1;

	place->file[0] = '\0';
	if (i >= 0 && (uint64_t)i < unit->file_count && unit->files[i])
		set_file(unit, unit->files[i], place);
}

/* --- a unit
 * ---------------------------------------------------------------------------------------- */

static int by_address(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;

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

	if (dwarf_srclines_b(unit->die, &version, &tables, &context, &e) != DW_DLV_OK ||
	    dwarf_srclines_from_linecontext(context, &lines, &n, &e) != DW_DLV_OK || n <= 0)
		return;
	unit->rows = xcalloc((size_t)n, sizeof(*unit->rows));
	for (Dwarf_Signed i = 0; i < n; i++) {
		struct row *row = &unit->rows[unit->row_count];
		Dwarf_Unsigned number = 0, file = 0;
		Dwarf_Bool ends = 0;
		Dwarf_Addr address;
		char *path;

		if (dwarf_lineaddr(lines[i], &address, &e) != DW_DLV_OK ||
		    dwarf_lineendsequence(lines[i], &ends, &e) != DW_DLV_OK ||
		    dwarf_lineno(lines[i], &number, &e) != DW_DLV_OK ||
		    dwarf_line_srcfileno(lines[i], &file, &e) != DW_DLV_OK)
			continue;
		if (!known || file != last_file) {
			if (dwarf_linesrc(lines[i], &path, &e) != DW_DLV_OK)
				continue;
			last = file_of_row(unit, path);
			last_file = file;
			known = true;
			dwarf_dealloc(unit->info->dbg, path, DW_DLA_STRING);
		}
		*row = (struct row){address, (uint32_t)number, last, (uint32_t)i, ends};
		unit->row_count++;
	}
	dwarf_srclines_dealloc_b(context);
	qsort(unit->rows, unit->row_count, sizeof(*unit->rows), by_address);
}

static const struct row *row_at(const struct unit *unit, uint64_t address)
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

static Dwarf_Off offset_of(Dwarf_Die die)
{
	Dwarf_Off offset = 0;
	Dwarf_Error e = NULL;

	return dwarf_dieoffset(die, &offset, &e) == DW_DLV_OK ? offset : 0;
}

/* All functions with code, once: questions come by address. */
static void read_codes(struct unit *unit)
{
	static struct ranges ranges;

	for (Dwarf_Die die = child_of(unit->info, unit->die); die; die = step(unit->info, die)) {
		if (tag_of(die) != DW_TAG_subprogram)
			continue;
		ranges_of(unit, die, &ranges);
		for (size_t i = 0; i < ranges.n; i++) {
			GROW(unit->codes, unit->code_count, unit->code_cap);
			unit->codes[unit->code_count++] =
				(struct code){ranges.v[i].low, ranges.v[i].high, offset_of(die)};
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
		dwarf_failed(error, "a unit cannot be read", e);
		return NULL;
	}
	if (tag_of(unit->die) != DW_TAG_compile_unit) {
		vf_error_set(error, "the debug info is broken: no unit where its index says");
		return NULL;
	}
	if (dwarf_get_version_of_die(unit->die, &own, &word) != DW_DLV_OK)
		own = 4;
	unit->version = own;
	if (own < 2 || own > 5) {
		vf_error_set(error, "DWARF version %u: this reads versions 2 to 5", own);
		return NULL;
	}
	directory = attribute(unit->die, DW_AT_comp_dir);
	if (!directory || dwarf_formstring(directory, &text, &e) != DW_DLV_OK)
		text = NULL;
	unit->directory = xstrdup(text ? text : "");
	if (dwarf_srcfiles(unit->die, &unit->files, &n, &e) == DW_DLV_OK && n > 0)
		unit->file_count = (size_t)n;
	read_rows(unit);
	read_codes(unit);
	if (info->unit_count < UNITS_MAX)
		info->units[info->unit_count++] = unit;
	return unit;
}

/*
 * The slow way: asks every unit for its ranges, once. The pages that this touches
 * all over the file are let go in between.
 */
static void index_units(struct debuginfo *info)
{
	static struct ranges ranges;
	Dwarf_Error e = NULL;

	for (size_t units = 0; units < HEADERS_MAX; units++) {
		Dwarf_Unsigned length, type_offset, next;
		Dwarf_Half version, address_size, length_size, extension, kind;
		Dwarf_Off abbrev;
		Dwarf_Sig8 signature;
		struct unit unit = {.info = info};

		if (dwarf_next_cu_header_d(info->dbg, 1, &length, &version, &abbrev, &address_size,
					   &length_size, &extension, &signature, &type_offset,
					   &next, &kind, &e) != DW_DLV_OK)
			break;
		if (dwarf_siblingof_b(info->dbg, NULL, 1, &unit.die, &e) != DW_DLV_OK)
			continue;
		unit.version = version;
		ranges_of(&unit, unit.die, &ranges);
		for (size_t i = 0; i < ranges.n; i++) {
			GROW(info->index, info->index_count, info->index_cap);
			info->index[info->index_count++] = (struct code){
				ranges.v[i].low, ranges.v[i].high, offset_of(unit.die)};
		}
		dwarf_dealloc_die(unit.die);
		if (units % 256 == 255)
			image_let_go(info->image);
	}
	info->indexed = true;
}

static bool search_units(struct debuginfo *info, uint64_t address, Dwarf_Off *offset)
{
	if (!info->indexed)
		index_units(info);
	for (size_t i = 0; i < info->index_count; i++)
		if (address >= info->index[i].low && address < info->index[i].high) {
			*offset = info->index[i].die;
			return true;
		}
	return false;
}

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
	    dwarf_get_arange(info->aranges, (Dwarf_Unsigned)info->arange_count, address, &arange,
			     &e) == DW_DLV_OK &&
	    dwarf_get_cu_die_offset(arange, &offset, &e) == DW_DLV_OK)
		return unit_read(info, offset, 0, error);
	if (search_units(info, address, &offset))
		return unit_read(info, offset, 0, error);
	vf_error_set(error, "the debug info says nothing about the code at 0x%llx",
		     (unsigned long long)address);
	return NULL;
}

/* --- structures and enumerations
 * -------------------------------------------------------------------- */

/* Calls `each` for every named member, with its offset; true when it returned true. */
static bool walk_members(struct debuginfo *info, Dwarf_Die structure, uint64_t base, int depth,
			 bool (*each)(void *data, const char *name, uint64_t offset), void *data)
{
	bool done = false;

	for (Dwarf_Die die = child_of(info, structure); die && !done; die = step(info, die)) {
		int64_t offset = 0;
		const char *name;
		Dwarf_Die type;

		if (tag_of(die) != DW_TAG_member)
			continue;
		number_attribute(die, DW_AT_data_member_location, &offset);
		name = name_of(die);
		if (*name) {
			done = each(data, name, base + (uint64_t)offset);
			continue;
		}
		type = refers_to(info, die, DW_AT_type);
		if (type && depth < 8)
			done = walk_members(info, type, base + (uint64_t)offset, depth + 1, each,
					    data);
	}
	return done;
}

static Dwarf_Die find_structure(const struct unit *unit, const char *name, uint64_t *size)
{
	int64_t bytes = 0;

	for (Dwarf_Die die = child_of(unit->info, unit->die); die; die = step(unit->info, die))
		if (tag_of(die) == DW_TAG_structure_type && !has(die, DW_AT_declaration) &&
		    !strcmp(name_of(die), name) && number_attribute(die, DW_AT_byte_size, &bytes)) {
			*size = (uint64_t)bytes;
			return die;
		}
	return NULL;
}

struct wanted {
	struct member *members;
	size_t n;
};

static bool note_member(void *data, const char *name, uint64_t offset)
{
	struct wanted *wanted = data;

	for (size_t i = 0; i < wanted->n; i++)
		if (!wanted->members[i].found && !strcmp(wanted->members[i].name, name)) {
			wanted->members[i].found = true;
			wanted->members[i].offset = offset;
		}
	return false;
}

bool unit_members(const struct unit *unit, const char *structure, struct member *members, size_t n,
		  uint64_t *size)
{
	struct wanted wanted = {members, n};
	Dwarf_Die die = find_structure(unit, structure, size);

	if (die)
		walk_members(unit->info, die, 0, 0, note_member, &wanted);
	return die;
}

struct nearest {
	uint64_t offset, best;
	char *name;
};

static bool nearer(void *data, const char *name, uint64_t offset)
{
	struct nearest *nearest = data;

	if (offset <= nearest->offset && (!nearest->name[0] || offset > nearest->best)) {
		nearest->best = offset;
		snprintf(nearest->name, NAME_SIZE, "%s", name);
	}
	return false;
}

void unit_member_at(const struct unit *unit, const char *structure, uint64_t offset,
		    char name[NAME_SIZE])
{
	struct nearest nearest = {.offset = offset, .name = name};
	uint64_t size;
	Dwarf_Die die = find_structure(unit, structure, &size);

	name[0] = '\0';
	if (die && offset < size)
		walk_members(unit->info, die, 0, 0, nearer, &nearest);
}

void unit_enumerators(const struct unit *unit,
		      void (*each)(void *data, const char *name, int64_t value), void *data)
{
	struct debuginfo *info = unit->info;

	for (Dwarf_Die die = child_of(info, unit->die); die; die = step(info, die)) {
		if (tag_of(die) != DW_TAG_enumeration_type)
			continue;
		for (Dwarf_Die e = child_of(info, die); e; e = step(info, e)) {
			int64_t value;

			if (tag_of(e) == DW_TAG_enumerator &&
			    number_attribute(e, DW_AT_const_value, &value))
				each(data, name_of(e), value);
		}
	}
}

/* --- functions
 * ------------------------------------------------------------------------------------------ */

/* The name of a function, or of the one that it is a copy of. */
static void function_name(const struct debuginfo *info, Dwarf_Die die, char name[NAME_SIZE])
{
	for (int i = 0; die && i < 4; i++) {
		const char *own = name_of(die);

		if (*own) {
			snprintf(name, NAME_SIZE, "%s", own);
			return;
		}
		die = refers_to(info, die,
				has(die, DW_AT_abstract_origin) ? DW_AT_abstract_origin
								: DW_AT_specification);
	}
	name[0] = '\0';
}

bool unit_function(const struct unit *unit, const char *name, struct code_place *place)
{
	for (Dwarf_Die die = child_of(unit->info, unit->die); die; die = step(unit->info, die)) {
		int64_t line, file;

		if (tag_of(die) != DW_TAG_subprogram || has(die, DW_AT_declaration) ||
		    strcmp(name_of(die), name))
			continue;
		if (!number_attribute(die, DW_AT_decl_line, &line) ||
		    !number_attribute(die, DW_AT_decl_file, &file))
			continue;
		set_file_number(unit, file, place);
		place->line = (uint32_t)line;
		return true;
	}
	return false;
}

static Dwarf_Die code_at(const struct unit *unit, uint64_t address)
{
	Dwarf_Die die = NULL;
	Dwarf_Error e = NULL;

	for (size_t i = 0; i < unit->code_count; i++)
		if (address >= unit->codes[i].low && address < unit->codes[i].high)
			return dwarf_offdie_b(unit->info->dbg, unit->codes[i].die, 1, &die, &e) ==
					       DW_DLV_OK
				       ? die
				       : NULL;
	return NULL;
}

/* Where a copy was inlined, in the function around it. */
static void call_place(const struct unit *unit, Dwarf_Die inlined, struct code_place *place)
{
	int64_t line = 0, file = 0;

	*place = (struct code_place){0};
	if (number_attribute(inlined, DW_AT_call_file, &file))
		set_file_number(unit, file, place);
	if (number_attribute(inlined, DW_AT_call_line, &line))
		place->line = (uint32_t)line;
}

/* The inlined copy below `die`, through lexical blocks, that holds the address. */
static Dwarf_Die inlined_at(const struct unit *unit, Dwarf_Die die, uint64_t address, int depth)
{
	static struct ranges ranges;
	Dwarf_Die found = NULL;

	for (Dwarf_Die child = child_of(unit->info, die); child && !found;
	     child = sibling_of(unit->info, child)) {
		Dwarf_Half tag = tag_of(child);

		if (tag == DW_TAG_inlined_subroutine) {
			ranges_of(unit, child, &ranges);
			if (covers(&ranges, address))
				found = child;
		} else if (tag == DW_TAG_lexical_block && depth < DEPTH_MAX) {
			found = inlined_at(unit, child, address, depth + 1);
		}
	}
	return found;
}

size_t unit_frames(const struct unit *unit, uint64_t address, struct frame *frames, size_t max)
{
	Dwarf_Die die = code_at(unit, address);
	const struct row *row = row_at(unit, address);
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
		set_file(unit, unit->names[row->file], &frames[n - 1].place);
		frames[n - 1].place.line = row->line;
	}
	return n;
}

static size_t collect_inlined(const struct unit *unit, Dwarf_Die die, const char *name,
			      struct address_range *out, size_t max, size_t n,
			      struct code_place *call, int depth)
{
	struct ranges *ranges = xmalloc(sizeof(*ranges));

	for (Dwarf_Die child = child_of(unit->info, die); child && depth < DEPTH_MAX;
	     child = step(unit->info, child)) {
		Dwarf_Half tag = tag_of(child);
		char own[NAME_SIZE];

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block)
			continue;
		if (tag == DW_TAG_inlined_subroutine) {
			function_name(unit->info, child, own);
			if (!strcmp(own, name)) {
				if (!call->line)
					call_place(unit, child, call);
				ranges_of(unit, child, ranges);
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
	Dwarf_Die die = code_at(unit, function);

	*call = (struct code_place){0};
	return die ? collect_inlined(unit, die, name, ranges, max, 0, call, 0) : 0;
}
