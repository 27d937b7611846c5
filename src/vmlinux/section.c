/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/section.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "vmlinux/unpack.h"

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2
#endif

/* Far above any kernel; a file that exceeds it is corrupt or malicious. */
#define UNPACKED_MAX (UINT64_C(1536) << 20) /* of all sections together */

static bool is_old_compressed(const struct section *section)
{
	return !strncmp(section->name, ".zdebug_", 8);
}

void section_dwarf_name(const struct section *section, char *name, size_t size)
{
	if (is_old_compressed(section))
		snprintf(name, size, ".debug_%s", section->name + 8);
	else
		snprintf(name, size, "%s", section->name);
}

static bool (*unpacker(unsigned type))(uint8_t *, uint64_t, const uint8_t *, uint64_t)
{
	return type == ELFCOMPRESS_ZLIB	  ? unpack_zlib
	       : type == ELFCOMPRESS_ZSTD ? unpack_zstd
					  : NULL;
}

/* The head of a compressed section: its own size, that of the contents, and how they are packed. */
struct packed_head {
	uint64_t size, contents;
	unsigned type;
};

/* False: the section is not compressed. */
static bool packed_head(const struct section *section, struct packed_head *head)
{
	Elf64_Chdr chdr;

	*head = (struct packed_head){.type = ELFCOMPRESS_ZLIB};
	if (section->data && (section->flags & SHF_COMPRESSED)) {
		head->size = sizeof(chdr);
		if (section->size >= sizeof(chdr)) {
			memcpy(&chdr, section->data, sizeof(chdr));
			head->contents = chdr.ch_size;
			head->type = chdr.ch_type;
		}
		return true;
	}
	if (section->data && is_old_compressed(section)) {
		head->size = 12;
		if (section->size >= head->size && !memcmp(section->data, "ZLIB", 4)) {
			memcpy(&head->contents, section->data + 4, 8);
			head->contents = __builtin_bswap64(head->contents);
		}
		return true;
	}
	return false;
}

uint64_t section_contents_size(const struct section *section)
{
	struct packed_head head;

	if (section->unpacked)
		return section->unpacked_size;
	return packed_head(section, &head) ? head.contents : section->size;
}

const uint8_t *section_data(struct section *section, uint64_t *size, struct vf_error *error)
{
	static uint64_t unpacked_before;
	struct packed_head head;

	if (section->unpacked) {
		*size = section->unpacked_size;
		return section->unpacked;
	}
	if (!packed_head(section, &head)) {
		if (section->data)
			*size = section->size;
		else
			vf_error_set(error, "section %.40s is empty", section->name);
		return section->data;
	}
	if (!unpacker(head.type)) {
		vf_error_set(error, "section %.40s is compressed in an unknown way (%u)",
			     section->name, head.type);
		vf_error_hint(error, "objcopy --decompress-debug-sections IMAGE COPY unpacks it");
		return NULL;
	}
	if (head.contents && head.contents <= UNPACKED_MAX - unpacked_before) {
		void *to = mmap(NULL, head.contents, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

		/* A mapping of its own: pages that are never read cost little. */
		if (to != MAP_FAILED &&
		    unpacker(head.type)(to, head.contents, section->data + head.size,
					section->size - head.size)) {
			unpacked_before += head.contents;
			section->unpacked = to;
			*size = section->unpacked_size = head.contents;
			return to;
		}
		if (to != MAP_FAILED)
			munmap(to, head.contents);
	}
	vf_error_set(error, "section %.40s is compressed and corrupt", section->name);
	return NULL;
}
