/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/vma_layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { WORD = 8 }; /* bytes of each member that a decision needs */

void vma_fields_add(struct vma_fields *fields, const char *name, uint64_t offset, uint64_t size,
		    uint32_t choice)
{
	struct vma_field *field;

	GROW(fields->v, fields->n, fields->cap);
	field = &fields->v[fields->n++];
	*field = (struct vma_field){.offset = offset, .size = size, .choice = choice};
	snprintf(field->name, sizeof(field->name), "%s", name);
}

void vma_fields_deinit(struct vma_fields *fields)
{
	free(fields->v);
	*fields = (struct vma_fields){0};
}

void vma_fields_name(const struct vma_fields *fields, uint64_t offset, char name[NAME_SIZE])
{
	const struct vma_field *best = NULL;

	for (size_t i = 0; i < fields->n; i++)
		if (fields->v[i].offset <= offset && (!best || fields->v[i].offset > best->offset))
			best = &fields->v[i];
	snprintf(name, NAME_SIZE, "%s", best && offset < fields->size ? best->name : "");
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static bool field_fits(const struct vma_fields *fields, const struct vma_field *field,
		       struct vf_error *error)
{
	if (fields->size < WORD || field->offset > fields->size - WORD)
		return vf_error_set(error,
				    "struct vm_area_struct has %" PRIu64 " bytes in this image, and its "
				    "member %s is at byte %" PRIu64 ", outside of it: the image is corrupt",
				    fields->size, field->name, field->offset);
	for (size_t i = 0; i < fields->n; i++) {
		const struct vma_field *other = &fields->v[i];

		if (other == field || (field->choice && other->choice == field->choice))
			continue;
		if (overlap(field->offset, WORD, other->offset, other->size ? other->size : 1))
			return vf_error_set(error,
					    "the members %s and %s of struct vm_area_struct overlap in "
					    "this image, at byte %" PRIu64 ": the image is corrupt",
					    field->name, other->name, field->offset);
	}
	return true;
}

bool vma_layout_set(struct vma_layout *layout, const struct vma_fields *fields,
		    struct vf_error *error)
{
	const struct {
		const char *name;
		uint64_t *offset;
	} wanted[] = {
		{"vm_flags", &layout->vm_flags}, {"anon_vma", &layout->anon_vma},
		{"vm_start", &layout->vm_start}, {"vm_end", &layout->vm_end},
		{"vm_mm", &layout->vm_mm},
	};

	for (size_t w = 0; w < ARRAY_SIZE(wanted); w++) {
		const struct vma_field *field = NULL;

		for (size_t i = 0; i < fields->n && !field; i++)
			if (!strcmp(fields->v[i].name, wanted[w].name))
				field = &fields->v[i];
		if (!field)
			return vf_error_set(error,
					    "struct vm_area_struct has no member %s in this image",
					    wanted[w].name);
		if (!field_fits(fields, field, error))
			return false;
		/* Alternatives of each other share bytes; these are none. */
		for (size_t before = 0; before < w; before++)
			if (overlap(field->offset, WORD, *wanted[before].offset, WORD))
				return vf_error_set(error,
						    "the members %s and %s of struct vm_area_struct "
						    "overlap in this image: the image is corrupt",
						    wanted[before].name, field->name);
		*wanted[w].offset = field->offset;
	}
	layout->vma_size = fields->size;
	return true;
}
