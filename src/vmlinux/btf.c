/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/btf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"

enum { DEPTH_MAX = 8, BTF_BYTE = 8 };

/* --- where it is --------------------------------------------------------------------- */

/* The length of the BTF at `data`, by its header; 0: there is none. */
static uint64_t btf_length(const struct image *image, const uint8_t *data, uint64_t size)
{
	const struct btf_header *header = (const void *)data; /* for its offsets only */
	uint64_t head, types, type_length, strings, string_length, end;

	if (size < sizeof(*header) || image_u16(image, data) != BTF_MAGIC ||
	    data[offsetof(struct btf_header, version)] != 1 ||
	    data[offsetof(struct btf_header, flags)])
		return 0;
	head = image_u32(image, data + offsetof(struct btf_header, hdr_len));
	types = image_u32(image, data + offsetof(struct btf_header, type_off));
	type_length = image_u32(image, data + offsetof(struct btf_header, type_len));
	strings = image_u32(image, data + offsetof(struct btf_header, str_off));
	string_length = image_u32(image, data + offsetof(struct btf_header, str_len));
	end = head + strings + string_length;
	if (head < sizeof(*header) || head > 256 || !type_length || !string_length ||
	    types + type_length > strings || end > size || data[head + strings] || data[end - 1])
		return 0;
	return end;
}

/* A kernel's own BTF describes its VMAs. */
static bool describes_vmas(const uint8_t *data, uint64_t size)
{
	static const char name[] = "\0vm_area_struct";

	return memmem(data, size, name, sizeof(name));
}

static const uint8_t *find_btf(const struct image *image, uint64_t *length)
{
	const struct section *section = image_section(image, ".BTF");
	const uint8_t magic[2] = {image->big_endian ? BTF_MAGIC >> 8 : BTF_MAGIC & 0xff,
				  image->big_endian ? BTF_MAGIC & 0xff : BTF_MAGIC >> 8};
	struct image_part part;

	if (section && section->data) {
		*length = btf_length(image, section->data, section->size);
		return *length ? section->data : NULL;
	}
	for (size_t i = 0; image_constants(image, i, &part); i++) {
		const uint8_t *at = part.data, *end = part.data + part.size;

		while (part.size && (at = memmem(at, (size_t)(end - at), magic, sizeof(magic)))) {
			*length = btf_length(image, at, (uint64_t)(end - at));
			if (*length && describes_vmas(at, *length))
				return at;
			at++;
		}
	}
	return NULL;
}

struct btf *image_btf(const struct image *image, struct vf_error *error)
{
	uint64_t length;
	const uint8_t *data = find_btf(image, &length);
	struct btf *btf;

	if (!data && image_section(image, ".BTF")) {
		vf_error_set(error, "the image's BTF cannot be read: its header is invalid");
		return NULL;
	}
	if (!data) {
		vf_error_set(error, "the image has neither debug info nor BTF, so the layout of its "
				    "structures is not known");
		vf_error_hint(error, "--debug-file FILE reads it from the matching debug info, and "
				     "CONFIG_DEBUG_INFO_BTF puts BTF into a kernel");
		return NULL;
	}
	libbpf_set_print(NULL);
	btf = btf__new(data, (uint32_t)length);
	if (libbpf_get_error(btf)) {
		vf_error_set(error, "the image's BTF cannot be read: %s", strerror(errno));
		return NULL;
	}
	return btf;
}

/* --- a structure --------------------------------------------------------------------- */

static const struct btf_type *without_names(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	for (int i = 0; type && i < DEPTH_MAX && (btf_is_mod(type) || btf_is_typedef(type)); i++)
		type = btf__type_by_id(btf, type->type);
	return type;
}

static const char *name_at(const struct btf *btf, uint32_t offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

static void add_fields(const struct btf *btf, const struct btf_type *structure, uint64_t base,
		       uint32_t choice, int depth, struct vma_fields *fields)
{
	const struct btf_member *members = btf_members(structure);

	for (uint16_t i = 0; i < btf_vlen(structure); i++) {
		uint32_t bit = btf_member_bit_offset(structure, i), own = choice;
		const char *name = name_at(btf, members[i].name_off);
		const struct btf_type *type;
		int64_t size;

		if (bit % BTF_BYTE || btf_member_bitfield_size(structure, i))
			continue;
		if (*name) {
			size = btf__resolve_size(btf, members[i].type);
			vma_fields_add(fields, name, base + bit / BTF_BYTE,
				       size > 0 ? (uint64_t)size : 0, choice);
			continue;
		}
		type = without_names(btf, members[i].type);
		if (!type || !btf_is_composite(type) || depth == DEPTH_MAX)
			continue;
		if (!own && btf_is_union(type))
			own = (uint32_t)fields->n + 1;
		add_fields(btf, type, base + bit / BTF_BYTE, own, depth + 1, fields);
	}
}

static bool same_fields(const struct vma_fields *a, const struct vma_fields *b)
{
	if (a->n != b->n || a->size != b->size)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].offset != b->v[i].offset || strcmp(a->v[i].name, b->v[i].name))
			return false;
	return true;
}

bool btf_read_fields(const struct btf *btf, const char *structure, struct vma_fields *fields,
		     struct vf_error *error)
{
	uint32_t n = btf__type_cnt(btf);

	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		struct vma_fields found = {0};
		bool same = true;

		if (!type || !btf_is_struct(type) || !type->size ||
		    strcmp(name_at(btf, type->name_off), structure))
			continue;
		found.size = type->size;
		add_fields(btf, type, 0, 0, 0, &found);
		if (!fields->n) {
			*fields = found;
			continue;
		}
		same = same_fields(fields, &found);
		vma_fields_deinit(&found);
		if (!same)
			return vf_error_set(error, "the image's BTF describes struct %s twice, "
						   "and differently", structure);
	}
	return fields->n ||
	       vf_error_set(error, "the image's BTF does not describe struct %s", structure);
}

void btf_read_enumerators(const struct btf *btf,
			  void (*each)(void *data, const char *name, int64_t value), void *data)
{
	uint32_t n = btf__type_cnt(btf);

	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const struct btf_enum *v = type && btf_is_enum(type) ? btf_enum(type) : NULL;

		for (uint16_t i = 0; v && i < btf_vlen(type); i++)
			each(data, name_at(btf, v[i].name_off), v[i].val);
	}
}
