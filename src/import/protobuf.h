/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire format of protocol buffers, as far as images of CRIU use it. A message is fields one
 * after the other: a varint (number << 3 | type), then the value by type:
 *
 *   0  a varint: 7 bits a byte, the lowest first; bit 7 of a byte: more follow
 *   1  8 bytes       2  a varint, and so many bytes (a message, a text)       5  4 bytes
 */
#ifndef IMPORT_PROTOBUF_H
#define IMPORT_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct protobuf {
	const uint8_t *at, *end;
	bool broken; /* it does not go on as the format says */
};

struct protobuf_field {
	uint64_t number, value;
	struct protobuf bytes; /* of type 2, else empty; they are the caller's */
};

/* The next field. False: the end, or broken. */
bool protobuf_next(struct protobuf *message, struct protobuf_field *field);

/*
 * The next message of a stream of them, each with 4 bytes of size (little endian) before it.
 * False: the end, or broken.
 */
bool protobuf_message(struct protobuf *stream, struct protobuf *message);

#endif
