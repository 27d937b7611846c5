/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/image_raw.h"

#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"

/* Where a raw image is until its symbols say more; arm64 kernels are there. */
#define PROVISIONAL UINT64_C(0xffff800080000000)
#define LOWER_HALF_END (UINT64_C(1) << 47)

enum { MAGIC = 0x38, MEMORY_SIZE = 0x10, HEADER_SIZE = 0x40 };

static const struct {
	char magic[4];
	enum image_machine machine;
	const char *start; /* the symbol of the first byte */
} headers[] = {
	{{'A', 'R', 'M', 'd'}, MACHINE_ARM64, "_text"},
};

bool image_raw_take(struct image *image)
{
	Elf64_Phdr *segment;
	uint64_t memory;

	if (image->size < HEADER_SIZE)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		if (memcmp(image->data + MAGIC, headers[i].magic, sizeof(headers[i].magic)))
			continue;
		image->raw = true;
		image->machine = headers[i].machine;
		memory = image_u64(image, image->data + MEMORY_SIZE);
		segment = xcalloc(1, sizeof(*segment));
		*segment = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W | PF_X,
			.p_vaddr = PROVISIONAL,
			.p_filesz = image->size,
			/* What is zeroed at the start follows; no kernel has more of it. */
			.p_memsz = max(image->size, min(memory, UINT64_C(1) << 30)),
		};
		image->segments = image->own_segment = segment;
		image->segment_count = 1;
		return true;
	}
	return false;
}

/* arm64: the second instruction branches to primary_entry. */
static bool branch_target(const struct image *image, uint64_t *offset)
{
	uint32_t instruction = image_u32(image, image->data + 4);
	const uint32_t operation = 5, distance = 0x03ffffff; /* B, and its words, if forward */

	*offset = 4 + 4 * (uint64_t)(instruction & distance);
	return instruction >> 26 == operation && *offset < image->size;
}

size_t image_raw_anchors(const struct image *image, struct image_anchor anchors[ANCHORS_MAX])
{
	size_t n = 0;

	if (!image->raw)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (headers[i].machine == image->machine)
			anchors[n++] = (struct image_anchor){headers[i].start, 0};
	if (image->machine == MACHINE_ARM64 && branch_target(image, &anchors[n].offset))
		anchors[n++].symbol = "primary_entry";
	return n;
}

uint64_t image_raw_place(struct image *image, uint64_t start)
{
	/* Symbols that count from 0 may start behind the first byte, which then is below 0. */
	const uint64_t below = UINT64_C(1) << 30;
	uint64_t moved = start + below < LOWER_HALF_END + below ? PROVISIONAL - start : 0;

	image->own_segment->p_vaddr = start + moved;
	return moved;
}
