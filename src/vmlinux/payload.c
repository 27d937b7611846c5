/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/payload.h"

#include <string.h>

#include "base/alloc.h"
#include "vmlinux/unpack.h"

/* No kernel unpacks to more; see also sandbox.c. */
#define UNPACKED_MAX ((size_t)512 << 20)
enum { NESTED_MAX = 3 }; /* vmlinuz.gz with a zboot image in it */

struct payload_place {
	size_t offset, size;
};

static uint32_t little32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Documentation/arch/x86/boot.rst: the header has the payload's place since version 2.08. */
static bool in_bzimage(const uint8_t *data, size_t size, struct payload_place *payload)
{
	enum { SETUP_SECTORS = 0x1f1, MAGIC = 0x202, VERSION = 0x206, OFFSET = 0x248, END = 0x250 };
	size_t setup;

	if (size < END || memcmp(data + MAGIC, "HdrS", 4) ||
	    (data[VERSION] | data[VERSION + 1] << 8) < 0x208)
		return false;
	setup = data[SETUP_SECTORS] ? data[SETUP_SECTORS] : 4;
	payload->offset = (setup + 1) * 512 + little32(data + OFFSET);
	payload->size = little32(data + OFFSET + 4);
	return true;
}

/* drivers/firmware/efi/libstub/zboot-header.S */
static bool in_zboot(const uint8_t *data, size_t size, struct payload_place *payload)
{
	enum { OFFSET = 8, END = 16 };

	if (size < END || memcmp(data, "MZ\0\0zimg", 8))
		return false;
	payload->offset = little32(data + OFFSET);
	payload->size = little32(data + OFFSET + 4);
	return true;
}

static bool (*const containers[])(const uint8_t *data, size_t size,
				  struct payload_place *payload) = {
	in_bzimage,
	in_zboot,
};

/* Ways to pack a kernel that nothing here unpacks, for the error message. */
static const struct {
	size_t length;
	const char *magic, *name;
} others[] = {
	{3, "BZh", "bzip2"},
	{4, "\x89LZO", "lzo"},
	{3, "\x5d\0\0", "lzma"},
};

static bool not_unpacked(const uint8_t *data, size_t size, struct vf_error *error)
{
	const char *name = "in an unknown way";

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (size >= others[i].length && !memcmp(data, others[i].magic, others[i].length))
			name = others[i].name;
	vf_error_set(error, "the kernel in this boot image is packed %s%s",
		     strncmp(name, "in ", 3) ? "with " : "", name);
	vf_error_hint(error, "gzip, xz, lz4 and zstd can be unpacked here; scripts/extract-vmlinux "
			     "of the kernel's source knows more");
	return false;
}

/* arch/s390/boot/head.S; the payload's place is not in a header. */
static bool is_s390x(const uint8_t *data, size_t size)
{
	enum { MAGIC = 0x10008 };
	static const char magic[] = "S390EP";

	return size >= MAGIC + sizeof(magic) && !memcmp(data + MAGIC, magic, sizeof(magic) - 1);
}

/* The first stream after the boot code that can be unpacked, and is as large as a kernel. */
static bool take_s390x(const uint8_t **data, size_t *size, struct vf_error *error)
{
	enum { START = 0x11000, TRIES_MAX = 64, KERNEL_MIN = 1 << 20 };
	int tries = 0;

	for (size_t at = START; at < *size && tries < TRIES_MAX; at++) {
		enum packing packing = packing_of(*data + at, *size - at);
		const uint8_t *unpacked;
		struct vf_error ignored;
		size_t length;

		if (packing == PACKING_NONE)
			continue;
		tries++;
		unpacked = unpack_stream(packing, *data + at, *size - at, UNPACKED_MAX, &length,
					 &ignored);
		if (!unpacked || length < KERNEL_MIN)
			continue;
		*data = unpacked;
		*size = length;
		return true;
	}
	return not_unpacked(*data, 0, error);
}

bool payload_take(const uint8_t **data, size_t *size, enum payload_kind *kind,
		  struct vf_error *error)
{
	*kind = PAYLOAD_PLAIN;
	for (int nested = 0; nested < NESTED_MAX; nested++) {
		struct payload_place payload = {0, *size};
		bool contained = false;
		enum packing packing;

		if (is_s390x(*data, *size)) {
			*kind = PAYLOAD_S390X;
			return take_s390x(data, size, error);
		}
		for (size_t i = 0; i < ARRAY_SIZE(containers) && !contained; i++)
			contained = containers[i](*data, *size, &payload);
		if (payload.offset > *size || payload.size > *size - payload.offset)
			return vf_error_set(error, "the file ends before the end of the kernel in it: "
						   "it is truncated or corrupt");
		packing = packing_of(*data + payload.offset, payload.size);
		if (packing == PACKING_NONE && contained)
			return not_unpacked(*data + payload.offset, payload.size, error);
		*data += payload.offset;
		*size = payload.size;
		if (packing == PACKING_NONE)
			return true;
		*data = unpack_stream(packing, *data, *size, UNPACKED_MAX, size, error);
		if (!*data)
			return false;
	}
	return true;
}
