/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/unpack.h"

#include <lz4.h>
#include <lzma.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/minmax.h"

/* Kernels are packed with a dictionary of at most 128 MiB. */
#define XZ_MEMORY_MAX (UINT64_C(192) << 20)
/* A block of lz4's legacy frame unpacks to at most that. */
#define LZ4_BLOCK (8u << 20)

const char *const packing_names[PACKINGS] = {
	[PACKING_NONE] = "", [PACKING_GZIP] = "gzip", [PACKING_XZ] = "xz",
	[PACKING_ZSTD] = "zstd", [PACKING_LZ4] = "lz4",
};

static const struct {
	uint8_t length;
	char magic[7];
	enum packing packing;
} magics[] = {
	{3, "\x1f\x8b\x08", PACKING_GZIP},
	{6, {'\xfd', '7', 'z', 'X', 'Z', 0}, PACKING_XZ},
	{4, "\x28\xb5\x2f\xfd", PACKING_ZSTD},
	{4, "\x02\x21\x4c\x18", PACKING_LZ4},
};

enum packing packing_of(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (size >= magics[i].length && !memcmp(data, magics[i].magic, magics[i].length))
			return magics[i].packing;
	return PACKING_NONE;
}

/* --- a stream ----------------------------------------------------------------------- */

enum unpack_end { UNPACK_DONE, UNPACK_CORRUPT, UNPACK_LIMIT };

/* How a stream has ended: at its end, or for want of room or of input. */
static enum unpack_end end_of(bool whole, bool stuck, size_t unpacked, size_t limit)
{
	return whole ? UNPACK_DONE : stuck && unpacked == limit ? UNPACK_LIMIT : UNPACK_CORRUPT;
}

/* zlib counts in 32 bits. `window_bits` as for inflateInit2(). */
static enum unpack_end inflate_all(uint8_t *to, size_t limit, const uint8_t *from, size_t size,
				   int window_bits, size_t *unpacked)
{
	z_stream z = {.next_in = (Bytef *)from, .next_out = to};
	int status = inflateInit2(&z, window_bits);

	while (status == Z_OK) {
		z.avail_in = (uInt)min(size - (size_t)(z.next_in - from), UINT32_C(1) << 30);
		z.avail_out = (uInt)min(limit - (size_t)(z.next_out - to), UINT32_C(1) << 30);
		status = inflate(&z, Z_NO_FLUSH);
	}
	*unpacked = (size_t)(z.next_out - to);
	inflateEnd(&z);
	return end_of(status == Z_STREAM_END, status == Z_BUF_ERROR, *unpacked, limit);
}

static enum unpack_end take_gzip(uint8_t *to, size_t limit, const uint8_t *from, size_t size,
				 size_t *unpacked)
{
	return inflate_all(to, limit, from, size, 16 + MAX_WBITS, unpacked);
}

static enum unpack_end take_xz(uint8_t *to, size_t limit, const uint8_t *from, size_t size,
			       size_t *unpacked)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret status = lzma_stream_decoder(&s, XZ_MEMORY_MAX, 0);

	s.next_in = from;
	s.avail_in = size;
	s.next_out = to;
	s.avail_out = limit;
	while (status == LZMA_OK)
		status = lzma_code(&s, LZMA_RUN);
	*unpacked = s.total_out;
	lzma_end(&s);
	return end_of(status == LZMA_STREAM_END, status == LZMA_BUF_ERROR, *unpacked, limit);
}

/* At once, so that what is unpacked serves as the window; a stream would keep a copy of it. */
static enum unpack_end take_zstd(uint8_t *to, size_t limit, const uint8_t *from, size_t size,
				 size_t *unpacked)
{
	size_t frame = ZSTD_findFrameCompressedSize(from, size);
	unsigned long long says;

	if (ZSTD_isError(frame))
		return UNPACK_CORRUPT;
	says = ZSTD_getFrameContentSize(from, frame);
	if (says == ZSTD_CONTENTSIZE_ERROR)
		return UNPACK_CORRUPT;
	if (says != ZSTD_CONTENTSIZE_UNKNOWN && says > limit)
		return UNPACK_LIMIT;
	*unpacked = ZSTD_decompress(to, limit, from, frame);
	return ZSTD_isError(*unpacked) ? UNPACK_CORRUPT : UNPACK_DONE;
}

/*
 * The legacy frame: a magic number, then blocks, each with its packed size before it.
 * It has no end mark. A kernel's build appends the unpacked size, four bytes in which a
 * block has no room; the last block but none is shorter than LZ4_BLOCK.
 */
static enum unpack_end take_lz4(uint8_t *to, size_t limit, const uint8_t *from, size_t size,
				size_t *unpacked)
{
	size_t at = 4;

	*unpacked = 0;
	while (size - at > 4) {
		uint32_t packed = (uint32_t)from[at] | (uint32_t)from[at + 1] << 8 |
				  (uint32_t)from[at + 2] << 16 | (uint32_t)from[at + 3] << 24;
		size_t room = min(limit - *unpacked, LZ4_BLOCK);
		int n;

		at += 4;
		if (!packed || packed > (uint32_t)LZ4_compressBound(LZ4_BLOCK) || packed > size - at)
			return UNPACK_CORRUPT;
		if (!room)
			return UNPACK_LIMIT;
		n = LZ4_decompress_safe((const char *)from + at, (char *)to + *unpacked, (int)packed,
					(int)room);
		if (n < 0)
			return room < LZ4_BLOCK ? UNPACK_LIMIT : UNPACK_CORRUPT;
		*unpacked += (size_t)n;
		at += packed;
	}
	return *unpacked ? UNPACK_DONE : UNPACK_CORRUPT;
}

static enum unpack_end (*const takers[PACKINGS])(uint8_t *to, size_t limit, const uint8_t *from,
						 size_t size, size_t *unpacked) = {
	[PACKING_GZIP] = take_gzip,
	[PACKING_XZ] = take_xz,
	[PACKING_ZSTD] = take_zstd,
	[PACKING_LZ4] = take_lz4,
};

const uint8_t *unpack_stream(enum packing packing, const uint8_t *data, size_t size, size_t limit,
			     size_t *unpacked, struct vf_error *error)
{
	const char *name = packing_names[packing];
	/* Pages that are not written cost nothing. */
	uint8_t *to = mmap(NULL, limit, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (to == MAP_FAILED) {
		vf_error_set(error, "not enough memory to unpack it (%s)", name);
		return NULL;
	}
	*unpacked = 0;
	switch (takers[packing](to, limit, data, size, unpacked)) {
	case UNPACK_DONE:
		return to;
	case UNPACK_LIMIT:
		vf_error_set(error, "it unpacks to more than %zu MiB, so it is no kernel (%s)",
			     limit >> 20, name);
		break;
	case UNPACK_CORRUPT:
		vf_error_set(error, "it cannot be unpacked (%s): it is truncated or corrupt", name);
		break;
	}
	munmap(to, limit);
	return NULL;
}

/* --- of a known size ------------------------------------------------------------------ */

bool unpack_zlib(uint8_t *to, uint64_t size, const uint8_t *from, uint64_t packed)
{
	size_t unpacked;

	return inflate_all(to, size, from, packed, MAX_WBITS, &unpacked) == UNPACK_DONE &&
	       unpacked == size;
}

bool unpack_zstd(uint8_t *to, uint64_t size, const uint8_t *from, uint64_t packed)
{
	return ZSTD_decompress(to, size, from, packed) == size;
}
