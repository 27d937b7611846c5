/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpacks compressed bytes. Only unpack.c uses the libraries for that. */
#ifndef VMLINUX_UNPACK_H
#define VMLINUX_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum packing {
	PACKING_NONE,
	PACKING_GZIP,
	PACKING_XZ,
	PACKING_ZSTD,
	PACKING_LZ4, /* the legacy frame, which is what kernels are packed in */
	PACKINGS,
};

/* "xz", for messages. */
extern const char *const packing_names[PACKINGS];

/* What these bytes start with, by their magic number. */
enum packing packing_of(const uint8_t *data, size_t size);

/*
 * Unpacks the stream that starts at `data`; what follows it within `size` is ignored.
 * The result, of `unpacked` bytes, lives until the program ends. NULL and an error when
 * the stream is corrupt, ends early, or has more than `limit` bytes.
 */
const uint8_t *unpack_stream(enum packing packing, const uint8_t *data, size_t size, size_t limit,
			     size_t *unpacked, struct vf_error *error);

/* Unpacks exactly `size` bytes to `to`: a zlib stream, or a frame of zstd. False if it is another. */
bool unpack_zlib(uint8_t *to, uint64_t size, const uint8_t *from, uint64_t packed);
bool unpack_zstd(uint8_t *to, uint64_t size, const uint8_t *from, uint64_t packed);

#endif
