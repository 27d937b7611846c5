/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "vmlinux/btf.h"
#include "vmlinux/debuginfo.h"
#include "vmlinux/execute.h"
#include "vmlinux/flag_bits.h"
#include "vmlinux/image.h"
#include "vmlinux/image_memory.h"
#include "vmlinux/kallsyms.h"
#include "vmlinux/predicate.h"
#include "vmlinux/vma_layout.h"

/*
 * The functions whose places the session shows, and a symbol with code in the same unit
 * of the source: the function itself may be inlined, or static and renamed.
 */
static const struct {
	const char *name, *beside[3];
} wanted[] = {
	{"dup_mmap", {"dup_mmap", "kernel_clone"}},
	{"dup_userfaultfd", {"dup_userfaultfd"}},
	{"vm_area_dup", {"vm_area_dup"}},
	{"anon_vma_fork", {"anon_vma_fork"}},
	{"copy_page_range", {"copy_page_range"}},
	{"vma_needs_copy", {"copy_page_range"}},
	{"copy_p4d_range", {"copy_page_range"}},
	{"copy_pud_range", {"copy_page_range"}},
	{"copy_pmd_range", {"copy_page_range"}},
	{"copy_pte_range", {"copy_page_range"}},
	{"copy_present_pte", {"copy_page_range"}},
	{"copy_present_ptes", {"copy_page_range"}},
	{"__copy_present_ptes", {"copy_page_range"}},
	{"copy_present_page", {"copy_page_range"}},
	{"copy_nonpresent_pte", {"copy_page_range"}},
	{"copy_pte_marker", {"copy_page_range"}},
	{"copy_huge_pmd", {"copy_huge_pmd"}},
	{"copy_huge_pud", {"copy_huge_pud", "copy_huge_pmd"}},
	{"copy_huge_non_present_pmd", {"copy_huge_pmd"}},
	{"__split_huge_pmd", {"copy_huge_pmd"}},
	{"copy_hugetlb_page_range", {"copy_hugetlb_page_range"}},
};

/* Symbols that are looked up: the above, the banner, and anchors of raw images. Sorted. */
static struct symbol symbols[] = {
	{.name = "_start"},	   {.name = "_text"},
	{.name = "anon_vma_fork"}, {.name = "copy_huge_pmd"},
	{.name = "copy_huge_pud"}, {.name = "copy_hugetlb_page_range"},
	{.name = "copy_page_range"},
	{.name = "dup_mmap"},	   {.name = "dup_userfaultfd"},
	{.name = "kernel_clone"},  {.name = "linux_banner"},
	{.name = "primary_entry"}, {.name = "vm_area_dup"},
};

static uint64_t symbol(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++)
		if (!strcmp(symbols[i].name, name))
			return symbols[i].address;
	return 0;
}

/* --- where things are ------------------------------------------------------------- */

/* What a question about an image is asked of. */
struct sources {
	struct image image, separate;
	struct image *debug;	/* the one with debug info; NULL: there is none */
	struct debuginfo *info; /* NULL: as above */
	struct unit *unit;
	struct vma_fields fields;
	struct flag_enumerators enumerators;
};

static bool read_debug_types(struct sources *s, struct vf_error *error)
{
	bool found = unit_fields(s->unit, "vm_area_struct", &s->fields);

	unit_enumerators(s->unit, flag_enumerators_note, &s->enumerators);
	if (!debuginfo_whole(s->info, s->unit, error))
		return false;
	if (found)
		return true;
	vf_error_set(error, "the debug info does not describe struct vm_area_struct");
	vf_error_hint(error, "not a kernel image: expected a vmlinux with debug info");
	return false;
}

/* Without debug info, types come from BTF; with it, BTF has to say the same if there is one. */
static bool read_types(struct sources *s, struct vma_layout *layout, struct vf_error *error)
{
	struct vma_layout other = {.function = layout->function};
	struct vma_fields fields = {0};
	struct btf *btf;

	if (s->unit &&
	    (!read_debug_types(s, error) || !vma_layout_set(layout, &s->fields, error)))
		return false;
	if (s->unit && !image_section(&s->image, ".BTF"))
		return true;
	btf = image_btf(&s->image, error);
	if (!btf || !btf_read_fields(btf, "vm_area_struct", &fields, error) ||
	    !vma_layout_set(&other, &fields, error))
		return false;
	btf_read_enumerators(btf, flag_enumerators_note, &s->enumerators);
	if (s->unit && memcmp(layout, &other, sizeof(other)))
		return vf_error_set(error, "the image contradicts itself: struct vm_area_struct is not the "
					   "same in its debug info and in its BTF");
	if (s->unit) {
		vma_fields_deinit(&fields);
		return true;
	}
	*layout = other;
	s->fields = fields;
	return true;
}

