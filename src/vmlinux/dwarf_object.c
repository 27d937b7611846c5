/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens an image for libdwarf, which gets the sections as they are mapped, so that it reads
 * some pages of them instead of a copy of all. Its interface differs between the
 * versions of 2021 (Debian 12) and 0.11 (Debian 13), mostly here.
 */
#include "vmlinux/dwarf_private.h"

#include <string.h>

#include "base/alloc.h"

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
	out->as_size = section_contents_size(section);
	out->as_addralign = 1;
#else
	out->name = section->dwarf_name;
	out->type = SHT_PROGBITS;
	out->size = section_contents_size(section);
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

bool debuginfo_broken(struct vf_error *error, const char *what, Dwarf_Error e)
{
	return vf_error_set(error, "the debug info is corrupt: %s: %.200s", what,
			    e ? dwarf_errmsg(e) : "no reason given");
}

/* libdwarf asks for the size of a section before loading it. */
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
		debuginfo_broken(error, "it cannot be opened", e);
		return NULL;
	}
	e = NULL;
	/* Without it (clang writes none) the addresses of every unit are read. */
	if (!debuginfo_ok(info, dwarf_get_aranges(info->dbg, &info->aranges, &info->arange_count, &e),
			  "the index of its units (.debug_aranges) cannot be read", &e))
		info->arange_count = 0;
	return info;
}
