/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/image_raw.h"

#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"

/* Where a raw image is until its symbols say more; arm64 kernels are there. */
#define PROVISIONAL UINT64_C(0xffff800080000000)
#define ZEROED_MAX (UINT64_C(1) << 30)
#define LOWER_HALF_END (UINT64_C(1) << 47)

enum { MAGIC = 0x38, MEMORY_SIZE = 0x10, HEADER_SIZE = 0x40 };

static const char header_magic[MACHINES][4] = {
	[MACHINE_ARM64] = {'A', 'R', 'M', 'd'},
	[MACHINE_RISCV64] = {'R', 'S', 'C', 5},
};
/* The symbol of the first byte. */
static const char *const start_symbol[MACHINES] = {
	[MACHINE_ARM64] = "_text",
	[MACHINE_RISCV64] = "_start",
	[MACHINE_S390X] = "_text",
};

/* MACHINES: the bytes have no such header. */
static enum image_machine machine_by_header(const struct image *image)
{
	enum image_machine machine = 0;

	if (image->size < HEADER_SIZE)
		return MACHINES;
	while (machine < MACHINES &&
	       (!header_magic[machine][0] ||
		memcmp(image->data + MAGIC, header_magic[machine], sizeof(header_magic[machine]))))
		machine++;
	return machine;
}

bool image_raw_take(struct image *image, enum payload_kind kind)
{
	uint64_t memory;

	image->machine = kind == PAYLOAD_S390X ? MACHINE_S390X : machine_by_header(image);
	if (image->machine == MACHINES)
		return false;
	image->raw = true;
	image->big_endian = image->machine == MACHINE_S390X;
	/* What is zeroed at the start follows; no kernel has more of it. */
	memory = kind == PAYLOAD_S390X ? ZEROED_MAX : image_u64(image, image->data + MEMORY_SIZE);
	image->own_segment = xcalloc(1, sizeof(*image->own_segment));
	*image->own_segment = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_vaddr = PROVISIONAL,
		.p_filesz = image->size,
		.p_memsz = max(image->size, min(memory, ZEROED_MAX)),
	};
	image->segments = image->own_segment;
	image->segment_count = 1;
	return true;
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
	anchors[n++] = (struct image_anchor){start_symbol[image->machine], 0};
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