static void keep_layout(const struct vma_layout *layout, struct findings *findings)
{
	findings->vma_size = layout->vma_size;
	findings->vm_flags = layout->vm_flags;
	findings->anon_vma = layout->anon_vma;
	findings->vm_start = layout->vm_start;
	findings->vm_end = layout->vm_end;
	findings->vm_mm = layout->vm_mm;
}

/* Functions that this kernel does not have are left out. */
static void read_functions(struct debuginfo *info, struct findings *findings)
{
	struct vf_error ignored;

	for (size_t i = 0; i < ARRAY_SIZE(wanted) && findings->function_count < FUNCTIONS_MAX;
	     i++) {
		struct found_function function = {.address = symbol(wanted[i].name)};
		bool found = false;

		for (size_t b = 0;
		     b < ARRAY_SIZE(wanted[i].beside) && wanted[i].beside[b] && !found; b++) {
			uint64_t address = symbol(wanted[i].beside[b]);
			struct unit *unit =
				address ? debuginfo_unit(info, address, &ignored) : NULL;

			found = unit && unit_function(unit, wanted[i].name, &function.place);
		}
		if (!found)
			continue;
		snprintf(function.name, sizeof(function.name), "%s", wanted[i].name);
		findings->functions[findings->function_count++] = function;
	}
}

/* A text that starts as the banner does, and goes on with a number; 0: there is none. */
static uint64_t search_banner(const struct image *image)
{
	static const char start[] = "Linux version ";
	const size_t length = sizeof(start) - 1;
	struct image_part part;

	for (size_t i = 0; image_constants(image, i, &part); i++) {
		const uint8_t *at = part.data, *end = part.data + part.size;

		while (part.size && (at = memmem(at, (size_t)(end - at), start, length))) {
			if ((size_t)(end - at) > length && at[length] >= '0' && at[length] <= '9')
				return part.address + (uint64_t)(at - part.data);
			at++;
		}
	}
	return 0;
}

static void read_banner(const struct image *image, struct findings *findings)
{
	uint64_t address = symbol("linux_banner");
	size_t n = 0;

	/* Kernels without CONFIG_KALLSYMS_ALL have symbols of code only. */
	if (!address)
		address = search_banner(image);
	if (address)
		n = image_read(image, address, findings->banner, sizeof(findings->banner) - 1);
	findings->banner[n] = '\0';
	findings->banner[strcspn(findings->banner, "\n")] = '\0';
}

/* --- all of it -------------------------------------------------------------------- */

static bool has_debug_info(const struct image *image)
{
	const struct section *section = image_section(image, ".debug_info");

	return section && section->data && section->size;
}

/* What to look for elsewhere. */
static void identify(const struct image *image, struct findings *findings)
{
	uint32_t crc;

	image_build_id(image, findings->build_id);
	image_debuglink(image, findings->debuglink, &crc);
	findings->wants_debug_file = findings->build_id[0] || findings->debuglink[0];
}

/* The image's own debug file carries its build-id, or the checksum in its debuglink. */
static bool belongs(const struct image *image, const struct image *debug, struct vf_error *error)
{
	char own[BUILD_ID_SIZE], other[BUILD_ID_SIZE], link[DEBUGLINK_SIZE];
	uint32_t crc;

	if (image->machine != debug->machine)
		return vf_error_set(error, "the debug file is for another architecture");
	image_build_id(image, own);
	image_build_id(debug, other);
	if (own[0] && other[0]) {
		if (strcmp(own, other))
			return vf_error_set(error,
					    "the debug file belongs to another image: build-id "
					    "%.40s, expected %.40s",
					    other, own);
		return true;
	}
	image_debuglink(image, link, &crc);
	if (link[0] && crc != image_crc(debug))
		return vf_error_set(error,
				    "the debug file is not the one that this image was stripped of "
				    "(checksum)");
	return true;
}

