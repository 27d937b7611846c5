/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/protobuf.h"

static bool broken(struct protobuf *p)
{
	p->broken = true;
	p->at = p->end;
	return false;
}

static bool take(struct protobuf *p, uint64_t n, const uint8_t **bytes)
{
	if (n > (uint64_t)(p->end - p->at))
		return broken(p);
	*bytes = p->at;
	p->at += n;
	return true;
}

static bool varint(struct protobuf *p, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		const uint8_t *byte;

		if (!take(p, 1, &byte))
			return false;
		*value |= (uint64_t)(*byte & 0x7f) << shift;
		if (!(*byte & 0x80))
			return true;
	}
	return broken(p);
}

static bool fixed(struct protobuf *p, unsigned size, uint64_t *value)
{
	const uint8_t *bytes;

	if (!take(p, size, &bytes))
		return false;
	*value = 0;
	for (unsigned i = size; i--;)
		*value = *value << 8 | bytes[i];
	return true;
}

bool protobuf_next(struct protobuf *message, struct protobuf_field *field)
{
	uint64_t key;

	*field = (struct protobuf_field){0};
	if (message->at == message->end || !varint(message, &key))
		return false;
	field->number = key >> 3;
	switch (key & 7) {
	case 0:
		return varint(message, &field->value);
	case 1:
		return fixed(message, 8, &field->value);
	case 2:
		if (!varint(message, &field->value) || !take(message, field->value, &field->bytes.at))
			return false;
		field->bytes.end = field->bytes.at + field->value;
		return true;
	case 5:
		return fixed(message, 4, &field->value);
	default:
		return broken(message);
	}
}

bool protobuf_message(struct protobuf *stream, struct protobuf *message)
{
	uint64_t size;

	*message = (struct protobuf){0};
	if (stream->at == stream->end || !fixed(stream, 4, &size) ||
	    !take(stream, size, &message->at))
		return false;
	message->end = message->at + size;
	return true;
}