/* Where its code surely is: some put room for ftrace before it. Not every clause has one read. */
static uint64_t address_inside(const struct findings *findings, uint64_t function)
{
	for (size_t i = 0; i < findings->clause_count; i++)
		if (findings->clauses[i].read_at)
			return findings->clauses[i].read_at;
	return function;
}

static bool open_images(struct sources *s, const struct read_files *files, struct findings *findings,
			struct vf_error *error)
{
	if (!(files->memory ? image_memory_open : image_open)(&s->image, files->kernel, error))
		return false;
	snprintf(findings->machine, sizeof(findings->machine), "%s",
		 image_machine_names[s->image.machine]);
	findings->from_memory = files->memory;
	if (files->memory)
		return true;
	if (files->beside >= 0) {
		if (!image_open(&s->separate, files->beside, error) ||
		    !belongs(&s->image, &s->separate, error))
			return false;
		s->debug = &s->separate;
	} else if (has_debug_info(&s->image)) {
		s->debug = &s->image;
	} else {
		identify(&s->image, findings);
	}
	findings->has_lines = s->debug;
	return true;
}

/* From a symbol table, or else from the kernel's own. */
static bool find_symbols(struct sources *s, const struct read_files *files, struct vf_error *error)
{
	if (!(files->memory && files->beside >= 0 &&
	      image_memory_symbols(files->beside, symbols, ARRAY_SIZE(symbols))) &&
	    !(s->debug && image_symbols(s->debug, symbols, ARRAY_SIZE(symbols))) &&
	    !image_symbols(&s->image, symbols, ARRAY_SIZE(symbols)) &&
	    !kallsyms_find(&s->image, symbols, ARRAY_SIZE(symbols), error))
		return false;
	return symbol("copy_page_range") ||
	       vf_error_set(error, "no function copy_page_range: not a Linux kernel with an MMU");
}

static bool open_debug_info(struct sources *s, uint64_t function, struct vf_error *error)
{
	if (!s->debug)
		return true;
	s->info = debuginfo_open(s->debug, error);
	s->unit = s->info ? debuginfo_unit(s->info, function, error) : NULL;
	return s->unit;
}

static bool read_places(const struct sources *s, const struct vma_layout *layout,
			struct findings *findings, struct vf_error *error)
{
	if (!s->debug)
		return true;
	read_functions(s->info, findings);
	findings->inlined_count = (uint32_t)unit_inlined(
		s->unit, address_inside(findings, layout->function), "vma_needs_copy",
		findings->inlined, RANGES_MAX, &findings->inlined_call);
	if (findings->inlined_count > RANGES_MAX)
		findings->inlined_count = RANGES_MAX;
	return debuginfo_whole(s->info, s->unit, error);
}

static bool read_all(const struct read_files *files, const char *build_id,
		     struct findings *findings, struct vf_error *error)
{
	static struct sources s;
	struct emulator *emulator;
	struct vma_layout layout = {0};

	if (!open_images(&s, files, findings, error))
		return false;
	if (build_id && !image_has_build_id(&s.image, build_id)) {
		findings->wants_debug_file = false;
		vf_error_set(error, "another kernel than the one that runs: it has no build-id %.40s",
			     build_id);
		if (!files->memory)
			vf_error_hint(error, "expected after an upgrade without a reboot");
		return false;
	}
	if (!find_symbols(&s, files, error))
		return false;
	layout.function = symbol("copy_page_range");
	read_banner(&s.image, findings);
	if (!open_debug_info(&s, layout.function, error) || !read_types(&s, &layout, error) ||
	    !flag_bits_name(&s.image, &s.enumerators, findings, error))
		return false;
	keep_layout(&layout, findings);
	emulator = emulator_create(&s.image, &layout, error);
	return emulator &&
	       predicate_learn(emulator, &layout, &s.fields, s.unit, findings, error) &&
	       read_places(&s, &layout, findings, error);
}

void read_kernel(const struct read_files *files, const char *build_id, struct findings *findings)
{
	struct vf_error error = {0};

	memset(findings, 0, sizeof(*findings));
	if (read_all(files, build_id, findings, &error))
		return;
	snprintf(findings->error, sizeof(findings->error), "%s", error.message);
	snprintf(findings->hint, sizeof(findings->hint), "%s", error.hint);
}
